public import DriverKit

/// The registers of the teaching NIC ABC; the raw value is the offset in region 0. The datasheet is docs/ABC.md.
@frozen public enum AbcRegister: UInt32, RegisterMap {
    case id = 0x00, ctrl = 0x04, status = 0x08, cause = 0x0C, mask = 0x10, doorbell = 0x14
    case macLow = 0x18, macHigh = 0x1C, hashLow = 0x20, hashHigh = 0x24, rxMissed = 0x28, rxLong = 0x2C
    case rxBaseLow = 0x30, rxBaseHigh = 0x34, rxSize = 0x38, rxHead = 0x3C
    case txBaseLow = 0x40, txBaseHigh = 0x44, txSize = 0x48, txHead = 0x4C

    public static var datasheet: StaticString { "ABC" }
    public static var region: UInt8 { 0 }
    @inlinable public var stride: UInt32 { 4 }
    /// Octets of region 0.
    public static var regionLength: UInt32 { 0x1000 }

    public static func list<S: RegisterSink & ~Copyable>(into s: inout S) where S.Map == Self {
        s.register(.id, "ID", .readOnly, 0x4142_4301, "ABC §3.1", ID.self)
        s.register(.ctrl, "CTRL", .readWrite, 0, "ABC §3.2", CTRL.self)
        s.register(.status, "STATUS", .readOnly, 0, "ABC §3.3", STATUS.self)
        s.register(.cause, "CAUSE", .writeOneClears, 0, "ABC §3.4", Causes.self)
        s.register(.mask, "MASK", .readWrite, 0, "ABC §3.5", Causes.self)
        s.register(.doorbell, "DOORBELL", .writeOnly, 0, "ABC §3.6", DOORBELL.self)
        s.register(.macLow, "MAC_LO", .readWrite, 0, "ABC §3.7", Whole.self)
        s.register(.macHigh, "MAC_HI", .readWrite, 0, "ABC §3.7", MAC_HI.self)
        s.register(.hashLow, "HASH_LO", .readWrite, 0, "ABC §3.8", Whole.self)
        s.register(.hashHigh, "HASH_HI", .readWrite, 0, "ABC §3.8", Whole.self)
        s.register(.rxMissed, "RX_MISSED", .readClears, 0, "ABC §3.9", Whole.self)
        s.register(.rxLong, "RX_LONG", .readClears, 0, "ABC §3.9", Whole.self)
        s.register(.rxBaseLow, "RX_BASE_LO", .readWrite, 0, "ABC §3.10", BASE_LO.self)
        s.register(.rxBaseHigh, "RX_BASE_HI", .readWrite, 0, "ABC §3.10", Whole.self)
        s.register(.rxSize, "RX_SIZE", .readWrite, 0, "ABC §3.10", SIZE.self)
        s.register(.rxHead, "RX_HEAD", .readOnly, 0, "ABC §3.10", SIZE.self)
        s.register(.txBaseLow, "TX_BASE_LO", .readWrite, 0, "ABC §3.10", BASE_LO.self)
        s.register(.txBaseHigh, "TX_BASE_HI", .readWrite, 0, "ABC §3.10", Whole.self)
        s.register(.txSize, "TX_SIZE", .readWrite, 0, "ABC §3.10", SIZE.self)
        s.register(.txHead, "TX_HEAD", .readOnly, 0, "ABC §3.10", SIZE.self)
    }
}

/// What it is: `ABC` in ASCII, and the revision. ABC §3.1
@frozen public struct ID: FieldSet {
    public let revision = Field("REVISION", 0, 7), name = Field("NAME", 8, 31)
    @inlinable @inline(__always) public init() {}
}

/// ABC §3.2
@frozen public struct CTRL: FieldSet {
    public let reset = Field("RESET", 0), rxen = Field("RXEN", 1), txen = Field("TXEN", 2), promisc = Field("PROMISC", 3)
    @inlinable @inline(__always) public init() {}
}

/// ABC §3.3
@frozen public struct STATUS: FieldSet {
    public let link = Field("LINK", 0), full = Field("FULL", 1), rxHalted = Field("RX_HALTED", 2), txHalted = Field("TX_HALTED", 3)
    public let speed = Field("SPEED", 16, 31)
    @inlinable @inline(__always) public init() {}
}

/// The fields of CAUSE and MASK. ABC §3.4
@frozen public struct Causes: FieldSet {
    public let rx = Field("RX", 0), tx = Field("TX", 1), link = Field("LINK", 2), fault = Field("FAULT", 3)
    @inlinable @inline(__always) public init() {}
}

/// ABC §3.6
@frozen public struct DOORBELL: FieldSet {
    public let rx = Field("RX", 0), tx = Field("TX", 1)
    @inlinable @inline(__always) public init() {}
}

/// Octets 4 and 5 of the address. ABC §3.7
@frozen public struct MAC_HI: FieldSet {
    public let octets = Field("OCTETS", 0, 15)
    @inlinable @inline(__always) public init() {}
}

/// The ring's first octet, at a multiple of 64. ABC §3.10
@frozen public struct BASE_LO: FieldSet {
    public let address = Field("ADDRESS", 6, 31)
    @inlinable @inline(__always) public init() {}
}

/// Descriptors. ABC §3.10
@frozen public struct SIZE: FieldSet {
    public let descriptors = Field("DESCRIPTORS", 0, 8)
    @inlinable @inline(__always) public init() {}
}
