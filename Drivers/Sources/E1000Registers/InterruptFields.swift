public import DriverKit

/// Interrupt causes: the fields of ICR, ICS, IMS and IMC. 8254x §13.4.17
@frozen public struct Causes: FieldSet {
    public let txdw = Field("TXDW", 0)
    public let txqe = Field("TXQE", 1)
    public let lsc = Field("LSC", 2)
    public let rxseq = Field("RXSEQ", 3)
    public let rxdmt0 = Field("RXDMT0", 4)
    public let rxo = Field("RXO", 6)
    public let rxt0 = Field("RXT0", 7)
    public let mdac = Field("MDAC", 9)
    public let rxcfg = Field("RXCFG", 10)
    public let phyint = Field("PHYINT", 12)
    public let gpi = Field("GPI", 13, 14)
    public let txdLow = Field("TXD_LOW", 15)
    public let srpd = Field("SRPD", 16)
    @inlinable @inline(__always) public init() {}
}

/// Least time between interrupts, in 256 ns. 8254x §13.4.18
@frozen public struct ITR: FieldSet {
    public let interval = Field("INTERVAL", 0, 15)
    @inlinable @inline(__always) public init() {}
}

/// Receive delay timer, in 1.024 us. 8254x §13.4.30
@frozen public struct RDTR: FieldSet {
    public let delay = Field("Delay", 0, 15)
    public let fpd = Field("FPD", 31)
    @inlinable @inline(__always) public init() {}
}

/// A delay in 1.024 us: TIDV, TADV, RADV. 8254x §13.4.31, §13.4.41, §13.4.44
@frozen public struct Delay: FieldSet {
    public let delay = Field("Delay", 0, 15)
    @inlinable @inline(__always) public init() {}
}
