/// One frame in one slot of packet memory, with exactly one owner.
///
///     |<- offset (headroom) ->|<--- length --->|<- room behind ->|
///     +-----------------------+----------------+-----------------+
///     | free for headers      | octets         |                 |
///     +-----------------------+----------------+-----------------+
///
/// Dropping a packet gives its slot back. Handing it on is `consuming`. Two words; no retain, no allocation.
// SAFETY: `pool` outlives every packet (PacketMemory), `index` is below its count, and `offset + length` never exceeds
// the slot: each mutator checks.
@frozen @safe public struct Packet: ~Copyable {
    @usableFromInline let pool: UnsafeMutablePointer<PacketPool>
    @usableFromInline let index: UInt32

    /// Octets left free in front of a fresh packet: Ethernet with two tags, IPv6, TCP with options fit.
    @inlinable public static var headroom: Int { 128 }

    @inlinable @inline(__always) init(pool: UnsafeMutablePointer<PacketPool>, index: UInt32) {
        unsafe self.pool = pool
        self.index = index
    }

    @inlinable @inline(__always) deinit { unsafe pool.pointee.put(index) }

    /// A packet from `pool`, empty, owned by the stack; nil (and counted in the pool) when there is none.
    @inlinable @inline(__always)
    static func take(_ pool: UnsafeMutablePointer<PacketPool>, headroom: Int) -> Packet? {
        guard let index = unsafe pool.pointee.take() else { return nil }
        let header = unsafe pool.pointee.headers + Int(index)
        unsafe header.pointee = SlotHeader()
        unsafe header.pointee.owner = SlotOwner.stack.rawValue
        unsafe header.pointee.offset = UInt16(truncatingIfNeeded: headroom)
        return unsafe Packet(pool: pool, index: index)
    }

    @inlinable var header: UnsafeMutablePointer<SlotHeader> { @inline(__always) get { unsafe pool.pointee.headers + Int(index) } }
    @inlinable var slotStart: UnsafeMutableRawPointer {
        @inline(__always) get { unsafe pool.pointee.octets + Int(index) &* pool.pointee.slotOctets }
    }

    /// The slot's number across all pools: a packet's identity outside this process.
    @inlinable public var slot: UInt32 { unsafe pool.pointee.firstSlot &+ index }
    /// Octets of frame.
    @inlinable public var length: Int { unsafe Int(header.pointee.length) }
    /// Octets free in front of the frame.
    @inlinable public var room: Int { unsafe Int(header.pointee.offset) }
    /// Octets free behind the frame.
    @inlinable public var tailRoom: Int { unsafe pool.pointee.slotOctets &- room &- length }
    @inlinable public var flags: PacketFlags {
        get { unsafe PacketFlags(rawValue: header.pointee.flags) }
        nonmutating set { unsafe header.pointee.flags = newValue.rawValue }
    }
    /// 802.1Q tag control information, host order.
    @inlinable public var vlan: UInt16 {
        get { unsafe header.pointee.vlan }
        nonmutating set { unsafe header.pointee.vlan = newValue }
    }
    @inlinable public var interface: Int {
        get { unsafe Int(header.pointee.interface) }
        nonmutating set { unsafe header.pointee.interface = UInt16(truncatingIfNeeded: newValue) }
    }
    @inlinable public var mark: UInt32 {
        get { unsafe header.pointee.mark }
        nonmutating set { unsafe header.pointee.mark = newValue }
    }
    /// Where a hardware transport sum begins and goes, octets from the frame's start.
    @inlinable public var checksum: (start: Int, offset: Int) {
        get { unsafe (Int(header.pointee.checksumStart), Int(header.pointee.checksumOffset)) }
        nonmutating set {
            unsafe header.pointee.checksumStart = UInt16(truncatingIfNeeded: newValue.start)
            unsafe header.pointee.checksumOffset = UInt16(truncatingIfNeeded: newValue.offset)
        }
    }
    /// With `PacketFlags.segment`: octets of TCP payload a segment; of all headers before the payload, on transmit.
    @inlinable public var segmentation: (octets: Int, headers: Int) {
        get { unsafe (Int(header.pointee.segmentOctets), Int(header.pointee.headerOctets)) }
        nonmutating set {
            unsafe header.pointee.segmentOctets = UInt16(truncatingIfNeeded: newValue.octets)
            unsafe header.pointee.headerOctets = UInt16(truncatingIfNeeded: newValue.headers)
        }
    }
    /// What hardware said of the frame that begins with `first`.
    public func take(markOf first: borrowing Packet) {
        (flags, vlan, segmentation) = (first.flags, first.vlan, first.segmentation)
    }
    @inlinable public var owner: SlotOwner {
        get { unsafe SlotOwner(rawValue: header.pointee.owner) ?? .free }
        nonmutating set { unsafe header.pointee.owner = newValue.rawValue }
    }

    /// The frame.
    @inlinable public var octets: RawSpan {
        @_lifetime(borrow self) @inline(__always) get {
            unsafe _overrideLifetime(RawSpan(_unsafeStart: UnsafeRawPointer(slotStart + room), byteCount: length), borrowing: self)
        }
    }

    /// The frame, to be written.
    @inlinable public var mutableOctets: MutableRawSpan {
        @_lifetime(&self) @inline(__always) mutating get {
            let span = unsafe MutableRawSpan(_unsafeStart: slotStart + room, byteCount: length)
            return unsafe _overrideLifetime(span, mutating: &self)
        }
    }

    /// Grows the frame at its front, for a header; the new octets are as they were left.
    /// - Returns: false, changing nothing, when there is not enough headroom.
    @inlinable @inline(__always) public mutating func prepend(_ octets: Int) -> Bool {
        guard octets >= 0, octets <= room else { return false }
        unsafe header.pointee.offset &-= UInt16(truncatingIfNeeded: octets)
        unsafe header.pointee.length &+= UInt16(truncatingIfNeeded: octets)
        return true
    }

    /// Grows the frame at its end; the new octets are as they were left.
    /// - Returns: false, changing nothing, when the slot has no room.
    @inlinable @inline(__always) public mutating func append(_ octets: Int) -> Bool {
        guard octets >= 0, octets <= tailRoom else { return false }
        unsafe header.pointee.length &+= UInt16(truncatingIfNeeded: octets)
        return true
    }

    /// Copies `source` behind the frame.
    /// - Returns: false, changing nothing, when the slot has no room.
    @inlinable public mutating func append(copying source: RawSpan) -> Bool {
        let end = length
        guard append(source.byteCount) else { return false }
        unsafe source.withUnsafeBytes { from in
            guard let start = from.baseAddress else { return }
            unsafe (slotStart + room + end).copyMemory(from: start, byteCount: from.count)
        }
        return true
    }

    /// Writes the first `octets` of another frame over this one's, and takes over what hardware is to do with it.
    /// - Returns: false, changing nothing, when either of them is shorter.
    @inlinable @inline(__always) mutating func copyHead(_ octets: Int, of other: borrowing Packet) -> Bool {
        guard octets >= 0, octets <= length, octets <= other.length else { return false }
        unsafe (slotStart + room).copyMemory(from: other.slotStart + other.room, byteCount: octets)
        (flags, vlan, checksum, segmentation) = (other.flags, other.vlan, other.checksum, other.segmentation)
        return true
    }

    /// Drops octets from the front: a header has been read. Never more than there are.
    @inlinable @inline(__always) public mutating func dropFirst(_ octets: Int) {
        let n = min(max(octets, 0), length)
        unsafe header.pointee.offset &+= UInt16(truncatingIfNeeded: n)
        unsafe header.pointee.length &-= UInt16(truncatingIfNeeded: n)
    }

    /// Cuts the frame to `octets` from its front: padding goes.
    @inlinable @inline(__always) public mutating func truncate(to octets: Int) {
        guard octets >= 0, octets < length else { return }
        unsafe header.pointee.length = UInt16(truncatingIfNeeded: octets)
    }

    /// Gives the packet away by its slot number; `PacketMemory.adopt` takes it back.
    @inlinable @inline(__always) public consuming func surrender(to owner: SlotOwner) -> UInt32 {
        unsafe header.pointee.owner = owner.rawValue
        let slot = self.slot
        discard self
        return slot
    }
}
