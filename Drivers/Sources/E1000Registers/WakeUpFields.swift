public import DriverKit

/// Wake up control. 8254x §13.6.1
@frozen public struct WUC: FieldSet {
    public let apme = Field("APME", 0)
    public let pmeEn = Field("PME_En", 1)
    public let pmeStatus = Field("PME_Status", 2)
    public let apmpme = Field("APMPME", 3)
    public let spm = Field("SPM", 31)
    @inlinable @inline(__always) public init() {}
}

/// Wake up events: the fields of WUFC and WUS. 8254x §13.6.2, §13.6.3
@frozen public struct WakeUps: FieldSet {
    public let lnkc = Field("LNKC", 0)
    public let mag = Field("MAG", 1)
    public let ex = Field("EX", 2)
    public let mc = Field("MC", 3)
    public let bc = Field("BC", 4)
    public let arp = Field("ARP", 5)
    public let ipv4 = Field("IPv4", 6)
    public let ipv6 = Field("IPv6", 7)
    public let noTCO = Field("NoTCO", 15)
    public let flx = Field("FLX", 16, 19)
    @inlinable @inline(__always) public init() {}
}

/// IP address valid. 8254x §13.6.4
@frozen public struct IPAV: FieldSet {
    public let v4 = Field("V4", 0, 3)
    public let v60 = Field("V60", 16)
    @inlinable @inline(__always) public init() {}
}

/// Wake up packet length, in octets. 8254x §13.6.7
@frozen public struct WUPL: FieldSet {
    public let len = Field("LEN", 0, 11)
    @inlinable @inline(__always) public init() {}
}

/// Flexible filter length, in octets. 8254x §13.6.9
@frozen public struct FFLT: FieldSet {
    public let len = Field("LEN", 0, 10)
    @inlinable @inline(__always) public init() {}
}

/// Flexible filter mask: one bit a filter. 8254x §13.6.10
@frozen public struct FFMT: FieldSet {
    public let mask = Field("MASK", 0, 3)
    @inlinable @inline(__always) public init() {}
}
