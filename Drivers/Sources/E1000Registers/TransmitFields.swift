public import DriverKit

/// Transmit control. 8254x §13.4.33
@frozen public struct TCTL: FieldSet {
    public let en = Field("EN", 1)
    public let psp = Field("PSP", 3)
    public let ct = Field("CT", 4, 11)
    public let cold = Field("COLD", 12, 21)
    public let swxoff = Field("SWXOFF", 22)
    public let rtlc = Field("RTLC", 24)
    public let nrtu = Field("NRTU", 25)
    @inlinable @inline(__always) public init() {}
}

/// Inter-packet gap, in MAC clocks. 8254x §13.4.34
@frozen public struct TIPG: FieldSet {
    public let ipgt = Field("IPGT", 0, 9)
    public let ipgr1 = Field("IPGR1", 10, 19)
    public let ipgr2 = Field("IPGR2", 20, 29)
    @inlinable @inline(__always) public init() {}
}

/// Adaptive IFS throttle. 8254x §13.4.35
@frozen public struct AIFS: FieldSet {
    public let aifs = Field("AIFS", 0, 15)
    @inlinable @inline(__always) public init() {}
}

/// Transmit DMA control. 8254x §13.4.42
@frozen public struct TXDMAC: FieldSet {
    public let dpp = Field("DPP", 0)
    @inlinable @inline(__always) public init() {}
}

/// Transmit descriptor control. 8254x §13.4.43
@frozen public struct TXDCTL: FieldSet {
    public let pthresh = Field("PTHRESH", 0, 5)
    public let hthresh = Field("HTHRESH", 8, 13)
    public let wthresh = Field("WTHRESH", 16, 21)
    public let gran = Field("GRAN", 24)
    public let lwthresh = Field("LWTHRESH", 25, 31)
    @inlinable @inline(__always) public init() {}
}

/// TCP segmentation pad and minimum threshold, in octets. 8254x §13.4.45
@frozen public struct TSPMT: FieldSet {
    public let tsmt = Field("TSMT", 0, 15)
    public let tspbp = Field("TSPBP", 16, 31)
    @inlinable @inline(__always) public init() {}
}
