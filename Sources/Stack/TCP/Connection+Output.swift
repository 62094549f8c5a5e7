internal import Wire

/// One segment to be made: which octets, with which marks.
struct SegmentPlan {
    var sequence: SequenceNumber
    /// Octets of payload, and where they lie in the send buffer.
    var octets = 0, offset = 0
    var flags: TCPView.Flags = .ack
    var isRetransmission = false
    /// Carries neither octet, SYN nor FIN: it will never be acknowledged.
    var isPure: Bool { octets == 0 && flags.isDisjoint(with: [.syn, .fin]) }
    var end: SequenceNumber { sequence + octets + (flags.isDisjoint(with: [.syn, .fin]) ? 0 : 1) }
}

// What leaves next. RFC 9293 §3.8.
extension Connection {
    /// The next segment that may leave now; nil: none. `sent` must follow before this is asked again.
    ///
    /// - Parameter burst: octets of payload that the link takes at once; a segment's where it cannot cut them itself.
    mutating func nextSegment(burst: Int, _ pools: inout StreamPools, _ now: Instant) -> SegmentPlan? {
        if state == .synSent || state == .synReceived { return nextOpening(pools) }
        guard state.isSynchronized else { return nil }
        recovery.resume(now: now)
        if let lost = recovery.nextRetransmission(most: Int(segmentOctets), pool: pools.records) {
            return retransmission(lost.start, lost.octets)
        }
        if let plan = nextText(burst: burst) {
            tailOctets = 0
            return plan
        }
        if tailOctets > 0 {
            defer { tailOctets = 0 }
            // The path may take less than when it was chosen: then its end.
            let octets = min(Int(tailOctets), Int(segmentOctets))
            return retransmission(tailStart + (Int(tailOctets) - octets), octets)
        }
        return flags.contains(.mustAcknowledge) ? acknowledgment : nil
    }

    /// A segment without octets, from SND.NXT. RFC 9293 §3.10.7.4.
    var acknowledgment: SegmentPlan { SegmentPlan(sequence: sendNext) }

    private mutating func nextOpening(_ pools: borrowing StreamPools) -> SegmentPlan? {
        guard sendNext == initialSend || recovery.nextRetransmission(most: 1, pool: pools.records) != nil else { return nil }
        var plan = SegmentPlan(sequence: initialSend, flags: state == .synSent ? .syn : [.syn, .ack])
        plan.isRetransmission = sendNext != initialSend
        if flags.contains(.hasECN), state == .synSent, openCount == 0 { plan.flags.formUnion([.ece, .cwr]) }
        if flags.contains(.hasECN), state == .synReceived { plan.flags.insert(.ece) }
        return plan
    }

    /// What was lost, as it stands in the buffer now; the FIN stands behind the last octet.
    private mutating func retransmission(_ start: SequenceNumber, _ octets: Int) -> SegmentPlan {
        var plan = SegmentPlan(sequence: start, flags: [.ack], isRetransmission: true)
        plan.offset = start - sendBase
        let held = max(sendBuffer.count - plan.offset, 0)
        plan.octets = min(octets, held)
        if flags.contains(.finSent), plan.octets < octets { plan.flags.insert(.fin) }
        if plan.offset + plan.octets == sendBuffer.count { plan.flags.insert(.psh) }
        return plan
    }

    private mutating func nextText(burst: Int) -> SegmentPlan? {
        let waiting = unsent
        let wantsFin = flags.contains(.finQueued) && !flags.contains(.finSent)
        guard waiting > 0 || wantsFin else { return nil }
        let window = unacknowledged + Int(sendWindow) - sendNext
        // Two at a time: `min` of more makes an array of them.
        var octets = min(min(waiting, burst), min(max(window, 0), recovery.budget))
        // Whole segments; the rest behind them only where it would leave by itself.
        if octets > Int(segmentOctets), octets < waiting || !wantsFin && !leavesAtOnce { octets -= octets % Int(segmentOctets) }
        guard octets > 0 || waiting == 0, mayLeave(octets, of: waiting, isLast: wantsFin) else { return nil }
        var plan = SegmentPlan(sequence: sendNext, octets: octets, offset: sendNext - sendBase)
        if octets == waiting {
            if octets > 0 { plan.flags.insert(.psh) } // RFC 9293 §3.9.1.2: what is buffered ends here.
            if wantsFin { plan.flags.insert(.fin) }
        }
        return plan
    }

    /// The sender's side of silly window avoidance, and Nagle. RFC 9293 §3.8.6.2.1, §3.7.4.
    @inline(__always) private func mayLeave(_ octets: Int, of waiting: Int, isLast: Bool) -> Bool {
        if octets >= Int(segmentOctets) { return true }
        if octets == waiting {
            return isLast || leavesAtOnce || !options.isCorked && sendNext == unacknowledged
        }
        // Cut short by the peer's window: half of the largest ever seen is worth a segment. By congestion: wait.
        let window = unacknowledged + Int(sendWindow) - sendNext
        return window <= octets && (UInt32(octets) >= largestWindow / 2 || flags.contains(.overridesWindow))
    }

    /// A last part of what is buffered does not wait for acknowledgments.
    @inline(__always) private var leavesAtOnce: Bool {
        !options.isCorked && (options.noDelay || tailOctets > 0 || isUrgent)
    }

    /// Several segments may leave under one header: nothing in it is meant for the first alone. RFC 3168 §6.1.2, RFC 6093 §3.1.
    @inline(__always) var mayBurst: Bool { !recovery.owesCWR && !isUrgent }

    /// An urgent octet is yet to leave.
    @inline(__always) private var isUrgent: Bool { flags.contains(.sendsUrgent) && sendUrgent > sendNext }

    /// The segment has left.
    /// - Parameter segments: as how many.
    mutating func sent(_ plan: SegmentPlan, segments: Int = 1, _ pools: inout StreamPools, _ now: Instant) {
        counters.segmentsOut &+= UInt64(segments)
        if plan.flags.contains(.ack) { acknowledged() }
        guard !plan.isPure else { return }
        flags.remove(.overridesWindow)
        if plan.end > sendNext {
            counters.octetsOut &+= UInt64(plan.octets)
            sendNext = plan.end
            if stalledSince == .never { stalledSince = now }
        }
        if plan.flags.contains(.fin) { markFinSent() }
        if plan.flags.contains(.syn) { openCount &+= 1 }
    }

    private mutating func markFinSent() {
        flags.insert(.finSent)
        switch state {
        case .established: state = .finWait1
        case .closeWait: state = .lastAck
        default: break
        }
    }

    /// The peer knows what has arrived.
    @inline(__always) private mutating func acknowledged() {
        acknowledgedUpTo = receiveNext
        acknowledgeAt = .never
        flags.remove(.mustAcknowledge)
    }

    /// The window field, after moving the right edge by as much as is worth it. RFC 9293 §3.8.6.2.2, RFC 7323 §2.3.
    mutating func advertise(inSYN: Bool) -> UInt16 {
        let edge = receiveNext + freeReceiveSpace
        let scale = inSYN ? 0 : UInt32(receiveScale)
        if edge - receiveEdge >= min(Int(receivedSegment), Int(receiveCapacity) / 2) {
            // A multiple of the scale, so that what is told is what is meant; never beyond what the field can say.
            let window = min(edge - receiveNext, 65535 &<< Int(scale)) & ~((1 &<< Int(scale)) &- 1)
            if receiveNext + window > receiveEdge { receiveEdge = receiveNext + window }
        }
        return UInt16(clamping: max(receiveEdge - receiveNext, 0) &>> Int(scale))
    }

    /// The options of a segment after the opening: what arrived out of order is told here.
    mutating func standardOptions(_ ranges: borrowing RangePool, _ now: Instant) -> TCPOptions {
        var standard = TCPOptions()
        if flags.contains(.hasTimestamps) { standard.timestamp = TCPTimestamp(value: clock(now), echo: timestampRecent) }
        if flags.contains(.hasSACK), assembler.hasReport { assembler.report(into: &standard, in: ranges) }
        return standard
    }
}
