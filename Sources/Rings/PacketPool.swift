/// Slots of one size and the stack of those that are free.
///
/// A pool lives at a fixed address for as long as any packet of it does: `PacketMemory` owns it. One thread takes and
/// gives; there is no lock.
// SAFETY: all pointers are into the memory that `PacketMemory` keeps mapped; indices are checked against `count`.
@frozen @safe public struct PacketPool: ~Copyable {
    @usableFromInline let octets: UnsafeMutableRawPointer
    @usableFromInline let headers: UnsafeMutablePointer<SlotHeader>
    @usableFromInline let available: UnsafeMutablePointer<UInt32>
    @usableFromInline var top: Int
    /// Slots in this pool.
    public let count: Int
    /// Octets of one slot, headroom included.
    public let slotOctets: Int
    /// Global index of the pool's first slot.
    public let firstSlot: UInt32
    /// Takings refused because no slot was free.
    public var exhausted: UInt64 { exhaustions }
    @usableFromInline var exhaustions: UInt64

    init(octets: UnsafeMutableRawPointer, headers: UnsafeMutablePointer<SlotHeader>, count: Int, slotOctets: Int, firstSlot: UInt32) {
        unsafe self.octets = octets
        unsafe self.headers = headers
        unsafe available = .allocate(capacity: count)
        (self.count, self.slotOctets, self.firstSlot, top, exhaustions) = (count, slotOctets, firstSlot, count, 0)
        // Lowest slots on top: a lightly loaded stack touches few pages.
        for k in 0..<count { unsafe available[k] = UInt32(count - 1 - k) }
    }

    deinit { unsafe available.deallocate() }

    /// Slots nobody owns.
    @inlinable public var free: Int { top }

    /// Slots of each owner, in `SlotOwner` order. O(slots).
    public func census() -> [Int] {
        var tally = [Int](repeating: 0, count: SlotOwner.allCases.count)
        for k in 0..<count { tally[unsafe Int(headers[k].owner) % tally.count] += 1 }
        return tally
    }

    @inlinable @inline(__always) mutating func take() -> UInt32? {
        guard top > 0 else { exhaustions &+= 1; return nil }
        top &-= 1
        return unsafe available[top]
    }

    @inlinable @inline(__always) mutating func put(_ index: UInt32) {
        precondition(top < count, "a slot came back twice")
        unsafe headers[Int(index)].owner = SlotOwner.free.rawValue
        unsafe available[top] = index
        top &+= 1
    }
}
