/// Who may touch a slot of packet memory now. Exactly one owner at any time, written beside the slot, so that a census
/// after a crash can return what the dead process owned.
public enum SlotOwner: UInt8, Sendable, CaseIterable {
    case free = 0, stack, driver, device, socket
}

/// What hardware or stack knows of a frame beyond its octets.
public struct PacketFlags: OptionSet, Equatable, Sendable {
    public var rawValue: UInt16
    @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }
    /// Receive: hardware verified the IPv4 header checksum.
    @inlinable public static var ipChecked: Self { .init(rawValue: 0x01) }
    /// Receive: hardware verified the TCP or UDP checksum.
    @inlinable public static var transportChecked: Self { .init(rawValue: 0x02) }
    /// `vlan` holds a tag that is not in the octets: stripped on receive, to be inserted on transmit.
    @inlinable public static var vlan: Self { .init(rawValue: 0x04) }
    /// Transmit: hardware sums from `checksumStart` and stores at `checksumStart + checksumOffset`.
    @inlinable public static var insertTransportChecksum: Self { .init(rawValue: 0x08) }
    /// Transmit: hardware stores the IPv4 header checksum.
    @inlinable public static var insertIPChecksum: Self { .init(rawValue: 0x10) }
    /// Transmit: hardware cuts the TCP segment into those of `segmentOctets`. Receive: it is several that were joined.
    @inlinable public static var segment: Self { .init(rawValue: 0x40) }
    /// Came back through an interface that also sent it (loopback): no checksum was made or needs checking.
    @inlinable public static var local: Self { .init(rawValue: 0x20) }
}

/// One per slot, in packet memory itself: 24 octets that outlive the process.
@frozen public struct SlotHeader {
    /// `SlotOwner.rawValue`.
    public var owner: UInt8
    public var reserved: UInt8
    /// Octets from the slot's start to the frame.
    public var offset: UInt16
    /// Octets of frame.
    public var length: UInt16
    public var flags: UInt16
    /// 802.1Q tag control information, host order; meaningful with `PacketFlags.vlan`.
    public var vlan: UInt16
    /// Octets from the frame's start to where a hardware transport sum begins.
    public var checksumStart: UInt16
    /// Octets from there to the field that takes it.
    public var checksumOffset: UInt16
    /// The interface that a received frame came in by.
    public var interface: UInt16
    /// A place for its present owner's own mark: a neighbor's queue, a socket.
    public var mark: UInt32
    /// With `PacketFlags.segment`: octets of TCP payload a segment; of all headers before the payload, on transmit.
    public var segmentOctets: UInt16
    public var headerOctets: UInt16

    @usableFromInline init() {
        (owner, reserved, offset, length, flags, vlan) = (0, 0, 0, 0, 0, 0)
        (checksumStart, checksumOffset, interface, mark) = (0, 0, 0, 0)
        (segmentOctets, headerOctets) = (0, 0)
    }
}
