/// A rate with a burst: what may be sent now is what has dripped in since. RFC 1812 §4.3.2.8, RFC 4443 §2.4 (f).
struct TokenBucket: Sendable {
    private let interval: Interval, burst: UInt32
    private var tokens: UInt32, counted: Instant

    /// One token each `interval`, at most `burst` saved up.
    init(every interval: Interval, burst: UInt32) {
        (self.interval, self.burst, tokens, counted) = (Interval(nanoseconds: max(interval.nanoseconds, 1)), burst, burst, .zero)
    }

    /// Takes a token, if there is one.
    mutating func take(_ now: Instant) -> Bool {
        let gained = UInt64(max((now - counted).nanoseconds, 0)) / UInt64(interval.nanoseconds)
        if gained > 0 {
            tokens = UInt32(min(UInt64(burst), UInt64(tokens) &+ min(gained, UInt64(burst))))
            counted = gained >= UInt64(burst) ? now : counted + Interval(nanoseconds: Int64(gained) &* interval.nanoseconds)
        }
        guard tokens > 0 else { return false }
        tokens &-= 1
        return true
    }
}
