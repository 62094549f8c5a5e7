public import DriverKit

/// Empty buffers in order: first in, first out, of fixed capacity. The receive ring of a link that has none.
@frozen public struct BufferQueue: ~Copyable {
    @usableFromInline let buffers: OwnedArray<Buffer>
    @usableFromInline let mask: UInt32
    @usableFromInline var head: UInt32 = 0, tail: UInt32 = 0

    /// Room for `capacity` buffers, rounded up to a power of two.
    public init(capacity: Int) {
        var size = 16
        while size < capacity { size <<= 1 }
        buffers = OwnedArray(repeating: Buffer(), count: size)
        mask = UInt32(size - 1)
    }

    @inlinable public var count: Int { Int(tail &- head) }
    @inlinable public var isEmpty: Bool { head == tail }
    @inlinable public var room: Int { buffers.count &- count }

    /// - Precondition: there is room.
    @inlinable @inline(__always) public mutating func append(_ buffer: Buffer) {
        precondition(room > 0)
        buffers[Int(tail & mask)] = buffer
        tail &+= 1
    }

    /// - Precondition: it is not empty.
    @inlinable @inline(__always) public mutating func takeFirst() -> Buffer {
        precondition(!isEmpty)
        let buffer = buffers[Int(head & mask)]
        head &+= 1
        return buffer
    }

    /// The buffer at `position` from the oldest, which stays.
    @inlinable @inline(__always) public func peek(_ position: Int) -> Buffer {
        precondition(position < count)
        return buffers[Int((head &+ UInt32(truncatingIfNeeded: position)) & mask)]
    }

    /// Takes as many of `list` as there is room for.
    @inlinable public mutating func append(_ list: Span<Buffer>, most: Int) -> Int {
        let count = min(min(list.count, max(0, most)), room)
        for i in 0..<count { append(list[i]) }
        return count
    }

    /// Moves buffers into `out` from `start`, each marked as unused; returns how many are in `out` then.
    @inlinable public mutating func empty(into out: inout MutableSpan<Buffer>, from start: Int) -> Int {
        var n = start
        while n < out.count, !isEmpty {
            var buffer = takeFirst()
            buffer.length = 0
            buffer.flags = .unused
            out[n] = buffer
            n &+= 1
        }
        return n
    }
}

extension Span where Element == Buffer {
    /// Buffers of the frame at `start`; 0 when its end is not in the list.
    @inlinable public func parts(from start: Int) -> Int {
        var n = start
        while n < count {
            let more = self[n].flags.contains(.more)
            n &+= 1
            if !more { return n &- start }
        }
        return 0
    }
}

extension ReturnQueue {
    /// Adds a whole frame of `parts` buffers from `start`. `failed`: it was not sent, and was counted.
    public mutating func add(_ list: Span<Buffer>, from start: Int, parts: Int, failed: Bool) {
        for i in 0..<parts { add(list[start &+ i], isFirst: i == 0, isLast: i == parts &- 1, failed: failed) }
    }
}
