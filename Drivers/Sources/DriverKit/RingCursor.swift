/// Where a descriptor ring of fixed size is filled and where it is cleaned, as the device counts: 0 to `size` - 1.
///
/// Hardware takes equal head and tail for an empty ring, so one descriptor always stays unused.
@frozen public struct RingCursor: Sendable {
    /// Descriptors of the ring.
    public let size: Int
    @usableFromInline var first = 0, next = 0

    /// The oldest descriptor in use.
    @inlinable public var head: Int { first }
    /// The next free descriptor: what the device's tail register is told.
    @inlinable public var tail: Int { next }

    @inlinable public init(size: Int) { precondition(size >= 2); self.size = size }

    /// Descriptors in use; descriptors that may still be filled.
    @inlinable public var used: Int { tail >= head ? tail &- head : tail &+ size &- head }
    @inlinable public var free: Int { size &- 1 &- used }
    @inlinable public var isEmpty: Bool { head == tail }

    /// The position `steps` behind `position`; `steps` is at most `size`.
    @inlinable @inline(__always)
    public func position(_ position: Int, plus steps: Int) -> Int {
        let next = position &+ steps
        return next >= size ? next &- size : next
    }

    /// Takes the next free descriptor.
    @inlinable public mutating func fill() -> Int {
        precondition(free > 0)
        let position = tail
        next = self.position(tail, plus: 1)
        return position
    }

    /// Takes the next `steps` free descriptors, from ``tail`` on.
    @inlinable @inline(__always)
    public mutating func fill(_ steps: Int) {
        precondition(steps >= 0 && steps <= free)
        next = position(tail, plus: steps)
    }

    /// Takes the free descriptors up to `end`, which is the next free one afterwards: for a loop over positions that has kept to
    /// ``free``.
    @inlinable @inline(__always)
    public mutating func fill(upTo end: Int) {
        precondition(UInt(bitPattern: end) < UInt(bitPattern: size))
        next = end
    }

    /// Gives back the descriptors up to `end`, which is the oldest in use afterwards: for a loop over positions that has kept to
    /// ``used``.
    @inlinable @inline(__always)
    public mutating func clean(upTo end: Int) {
        precondition(UInt(bitPattern: end) < UInt(bitPattern: size))
        first = end
    }

    /// Gives back the `steps` oldest descriptors.
    @inlinable public mutating func clean(_ steps: Int) {
        precondition(steps >= 0 && steps <= used)
        first = position(head, plus: steps)
    }

    /// Back to an empty ring at 0, as after a reset of the device.
    @inlinable public mutating func reset() { (first, next) = (0, 0) }
}
