/// The round trip, smoothed, and the retransmission timeout that follows from it. RFC 6298.
///
/// Two choices: the floor is 200 ms above the smoothed round trip, not one second in all (RFC 6298 §2.4 would have it;
/// Linux and FreeBSD do as here, since a delayed acknowledgment comes within 200 ms); the ceiling is 120 s (§2.5 asks for 60 at least).
struct RoundTripEstimator {
    /// Nanoseconds; zero before the first measurement.
    private(set) var smoothed: UInt64 = 0
    private(set) var variation: UInt64 = 0
    /// The shortest of the last five minutes, in microseconds; zero before the first.
    private(set) var least: UInt32 = 0
    private var leastMeasured: UInt32 = 0 // seconds
    /// How often the timeout was doubled since the last measurement.
    private(set) var backoff: UInt8 = 0
    private var wasOpeningLost = false

    static var initialTimeout: UInt64 { 1_000_000_000 } // RFC 6298 §2.1
    static var timeoutAfterLostOpening: UInt64 { 3_000_000_000 }
    static var leastMargin: UInt64 { 200_000_000 }
    static var longestTimeout: UInt64 { 120_000_000_000 }
    private static var leastLife: UInt32 { 300 }

    var hasMeasured: Bool { smoothed != 0 }

    /// A measured round trip, in microseconds. With timestamps every acknowledgment brings one: `perRoundTrip` of them
    /// weigh as one does without (RFC 7323 appendix G).
    mutating func measure(_ microseconds: UInt64, perRoundTrip: Int) {
        let measured = max(min(microseconds, 1_000_000_000), 1) &* 1000
        backoff = 0 // RFC 6298 §5.7 with Karn: only a measurement ends the back-off
        guard hasMeasured else {
            (smoothed, variation) = (measured, measured / 2) // §2.2
            return
        }
        let count = Int64(max(perRoundTrip, 1))
        let error = Int64(measured) &- Int64(smoothed)
        // §2.3, variation first.
        variation = UInt64(max(Int64(variation) &+ (abs(error) &- Int64(variation)) / (4 &* count), 0))
        smoothed = UInt64(max(Int64(smoothed) &+ error / (8 &* count), 1))
    }

    /// For `least`: the time of the newest arrival, in microseconds.
    mutating func measureLeast(_ microseconds: UInt64, now: UInt64) {
        let measured = UInt32(clamping: max(microseconds, 1)), second = UInt32(truncatingIfNeeded: now / 1_000_000)
        if least == 0 || measured <= least || second &- leastMeasured > Self.leastLife { (least, leastMeasured) = (measured, second) }
    }

    mutating func backOff() { if backoff < 16 { backoff &+= 1 } }
    mutating func endBackOff() { backoff = 0 }
    /// RFC 6298 §5.7.
    mutating func openingWasLost() { wasOpeningLost = true }

    /// Without the back-off. RFC 6298 §2.2, §2.3; the granularity of the clock is far below the floor.
    private var base: UInt64 {
        if hasMeasured { return smoothed &+ max(variation &* 4, Self.leastMargin) }
        return wasOpeningLost ? Self.timeoutAfterLostOpening : Self.initialTimeout
    }

    /// The timeout, doubled as often as it has expired. RFC 6298 §5.5.
    var timeout: Interval { timeout(doubled: Int(backoff)) }

    func timeout(doubled times: Int) -> Interval {
        Interval(nanoseconds: Int64(min(min(base, Self.longestTimeout) &<< UInt64(min(max(times, 0), 16)), Self.longestTimeout)))
    }

    var smoothedInterval: Interval { Interval(nanoseconds: Int64(smoothed)) }
}
