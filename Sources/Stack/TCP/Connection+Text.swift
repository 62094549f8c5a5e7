internal import Wire

// The octets and the end that a segment carries. RFC 9293 §3.10.7.4 steps 7 and 8.
extension Connection {
    mutating func arriveText(
        _ segment: SegmentFacts, _ payload: RawSpan, _ pools: inout StreamPools, _ now: Instant, _ verdict: inout Verdict
    ) {
        guard state.mayReceive else {
            // Behind its own FIN nobody may say anything; a repetition was refused before.
            if segment.payloadOctets > 0 { verdict.loss = .tcpAfterFin }
            return
        }
        let start = segment.flags.contains(.syn) ? segment.sequence + 1 : segment.sequence
        if flags.contains(.isOrphan), start + segment.payloadOctets > receiveNext { return refuseText(&verdict) }
        if segment.flags.contains(.fin) { noteFin(at: start + segment.payloadOctets) }
        if segment.payloadOctets > 0 {
            if segment.unit > Int(receivedSegment) { receivedSegment = UInt16(clamping: segment.unit) }
            take(payload, at: start, &pools, now, &verdict)
        }
        if flags.contains(.isDeaf) { throwAway(&pools) }
        if flags.contains(.finKnown), !flags.contains(.finReceived), receiveNext == finSequence { arriveFin(&verdict, now) }
    }

    /// Octets for a closed program: the peer must hear that nobody will read them. RFC 9293 §3.6.1, SHLD-3.
    private mutating func refuseText(_ verdict: inout Verdict) {
        fail(.aborted)
        verdict = Verdict([.resetPeer, .finished], loss: .tcpClosedReader)
    }

    /// After `shutdown(SHUT_RD)` what comes in order is acknowledged, and read by nobody.
    mutating func throwAway(_ pools: inout StreamPools) {
        let octets = receiveBuffer.count
        guard octets > 0 else { return }
        receiveBuffer.dropFirst(octets, in: &pools.memory)
        receiveBase = receiveBase + octets
        flags.remove(.hasReported)
        passUrgent()
    }

    /// Where the peer's octets end; a later claim of another end is not believed.
    private mutating func noteFin(at sequence: SequenceNumber) {
        guard !flags.contains(.finKnown), sequence <= receiveEdge else { return }
        finSequence = sequence
        flags.insert(.finKnown)
    }

    private mutating func take(
        _ payload: RawSpan, at start: SequenceNumber, _ pools: inout StreamPools, _ now: Instant, _ verdict: inout Verdict
    ) {
        let skip = max(receiveNext - start, 0)
        let limit = flags.contains(.finKnown) && finSequence < receiveEdge ? finSequence : receiveEdge
        let room = limit - (start + skip)
        let octets = min(payload.byteCount &- skip, room)
        guard octets > 0 else {
            if flags.contains(.hasSACK), skip > 0 { assembler.noteDuplicate(start, start + payload.byteCount) }
            flags.insert(.mustAcknowledge)
            verdict.actions.insert(.serve)
            if skip >= payload.byteCount { verdict.loss = .tcpDuplicate } else { verdict.loss = .tcpOutOfWindow }
            return
        }
        let part = payload.extracting(skip..<(skip &+ octets)), sequence = start + skip
        guard receiveBuffer.write(part, at: sequence - receiveBase, in: &pools.memory) else {
            flags.insert(.mustAcknowledge)
            verdict.actions.insert(.serve)
            verdict.loss = .tcpNoMemory
            return
        }
        let hadGap = !assembler.isEmpty
        guard let gained = assembler.insert(sequence, octets, next: receiveNext, in: &pools.ranges) else {
            verdict.loss = .tcpTooManyGaps
            verdict.actions.insert(.acknowledgeNow)
            return
        }
        if hadGap { flags.insert(.mustAcknowledge) } // RFC 5681 §4.2: at once while there is a gap, and when it fills.
        // Ahead of what is missing: the peer hears of it with this very segment.
        if gained > 0 { join(gained, now, &verdict) } else { verdict.actions.insert(.acknowledgeNow) }
    }

    /// The stream grows by these octets.
    private mutating func join(_ octets: Int, _ now: Instant, _ verdict: inout Verdict) {
        counters.octetsIn &+= UInt64(octets)
        receiveBuffer.extend(by: octets)
        receiveNext = receiveNext + octets
        verdict.actions.insert(.serve)
        if !flags.contains(.hasReported) {
            flags.insert(.hasReported)
            verdict.actions.insert(.readable)
        }
        planAcknowledgment(now)
    }

    /// RFC 9293 §3.8.6.3: no later than every second full segment, and no later than half a second (SHLD-18, SHLD-19, MUST-40);
    /// at once while the peer's congestion window still opens.
    @inline(__always) private mutating func planAcknowledgment(_ now: Instant) {
        if quickAcknowledgments > 0 {
            quickAcknowledgments &-= 1
            flags.insert(.mustAcknowledge)
        } else if receiveNext - acknowledgedUpTo >= 2 &* Int(receivedSegment) {
            flags.insert(.mustAcknowledge)
        } else if acknowledgeAt == .never {
            acknowledgeAt = now + Self.acknowledgmentDelay
        }
    }

    static var acknowledgmentDelay: Interval { .milliseconds(40) }

    /// RFC 9293 §3.10.7.4 step 8.
    private mutating func arriveFin(_ verdict: inout Verdict, _ now: Instant) {
        flags.insert(.finReceived)
        flags.insert(.mustAcknowledge)
        receiveNext = receiveNext + 1
        if receiveEdge < receiveNext { receiveEdge = receiveNext }
        verdict.actions.formUnion([.serve, .readable])
        switch state {
        case .synReceived, .established: state = .closeWait
        case .finWait1: state = .closing // Our own FIN is still on its way: had it been acknowledged, this were FIN-WAIT-2.
        case .finWait2:
            state = .timeWait
            verdict.actions.insert(.timeWait)
        default: break
        }
    }
}

// What the owner takes.
extension Connection {
    /// Octets in order that wait to be read.
    var readableOctets: Int { receiveBuffer.count }
    /// Everything the peer will ever send has been taken.
    var isAtEnd: Bool { (flags.contains(.finReceived) || state == .closed) && receiveBuffer.count == 0 }

    /// The owner has taken `octets` from the front.
    /// - Returns: whether the peer should hear of the room. RFC 9293 §3.8.6.2.2.
    mutating func taken(_ octets: Int, _ pools: inout StreamPools, _ now: Instant) -> Bool {
        receiveBuffer.dropFirst(octets, in: &pools.memory)
        receiveBase = receiveBase + octets
        if receiveBuffer.count == 0 { flags.remove(.hasReported) }
        passUrgent()
        if options.receiveBuffer == nil { tune(octets, now) }
        guard state.mayReceive else { return false }
        let gain = receiveNext + freeReceiveSpace - receiveEdge
        guard gain >= min(2 * Int(receivedSegment), Int(receiveCapacity) / 2) else { return false }
        flags.insert(.mustAcknowledge)
        return true
    }

    /// Octets up to the end of what the peer called urgent, arrived or not; zero when there is none. RFC 9293 §3.8.5 (MUST-33).
    var urgentOctets: Int { flags.contains(.hasUrgent) ? receiveUrgent - receiveBase : 0 }

    /// Once it is read the mark means nothing, and half the sequence space later it would mean something else.
    @inline(__always) private mutating func passUrgent() {
        if flags.contains(.hasUrgent), receiveBase >= receiveUrgent { flags.remove(.hasUrgent) }
    }

    var freeReceiveSpace: Int { max(Int(receiveCapacity) - receiveBuffer.count, 0) }
}
