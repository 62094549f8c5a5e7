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
    /// Behind it, octets of the driver's own for the device to read or write: 16 a descriptor.
    @inlinable public func aside(_ index: Int) -> Int { ((availableEvent &+ 2 &+ 15) & ~15) &+ 16 &* index }
    @inlinable public var octets: Int { aside(size) }

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
