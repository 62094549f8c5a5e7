internal import Wire

// Between the connection and what it knows of its flight.
extension Connection {
    /// Slow start from `start` on: at the opening, and again when the handshake has settled what both sides can do.
    mutating func beginRecovery(at start: SequenceNumber, roundTrip: Interval?, _ pools: inout StreamPools, _ now: Instant) {
        recovery.release(&pools.records)
        recovery = LossRecovery(recoveryOptions, start: start)
        if let roundTrip { recovery.measured(roundTrip, now: now) }
    }

    private var recoveryOptions: RecoveryOptions {
        var chosen = RecoveryOptions()
        chosen.segment = Int(segmentOctets)
        chosen.algorithm = options.congestion
        chosen.hasSACK = flags.contains(.hasSACK)
        chosen.wasHandshakeResent = openCount > 1
        return chosen
    }

    /// What the segment says of our flight.
    @inline(__always) func report(_ segment: SegmentFacts, _ ack: SequenceNumber, windowChanged: Bool, _ now: Instant) -> Acknowledgment {
        var report = Acknowledgment(una: ack)
        report.blocks = SackedBlocks(segment.options)
        report.echo = elapsed(since: segment.options.timestamp?.echo, now)
        report.isECNEcho = flags.contains(.hasECN) && segment.flags.contains(.ece)
        report.carriesData = segment.sequenceOctets > 0
        report.windowChanged = windowChanged
        report.canSendNew = unsent > 0 && ack + Int(sendWindow) > sendNext
        return report
    }

    /// The time since our clock showed `echo`; nil where there are no clocks. RFC 7323 §4.1.
    @inline(__always) private func elapsed(since echo: UInt32?, _ now: Instant) -> Interval? {
        guard let echo, echo != 0, flags.contains(.hasTimestamps) else { return nil }
        let milliseconds = Int32(truncatingIfNeeded: clock(now) &- echo)
        return milliseconds < 0 ? nil : .milliseconds(Int(milliseconds))
    }

    /// The retransmission timeout doubled `times` times, at most two minutes.
    func backedOff(_ times: Int) -> Interval {
        min(recovery.roundTrip.timeout * (1 &<< min(times, 10)), .seconds(120))
    }

    /// What goes in flight is written down before it goes.
    /// - Returns: false when there is no room to: it may not be sent.
    mutating func remember(_ plan: SegmentPlan, _ pools: inout StreamPools, _ now: Instant) -> Bool {
        let octets = plan.end - plan.sequence
        return octets == 0 || recovery.transmitted(
            plan.sequence, octets: octets, isRetransmission: plan.isRetransmission, now: now, pool: &pools.records)
    }

    /// The path takes other segments than before.
    mutating func resize(_ pools: inout StreamPools, _ now: Instant) {
        let old = Int(segmentOctets)
        settleSegmentSize()
        let new = Int(segmentOctets)
        if new < old, sendNext > unacknowledged, state.isSynchronized {
            recovery.segmentShrank(to: new, now: now, pool: &pools.records) // RFC 1191 §6.5: at once, and smaller.
        } else if new != old {
            recovery.congestion.setSegment(new)
        }
    }
}
