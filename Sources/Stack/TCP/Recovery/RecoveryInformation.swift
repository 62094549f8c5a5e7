/// A sender's state for a listing, as `tcp_info` has it elsewhere. Octets; intervals; totals since the connection began.
public struct RecoveryInformation: Sendable {
    public var state: String
    public var roundTrip: Interval, variation: Interval, leastRoundTrip: Interval, timeout: Interval
    public var window: Int
    /// nil before the first reduction.
    public var threshold: Int?
    public var inFlight: Int, outstanding: Int, sacked: Int, lost: Int
    public var retransmitted: Int, recoveries: Int, timeouts: Int, undone: Int, probes: Int
    public var hasSeenReordering: Bool
    /// In quarters of the shortest round trip.
    public var reorderingWindow: Int
}

extension LossRecovery {
    var information: RecoveryInformation {
        RecoveryInformation(
            state: stateName,
            roundTrip: roundTrip.smoothedInterval, variation: Interval(nanoseconds: Int64(roundTrip.variation)),
            leastRoundTrip: .microseconds(Int(roundTrip.least)), timeout: roundTrip.timeout,
            window: Int(congestion.window), threshold: congestion.threshold == .max ? nil : Int(congestion.threshold),
            inFlight: inFlight, outstanding: board.outstanding, sacked: Int(board.sacked), lost: Int(board.lost),
            retransmitted: Int(totals.retransmitted), recoveries: Int(totals.recoveries), timeouts: Int(totals.timeouts),
            undone: Int(totals.undone), probes: Int(totals.probes),
            hasSeenReordering: rack.hasSeenReordering, reorderingWindow: Int(rack.multiplier))
    }

    private var stateName: String {
        switch state {
        case .open: congestion.isConservative ? "conservative slow start" : congestion.isInSlowStart ? "slow start" : "avoidance"
        case .reduced: "reduced"
        case .recovery: "recovery"
        case .timeout: check == .off ? "timeout" : "timeout, in doubt"
        }
    }
}
