public import DriverKit

/// Miscellaneous configuration. BCR2
@frozen public struct MC: FieldSet {
    public let xmausel = Field("XMAUSEL", 0)
    public let asel = Field("ASEL", 1)
    public let awake = Field("AWAKE", 2)
    public let eadisel = Field("EADISEL", 3)
    public let dxcvrpol = Field("DXCVRPOL", 4)
    public let dxcvrctl = Field("DXCVRCTL", 5)
    public let intlevel = Field("INTLEVEL", 7)
    public let apromwe = Field("APROMWE", 8)
    public let tmauloop = Field("TMAULOOP", 14)
    @inlinable @inline(__always) public init() {}
}

/// What one LED pin shows, and (LEDOUT) whether it would be lit now. BCR4-7
@frozen public struct LED: FieldSet {
    public let cole = Field("COLE", 0)
    public let jabe = Field("JABE", 1)
    public let rcve = Field("RCVE", 2)
    public let rxpole = Field("RXPOLE", 3)
    public let xmte = Field("XMTE", 4)
    public let rcvme = Field("RCVME", 5)
    public let lnkste = Field("LNKSTE", 6)
    public let pse = Field("PSE", 7)
    public let fdlse = Field("FDLSE", 8)
    public let mpse = Field("MPSE", 9)
    public let leddis = Field("LEDDIS", 13)
    public let ledpol = Field("LEDPOL", 14)
    public let ledout = Field("LEDOUT", 15)
    @inlinable @inline(__always) public init() {}
}

/// Full duplex. BCR9
@frozen public struct FDC: FieldSet {
    public let fden = Field("FDEN", 0)
    public let auifd = Field("AUIFD", 1)
    public let fdrpad = Field("FDRPAD", 2)
    @inlinable @inline(__always) public init() {}
}

/// Burst and bus control. BCR18
@frozen public struct BSBC: FieldSet {
    public let linbc = Field("LINBC", 0, 2)
    public let bwrite = Field("BWRITE", 5)
    public let breade = Field("BREADE", 6)
    public let dwio = Field("DWIO", 7)
    public let extreq = Field("EXTREQ", 8)
    public let memcmd = Field("MEMCMD", 9)
    public let romtmg = Field("ROMTMG", 12, 15)
    @inlinable @inline(__always) public init() {}
}

/// EEPROM control and status. BCR19
@frozen public struct EECAS: FieldSet {
    public let edi = Field("EDI", 0)
    public let esk = Field("ESK", 1)
    public let ecs = Field("ECS", 2)
    public let een = Field("EEN", 4)
    public let eedet = Field("EEDET", 13)
    public let pread = Field("PREAD", 14)
    public let pvalid = Field("PVALID", 15)
    @inlinable @inline(__always) public init() {}
}

/// The layout of the structures in memory. BCR20, CSR58
@frozen public struct SoftwareStyle: FieldSet {
    public let swstyle = Field("SWSTYLE", 0, 7)
    public let size32 = Field("SSIZE32", 8)
    public let csrpcnet = Field("CSRPCNET", 9)
    public let aperren = Field("APERREN", 10)
    @inlinable @inline(__always) public init() {}
}

/// BCR22
@frozen public struct PCILAT: FieldSet {
    public let minGnt = Field("MIN_GNT", 0, 7)
    public let maxLat = Field("MAX_LAT", 8, 15)
    @inlinable @inline(__always) public init() {}
}
