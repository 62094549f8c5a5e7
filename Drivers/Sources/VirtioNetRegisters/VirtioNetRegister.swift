public import DriverKit

/// The configuration of a virtio network device: virtio 1.2 §5.1.4. The raw values are those of the usual layout, in which it lies
/// behind the registers that all virtio devices have.
@frozen public enum VirtioNetRegister: UInt32, RegisterMap {
    case mac = 0x2000, status = 0x2006, pairs = 0x2008, mtu = 0x200A, speed = 0x200C, duplex = 0x2010

    public static var datasheet: StaticString { "virtio 1.2" }
    public static var region: UInt8 { 4 }

    @inlinable public var width: UInt32 {
        switch self {
        case .mac, .duplex: 1
        case .status, .pairs, .mtu: 2
        case .speed: 4
        }
    }

    @inlinable public var stride: UInt32 { self == .mac ? 1 : 4 }

    /// Octets of the structure as far as it is used here, and those up to a register's end.
    @inlinable public static var octets: UInt32 { 0x14 }
    @inlinable public var end: UInt32 { rawValue &- VirtioNetRegister.mac.rawValue &+ (self == .mac ? 6 : width) }

    public static func list<S: RegisterSink & ~Copyable>(into s: inout S) where S.Map == Self {
        s.register(.mac, "mac", .readOnly, 0, "virtio 1.2 §5.1.4", count: 6, Whole.self)
        s.register(.status, "status", .readOnly, 0, "virtio 1.2 §5.1.4", NetStatus.self)
        s.register(.pairs, "max_virtqueue_pairs", .readOnly, 0, "virtio 1.2 §5.1.4", Whole.self)
        s.register(.mtu, "mtu", .readOnly, 0, "virtio 1.2 §5.1.4", Whole.self)
        s.register(.speed, "speed", .readOnly, 0, "virtio 1.2 §5.1.4", Whole.self)
        s.register(.duplex, "duplex", .readOnly, 0, "virtio 1.2 §5.1.4", Whole.self)
    }
}

/// status of the device configuration. virtio 1.2 §5.1.4
@frozen public struct NetStatus: FieldSet {
    public let linkUp = Field("LINK_UP", 0), announce = Field("ANNOUNCE", 1)
    @inlinable @inline(__always) public init() {}
}
