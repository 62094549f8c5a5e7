internal import Rings
internal import Wire

extension Stack {
    /// RFC 6191 §2, RFC 9293 §3.6.1 (MAY-2): a SYN whose clock or number is beyond all that the old connection can have sent.
    func isSuccessor(_ segment: SegmentFacts, of position: UInt32) -> Bool {
        guard segment.flags.contains(.syn), segment.flags.isDisjoint(with: [.ack, .rst]) else { return false }
        if timeWaits[position].hasTimestamps, let theirs = segment.options.timestamp {
            let ahead = Int32(truncatingIfNeeded: theirs.value &- timeWaits[position].timestampRecent)
            return ahead > 0 || ahead == 0 && segment.sequence > timeWaits[position].receiveNext
        }
        return segment.sequence > timeWaits[position].receiveNext
    }

    /// RFC 9293 §3.10.7.4 in TIME-WAIT; resets are ignored: RFC 1337 §3 fix F1.
    mutating func arriveInTimeWait(_ packet: consuming Packet, _ segment: ArrivedSegment, _ position: UInt32) {
        let facts = segment.facts
        if facts.flags.contains(.rst) { return drop(packet, .tcpTimeWait) }
        let isFinAgain = facts.flags.contains(.fin) && facts.end == timeWaits[position].receiveNext
        if isFinAgain { timeWaits.restart(position, until: now + configuration.timeWait) }
        let isBare = facts.sequenceOctets == 0
        let isQuiet = isBare && (facts.acknowledgment == timeWaits[position].sendNext || now - timeWaits[position].lastAnswer < .milliseconds(500))
        drop(packet, .tcpTimeWait)
        guard !isQuiet, isFinAgain || challenges.take(now) else { return }
        timeWaits[position].lastAnswer = now
        let waiting = timeWaits[position]
        var options = TCPOptions()
        if waiting.hasTimestamps {
            let clock = now.timestamp(waiting.timestampOffset)
            options.timestamp = TCPTimestamp(value: clock, echo: waiting.timestampRecent)
        }
        sendBare(TCPHeader(
            waiting.name, sequence: waiting.sendNext, acknowledgment: waiting.receiveNext, flags: .ack, window: waiting.window,
            options: options), waiting.name)
    }

    /// One timer for all: the first to leave.
    mutating func armTimeWait() {
        if let next = timeWaits.nextExpiry { timers.set(timerMap.timeWait, at: next) } else { timers.cancel(timerMap.timeWait) }
    }

    mutating func timeWaitTimer() {
        while timeWaits.popExpired(now) {}
        armTimeWait()
    }
}

extension TCPHeader {
    init(
        _ name: FourTuple, sequence: SequenceNumber, acknowledgment: SequenceNumber, flags: TCPView.Flags, window: UInt16 = 0,
        options: TCPOptions = TCPOptions()
    ) {
        self.init(
            sourcePort: name.local.port, destinationPort: name.remote.port, sequence: sequence.rawValue,
            acknowledgment: acknowledgment.rawValue, flags: flags, window: window, options: options)
    }
}
