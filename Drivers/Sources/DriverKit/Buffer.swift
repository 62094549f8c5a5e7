public import CDriver

/// One slot of packet memory on its way between stack and driver: the contract's `drydock_buffer`, safe to hold.
///
/// A driver hands the slot's device address to its hardware and looks at the numbers; the octets themselves are behind
/// ``data``, the one unsafe thing here, which a driver of a DMA device never needs.
// SAFETY: the pointer inside is stored and copied, never followed, but through `data`, which says so.
@safe @frozen public struct Buffer: BitwiseCopyable {
    @usableFromInline var c: drydock_buffer

    /// An empty one: no slot.
    @inlinable public init() { unsafe c = drydock_buffer() }
    @inlinable public init(_ c: drydock_buffer) { unsafe self.c = c }

    /// As the contract has it.
    @inlinable public var contract: drydock_buffer { unsafe c }

    /// Of the first octet, as the device must be told.
    @inlinable public var deviceAddress: UInt64 { unsafe c.device_address }
    /// Octets from there to the slot's end.
    @inlinable public var capacity: Int { unsafe Int(c.capacity) }
    /// The buffer's identity.
    @inlinable public var slot: UInt32 { unsafe c.slot }
    /// Octets of frame in it.
    @inlinable public var length: Int {
        get { unsafe Int(c.length) }
        set { unsafe c.length = UInt16(truncatingIfNeeded: newValue) }
    }
    @inlinable public var flags: BufferFlags {
        get { unsafe BufferFlags(rawValue: c.flags) }
        set { unsafe c.flags = newValue.rawValue }
    }
    /// 802.1Q tag control information.
    @inlinable public var vlan: UInt16 {
        get { unsafe c.vlan }
        set { unsafe c.vlan = newValue }
    }
    /// Octets from the frame's start to where the TCP or UDP sum begins; from there to the field that takes it.
    @inlinable public var checksumStart: UInt16 { unsafe c.checksum_start }
    @inlinable public var checksumOffset: UInt16 { unsafe c.checksum_offset }
    /// Octets from the frame's start to the IPv4 header, and to its last octet.
    @inlinable public var ipStart: UInt16 { unsafe c.checksum_ip_start }
    @inlinable public var ipEnd: UInt16 { unsafe c.checksum_ip_end }
    /// With ``BufferFlags/segment``: octets of TCP payload a segment, and of all headers before the payload.
    @inlinable public var segmentOctets: UInt16 {
        get { unsafe c.segment_octets }
        set { unsafe c.segment_octets = newValue }
    }
    @inlinable public var headerOctets: UInt16 { unsafe c.header_octets }
    /// Moves the buffer's start: the frame begins `octets` behind where it did. For what came with something in front of it.
    @inlinable @inline(__always) public mutating func dropFirst(_ octets: Int) {
        let n = min(max(octets, 0), capacity)
        unsafe c.data = c.data.map { unsafe $0 + n }
        unsafe c.device_address &+= UInt64(truncatingIfNeeded: n)
        unsafe c.capacity &-= UInt16(truncatingIfNeeded: n)
    }

    /// The first octet, in this process; valid while the driver holds the buffer.
    @unsafe @inlinable public var data: UnsafeMutablePointer<UInt8>? { unsafe c.data }
}

/// `DRYDOCK_BUFFER_*`.
@frozen public struct BufferFlags: OptionSet, Sendable {
    public let rawValue: UInt16
    @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }
    /// The frame continues in the next buffer.
    @inlinable public static var more: Self { Self(rawValue: UInt16(DRYDOCK_BUFFER_MORE)) }
    /// Comes back empty.
    @inlinable public static var unused: Self { Self(rawValue: UInt16(DRYDOCK_BUFFER_UNUSED)) }
    /// Received badly.
    @inlinable public static var error: Self { Self(rawValue: UInt16(DRYDOCK_BUFFER_ERROR)) }
    @inlinable public static var ipChecked: Self { Self(rawValue: UInt16(DRYDOCK_BUFFER_IP_CHECKED)) }
    @inlinable public static var l4Checked: Self { Self(rawValue: UInt16(DRYDOCK_BUFFER_L4_CHECKED)) }
    @inlinable public static var vlan: Self { Self(rawValue: UInt16(DRYDOCK_BUFFER_VLAN)) }
    @inlinable public static var insertChecksum: Self { Self(rawValue: UInt16(DRYDOCK_BUFFER_INSERT_CHECKSUM)) }
    @inlinable public static var insertIP: Self { Self(rawValue: UInt16(DRYDOCK_BUFFER_INSERT_IP)) }
    /// To be cut into TCP segments.
    @inlinable public static var segment: Self { Self(rawValue: UInt16(DRYDOCK_BUFFER_SEGMENT)) }
    /// Not sent, and counted.
    @inlinable public static var failed: Self { Self(rawValue: UInt16(DRYDOCK_BUFFER_FAILED)) }
}
