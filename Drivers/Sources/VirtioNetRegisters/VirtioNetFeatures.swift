public import VirtioRegisters

/// Feature bits of a network device. virtio 1.2 §5.1.3
extension VirtioFeatures {
    /// The device sums partly summed packets; the driver takes such, and packets said to be valid.
    @inlinable public static var checksum: Self { Self(rawValue: 1 << 0) }
    @inlinable public static var guestChecksum: Self { Self(rawValue: 1 << 1) }
    @inlinable public static var mtu: Self { Self(rawValue: 1 << 3) }
    @inlinable public static var mac: Self { Self(rawValue: 1 << 5) }
    /// The device cuts TCP segments.
    @inlinable public static var hostTSO4: Self { Self(rawValue: 1 << 11) }
    @inlinable public static var hostTSO6: Self { Self(rawValue: 1 << 12) }
    /// A received packet may lie in several buffers.
    @inlinable public static var mergeable: Self { Self(rawValue: 1 << 15) }
    @inlinable public static var status: Self { Self(rawValue: 1 << 16) }
    @inlinable public static var control: Self { Self(rawValue: 1 << 17) }
    @inlinable public static var controlReceive: Self { Self(rawValue: 1 << 18) }
    @inlinable public static var controlVLAN: Self { Self(rawValue: 1 << 19) }
    @inlinable public static var multiqueue: Self { Self(rawValue: 1 << 22) }
    @inlinable public static var controlAddress: Self { Self(rawValue: 1 << 23) }
    @inlinable public static var speedDuplex: Self { Self(rawValue: 1 << 63) }

    /// Without what needs something that is not there. §5.1.3.1
    @inlinable public var consistent: Self {
        var out = self
        if !out.contains(.control) { out.subtract([.controlReceive, .controlVLAN, .multiqueue, .controlAddress]) }
        if !out.contains(.checksum) { out.subtract([.hostTSO4, .hostTSO6]) }
        return out
    }

    /// Those that need a part of the configuration, when that ends after `octets`. §5.1.4
    @inlinable public static func readable(_ octets: UInt32) -> Self {
        var out: Self = []
        if octets >= VirtioNetRegister.mac.end { out.insert(.mac) }
        if octets >= VirtioNetRegister.status.end { out.insert(.status) }
        if octets >= VirtioNetRegister.pairs.end { out.insert(.multiqueue) }
        if octets >= VirtioNetRegister.mtu.end { out.insert(.mtu) }
        if octets >= VirtioNetRegister.duplex.end { out.insert(.speedDuplex) }
        return out
    }
}
