/// Feature bits of a device: those of the transport and the queues, which any kind of device may have. virtio 1.2 §2.2, §6
///
/// A kind of device adds its own in an extension.
@frozen public struct VirtioFeatures: OptionSet, Sendable {
    public let rawValue: UInt64
    @inlinable public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// used_event and avail_event. §2.7.7, §2.7.10
    @inlinable public static var eventIndex: Self { Self(rawValue: 1 << 29) }
    @inlinable public static var version1: Self { Self(rawValue: 1 << 32) }
    /// The device reaches memory through an IOMMU; its accesses need the platform's barriers. §6
    @inlinable public static var accessPlatform: Self { Self(rawValue: 1 << 33) }
    @inlinable public static var orderPlatform: Self { Self(rawValue: 1 << 36) }

    /// What `DriverVirtio` has an answer to.
    @inlinable public static var transport: Self { [.eventIndex, .version1, .accessPlatform, .orderPlatform] }
}
