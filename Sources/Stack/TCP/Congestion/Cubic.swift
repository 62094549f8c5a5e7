/// CUBIC's congestion avoidance, RFC 9438, in whole numbers: octets, and time in 1/1024 s on the curve.
struct Cubic {
    /// When this stage of avoidance began, in microseconds; `.max`: it begins with the next growth.
    private var epoch = UInt64.max
    /// W_est in 1/65536 octets: what Reno's window would be. §4.3.
    private var estimate: UInt64 = 0
    /// W_max: where the window was when it was last reduced; zero: not known, the curve begins at the window.
    private(set) var maximum: UInt32 = 0
    /// cwnd_prior.
    private var prior: UInt32 = 0
    /// K: the time the curve takes to come back to `maximum`.
    private var backAfter: UInt32 = 0
    /// What is left of an octet of growth.
    private var credit: UInt32 = 0

    /// The window after `acknowledged` octets. §4.2 to §4.5.
    mutating func grow(_ window: UInt32, _ acknowledged: UInt32, segment: UInt32, roundTrip: UInt64, now: UInt64) -> UInt32 {
        if epoch == .max { begin(window, segment, now) }
        let elapsed = now &- min(epoch, now)
        advanceEstimate(window, acknowledged, segment)
        let friendly = UInt32(clamping: estimate &>> 16)
        if curve(at: elapsed, segment) < Int64(friendly) { return max(window, friendly) } // §4.3
        let target = min(max(curve(at: elapsed &+ roundTrip, segment), Int64(window)), Int64(window) &* 3 / 2)
        let growth = UInt64(target &- Int64(window)) &* UInt64(acknowledged) &+ UInt64(credit)
        let octets = growth / UInt64(window)
        credit = UInt32(truncatingIfNeeded: growth &- octets &* UInt64(window))
        return UInt32(clamping: UInt64(window) &+ octets)
    }

    /// W_cubic(t) = C (t - K)³ + W_max with C = 0.4 segments/s³, in octets. §4.2 figure 1.
    func curve(at elapsed: UInt64, _ segment: UInt32) -> Int64 {
        let distance = Int64(Self.ticks(elapsed)) &- Int64(backAfter)
        let ticks = min(distance.magnitude, 1 &<< 20) // a thousand seconds, so that the cube fits
        // ticks³ / 2^30 cubic seconds, times 2/5, times the segment; the high word of the product is below the divisor.
        let product = (ticks &* ticks &* ticks).multipliedFullWidth(by: UInt64(segment) &* 2)
        let octets = Int64((5 &<< 30 as UInt64).dividingFullWidth(product).quotient)
        return max(Int64(maximum) &+ (distance < 0 ? -octets : octets), 0)
    }

    private static func ticks(_ microseconds: UInt64) -> UInt64 { min(microseconds, 1 &<< 40) &* 128 / 125_000 }

    /// A stage begins: K from the window, or no climb back when there is nothing to come back to. §4.2 figure 2, §4.8, §4.10.
    private mutating func begin(_ window: UInt32, _ segment: UInt32, _ now: UInt64) {
        (epoch, estimate, credit) = (now, UInt64(window) &<< 16, 0)
        if prior == 0 { prior = window }
        guard window < maximum else {
            (maximum, backAfter) = (window, 0)
            return
        }
        // (maximum - window) / (0.4 segment) cubic seconds, in cubic ticks: below 2^62 for windows up to 2^30.
        let cube = (UInt64(maximum &- window) &* 5 &<< 29) / UInt64(max(segment, 1))
        backAfter = UInt32(cube.cubeRoot)
    }

    /// alpha = 3 (1 - beta) / (1 + beta) = 9/17 until the window is where it was, then 1. §4.3 figure 4.
    private mutating func advanceEstimate(_ window: UInt32, _ acknowledged: UInt32, _ segment: UInt32) {
        let share = (UInt64(min(acknowledged, 1 &<< 24)) &* UInt64(segment)) &<< 16 // times 9 it fits
        estimate &+= estimate &>> 16 < UInt64(prior) ? share &* 9 / (17 &* UInt64(window)) : share / UInt64(window)
    }

    /// The window was reduced from `window` for a loss or a mark. Fast convergence: below the last maximum the flow makes
    /// room for others. §4.6, §4.7.
    mutating func reduced(from window: UInt32) {
        maximum = window < maximum ? UInt32(UInt64(window) &* 17 / 20) : window
        (prior, epoch) = (window, .max)
    }

    /// §4.8: after a timeout the curve begins where avoidance begins.
    mutating func timedOut(from window: UInt32) { (maximum, prior, epoch) = (0, window, .max) }

    /// The window was not the limit: the time does not count. §5.8. The next stage begins on the same curve, at the point
    /// that belongs to the window.
    mutating func pause() { epoch = .max }

    /// §4.9.2: the reduction was a mistake.
    mutating func restore(_ maximum: UInt32) { (self.maximum, epoch) = (maximum, .max) }
}
