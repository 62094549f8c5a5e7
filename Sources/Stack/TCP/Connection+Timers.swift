// When something is due without the peer, and what then.
extension Connection {
    /// The next moment at which `expire` has work; `never` for none.
    @inline(__always) var deadline: Instant {
        var next = acknowledgeAt
        if persistAt < next { next = persistAt }
        if persistAt == .never, recovery.deadline < next { next = recovery.deadline }
        if lingerUntil < next { next = lingerUntil }
        if options.keepsAlive, keepAliveAt < next { next = keepAliveAt }
        if options.userTimeout > .zero, stalledSince != .never, stalledSince + options.userTimeout < next {
            next = stalledSince + options.userTimeout
        }
        return next
    }

    @inline(__always) private var keepAliveAt: Instant {
        guard state == .established || state == .closeWait, sendNext == unacknowledged, sendBuffer.count == 0 else { return .never }
        return lastReceived + options.keepAliveIdle + options.keepAliveInterval * Int(keepAliveCount)
    }

    /// Retransmissions before giving up: of a SYN at least three minutes' worth (MUST-23), else about fifteen minutes'.
    static var greatestOpenings: UInt8 { 7 }
    static var greatestTimeouts: Int { 15 }
    /// An orphan's peer that says nothing in FIN-WAIT-2 is not waited for longer than this.
    static var orphanWait: Interval { .seconds(60) }

    mutating func expire(_ pools: inout StreamPools, _ now: Instant) -> Verdict.Actions {
        var actions: Verdict.Actions = []
        if acknowledgeAt <= now {
            acknowledgeAt = .never
            flags.insert(.mustAcknowledge)
            actions.insert(.serve)
        }
        if lingerUntil <= now { return end(.aborted) }
        if options.userTimeout > .zero, stalledSince != .never, stalledSince + options.userTimeout <= now {
            return end(.timedOut).union(.resetPeer)
        }
        if persistAt <= now { actions.formUnion(persist(now)) }
        if persistAt == .never, recovery.deadline <= now { actions.formUnion(recover(&pools, now)) }
        if options.keepsAlive, keepAliveAt <= now { actions.formUnion(keepAlive(now)) }
        return actions
    }

    private mutating func end(_ why: StreamError) -> Verdict.Actions {
        fail(why == .timedOut ? softError ?? why : why)
        return [.finished, .readable]
    }

    private mutating func recover(_ pools: inout StreamPools, _ now: Instant) -> Verdict.Actions {
        switch recovery.expired(now: now, pool: &pools.records) {
        case .none: return []
        case .reorderingSettled: return .serve
        case .probe(let last, let octets):
            (tailStart, tailOctets) = (last, UInt16(clamping: octets))
            return .serve
        case .timeout(let count):
            let isOpening = state == .synSent || state == .synReceived
            if isOpening, openCount > Self.greatestOpenings { return end(.timedOut) }
            guard isOpening || count <= Self.greatestTimeouts || isHeldByWindow(now) else { return end(.timedOut).union(.resetPeer) }
            guard count % 3 == 0, count <= 12 else { return .serve }
            if softError == nil { softError = .timedOut }
            // R1: RFC 9293 §3.8.3 (MUST-20, MUST-22, SHLD-9, SHLD-10).
            return isOpening ? [.serve, .doubtWay, .advise] : [.serve, .doubtWay, .suspectPath, .advise]
        }
    }

    /// The peer has taken its window back from octets in flight, and still answers: it may do so for ever. RFC 9293 §3.8.6
    /// (SHLD-17, MUST-37).
    private func isHeldByWindow(_ now: Instant) -> Bool {
        unacknowledged + Int(sendWindow) < sendNext && now - lastReceived < .seconds(600)
    }

    /// RFC 9293 §3.8.6.1: a closed window is asked about, with the retransmission timer's back-off, for as long as the peer
    /// answers (MUST-35 to MUST-37; SHLD-29, SHLD-30). One that is open but small is filled: §3.8.6.2.1 (MUST-38).
    private mutating func persist(_ now: Instant) -> Verdict.Actions {
        guard persistCount < UInt8(Self.greatestTimeouts) || now - lastReceived < .seconds(600) else { return end(.timedOut).union(.resetPeer) }
        if persistCount < 255 { persistCount += 1 }
        persistAt = now + backedOff(Int(persistCount))
        if sendWindow > 0 {
            flags.insert(.overridesWindow)
            return .serve
        }
        return .windowProbe
    }

    /// The peer's window keeps octets from leaving, and nothing is in flight whose acknowledgment could open it.
    mutating func settlePersistence(_ now: Instant) {
        let isStuck = state.isSynchronized && sendNext == unacknowledged && unsent > 0
            && unacknowledged + Int(sendWindow) - sendNext < min(unsent, Int(segmentOctets))
        if !isStuck {
            persistAt = .never
            if flags.contains(.isProbing), sendWindow > 0 { flags.remove(.isProbing) }
        } else if persistAt == .never {
            persistAt = now + backedOff(0)
        }
    }

    /// RFC 9293 §3.8.4.
    private mutating func keepAlive(_ now: Instant) -> Verdict.Actions {
        guard keepAliveCount < options.keepAliveProbes else { return end(.timedOut).union(.resetPeer) }
        keepAliveCount += 1
        return .keepAliveProbe
    }
}
