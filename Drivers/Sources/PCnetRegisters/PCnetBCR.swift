public import DriverKit

/// Bus configuration registers; the raw value is the number that RAP is given. Am79C970A, "Bus Configuration Registers"
@frozen public enum PCnetBCR: UInt32, RegisterMap {
    case msrda = 0, mswra = 1, mc = 2, lnkst = 4, led1 = 5, led2 = 6, led3 = 7, fdc = 9, iobasel = 16, iobaseu = 17
    case bsbc = 18, eecas = 19, sws = 20, intcon = 21, pcilat = 22

    public static var datasheet: StaticString { "Am79C970A" }
    public static var region: UInt8 { PCnetPort.region }
    public static var indirection: Indirection? { Indirection(index: 0x14, data: 0x1C) }
    @inlinable public var stride: UInt32 { 1 }

    public static func list<S: RegisterSink & ~Copyable>(into s: inout S) where S.Map == Self {
        s.register(.msrda, "MSRDA", .readOnly, 0x0005, "Am79C970A BCR0", Low.self)
        s.register(.mswra, "MSWRA", .readOnly, 0x0005, "Am79C970A BCR1", Low.self)
        s.register(.mc, "MC", .readWrite, 0x0002, "Am79C970A BCR2", MC.self)
        s.register(.lnkst, "LNKST", .readWrite, 0x00C0, "Am79C970A BCR4", LED.self)
        s.register(.led1, "LED1", .readWrite, 0x0084, "Am79C970A BCR5", LED.self)
        s.register(.led2, "LED2", .readWrite, 0x0088, "Am79C970A BCR6", LED.self)
        s.register(.led3, "LED3", .readWrite, 0x0090, "Am79C970A BCR7", LED.self)
        s.register(.fdc, "FDC", .readWrite, 0, "Am79C970A BCR9", FDC.self)
        s.register(.iobasel, "IOBASEL", .readOnly, 0, "Am79C970A BCR16", Low.self)
        s.register(.iobaseu, "IOBASEU", .readOnly, 0, "Am79C970A BCR17", Low.self)
        s.register(.bsbc, "BSBC", .readWrite, 0x9001, "Am79C970A BCR18", BSBC.self)
        s.register(.eecas, "EECAS", .readWrite, 0x0002, "Am79C970A BCR19", EECAS.self)
        s.register(.sws, "SWS", .readWrite, 0x0200, "Am79C970A BCR20", SoftwareStyle.self)
        s.register(.intcon, "INTCON", .readOnly, 0, "Am79C970A BCR21", Low.self)
        s.register(.pcilat, "PCILAT", .readWrite, 0xFF06, "Am79C970A BCR22", PCILAT.self)
    }
}
