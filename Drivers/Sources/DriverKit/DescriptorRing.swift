/// The shape of one descriptor: 16 octets, say, in a ring that starts at a multiple of 128.
public protocol DescriptorLayout {
    static var octets: Int { get }
    /// Of the ring's first octet; a power of two.
    static var alignment: Int { get }
}

/// A ring of descriptors that a device works through in order, and the buffers that it holds through them.
///
/// The driver writes the descriptor at ``next`` and then moves the buffer in with ``handOver(_:)``; it reads the descriptor
/// at ``oldest`` and, when the device is done with it, moves the buffer out with ``takeBack()``. What the device holds is
/// out of the driver's hands: there is no way to it but that one. The ring owns its memory: gone with it.
///
/// One descriptor stays unused, as hardware takes equal head and tail for an empty ring.
/// What goes over many at a time, is in `RingRuns`.
// SAFETY: `memory` and `held` have one descriptor and one place for each of the cursor's positions; the places from head to tail hold a
// buffer each, or none, the others nothing of value.
@safe @frozen public struct DescriptorRing<Layout: DescriptorLayout>: ~Copyable {
    @usableFromInline let memory: DMABlock
    @usableFromInline let held: OwnedArray<Buffer>
    @usableFromInline var cursor: RingCursor

    /// An empty ring of `size` descriptors, all zero. `reach` is the last address that the device can send.
    ///
    /// - Throws: `.noMemory(name)`; `.unsuitable` when the memory lies out of the device's reach.
    public init(_ services: Services, size: Int, reach: UInt64 = .max, for name: StaticString) throws(DriverFailure) {
        memory = try DMABlock(services, octets: size * Layout.octets, alignment: Layout.alignment, reach: reach, for: name)
        held = OwnedArray(repeating: Buffer(), count: size)
        cursor = RingCursor(size: size)
    }

    /// As the device must be told: where the ring starts, how long it is, and where software stands.
    @inlinable public var deviceAddress: UInt64 { memory.deviceAddress }
    @inlinable public var size: Int { cursor.size }
    @inlinable public var octets: Int { cursor.size &* Layout.octets }
    @inlinable public var head: Int { cursor.head }
    @inlinable public var tail: Int { cursor.tail }
    /// Descriptors that the device holds; those that may still be handed over.
    @inlinable public var used: Int { cursor.used }
    @inlinable public var free: Int { cursor.free }
    @inlinable public var isEmpty: Bool { cursor.isEmpty }

    /// Octets from the ring's start to the next descriptor to hand over.
    @inlinable @inline(__always)
    public var next: Int { cursor.tail &* Layout.octets }
    /// Octets from the ring's start to the oldest descriptor that the device holds.
    @inlinable @inline(__always)
    public var oldest: Int { cursor.head &* Layout.octets }
    /// Octets from the ring's start to the descriptor `steps` behind the oldest: the later parts of a frame.
    @inlinable @inline(__always)
    public func oldest(plus steps: Int) -> Int { cursor.position(cursor.head, plus: steps) &* Layout.octets }

    /// Gives the device the descriptor at ``next`` (already written) and the buffer behind it.
    ///
    /// - Precondition: ``free`` is not zero.
    @inlinable @inline(__always)
    public mutating func handOver(_ buffer: consuming OwnedBuffer) {
        held[cursor.fill()] = buffer.surrender()
    }

    /// Gives the device the descriptor at ``next`` (already written), which speaks of no buffer.
    ///
    /// - Precondition: ``free`` is not zero.
    public mutating func handOver() { held[cursor.fill()] = .none }

    /// Takes the oldest descriptor back, which speaks of no buffer, or this traps.
    public mutating func takeBackNone() {
        precondition(held[cursor.head].isNone)
        cursor.clean(1)
    }

    /// Takes the buffer of the oldest descriptor back, once the device has said that it is done with it, or was stopped.
    ///
    /// - Precondition: the ring is not empty.
    @inlinable @inline(__always)
    public mutating func takeBack() -> OwnedBuffer {
        let buffer = held[cursor.head]
        cursor.clean(1)
        return OwnedBuffer(taking: buffer)
    }

    /// Starts again at descriptor 0, as the device does after a reset, with all descriptors zero. Buffers that the ring still holds
    /// lie from there on, in their order: their ``used`` descriptors are to be written anew, with what ``look(_:)`` says.
    public mutating func restart() {
        let count = used
        // Three reversals move what is at the head to 0, and need no second table.
        reverse(0, head)
        reverse(head, size)
        reverse(0, size)
        memory.clear(0, octets: octets)
        cursor.reset()
        cursor.fill(count)
    }

    private func reverse(_ start: Int, _ end: Int) {
        for step in 0..<(end &- start) / 2 {
            let saved = held[start &+ step]
            held[start &+ step] = held[end &- 1 &- step]
            held[end &- 1 &- step] = saved
        }
    }

    /// What is said of the buffer `steps` behind the oldest, to look at.
    @inlinable public func look(_ steps: Int) -> Buffer { held[cursor.position(cursor.head, plus: steps)] }

    /// Descriptor memory, in octets from the ring's start: one access each, neither merged nor moved.
    @inlinable @inline(__always)
    public func load32(_ offset: Int) -> UInt32 { memory.load32(offset) }
    @inlinable @inline(__always)
    public func load64(_ offset: Int) -> UInt64 { memory.load64(offset) }
    @inlinable @inline(__always)
    public func store32(_ offset: Int, _ value: UInt32) { memory.store32(offset, value) }
    @inlinable @inline(__always)
    public func store64(_ offset: Int, _ value: UInt64) { memory.store64(offset, value) }
}
