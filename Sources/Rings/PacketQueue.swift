/// A bounded first-in first-out queue of packets. Full is not an error: the packet comes back to its sender.
// SAFETY: slots at positions [head, tail) hold initialised packets, all others none; both cursors wrap, capacity is a
// power of two.
@frozen @safe public struct PacketQueue: ~Copyable {
    @usableFromInline let slots: UnsafeMutablePointer<Packet>
    @usableFromInline var head: UInt32 = 0, tail: UInt32 = 0
    public let capacity: Int

    /// - Parameter capacity: rounded up to a power of two.
    public init(capacity wanted: Int) {
        var size = 1
        while size < wanted { size <<= 1 }
        capacity = size
        unsafe slots = .allocate(capacity: size)
    }

    deinit {
        var position = head
        while position != tail {
            unsafe (slots + Int(position) & (capacity - 1)).deinitialize(count: 1)
            position &+= 1
        }
        unsafe slots.deallocate()
    }

    @inlinable public var count: Int { Int(tail &- head) }
    @inlinable public var isEmpty: Bool { head == tail }
    @inlinable public var isFull: Bool { count == capacity }
    /// Packets that still fit.
    @inlinable public var room: Int { capacity &- count }

    /// Takes the packet, or gives it back when the queue is full.
    @inlinable @inline(__always) public mutating func append(_ packet: consuming Packet) -> Packet? {
        guard count < capacity else { return packet }
        unsafe (slots + Int(tail) & (capacity &- 1)).initialize(to: packet)
        tail &+= 1
        return nil
    }

    @inlinable @inline(__always) public mutating func popFirst() -> Packet? {
        guard head != tail else { return nil }
        let packet = unsafe (slots + Int(head) & (capacity &- 1)).move()
        head &+= 1
        return packet
    }

    /// The youngest packet, for a look; nil when there is none.
    @inlinable @inline(__always) public func withLast<Result>(_ look: (borrowing Packet) -> Result?) -> Result? {
        guard head != tail else { return nil }
        return unsafe look(slots[Int(tail &- 1) & (capacity &- 1)])
    }

    /// Gives `packet` the first `octets` of the youngest packet's frame, and what hardware is to do with it.
    /// - Returns: false, changing nothing, when there is none, or either of them is shorter.
    @inlinable @inline(__always) public func copyHead(_ octets: Int, into packet: inout Packet) -> Bool {
        guard head != tail else { return false }
        return unsafe packet.copyHead(octets, of: slots[Int(tail &- 1) & (capacity &- 1)])
    }
}
