internal import CDriver

/// What the recorder's clock and the machine's showed at the same time.
struct ClockMoment {
    /// Of the recorder's clock: ticks of a counter, or nanoseconds of the monotonic clock.
    let stamp: UInt64
    /// Nanoseconds.
    let monotonic: UInt64

    /// Both clocks, read as near to each other as can be.
    ///
    /// A thread that loses its processor between two readings would make moments of what lies milliseconds apart, and every time
    /// measured by them wrong. So the counter is read between two readings of the clock, and the narrowest of some tries counts.
    static func now(isCounting: Bool) -> ClockMoment {
        guard isCounting else {
            let time = drydock_monotonic()
            return ClockMoment(stamp: time, monotonic: time)
        }
        var narrowest = UInt64.max, best = ClockMoment(stamp: 0, monotonic: 0)
        for _ in 0..<8 {
            let before = drydock_monotonic(), stamp = drydock_ticks(), after = drydock_monotonic()
            guard after &- before < narrowest else { continue }
            narrowest = after &- before
            best = ClockMoment(stamp: stamp, monotonic: before &+ narrowest / 2)
        }
        return best
    }
}
