/// Buffers on their way home that no descriptor holds any more: frames that were refused, and what a reset took off a ring.
public struct ReturnQueue: ~Copyable {
    private let buffers: OwnedArray<Buffer>
    @usableFromInline var cursor: RingCursor

    /// Room for `capacity` buffers.
    public init(capacity: Int) {
        buffers = OwnedArray(repeating: Buffer(), count: capacity + 1)
        cursor = RingCursor(size: capacity + 1)
    }

    @inlinable public var isEmpty: Bool { cursor.isEmpty }
    /// How many buffers may still be added.
    public var room: Int { cursor.free }

    /// Adds the next buffer of a frame. `isLast` ends the frame; `failed` is said in the first buffer (contract).
    public mutating func add(_ buffer: Buffer, isFirst: Bool, isLast: Bool, failed: Bool) {
        let at = cursor.fill()
        buffers[at] = buffer
        buffers[at].flags = isLast ? [] : .more
        if failed && isFirst { buffers[at].flags.insert(.failed) }
    }

    /// Moves whole frames into `out` from its start. One that is longer than what is left of `out` waits for the next call, unless it
    /// is longer than all of it and would wait for ever. Returns the number of buffers.
    public mutating func take(_ out: inout MutableSpan<Buffer>) -> Int {
        var n = 0
        while n < out.count, !cursor.isEmpty {
            let parts = frameParts()
            guard n &+ parts <= out.count || n == 0 else { break }
            for _ in 0..<min(parts, out.count) {
                out[n] = buffers[cursor.head]
                cursor.clean(1)
                n &+= 1
            }
        }
        return n
    }

    private func frameParts() -> Int {
        var n = 0
        while n < cursor.used {
            let at = cursor.position(cursor.head, plus: n)
            n &+= 1
            if !buffers[at].flags.contains(.more) { break }
        }
        return n
    }
}
