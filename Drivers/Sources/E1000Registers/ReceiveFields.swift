public import DriverKit

/// Receive control. 8254x §13.4.22
@frozen public struct RCTL: FieldSet {
    public let en = Field("EN", 1)
    public let sbp = Field("SBP", 2)
    public let upe = Field("UPE", 3)
    public let mpe = Field("MPE", 4)
    public let lpe = Field("LPE", 5)
    public let lbm = Field("LBM", 6, 7)
    public let rdmts = Field("RDMTS", 8, 9)
    public let mo = Field("MO", 12, 13)
    public let bam = Field("BAM", 15)
    public let bsize = Field("BSIZE", 16, 17)
    public let vfe = Field("VFE", 18)
    public let cfien = Field("CFIEN", 19)
    public let cfi = Field("CFI", 20)
    public let dpf = Field("DPF", 22)
    public let pmcf = Field("PMCF", 23)
    public let bsex = Field("BSEX", 25)
    public let secrc = Field("SECRC", 26)
    @inlinable @inline(__always) public init() {}
}

/// Flow control receive threshold low, in 8 octets. 8254x §13.4.23
@frozen public struct FCRTL: FieldSet {
    public let rtl = Field("RTL", 3, 15)
    public let xone = Field("XONE", 31)
    @inlinable @inline(__always) public init() {}
}

/// Flow control receive threshold high, in 8 octets. 8254x §13.4.24
@frozen public struct FCRTH: FieldSet {
    public let rth = Field("RTH", 3, 15)
    @inlinable @inline(__always) public init() {}
}

/// Low half of a ring's address, a multiple of 16. 8254x §13.4.25, §13.4.36
@frozen public struct RingBase: FieldSet {
    public let base = Field("BAL", 4, 31)
    @inlinable @inline(__always) public init() {}
}

/// Octets of a ring, a multiple of 128. 8254x §13.4.27, §13.4.38
@frozen public struct RingLength: FieldSet {
    public let len = Field("LEN", 7, 19)
    @inlinable @inline(__always) public init() {}
}

/// A descriptor's number: head or tail. 8254x §13.4.28, §13.4.39
@frozen public struct RingIndex: FieldSet {
    public let index = Field("INDEX", 0, 15)
    @inlinable @inline(__always) public init() {}
}

/// Receive descriptor control. 8254x §13.4.46
@frozen public struct RXDCTL: FieldSet {
    public let pthresh = Field("PTHRESH", 0, 5)
    public let hthresh = Field("HTHRESH", 8, 13)
    public let wthresh = Field("WTHRESH", 16, 21)
    public let gran = Field("GRAN", 24)
    @inlinable @inline(__always) public init() {}
}

/// Receive small packet detect, in octets. 8254x §13.4.32
@frozen public struct RSRPD: FieldSet {
    public let size = Field("SIZE", 0, 11)
    @inlinable @inline(__always) public init() {}
}

/// Receive checksum control. 8254x §13.4.47
@frozen public struct RXCSUM: FieldSet {
    public let pcss = Field("PCSS", 0, 7)
    public let ipofl = Field("IPOFL", 8)
    public let tuofl = Field("TUOFL", 9)
    public let ipv6ofl = Field("IPV6OFL", 10)
    @inlinable @inline(__always) public init() {}
}

/// Receive address high. 8254x §13.5.3
@frozen public struct RAH: FieldSet {
    public let rah = Field("RAH", 0, 15)
    public let asel = Field("AS", 16, 17)
    public let av = Field("AV", 31)
    @inlinable @inline(__always) public init() {}
}

/// A FIFO pointer or counter. 8254x §13.8
@frozen public struct FIFOPointer: FieldSet {
    public let value = Field("FIFO", 0, 12)
    @inlinable @inline(__always) public init() {}
}
