internal import Wire

// The arrival of a segment. RFC 9293 §3.10.7, in its order, with RFC 5961's caution and RFC 7323's clocks.
extension Connection {
    /// - Parameters:
    ///   - payload: the octets behind the header, exactly.
    mutating func arrive(
        _ segment: SegmentFacts, _ payload: RawSpan, _ pools: inout StreamPools, _ now: Instant
    ) -> Verdict {
        counters.segmentsIn &+= UInt64(segment.segments)
        if state == .synSent { return arriveInSynSent(segment, payload, &pools, now) }
        guard !isTooOld(segment, now) else { return refuse(segment, .tcpOldTimestamp) }
        guard isAcceptable(segment) else { return refuse(segment, .tcpOutOfWindow) }
        if segment.flags.contains(.rst) { return arriveReset(segment) }
        // §3.10.7.4 step 4, RFC 5961 §4.2: a SYN of a synchronized connection proves nothing.
        if segment.flags.contains(.syn) { return Verdict(.challenge, loss: .tcpUnexpectedSyn) }
        guard segment.flags.contains(.ack) else { return Verdict(loss: .tcpNoAcknowledgment) }
        lastReceived = now
        keepAliveCount = 0
        noteTimestamp(segment, now)
        var verdict = Verdict()
        if state == .synReceived, let refusal = completeOpening(segment, &pools, now, &verdict) { return refusal }
        if let refusal = arriveAcknowledgment(segment, &pools, now, &verdict) { return refusal }
        if verdict.actions.contains(.finished) || verdict.actions.contains(.timeWait) { return verdict }
        noteMarks(segment)
        if segment.flags.contains(.urg) { noteUrgent(segment, &verdict) }
        if segment.payloadOctets > 0 || segment.flags.contains(.fin) {
            arriveText(segment, payload, &pools, now, &verdict)
        }
        return verdict
    }

    /// RFC 7323 §5.3 R1: the clock of this segment is behind one that was seen, and that not 24 days ago.
    @inline(__always) private func isTooOld(_ segment: SegmentFacts, _ now: Instant) -> Bool {
        guard flags.contains(.hasTimestamps), !segment.flags.contains(.rst) else { return false }
        guard let timestamp = segment.options.timestamp else { return true } // §3.2: such a segment is not this connection's.
        return Int32(truncatingIfNeeded: timestamp.value &- timestampRecent) < 0
            && now - timestampTaken < .seconds(24 * 86400)
    }

    /// §3.10.7.4 step 1, the table; and MUST-66: with a closed window what lies at its edge still acknowledges.
    ///
    /// Departs from the table: an acknowledgment at the very end of the window counts. A peer that has filled the window and lost the
    /// front of it can stand nowhere else; two such ends would hear each other only when a timeout sends octets again.
    @inline(__always) private func isAcceptable(_ segment: SegmentFacts) -> Bool {
        let octets = segment.sequenceOctets, window = receiveWindow
        let start = segment.sequence - receiveNext
        if octets == 0 { return start == 0 || start > 0 && (start < window || start == window && !segment.flags.contains(.rst)) }
        if window == 0 { return start == 0 }
        return start < window && start &+ octets > 0
    }

    /// What is not of this window: told where the window is, unless it was a reset. Octets and FINs always are (the peer
    /// has not heard of their arrival); mere acknowledgments seldom (RFC 5961 §7: two may not talk forever).
    private mutating func refuse(_ segment: SegmentFacts, _ loss: DropReason.Fate) -> Verdict {
        if segment.flags.contains(.rst) { return Verdict(loss: loss) }
        guard segment.sequenceOctets > 0 else { return Verdict(.challenge, loss: loss) }
        guard segment.end <= receiveNext else { return Verdict(.acknowledgeNow, loss: loss) }
        // RFC 2883 §4: only what did arrive before is a duplicate.
        if flags.contains(.hasSACK) { assembler.noteDuplicate(segment.sequence, segment.end) }
        return Verdict(.acknowledgeNow, loss: loss == .tcpOutOfWindow ? .tcpDuplicate : loss)
    }

    /// RFC 5961 §3.2: exactly the next number ends the connection; anything else in the window is asked for again.
    private mutating func arriveReset(_ segment: SegmentFacts) -> Verdict {
        guard segment.sequence == receiveNext else { return Verdict(.challenge, loss: .tcpResetInWindow) }
        switch state {
        case .synReceived: fail(.refused)
        case .closing, .lastAck: state = .closed // Both sides are done: nobody has to hear of it.
        default: fail(.reset)
        }
        return Verdict([.finished, .readable])
    }

    /// The connection is over, for this reason.
    mutating func fail(_ why: StreamError) {
        error = why
        state = .closed
    }

    /// §3.10.7.3.
    private mutating func arriveInSynSent(
        _ segment: SegmentFacts, _ payload: RawSpan, _ pools: inout StreamPools, _ now: Instant
    ) -> Verdict {
        let ack = segment.acknowledgment
        let isAcknowledging = segment.flags.contains(.ack)
        if isAcknowledging, ack <= initialSend || ack > sendNext {
            return segment.flags.contains(.rst) ? Verdict(loss: .tcpBadAcknowledgment) : Verdict(.resetReply, loss: .tcpBadAcknowledgment)
        }
        if segment.flags.contains(.rst) {
            guard isAcknowledging else { return Verdict(loss: .tcpNoAcknowledgment) }
            fail(.refused)
            return Verdict([.finished, .readable])
        }
        guard segment.flags.contains(.syn) else { return Verdict(loss: .tcpNoSyn) }
        lastReceived = now
        takeOffer(segment, now)
        guard isAcknowledging else {
            // Both sides open at once (§3.5, figure 8): answer with SYN and ACK, from the same number.
            state = .synReceived
            sendNext = initialSend
            beginRecovery(at: initialSend, roundTrip: nil, &pools, now)
            return Verdict(.serve)
        }
        var verdict = Verdict([.established, .acknowledgeNow])
        state = .established
        sendWindow = UInt32(segment.window) // §2.3 of RFC 7323: never scaled in a SYN.
        (largestWindow, windowSequence, windowAcknowledgment) = (sendWindow, segment.sequence, ack)
        open(ack, &pools, now)
        if segment.payloadOctets > 0 || segment.flags.contains(.fin) { arriveText(segment, payload, &pools, now, &verdict) }
        return verdict
    }

    /// The acknowledgment of our SYN in SYN-RECEIVED. §3.10.7.4 step 5.
    private mutating func completeOpening(
        _ segment: SegmentFacts, _ pools: inout StreamPools, _ now: Instant, _ verdict: inout Verdict
    ) -> Verdict? {
        guard segment.acknowledgment > unacknowledged, segment.acknowledgment <= sendNext else {
            return Verdict(.resetReply, loss: .tcpBadAcknowledgment)
        }
        state = .established
        sendWindow = UInt32(segment.window) &<< UInt32(sendScale)
        (largestWindow, windowSequence, windowAcknowledgment) = (sendWindow, segment.sequence, segment.acknowledgment)
        open(segment.acknowledgment, &pools, now)
        verdict.actions.formUnion([.established, .serve])
        return nil
    }

    /// Our SYN has been acknowledged: the flight begins behind it, with what the handshake has settled.
    private mutating func open(_ ack: SequenceNumber, _ pools: inout StreamPools, _ now: Instant) {
        var sample = openingSample
        if flags.contains(.isActive) {
            var report = Acknowledgment(una: initialSend + 1)
            report.carriesData = true
            sample = recovery.acknowledged(report, now: now, pool: &pools.records).roundTrip
        }
        unacknowledged = initialSend + 1
        beginRecovery(at: initialSend + 1, roundTrip: sample, &pools, now)
        openingSample = nil
        stalledSince = .never
        beginTransfer(now)
    }

    /// RFC 3168 §6.1.3: a mark is echoed until the peer says that it has slowed down.
    @inline(__always) private mutating func noteMarks(_ segment: SegmentFacts) {
        guard flags.contains(.hasECN) else { return }
        if segment.flags.contains(.cwr) { flags.remove(.echoesMarks) }
        if segment.isMarked {
            flags.insert(.echoesMarks)
            flags.insert(.mustAcknowledge)
        }
    }

    /// The mark moves forward and the owner hears of it; the octets stay in the stream. §3.8.5 (MUST-32), RFC 6093 §3.1.
    private mutating func noteUrgent(_ segment: SegmentFacts, _ verdict: inout Verdict) {
        let mark = segment.sequence + Int(segment.urgentPointer)
        guard state.mayReceive, mark > receiveNext, !flags.contains(.hasUrgent) || mark > receiveUrgent else { return }
        receiveUrgent = mark
        flags.insert(.hasUrgent)
        verdict.actions.insert(.advise)
    }
}
