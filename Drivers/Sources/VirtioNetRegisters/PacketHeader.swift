public import CDriver
public import DriverKit

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

    /// What a device is told of a frame of `octets` that begins in `first`; nil: it must not be given this one. `longest` holds for
    /// frames that are not cut into segments.
    @inlinable @inline(__always)
    public init?(sending first: Buffer, octets: Int, longest: Int, offloads: UInt32) {
        let wish = first.flags
        guard octets >= 14, !wish.contains(.vlan), !wish.contains(.insertIP) || wish.contains(.segment) else { return nil }
        if wish.contains(.insertChecksum) {
            let end = Int(first.checksumStart) + Int(first.checksumOffset) + 2
            guard offloads & DRYDOCK_CAP_TCP4CSUM_TX != 0, end <= octets else { return nil }
            (flags, checksumStart, checksumOffset) = (PacketHeader.needsChecksum, first.checksumStart, first.checksumOffset)
        }
        guard wish.contains(.segment) else {
            if octets > longest { return nil }
            return
        }
        // The version of IP says which segmentation; without the sums there is none. virtio 1.2 §5.1.6.2
        let version = (first.octet(Int(first.ipStart)) ?? 0) >> 4
        let needed: UInt32 = version == 4 ? DRYDOCK_CAP_TSO4 : version == 6 ? DRYDOCK_CAP_TSO6 : 0
        let header = Int(first.headerOctets), field = Int(first.checksumStart) + Int(first.checksumOffset)
        guard offloads & needed != 0, flags != 0, first.segmentOctets > 0, header < octets, header <= first.length, header >= field + 2 else { return nil }
        segmentation = version == 4 ? PacketHeader.tcp4 : PacketHeader.tcp6
        (headerOctets, segmentOctets) = (first.headerOctets, first.segmentOctets)
    }

    /// The header at the start of a buffer that a device has written.
    @inlinable public init(receivedIn buffer: Buffer) { self.init(buffer.load64(0), UInt32(truncatingIfNeeded: buffer.load64(8))) }

    /// Whether the sum of a received packet need not be looked at: verified by the device, if that is believed; or never on a wire, a local
    /// peer's whose sum is still to be made. virtio 1.2 §5.1.6.4.2
    @inlinable public func isChecked(octets: Int, trust: Bool) -> Bool {
        if flags & PacketHeader.needsChecksum != 0 { return Int(checksumStart) + Int(checksumOffset) + 2 <= octets }
        return trust && flags & PacketHeader.dataValid != 0
    }
}
