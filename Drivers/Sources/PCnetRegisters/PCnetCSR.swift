public import DriverKit

/// Control and status registers; the raw value is the number that RAP is given. Am79C970A, "Control and Status Registers"
@frozen public enum PCnetCSR: UInt32, RegisterMap {
    case csr0 = 0, iadrl = 1, iadrh = 2, csr3 = 3, csr4 = 4, csr5 = 5, csr6 = 6, ladrf0 = 8, ladrf1 = 9, ladrf2 = 10
    case ladrf3 = 11, padr0 = 12, padr1 = 13, padr2 = 14, mode = 15, csr16 = 16, csr17 = 17, crbal = 18, crbau = 19
    case cxbal = 20, cxbau = 21, nrbal = 22, nrbau = 23, badrl = 24, badru = 25, nrdal = 26, nrdau = 27, crdal = 28
    case crdau = 29, badxl = 30, badxu = 31, nxdal = 32, nxdau = 33, cxdal = 34, cxdau = 35, nnrdal = 36, nnrdau = 37
    case nnxdal = 38, nnxdau = 39, crbc = 40, crst = 41, cxbc = 42, cxst = 43, nrbc = 44, nrst = 45, poll = 46
    case pollint = 47, csr58 = 58, pxdal = 60, pxdau = 61, pxbc = 62, pxst = 63, nxbal = 64, nxbau = 65, nxbc = 66
    case nxst = 67, rcvrc = 72, xmtrc = 74, rcvrl = 76, xmtrl = 78, csr80 = 80, dmabat = 82, dmabal = 84, dmabau = 85
    case dmabc = 86, chipidl = 88, chipidu = 89, rcon = 92, xmttdr = 94, merrto = 100, mfc = 112, rcc = 114
    case csr122 = 122, csr124 = 124

    public static var datasheet: StaticString { "Am79C970A" }
    public static var region: UInt8 { PCnetPort.region }
    public static var indirection: Indirection? { Indirection(index: 0x14, data: 0x10) }
    @inlinable public var stride: UInt32 { 1 }

    public static func list<S: RegisterSink & ~Copyable>(into s: inout S) where S.Map == Self {
        listControl(into: &s)
        listPointers(into: &s)
        listCounters(into: &s)
    }

    private static func listControl<S: RegisterSink & ~Copyable>(into s: inout S) where S.Map == Self {
        s.register(.csr0, "CSR0", .readWrite, 0x0004, "Am79C970A CSR0", CSR0.self)
        s.register(.iadrl, "IADRL", .readWrite, 0, "Am79C970A CSR1", Low.self)
        s.register(.iadrh, "IADRH", .readWrite, 0, "Am79C970A CSR2", Low.self)
        s.register(.csr3, "CSR3", .readWrite, 0, "Am79C970A CSR3", CSR3.self)
        s.register(.csr4, "CSR4", .readWrite, 0x0115, "Am79C970A CSR4", CSR4.self)
        s.register(.csr5, "CSR5", .readWrite, 0, "Am79C970A CSR5", CSR5.self)
        s.register(.csr6, "CSR6", .readOnly, 0, "Am79C970A CSR6", CSR6.self)
        s.register(.ladrf0, "LADRF0", .readWrite, 0, "Am79C970A CSR8", Low.self)
        s.register(.ladrf1, "LADRF1", .readWrite, 0, "Am79C970A CSR9", Low.self)
        s.register(.ladrf2, "LADRF2", .readWrite, 0, "Am79C970A CSR10", Low.self)
        s.register(.ladrf3, "LADRF3", .readWrite, 0, "Am79C970A CSR11", Low.self)
        s.register(.padr0, "PADR0", .readWrite, 0, "Am79C970A CSR12", Low.self)
        s.register(.padr1, "PADR1", .readWrite, 0, "Am79C970A CSR13", Low.self)
        s.register(.padr2, "PADR2", .readWrite, 0, "Am79C970A CSR14", Low.self)
        s.register(.mode, "MODE", .readWrite, 0, "Am79C970A CSR15", MODE.self)
    }

    private static func listPointers<S: RegisterSink & ~Copyable>(into s: inout S) where S.Map == Self {
        s.register(.csr16, "CSR16", .readWrite, 0, "Am79C970A CSR16", Low.self)
        s.register(.csr17, "CSR17", .readWrite, 0, "Am79C970A CSR17", Low.self)
        s.register(.crbal, "CRBAL", .readWrite, 0, "Am79C970A CSR18", Low.self)
        s.register(.crbau, "CRBAU", .readWrite, 0, "Am79C970A CSR19", Low.self)
        s.register(.cxbal, "CXBAL", .readWrite, 0, "Am79C970A CSR20", Low.self)
        s.register(.cxbau, "CXBAU", .readWrite, 0, "Am79C970A CSR21", Low.self)
        s.register(.nrbal, "NRBAL", .readWrite, 0, "Am79C970A CSR22", Low.self)
        s.register(.nrbau, "NRBAU", .readWrite, 0, "Am79C970A CSR23", Low.self)
        s.register(.badrl, "BADRL", .readWrite, 0, "Am79C970A CSR24", Low.self)
        s.register(.badru, "BADRU", .readWrite, 0, "Am79C970A CSR25", Low.self)
        s.register(.nrdal, "NRDAL", .readWrite, 0, "Am79C970A CSR26", Low.self)
        s.register(.nrdau, "NRDAU", .readWrite, 0, "Am79C970A CSR27", Low.self)
        s.register(.crdal, "CRDAL", .readWrite, 0, "Am79C970A CSR28", Low.self)
        s.register(.crdau, "CRDAU", .readWrite, 0, "Am79C970A CSR29", Low.self)
        s.register(.badxl, "BADXL", .readWrite, 0, "Am79C970A CSR30", Low.self)
        s.register(.badxu, "BADXU", .readWrite, 0, "Am79C970A CSR31", Low.self)
        s.register(.nxdal, "NXDAL", .readWrite, 0, "Am79C970A CSR32", Low.self)
        s.register(.nxdau, "NXDAU", .readWrite, 0, "Am79C970A CSR33", Low.self)
        s.register(.cxdal, "CXDAL", .readWrite, 0, "Am79C970A CSR34", Low.self)
        s.register(.cxdau, "CXDAU", .readWrite, 0, "Am79C970A CSR35", Low.self)
        s.register(.nnrdal, "NNRDAL", .readWrite, 0, "Am79C970A CSR36", Low.self)
        s.register(.nnrdau, "NNRDAU", .readWrite, 0, "Am79C970A CSR37", Low.self)
        s.register(.nnxdal, "NNXDAL", .readWrite, 0, "Am79C970A CSR38", Low.self)
        s.register(.nnxdau, "NNXDAU", .readWrite, 0, "Am79C970A CSR39", Low.self)
        s.register(.crbc, "CRBC", .readWrite, 0, "Am79C970A CSR40", ByteCount.self)
        s.register(.crst, "CRST", .readWrite, 0, "Am79C970A CSR41", Low.self)
        s.register(.cxbc, "CXBC", .readWrite, 0, "Am79C970A CSR42", ByteCount.self)
        s.register(.cxst, "CXST", .readWrite, 0, "Am79C970A CSR43", Low.self)
        s.register(.nrbc, "NRBC", .readWrite, 0, "Am79C970A CSR44", ByteCount.self)
        s.register(.nrst, "NRST", .readWrite, 0, "Am79C970A CSR45", Low.self)
        s.register(.poll, "POLL", .readWrite, 0, "Am79C970A CSR46", Low.self)
        s.register(.pollint, "POLLINT", .readWrite, 0, "Am79C970A CSR47", Low.self)
        s.register(.csr58, "CSR58", .readWrite, 0x0200, "Am79C970A CSR58", SoftwareStyle.self)
        s.register(.pxdal, "PXDAL", .readWrite, 0, "Am79C970A CSR60", Low.self)
        s.register(.pxdau, "PXDAU", .readWrite, 0, "Am79C970A CSR61", Low.self)
        s.register(.pxbc, "PXBC", .readWrite, 0, "Am79C970A CSR62", ByteCount.self)
        s.register(.pxst, "PXST", .readWrite, 0, "Am79C970A CSR63", Low.self)
        s.register(.nxbal, "NXBAL", .readWrite, 0, "Am79C970A CSR64", Low.self)
        s.register(.nxbau, "NXBAU", .readWrite, 0, "Am79C970A CSR65", Low.self)
        s.register(.nxbc, "NXBC", .readWrite, 0, "Am79C970A CSR66", ByteCount.self)
        s.register(.nxst, "NXST", .readWrite, 0, "Am79C970A CSR67", Low.self)
    }

    private static func listCounters<S: RegisterSink & ~Copyable>(into s: inout S) where S.Map == Self {
        s.register(.rcvrc, "RCVRC", .readWrite, 0, "Am79C970A CSR72", Low.self)
        s.register(.xmtrc, "XMTRC", .readWrite, 0, "Am79C970A CSR74", Low.self)
        s.register(.rcvrl, "RCVRL", .readWrite, 0, "Am79C970A CSR76", Low.self)
        s.register(.xmtrl, "XMTRL", .readWrite, 0, "Am79C970A CSR78", Low.self)
        s.register(.csr80, "CSR80", .readWrite, 0xD410, "Am79C970A CSR80", CSR80.self)
        s.register(.dmabat, "DMABAT", .readWrite, 0, "Am79C970A CSR82", Low.self)
        s.register(.dmabal, "DMABAL", .readWrite, 0, "Am79C970A CSR84", Low.self)
        s.register(.dmabau, "DMABAU", .readWrite, 0, "Am79C970A CSR85", Low.self)
        s.register(.dmabc, "DMABC", .readWrite, 0, "Am79C970A CSR86", ByteCount.self)
        s.register(.chipidl, "CHIPIDL", .readOnly, 0x1003, "Am79C970A CSR88", CHIPIDL.self)
        s.register(.chipidu, "CHIPIDU", .readOnly, 0x0262, "Am79C970A CSR89", CHIPIDU.self)
        s.register(.rcon, "RCON", .readWrite, 0, "Am79C970A CSR92", Low.self)
        s.register(.xmttdr, "XMTTDR", .readOnly, 0, "Am79C970A CSR94", TDR.self)
        s.register(.merrto, "MERRTO", .readWrite, 0x0200, "Am79C970A CSR100", Low.self)
        s.register(.mfc, "MFC", .readOnly, 0, "Am79C970A CSR112", Low.self)
        s.register(.rcc, "RCC", .readOnly, 0, "Am79C970A CSR114", Low.self)
        s.register(.csr122, "CSR122", .readWrite, 0, "Am79C970A CSR122", CSR122.self)
        s.register(.csr124, "CSR124", .readWrite, 0, "Am79C970A CSR124", CSR124.self)
    }
}
