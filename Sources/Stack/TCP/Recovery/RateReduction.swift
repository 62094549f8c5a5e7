/// Proportional Rate Reduction: during recovery about `threshold / flight` octets go out for each that arrives, so that
/// the flight ends at the threshold. RFC 9937 §6.2, which replaces RFC 6937.
struct RateReduction {
    private var delivered: UInt32 = 0
    private var out: UInt32 = 0
    /// What was in flight when recovery began.
    private var flight: UInt32 = 1

    init() {}

    init(flight: Int) { self.flight = UInt32(clamping: max(flight, 1)) }

    mutating func transmitted(_ octets: Int) { out &+= UInt32(truncatingIfNeeded: octets) }

    /// Octets that may go out now.
    /// - Parameter isProgress: the acknowledgment moved the front and showed no further loss.
    mutating func allowance(delivered octets: Int, inFlight: Int, threshold: Int, isProgress: Bool, segment: Int) -> Int {
        delivered &+= UInt32(clamping: octets)
        var allowed: Int
        if inFlight > threshold {
            allowed = (Int(delivered) &* threshold &+ Int(flight) &- 1) / Int(flight) &- Int(out)
        } else {
            allowed = max(Int(delivered) &- Int(out), octets) // conservative
            if isProgress { allowed &+= segment } // slow start back to the threshold
            allowed = min(threshold &- inFlight, allowed)
        }
        if out == 0 { allowed = max(allowed, segment) } // the first retransmission goes at once
        return max(allowed, 0)
    }
}
