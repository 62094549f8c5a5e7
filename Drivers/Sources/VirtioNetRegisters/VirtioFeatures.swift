/// Feature bits of a network device and of its queues. virtio 1.2 §5.1.3, §6
@frozen public struct VirtioFeatures: OptionSet, Sendable {
    public let rawValue: UInt64
    @inlinable public init(rawValue: UInt64) { self.rawValue = rawValue }

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
    /// used_event and avail_event. §2.7.7, §2.7.10
    @inlinable public static var eventIndex: Self { Self(rawValue: 1 << 29) }
    @inlinable public static var version1: Self { Self(rawValue: 1 << 32) }
    /// The device reaches memory through an IOMMU; its accesses need the platform's barriers. §6
    @inlinable public static var accessPlatform: Self { Self(rawValue: 1 << 33) }
    @inlinable public static var orderPlatform: Self { Self(rawValue: 1 << 36) }
    @inlinable public static var speedDuplex: Self { Self(rawValue: 1 << 63) }

    /// Without what needs something that is not there. §5.1.3.1
    @inlinable public var consistent: Self {
        var out = self
        if !out.contains(.control) { out.subtract([.controlReceive, .controlVLAN, .multiqueue, .controlAddress]) }
        if !out.contains(.checksum) { out.subtract([.hostTSO4, .hostTSO6]) }
        return out
    }
}
