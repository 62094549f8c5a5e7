/// Where the parts of a split virtqueue lie, in octets from the start of one block. virtio 1.2 §2.7
@frozen public struct SplitLayout: Sendable {
    /// Descriptors; a power of two.
    public let size: Int

    @inlinable public init(size: Int) { self.size = size }

    /// A descriptor: address (8), length (4), flags (2), next (2). §2.7.5
    @inlinable public func descriptor(_ index: Int) -> Int { index &* 16 }
    /// The driver's area: flags (2), index (2), heads (2 each), used_event (2). §2.7.6
    @inlinable public var available: Int { size &* 16 }
    @inlinable public func availableEntry(_ index: Int) -> Int { available &+ 4 &+ 2 &* index }
    @inlinable public var usedEvent: Int { availableEntry(size) }
    /// The device's area: flags (2), index (2), entries of head (4) and length (4), avail_event (2). §2.7.8
    @inlinable public var used: Int { (usedEvent &+ 2 &+ 3) & ~3 }
    @inlinable public func usedEntry(_ index: Int) -> Int { used &+ 4 &+ 8 &* index }
    @inlinable public var availableEvent: Int { usedEntry(size) }
    /// Behind it, where this driver keeps the packets' headers: 16 octets a descriptor.
    @inlinable public func header(_ index: Int) -> Int { ((availableEvent &+ 2 &+ 15) & ~15) &+ 16 &* index }
    @inlinable public var octets: Int { header(size) }

    /// Flags of a descriptor: the chain goes on; the device writes it. §2.7.5
    @inlinable public static var next: UInt32 { 1 }
    @inlinable public static var deviceWrites: UInt32 { 2 }
    /// Flag of the driver's area: no interrupt; of the device's area: no notification. §2.7.7, §2.7.10
    @inlinable public static var suppress: UInt16 { 1 }

    /// Whether the index that moved from `old` to `new` passed `event`. §2.7.7.1, §2.7.10.1
    @inlinable public static func passes(_ event: UInt16, from old: UInt16, to new: UInt16) -> Bool {
        new &- event &- 1 < new &- old
    }
}

/// What goes before every packet: struct virtio_net_hdr. virtio 1.2 §5.1.6
@frozen public struct PacketHeader: Sendable {
    public static var octets: Int { 12 }

    public var flags: UInt8 = 0, segmentation: UInt8 = 0
    /// Octets of all headers; of payload a segment.
    public var headerOctets: UInt16 = 0, segmentOctets: UInt16 = 0
    public var checksumStart: UInt16 = 0, checksumOffset: UInt16 = 0
    /// Received: over how many buffers the packet goes.
    public var buffers: UInt16 = 0

    @inlinable public init() {}

    /// Flags: the checksum is still to be made; it has been verified. §5.1.6
    @inlinable public static var needsChecksum: UInt8 { 1 }
    @inlinable public static var dataValid: UInt8 { 2 }
    /// Kinds of segmentation. §5.1.6
    @inlinable public static var tcp4: UInt8 { 1 }
    @inlinable public static var tcp6: UInt8 { 4 }

    /// The first eight octets and the last four, little-endian.
    @inlinable public var words: (UInt64, UInt32) {
        (UInt64(flags) | UInt64(segmentation) << 8 | UInt64(headerOctets) << 16 | UInt64(segmentOctets) << 32
            | UInt64(checksumStart) << 48, UInt32(checksumOffset) | UInt32(buffers) << 16)
    }

    @inlinable public init(_ first: UInt64, _ second: UInt32) {
        flags = UInt8(truncatingIfNeeded: first)
        segmentation = UInt8(truncatingIfNeeded: first >> 8)
        headerOctets = UInt16(truncatingIfNeeded: first >> 16)
        segmentOctets = UInt16(truncatingIfNeeded: first >> 32)
        checksumStart = UInt16(truncatingIfNeeded: first >> 48)
        checksumOffset = UInt16(truncatingIfNeeded: second)
        buffers = UInt16(truncatingIfNeeded: second >> 16)
    }
}

/// Commands of the control queue: class and command as two octets. virtio 1.2 §5.1.6.5
@frozen public enum ControlCommand: UInt16, Sendable {
    // The class in the low octet, as it comes first in memory.
    case promiscuous = 0x0000, allMulticast = 0x0100
    case addressTables = 0x0001, address = 0x0101
    case addVLAN = 0x0002, removeVLAN = 0x0102
    case pairs = 0x0004

    /// What the device answers: done.
    @inlinable public static var ok: UInt8 { 0 }
}

/// The vendor's capability that says where a structure is. virtio 1.2 §4.1.4
public enum VirtioCapability {
    @inlinable public static var identifier: UInt32 { 0x09 }
    /// cfg_type.
    @inlinable public static var common: UInt32 { 1 }
    @inlinable public static var notify: UInt32 { 2 }
    @inlinable public static var isr: UInt32 { 3 }
    @inlinable public static var device: UInt32 { 4 }
    @inlinable public static var access: UInt32 { 5 }
    /// Octets from the capability's start: type, region, offset, length, and the notify multiplier.
    @inlinable public static var typeAt: UInt32 { 3 }
    @inlinable public static var regionAt: UInt32 { 4 }
    @inlinable public static var offsetAt: UInt32 { 8 }
    @inlinable public static var lengthAt: UInt32 { 12 }
    @inlinable public static var multiplierAt: UInt32 { 16 }
    /// No MSI-X vector. §4.1.5.1.2
    @inlinable public static var noVector: UInt32 { 0xFFFF }
}
