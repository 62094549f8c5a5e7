internal import CLinux
internal import Glibc

/// Time that never jumps: nanoseconds since the machine started. The same in every process.
public enum MonotonicClock {
    public static func now() -> UInt64 { read(CLOCK_MONOTONIC) }

    /// Seconds and nanoseconds of the calendar, as nanoseconds since 1970: for log lines and capture files only.
    public static func calendar() -> UInt64 { read(CLOCK_REALTIME) }

    private static func read(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }
}

extension Duration {
    /// Whole nanoseconds, 0 for a negative duration, at most about 292 years.
    public var nanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        guard seconds < 9_223_372_036 else { return UInt64(Int64.max) }
        return UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
    }
}

/// A point in time after which waiting ends.
public struct Deadline: Sendable {
    /// On `MonotonicClock`.
    public let at: UInt64
    public init(at: UInt64) { self.at = at }
    public init(in time: Duration) { at = MonotonicClock.now() &+ time.nanoseconds }

    public var left: UInt64 {
        let now = MonotonicClock.now()
        return at > now ? at - now : 0
    }
    public var hasPassed: Bool { left == 0 }
    /// Whole milliseconds left, rounded up: what `poll` takes.
    var milliseconds: Int32 { Int32(clamping: (left + 999_999) / 1_000_000) }
}
