public import DriverKit

/// Octets 4 and 5 of the station's address. 0004h
@frozen public struct IDR4: FieldSet {
    public let id4 = Field("ID4", 0, 7)
    public let id5 = Field("ID5", 8, 15)
    @inlinable @inline(__always) public init() {}
}

/// A register of 16 bits without fields.
@frozen public struct Word: FieldSet {
    public let value = Field("VALUE", 0, 15)
    @inlinable @inline(__always) public init() {}
}

/// A register of 8 bits without fields.
@frozen public struct Octet: FieldSet {
    public let value = Field("VALUE", 0, 7)
    @inlinable @inline(__always) public init() {}
}

/// Status and length of one transmit descriptor. OWN is set by the device when its DMA is over; writing a zero there hands it over. 0010h
@frozen public struct TSD: FieldSet {
    public let size = Field("SIZE", 0, 12)
    public let own = Field("OWN", 13)
    public let tun = Field("TUN", 14)
    public let tok = Field("TOK", 15)
    public let ertxth = Field("ERTXTH", 16, 21)
    public let ncc = Field("NCC", 24, 27)
    public let cdh = Field("CDH", 28)
    public let owc = Field("OWC", 29)
    public let tabt = Field("TABT", 30)
    public let crs = Field("CRS", 31)
    @inlinable @inline(__always) public init() {}
}

/// Early receive status. 0036h
@frozen public struct ERSR: FieldSet {
    public let erok = Field("EROK", 0)
    public let erovw = Field("EROVW", 1)
    public let erbad = Field("ERBAD", 2)
    public let ergood = Field("ERGOOD", 3)
    @inlinable @inline(__always) public init() {}
}

/// Command. 0037h
@frozen public struct CR: FieldSet {
    public let bufe = Field("BUFE", 0)
    public let te = Field("TE", 2)
    public let re = Field("RE", 3)
    public let rst = Field("RST", 4)
    @inlinable @inline(__always) public init() {}
}

/// Interrupt causes: the fields of IMR and ISR. PUN is also a link change. 003Ch, 003Eh
@frozen public struct Causes: FieldSet {
    public let rok = Field("ROK", 0)
    public let rer = Field("RER", 1)
    public let tok = Field("TOK", 2)
    public let ter = Field("TER", 3)
    public let rxovw = Field("RXOVW", 4)
    public let pun = Field("PUN", 5)
    public let fovw = Field("FOVW", 6)
    public let lenchg = Field("LENCHG", 13)
    public let timeout = Field("TIMEOUT", 14)
    public let serr = Field("SERR", 15)
    @inlinable @inline(__always) public init() {}
}

/// Transmit configuration. 0040h
@frozen public struct TCR: FieldSet {
    public let clrabt = Field("CLRABT", 0)
    public let txrr = Field("TXRR", 4, 7)
    public let mxdma = Field("MXDMA", 8, 10)
    public let crc = Field("CRC", 16)
    public let lbk = Field("LBK", 17, 18)
    public let hwveridB = Field("HWVERID_B", 22, 23)
    public let ifg = Field("IFG", 24, 25)
    public let hwveridA = Field("HWVERID_A", 26, 30)
    @inlinable @inline(__always) public init() {}
}

/// Receive configuration. 0044h
@frozen public struct RCR: FieldSet {
    public let aap = Field("AAP", 0)
    public let apm = Field("APM", 1)
    public let am = Field("AM", 2)
    public let ab = Field("AB", 3)
    public let ar = Field("AR", 4)
    public let aer = Field("AER", 5)
    public let sel9356 = Field("SEL_9356", 6)
    public let wrap = Field("WRAP", 7)
    public let mxdma = Field("MXDMA", 8, 10)
    public let rblen = Field("RBLEN", 11, 12)
    public let rxfth = Field("RXFTH", 13, 15)
    public let rer8 = Field("RER8", 16)
    public let mulerint = Field("MULERINT", 17)
    public let erth = Field("ERTH", 24, 27)
    @inlinable @inline(__always) public init() {}
}

/// Frames missed because the FIFO was full; any write clears it. 004Ch
@frozen public struct MPC: FieldSet {
    public let missed = Field("MPC", 0, 23)
    @inlinable @inline(__always) public init() {}
}

/// Status of all four transmit descriptors in one read. 0060h
@frozen public struct TSAD: FieldSet {
    public let own = Field("OWN", 0, 3)
    public let tabt = Field("TABT", 4, 7)
    public let tun = Field("TUN", 8, 11)
    public let tok = Field("TOK", 12, 15)
    @inlinable @inline(__always) public init() {}
}
