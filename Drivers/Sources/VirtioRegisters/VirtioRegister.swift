public import DriverKit

/// The registers of any virtio device over PCI. virtio 1.2 §4.1.4
///
/// A device says by its capabilities where each of its structures lies. The raw values are those of the usual layout, one
/// structure a page of region 4; a driver opens each structure with `RegisterAccess(services, region:start:from:needed:)`.
/// Offsets within a structure are fixed. The third page is the configuration of the kind of device, which has its own map.
@frozen public enum VirtioRegister: UInt32, RegisterMap {
    // Common configuration: §4.1.4.3
    case deviceFeatureSelect = 0x0000, deviceFeature = 0x0004, driverFeatureSelect = 0x0008, driverFeature = 0x000C
    case configVector = 0x0010, queues = 0x0012, deviceStatus = 0x0014, configGeneration = 0x0015
    case queueSelect = 0x0016, queueSize = 0x0018, queueVector = 0x001A, queueEnable = 0x001C, queueNotifyOff = 0x001E
    case queueDesc = 0x0020, queueDescHigh = 0x0024, queueDriver = 0x0028, queueDriverHigh = 0x002C
    case queueDevice = 0x0030, queueDeviceHigh = 0x0034
    // Interrupt status: §4.1.4.5
    case isr = 0x1000
    // Notification: §4.1.4.4
    case notify = 0x3000

    public static var datasheet: StaticString { "virtio 1.2" }
    public static var region: UInt8 { 4 }

    @inlinable public var width: UInt32 {
        switch self {
        case .deviceStatus, .configGeneration, .isr: 1
        case .configVector, .queues, .queueSelect, .queueSize, .queueVector, .queueEnable, .queueNotifyOff, .notify: 2
        default: 4
        }
    }

    @inlinable public var stride: UInt32 { 4 }

    /// Octets of the common configuration as far as it is used here.
    @inlinable public static var commonOctets: UInt32 { 0x38 }
    /// Where the configuration of the kind of device begins in the usual layout, and octets of region 4 in it.
    @inlinable public static var configStart: UInt32 { 0x2000 }
    @inlinable public static var regionLength: UInt32 { 0x4000 }
    /// Queues whose doorbells have a name: eight pairs and the control queue.
    @inlinable public static var queuesNamed: UInt32 { 17 }

    public static func list<S: RegisterSink & ~Copyable>(into s: inout S) where S.Map == Self {
        s.register(.deviceFeatureSelect, "device_feature_select", .readWrite, 0, "virtio 1.2 §4.1.4.3", Whole.self)
        s.register(.deviceFeature, "device_feature", .readOnly, 0, "virtio 1.2 §4.1.4.3", Whole.self)
        s.register(.driverFeatureSelect, "driver_feature_select", .readWrite, 0, "virtio 1.2 §4.1.4.3", Whole.self)
        s.register(.driverFeature, "driver_feature", .readWrite, 0, "virtio 1.2 §4.1.4.3", Whole.self)
        s.register(.configVector, "config_msix_vector", .readWrite, 0xFFFF, "virtio 1.2 §4.1.5.1.2", Whole.self)
        s.register(.queues, "num_queues", .readOnly, 0, "virtio 1.2 §4.1.4.3", Whole.self)
        s.register(.deviceStatus, "device_status", .readWrite, 0, "virtio 1.2 §2.1", DeviceStatus.self)
        s.register(.configGeneration, "config_generation", .readOnly, 0, "virtio 1.2 §2.5", Whole.self)
        s.register(.queueSelect, "queue_select", .readWrite, 0, "virtio 1.2 §4.1.4.3", Whole.self)
        s.register(.queueSize, "queue_size", .readWrite, 0, "virtio 1.2 §4.1.4.3", Whole.self)
        s.register(.queueVector, "queue_msix_vector", .readWrite, 0xFFFF, "virtio 1.2 §4.1.5.1.2", Whole.self)
        s.register(.queueEnable, "queue_enable", .readWrite, 0, "virtio 1.2 §4.1.4.3", Whole.self)
        s.register(.queueNotifyOff, "queue_notify_off", .readOnly, 0, "virtio 1.2 §4.1.4.3", Whole.self)
        s.register(.queueDesc, "queue_desc", .readWrite, 0, "virtio 1.2 §4.1.4.3", Whole.self)
        s.register(.queueDescHigh, "queue_desc_high", .readWrite, 0, "virtio 1.2 §4.1.4.3", Whole.self)
        s.register(.queueDriver, "queue_driver", .readWrite, 0, "virtio 1.2 §4.1.4.3", Whole.self)
        s.register(.queueDriverHigh, "queue_driver_high", .readWrite, 0, "virtio 1.2 §4.1.4.3", Whole.self)
        s.register(.queueDevice, "queue_device", .readWrite, 0, "virtio 1.2 §4.1.4.3", Whole.self)
        s.register(.queueDeviceHigh, "queue_device_high", .readWrite, 0, "virtio 1.2 §4.1.4.3", Whole.self)
        s.register(.isr, "isr", .readClears, 0, "virtio 1.2 §4.1.4.5", InterruptStatus.self)
        s.register(.notify, "notify", .doorbell, 0, "virtio 1.2 §4.1.4.4", count: queuesNamed, Whole.self)
    }
}

/// device_status. virtio 1.2 §2.1
@frozen public struct DeviceStatus: FieldSet {
    public let acknowledge = Field("ACKNOWLEDGE", 0), driver = Field("DRIVER", 1), driverOK = Field("DRIVER_OK", 2)
    public let featuresOK = Field("FEATURES_OK", 3), needsReset = Field("DEVICE_NEEDS_RESET", 6), failed = Field("FAILED", 7)
    @inlinable @inline(__always) public init() {}
}

/// Interrupt status; reading clears. virtio 1.2 §4.1.4.5
@frozen public struct InterruptStatus: FieldSet {
    public let queue = Field("queue", 0), config = Field("configuration", 1)
    @inlinable @inline(__always) public init() {}
}
