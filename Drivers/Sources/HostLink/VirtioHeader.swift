public import DriverKit

/// What the host's kernel and a link say of a frame besides its octets: the header in front of it. VIRTIO 1.2 §5.1.6
///
///     0       1          2               4          6            8
///     +-------+----------+---------------+----------+------------+-------------+
///     | flags | gso_type | header_octets | gso_size | csum_start | csum_offset |
///     +-------+----------+---------------+----------+------------+-------------+
@frozen public struct VirtioHeader: BitwiseCopyable {
    /// Without the field for merged buffers.
    @inlinable public static var octets: Int { 10 }

    public var flags: UInt8 = 0, segmentation: UInt8 = 0
    public var headerOctets: UInt16 = 0, segmentOctets: UInt16 = 0, checksumStart: UInt16 = 0, checksumOffset: UInt16 = 0

    @inlinable public init() {}

    /// The transport sum from `checksumStart` on is missing, but for the pseudo header's.
    @inlinable public static var needsChecksum: UInt8 { 1 }
    /// The host knows the sum to be right.
    @inlinable public static var isValid: UInt8 { 2 }
    @inlinable public static var tcp4: UInt8 { 1 }
    @inlinable public static var tcp6: UInt8 { 4 }

    /// What a frame to be sent asks for, `version` being the upper half of its first IP octet (4 or 6).
    @inlinable public init(sending buffer: Buffer, version: UInt8) {
        guard !buffer.flags.isDisjoint(with: [.insertChecksum, .segment]) else { return }
        flags = VirtioHeader.needsChecksum
        (checksumStart, checksumOffset) = (buffer.checksumStart, buffer.checksumOffset)
        guard buffer.flags.contains(.segment) else { return }
        segmentation = version == 6 ? VirtioHeader.tcp6 : VirtioHeader.tcp4
        (headerOctets, segmentOctets) = (buffer.headerOctets, buffer.segmentOctets)
    }

    /// Whether a frame of `length` octets can be what it asks for; the host would refuse it otherwise, without a word.
    @inlinable public static func allows(_ buffer: Buffer, length: Int) -> Bool {
        if buffer.flags.contains(.insertChecksum) || buffer.flags.contains(.segment) {
            let end = Int(buffer.checksumStart) &+ Int(buffer.checksumOffset) &+ 2
            guard buffer.checksumStart >= 14, end <= length else { return false }
        }
        guard buffer.flags.contains(.segment) else { return true }
        let header = Int(buffer.headerOctets), field = Int(buffer.checksumStart) &+ Int(buffer.checksumOffset)
        return buffer.segmentOctets > 0 && header >= field &+ 2 && header < length && header <= min(buffer.length, FrameVector.headers)
    }

    /// What a received frame comes with. The sum that the host left out counts as checked: it never left the machine.
    @inlinable public var received: BufferFlags {
        guard flags & (VirtioHeader.needsChecksum | VirtioHeader.isValid) != 0 else { return [] }
        return isJoined ? [.l4Checked, .segment] : .l4Checked
    }
    /// Of several TCP segments, longer than the link's MTU. The bit beside the kind says that they carry congestion marks.
    @inlinable public var isJoined: Bool { segmentation & 0x7F == VirtioHeader.tcp4 || segmentation & 0x7F == VirtioHeader.tcp6 }
}
