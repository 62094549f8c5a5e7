internal import Wire

// The acknowledgment that a segment carries. RFC 9293 §3.10.7.4 step 5.
extension Connection {
    /// - Returns: the verdict when the segment goes no further.
    mutating func arriveAcknowledgment(
        _ segment: SegmentFacts, _ pools: inout StreamPools, _ now: Instant, _ verdict: inout Verdict
    ) -> Verdict? {
        let ack = segment.acknowledgment
        if flags.contains(.isProbing), ack == sendNext + 1 { takeProbe(&pools, now) }
        if ack > sendNext { return Verdict(.challenge, loss: .tcpBadAcknowledgment) }
        // RFC 5961 §5.2: older than any window ever offered.
        if ack < unacknowledged, unacknowledged - ack > Int(largestWindow) { return Verdict(.challenge, loss: .tcpBadAcknowledgment) }
        let isWindowNews = updateWindow(segment)
        if ack < unacknowledged { return nil } // An old one: its octets may still be new.
        noteAcknowledged(segment, ack, &pools, now, &verdict, isWindowNews: isWindowNews)
        return nil
    }

    /// The octet that was sent beyond the closed window has been taken.
    private mutating func takeProbe(_ pools: inout StreamPools, _ now: Instant) {
        flags.remove(.isProbing)
        guard recovery.transmitted(sendNext, octets: 1, isRetransmission: false, now: now, pool: &pools.records) else { return }
        sendNext = sendNext + 1
    }

    /// SND.WND from the newest segment. RFC 9293 §3.10.7.4 step 5.
    ///
    /// Departs from it: a segment that acknowledges more counts whatever its number, since the window is told from there on. A peer that
    /// sends lost octets again does so with old numbers; its new acknowledgment beside its old window would be an edge that it never told.
    /// - Returns: whether it changed.
    @inline(__always) private mutating func updateWindow(_ segment: SegmentFacts) -> Bool {
        let isNewer = segment.acknowledgment > unacknowledged || segment.acknowledgment == unacknowledged && (windowSequence < segment.sequence
            || windowSequence == segment.sequence && windowAcknowledgment <= segment.acknowledgment)
        guard isNewer else { return false }
        let window = UInt32(segment.window) &<< UInt32(sendScale)
        (windowSequence, windowAcknowledgment) = (segment.sequence, segment.acknowledgment)
        guard window != sendWindow else { return false }
        sendWindow = window
        if window > largestWindow { largestWindow = window }
        return true
    }

    /// An acknowledgment of what is, or was, in flight.
    mutating func noteAcknowledged(
        _ segment: SegmentFacts, _ ack: SequenceNumber, _ pools: inout StreamPools, _ now: Instant,
        _ verdict: inout Verdict, isWindowNews: Bool = false
    ) {
        let isNews = ack > unacknowledged
        let hadUnsent = unsent > 0 || flags.contains(.finQueued) && !flags.contains(.finSent)
        guard isNews || isWindowNews || hadUnsent || segment.options.sackCount > 0 || sendNext != unacknowledged else { return }
        let report = report(segment, ack, windowChanged: isWindowNews, now)
        let outcome = recovery.acknowledged(report, now: now, pool: &pools.records)
        if outcome.delivered > 0 { tailOctets = 0 } // Something lives: the tail needs no probe.
        if isNews { advance(to: ack, &pools, now, &verdict) }
        verdict.actions.insert(.serve)
        settlePersistence(now)
    }

    /// SND.UNA moves: octets leave the buffer, a FIN is done.
    private mutating func advance(
        to ack: SequenceNumber, _ pools: inout StreamPools, _ now: Instant, _ verdict: inout Verdict
    ) {
        stalledSince = .never
        persistCount = 0
        softError = nil
        if flags.contains(.sendsUrgent), ack >= sendUrgent { flags.remove(.sendsUrgent) }
        let end = finNumber
        let octets = min(max(ack - sendBase, 0), sendBuffer.count)
        if octets > 0 {
            sendBuffer.dropFirst(octets, in: &pools.memory)
            sendBase = sendBase + octets
        }
        unacknowledged = ack
        if flags.contains(.wantsSpace), sendSpace * 3 >= Int(sendCapacity) {
            flags.remove(.wantsSpace)
            verdict.actions.insert(.space)
        }
        if flags.contains(.finSent), !flags.contains(.finAcknowledged), ack > end { finishSending(now, &verdict) }
    }

    /// Our FIN has been acknowledged. RFC 9293 §3.10.7.4 step 5, by state.
    private mutating func finishSending(_ now: Instant, _ verdict: inout Verdict) {
        flags.insert(.finAcknowledged)
        switch state {
        case .finWait1:
            state = .finWait2
            if flags.contains(.isOrphan) { lingerUntil = now + Self.orphanWait }
        case .closing:
            state = .timeWait
            verdict.actions.insert(.timeWait)
        case .lastAck:
            state = .closed
            verdict.actions.insert(.finished)
        default: break
        }
    }

    /// Room for the owner's octets.
    var sendSpace: Int { max(Int(sendCapacity) - sendBuffer.count, 0) }
}
