internal import Rings
internal import Wire

// From a SYN to a connection that waits to be accepted. RFC 9293 §3.10.7.2, RFC 4987.
extension Stack {
    mutating func arriveAtListener(_ packet: consuming Packet, _ segment: ArrivedSegment, _ listener: UInt32) {
        let facts = segment.facts
        if facts.flags.contains(.rst) { return drop(packet, .tcpNoConnection) }
        if facts.flags.contains(.ack) { return arriveCookie(packet, segment, listener) }
        guard facts.flags.contains(.syn) else { return drop(packet, .tcpNoSyn) }
        statistics[.tcpSynsReceived] &+= 1
        guard streams[listener].waiting < streams[listener].backlog else {
            streams[listener].counters.refused &+= 1
            return drop(packet, .tcpBacklogFull)
        }
        let offer = agreed(PeerOffer(facts, isIPv4: segment.name.remote.address.isIPv4), listener)
        if halfOpens.isFull || streams[listener].halfOpen >= max(streams[listener].backlog, 16) * 2 {
            return answerWithCookie(packet, segment, offer, listener)
        }
        var half = HalfOpen()
        (half.name, half.listener, half.peer) = (segment.name, streams.id(listener), offer)
        half.initialReceive = facts.sequence
        half.initialSend = initialSequence(segment.name)
        half.timestampOffset = timestampOffset(segment.name)
        consume(packet)
        guard let position = halfOpens.add(half) else { return }
        streams[listener].halfOpen &+= 1
        sendSynAck(position)
    }

    /// What of the peer's offer this listener takes.
    private func agreed(_ offer: PeerOffer, _ listener: UInt32) -> PeerOffer {
        var offer = offer
        if !streams[listener].options.usesECN { offer.hasECN = false }
        return offer
    }

    /// Segments of a handshake that is under way.
    mutating func arriveHalfOpen(_ packet: consuming Packet, _ segment: ArrivedSegment, _ half: UInt32) {
        let facts = segment.facts
        let expected = halfOpens[half].initialReceive + 1
        if facts.flags.contains(.rst) {
            guard facts.sequence == expected else { return drop(packet, .tcpResetInWindow) }
            consume(packet)
            return endHalfOpen(half)
        }
        if facts.flags.contains(.syn) {
            // The peer has not heard the answer: again, if it is the same SYN; else a challenge (RFC 5961 §4.2).
            drop(packet, facts.sequence == halfOpens[half].initialReceive ? .tcpDuplicate : .tcpUnexpectedSyn)
            if challenges.take(now) { sendSynAck(half, isAgain: true) }
            return
        }
        guard facts.flags.contains(.ack) else { return drop(packet, .tcpNoAcknowledgment) }
        guard facts.acknowledgment == halfOpens[half].initialSend + 1 else {
            sendReset(answering: segment)
            return drop(packet, .tcpBadAcknowledgment)
        }
        guard facts.sequence - expected >= 0, facts.sequence - expected < 65535 else { return drop(packet, .tcpOutOfWindow) }
        guard let listener = streams.position(halfOpens[half].listener) else {
            sendReset(answering: segment)
            endHalfOpen(half)
            return drop(packet, .tcpNoConnection)
        }
        let entry = halfOpens[half]
        guard let position = adopt(entry, listener, sample: entry.attempts == 1 ? now - entry.sent : nil) else { return drop(packet, .tcpBacklogFull) }
        arrive(packet, segment, at: position)
        if enqueue(position, listener) { endHalfOpen(half) }
    }

    mutating func endHalfOpen(_ half: UInt32) {
        if let listener = streams.position(halfOpens[half].listener), streams[listener].halfOpen > 0 { streams[listener].halfOpen &-= 1 }
        timers.cancel(timerMap.halfOpen(half))
        halfOpens.remove(half)
    }

    /// The SYN-ACK is repeated with back-off, and given up after as many tries as a SYN of our own.
    mutating func halfOpenTimer(_ half: UInt32) {
        guard halfOpens.isTaken(half) else { return }
        guard halfOpens[half].attempts <= 5, streams.position(halfOpens[half].listener) != nil else {
            statistics[.tcpHalfOpenTimeouts] &+= 1
            return endHalfOpen(half)
        }
        sendSynAck(half)
    }

    private mutating func sendSynAck(_ half: UInt32, isAgain: Bool = false) {
        if !isAgain {
            timers.set(timerMap.halfOpen(half), at: now + .seconds(1 << Int(halfOpens[half].attempts)))
            halfOpens[half].attempts &+= 1
        }
        halfOpens[half].sent = now
        let entry = halfOpens[half]
        let clock = now.timestamp(entry.timestampOffset)
        sendSynAck(entry, clock: clock)
    }

    private mutating func sendSynAck(_ entry: HalfOpen, clock: UInt32) {
        let listening = streams.position(entry.listener).map { streams[$0].options } ?? StreamOptions()
        var options = TCPOptions()
        options.maximumSegment = ownMaximumSegment(entry.name, listening)
        options.isSACKPermitted = entry.peer.hasSACK
        options.windowScale = entry.peer.scale == nil ? nil : Self.receiveScale
        if let theirs = entry.peer.timestamp { options.timestamp = TCPTimestamp(value: clock, echo: theirs) }
        sendBare(TCPHeader(
            entry.name, sequence: entry.initialSend, acknowledgment: entry.initialReceive + 1,
            flags: entry.peer.hasECN ? [.syn, .ack, .ece] : [.syn, .ack], window: UInt16(clamping: listening.receiveBuffer ?? Int(Connection.firstReceiveBuffer)), // Unscaled: RFC 7323 §2.2.
            options: options), entry.name, listening)
    }

    private mutating func answerWithCookie(
        _ packet: consuming Packet, _ segment: ArrivedSegment, _ offer: PeerOffer, _ listener: UInt32
    ) {
        statistics[.tcpCookiesSent] &+= 1
        var entry = HalfOpen()
        (entry.name, entry.peer, entry.initialReceive) = (segment.name, offer, segment.facts.sequence)
        entry.listener = streams.id(listener)
        entry.initialSend = cookies.make(segment.name, entry.initialReceive, maximumSegment: offer.maximumSegment, now)
        if offer.timestamp == nil { (entry.peer.scale, entry.peer.hasSACK, entry.peer.hasECN) = (nil, false, false) }
        let clock = now.timestamp(timestampOffset(segment.name))
        consume(packet)
        sendSynAck(entry, clock: SynCookies.clock(clock, offer))
    }

    /// An acknowledgment that may be of a cookie. RFC 4987 §3.6.
    private mutating func arriveCookie(_ packet: consuming Packet, _ segment: ArrivedSegment, _ listener: UInt32) {
        let facts = segment.facts
        let initialReceive = facts.sequence - 1, initialSend = facts.acknowledgment - 1
        // Only where cookies were sent of late: else every stray acknowledgment would have a chance of 2^-24.
        guard !facts.flags.contains(.syn), statistics[.tcpCookiesSent] > 0,
            let maximumSegment = cookies.open(initialSend, segment.name, initialReceive, now)
        else { return arriveForNobody(packet, segment) }
        guard streams[listener].waiting < streams[listener].backlog else { return drop(packet, .tcpBacklogFull) }
        var entry = HalfOpen()
        (entry.name, entry.listener) = (segment.name, streams.id(listener))
        (entry.initialReceive, entry.initialSend) = (initialReceive, initialSend)
        entry.timestampOffset = timestampOffset(segment.name)
        entry.peer.maximumSegment = maximumSegment
        if let timestamp = facts.options.timestamp {
            let remembered = SynCookies.offer(echo: timestamp.echo)
            entry.peer.timestamp = timestamp.value
            (entry.peer.scale, entry.peer.hasSACK) = (remembered.scale, remembered.hasSACK)
            entry.peer.hasECN = remembered.hasECN && streams[listener].options.usesECN
        }
        guard let position = adopt(entry, listener, sample: nil) else { return drop(packet, .tcpBacklogFull) }
        statistics[.tcpCookiesHonoured] &+= 1
        arrive(packet, segment, at: position)
        _ = enqueue(position, listener)
    }
}
