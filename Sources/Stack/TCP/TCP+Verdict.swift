internal import Wire

// What follows from a verdict: segments, events, and the end of connections.
extension Stack {
    mutating func carryOut(_ actions: Verdict.Actions, _ position: UInt32) {
        if actions.isEmpty { return }
        if actions.contains(.acknowledgeNow) { acknowledge(position) }
        if actions.contains(.challenge) { challenge(position) }
        if actions.contains(.resetPeer) { sendReset(of: position) }
        if actions.contains(.windowProbe) { probeWindow(position) }
        if actions.contains(.keepAliveProbe) { probeLife(position) }
        if actions.contains(.doubtWay) { doubtWay(position) }
        if actions.contains(.suspectPath) { suspectPath(position) }
        if actions.contains(.established) { opened(position) }
        if actions.contains(.serve) { serveLater(position) }
        tellOwner(actions, position)
        if actions.contains(.timeWait) { enterTimeWait(position) }
        if actions.contains(.finished) { complete(position) }
    }

    private mutating func tellOwner(_ actions: Verdict.Actions, _ position: UInt32) {
        guard !actions.isDisjoint(with: [.advise, .readable, .space]) else { return }
        guard !streams[position].flags.contains(.isOrphan), !streams[position].flags.contains(.isWaiting) else { return }
        if actions.contains(.advise), streams[position].options.hearsAdvice { post(.streamAdvised(streams.id(position))) }
        if actions.contains(.readable) { post(.streamReadable(streams.id(position))) }
        if actions.contains(.space) { post(.streamWritable(streams.id(position))) }
    }

    /// A connection that was asked for is there.
    private mutating func opened(_ position: UInt32) {
        statistics[.tcpEstablished] &+= 1
        settlePath(position)
        if streams[position].flags.contains(.isActive) { post(.streamConnected(streams.id(position))) }
    }

    /// RFC 5961 §7: acknowledgments that prove nothing are limited, for one connection and for all.
    private mutating func challenge(_ position: UInt32) {
        guard now - streams[position].lastChallenge >= .milliseconds(500) || streams[position].lastChallenge == .zero,
            challenges.take(now)
        else {
            statistics[.tcpChallengesLimited] &+= 1
            return
        }
        streams[position].lastChallenge = now
        statistics[.tcpChallengesSent] &+= 1
        acknowledge(position)
    }

    /// The connection has ended: nothing of it is left but what its owner still holds.
    mutating func complete(_ position: UInt32) {
        statistics[streams[position].error == nil ? .tcpClosed : .tcpBroken] &+= 1
        retire(position)
        if streams[position].flags.contains(.isOrphan) { forget(position) }
    }

    /// Out of the tables of the living; its octets that were received stay for the owner.
    private mutating func retire(_ position: UInt32) {
        streams.leave(position)
        timers.cancel(timerMap.stream(position))
        streams[position].quiet(&pools)
        leaveQueue(position)
    }

    /// RFC 9293 §3.6.1: the numbers stay taken for twice a segment's life, with little memory.
    private mutating func enterTimeWait(_ position: UInt32) {
        acknowledge(position)
        var waiting = WaitingConnection()
        waiting.name = streams[position].name
        (waiting.sendNext, waiting.receiveNext) = (streams[position].sendNext, streams[position].receiveNext)
        waiting.hasTimestamps = streams[position].flags.contains(.hasTimestamps)
        (waiting.timestampRecent, waiting.timestampOffset) = (streams[position].timestampRecent, streams[position].timestampOffset)
        waiting.window = UInt16(clamping: streams[position].receiveWindow &>> Int(streams[position].receiveScale))
        waiting.expires = now + configuration.timeWait
        statistics[.tcpTimeWaits] &+= 1
        retire(position)
        if timeWaits.add(waiting) { statistics[.tcpTimeWaitsCut] &+= 1 }
        armTimeWait()
        if streams[position].flags.contains(.isOrphan) { forget(position) }
    }

    /// The control block is free again.
    mutating func forget(_ position: UInt32) {
        if streams[position].flags.contains(.isBound) { streams.release(position) }
        if streams[position].flags.contains(.isListed) { unlist(position) }
        timers.cancel(timerMap.stream(position))
        streams[position].quiet(&pools)
        streams[position].receiveBuffer.release(in: &pools.memory)
        streams.close(position)
    }
}

extension Connection {
    /// Gives back what only a living connection needs.
    mutating func quiet(_ pools: inout StreamPools) {
        sendBuffer.release(in: &pools.memory)
        recovery.release(&pools.records)
        assembler.release(in: &pools.ranges)
        (acknowledgeAt, persistAt, lingerUntil) = (.never, .never, .never)
        if state != .closed { state = .closed }
    }

    /// From the opening to the transfer: sizes and clocks that the handshake has settled.
    mutating func beginTransfer(_ now: Instant) {
        lastReceived = now
        quickAcknowledgments = 8
        tuning.began = now
    }
}
