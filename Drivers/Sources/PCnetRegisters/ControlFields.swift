public import DriverKit

/// A register whose low 16 bits count; the others are written as zeros and read as undefined.
@frozen public struct Low: FieldSet {
    public let value = Field("VALUE", 0, 15)
    @inlinable @inline(__always) public init() {}
}

/// Number of the register that RDP or BDP is. Am79C970A, RAP
@frozen public struct RAP: FieldSet {
    public let number = Field("RAP", 0, 7)
    @inlinable @inline(__always) public init() {}
}

/// Status and control: INIT, STRT, STOP and TDMD are commands; MERR to IDON are cleared by writing ones. CSR0
@frozen public struct CSR0: FieldSet {
    public let initialize = Field("INIT", 0)
    public let strt = Field("STRT", 1)
    public let stop = Field("STOP", 2)
    public let tdmd = Field("TDMD", 3)
    public let txon = Field("TXON", 4)
    public let rxon = Field("RXON", 5)
    public let iena = Field("IENA", 6)
    public let intr = Field("INTR", 7)
    public let idon = Field("IDON", 8)
    public let tint = Field("TINT", 9)
    public let rint = Field("RINT", 10)
    public let merr = Field("MERR", 11)
    public let miss = Field("MISS", 12)
    public let cerr = Field("CERR", 13)
    public let babl = Field("BABL", 14)
    public let err = Field("ERR", 15)
    @inlinable @inline(__always) public init() {}
}

/// Interrupt masks and deferral control. CSR3
@frozen public struct CSR3: FieldSet {
    public let bswp = Field("BSWP", 2)
    public let emba = Field("EMBA", 3)
    public let dxmt2pd = Field("DXMT2PD", 4)
    public let lappen = Field("LAPPEN", 5)
    public let dxsuflo = Field("DXSUFLO", 6)
    public let idonm = Field("IDONM", 8)
    public let tintm = Field("TINTM", 9)
    public let rintm = Field("RINTM", 10)
    public let merrm = Field("MERRM", 11)
    public let missm = Field("MISSM", 12)
    public let bablm = Field("BABLM", 14)
    @inlinable @inline(__always) public init() {}
}

/// Test and features control. CSR4
@frozen public struct CSR4: FieldSet {
    public let jabm = Field("JABM", 0)
    public let jab = Field("JAB", 1)
    public let txstrtm = Field("TXSTRTM", 2)
    public let txstrt = Field("TXSTRT", 3)
    public let rcvccom = Field("RCVCCOM", 4)
    public let rcvcco = Field("RCVCCO", 5)
    public let uint = Field("UINT", 6)
    public let uintcmd = Field("UINTCMD", 7)
    public let mfcom = Field("MFCOM", 8)
    public let mfco = Field("MFCO", 9)
    public let astrpRcv = Field("ASTRP_RCV", 10)
    public let apadXmt = Field("APAD_XMT", 11)
    public let dpoll = Field("DPOLL", 12)
    public let timer = Field("TIMER", 13)
    public let dmaplus = Field("DMAPLUS", 14)
    public let en124 = Field("EN124", 15)
    @inlinable @inline(__always) public init() {}
}

/// Extended control and interrupt. CSR5
@frozen public struct CSR5: FieldSet {
    public let spnd = Field("SPND", 0)
    public let mpmode = Field("MPMODE", 1)
    public let mpen = Field("MPEN", 2)
    public let mpinte = Field("MPINTE", 3)
    public let mpint = Field("MPINT", 4)
    public let mpplba = Field("MPPLBA", 5)
    public let exdinte = Field("EXDINTE", 6)
    public let exdint = Field("EXDINT", 7)
    public let slpinte = Field("SLPINTE", 8)
    public let slpint = Field("SLPINT", 9)
    public let sinte = Field("SINTE", 10)
    public let sint = Field("SINT", 11)
    public let ltinten = Field("LTINTEN", 14)
    public let tokintd = Field("TOKINTD", 15)
    @inlinable @inline(__always) public init() {}
}

/// Ring lengths as the initialization block gave them. CSR6
@frozen public struct CSR6: FieldSet {
    public let rlen = Field("RLEN", 8, 11)
    public let tlen = Field("TLEN", 12, 15)
    @inlinable @inline(__always) public init() {}
}

/// What the transmitter and the receiver do. CSR15
@frozen public struct MODE: FieldSet {
    public let drx = Field("DRX", 0)
    public let dtx = Field("DTX", 1)
    public let loop = Field("LOOP", 2)
    public let dxmtfcs = Field("DXMTFCS", 3)
    public let fcoll = Field("FCOLL", 4)
    public let drty = Field("DRTY", 5)
    public let intl = Field("INTL", 6)
    public let portsel = Field("PORTSEL", 7, 8)
    public let tsel = Field("TSEL", 9)
    public let mendecl = Field("MENDECL", 10)
    public let dapc = Field("DAPC", 11)
    public let dlnktst = Field("DLNKTST", 12)
    public let drcvpa = Field("DRCVPA", 13)
    public let drcvbc = Field("DRCVBC", 14)
    public let prom = Field("PROM", 15)
    @inlinable @inline(__always) public init() {}
}

/// Octets, as a two's complement. CSR40, 42, 44, 62, 66, 86
@frozen public struct ByteCount: FieldSet {
    public let count = Field("COUNT", 0, 11)
    @inlinable @inline(__always) public init() {}
}

/// DMA transfer counter and FIFO thresholds. CSR80
@frozen public struct CSR80: FieldSet {
    public let dmatc = Field("DMATC", 0, 7)
    public let xmtfw = Field("XMTFW", 8, 9)
    public let xmtsp = Field("XMTSP", 10, 11)
    public let rcvfw = Field("RCVFW", 12, 13)
    public let res = Field("RES", 14, 15)
    @inlinable @inline(__always) public init() {}
}

/// Manufacturer, and the lowest four bits of the part number. CSR88
@frozen public struct CHIPIDL: FieldSet {
    public let one = Field("ONE", 0)
    public let manfid = Field("MANFID", 1, 11)
    public let partidl = Field("PARTIDL", 12, 15)
    @inlinable @inline(__always) public init() {}
}

/// The rest of the part number, and the version. CSR89
@frozen public struct CHIPIDU: FieldSet {
    public let partidu = Field("PARTIDU", 0, 11)
    public let ver = Field("VER", 12, 15)
    @inlinable @inline(__always) public init() {}
}

/// Time to the reflection of the last collision, in bits. CSR94
@frozen public struct TDR: FieldSet {
    public let xmttdr = Field("XMTTDR", 0, 9)
    @inlinable @inline(__always) public init() {}
}

/// Receive frame alignment. CSR122
@frozen public struct CSR122: FieldSet {
    public let rcvalgn = Field("RCVALGN", 0)
    @inlinable @inline(__always) public init() {}
}

/// Test. CSR124
@frozen public struct CSR124: FieldSet {
    public let rpa = Field("RPA", 3)
    @inlinable @inline(__always) public init() {}
}
