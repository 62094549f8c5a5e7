public import DriverKit

/// The few registers that have a place, in the 32-bit mode (BCR18.DWIO); the raw value is the offset in region 1 (memory).
///
/// All others are behind ``rdp`` and ``bdp``, chosen by ``rap``. Am79C970A, "I/O Resources"
@frozen public enum PCnetPort: UInt32, RegisterMap {
    case aprom = 0x00, rdp = 0x10, rap = 0x14, reset = 0x18, bdp = 0x1C

    public static var datasheet: StaticString { "Am79C970A" }
    public static var region: UInt8 { 1 }
    @inlinable public var stride: UInt32 { 4 }
    /// Octets of region 1.
    public static var regionLength: UInt32 { 0x20 }

    public static func list<S: RegisterSink & ~Copyable>(into s: inout S) where S.Map == Self {
        s.register(.aprom, "APROM", .readOnly, 0, "Am79C970A I/O 00h", count: 4, Whole.self)
        s.register(.rdp, "RDP", .readWrite, 0, "Am79C970A I/O 10h", Low.self)
        s.register(.rap, "RAP", .readWrite, 0, "Am79C970A I/O 14h", RAP.self)
        s.register(.reset, "RESET", .readOnly, 0, "Am79C970A I/O 18h", Low.self)
        s.register(.bdp, "BDP", .readWrite, 0, "Am79C970A I/O 1Ch", Low.self)
    }
}

/// The 16-bit mode, which the device is in after a reset: just enough to leave it. Am79C970A, BCR18 (DWIO)
@frozen public enum PCnetWordPort: UInt32, RegisterMap {
    case reset = 0x14

    public static var datasheet: StaticString { "Am79C970A" }
    public static var region: UInt8 { 1 }
    @inlinable public var stride: UInt32 { 2 }
    @inlinable public var width: UInt32 { 2 }

    public static func list<S: RegisterSink & ~Copyable>(into s: inout S) where S.Map == Self {
        s.register(.reset, "RESET", .readOnly, 0, "Am79C970A I/O 14h", Low.self)
    }
}
