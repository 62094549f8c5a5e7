import Glibc

/// An eventfd as one side's bell. Does not own the descriptor.
@frozen public struct Bell: Equatable, Sendable {
    public let descriptor: Int32

    public init(descriptor: Int32) { self.descriptor = descriptor }

    /// Makes the descriptor readable. Never blocks: a counter at its limit is readable already.
    public func ring() {
        var one: UInt64 = 1
        _ = unsafe write(descriptor, &one, 8)
    }

    /// Makes it quiet.
    /// - Returns: rings since the last time.
    @discardableResult public func hush() -> UInt64 {
        var count: UInt64 = 0
        return unsafe read(descriptor, &count, 8) == 8 ? count : 0
    }

    /// How a wait ended.
    enum Outcome { case rung, hungUp, elapsed }

    /// Blocks until the bell rings, `life` (a socket, or -1) is closed by its other end, or `milliseconds` have passed.
    func wait(life: Int32, milliseconds: Int32) -> Outcome {
        var watched = [pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0), pollfd(fd: life, events: 0, revents: 0)]
        let ready = unsafe poll(&watched, 2, milliseconds)
        if ready < 0 { return errno == EINTR ? .rung : .elapsed }
        if watched[0].revents != 0 { hush(); return .rung }
        return watched[1].revents != 0 ? .hungUp : .elapsed
    }
}

/// Monotonic milliseconds.
func monotonicMilliseconds() -> Int64 {
    var now = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &now)
    return Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
}
