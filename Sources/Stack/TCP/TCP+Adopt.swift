internal import Wire

// A handshake that is done becomes a connection, and waits for its listener.
extension Stack {
    /// A control block in SYN-RECEIVED, as if it had been there since the SYN.
    ///
    /// - Parameter sample: the handshake's round trip, if it can be told.
    mutating func adopt(_ entry: HalfOpen, _ listener: UInt32, sample: Interval?) -> UInt32? {
        guard streams[listener].waiting < streams[listener].backlog, let position = streams.open() else { return nil }
        let options = streams[listener].options
        streams[position].local = entry.name.local
        streams[position].remote = entry.name.remote
        streams[position].options = options
        streams[position].parent = listener &+ 1
        streams[position].beginPassive(entry, now)
        guard streams.enter(position) else {
            streams.close(position)
            return nil
        }
        streams[position].openingSample = sample
        settlePath(position)
        return position
    }

    /// Into the listener's queue, if the segment that completed the handshake left the connection alive.
    /// - Returns: false when the segment was refused and has completed nothing: there is no connection yet.
    mutating func enqueue(_ position: UInt32, _ listener: UInt32) -> Bool {
        guard streams.isTaken(position), streams[position].parent == listener &+ 1 else { return true }
        if streams[position].state == .synReceived {
            streams.leave(position)
            forget(position)
            return false
        }
        guard streams[position].state != .closed else { // It died of its first segment: nobody holds it.
            forget(position)
            return true
        }
        streams[position].flags.insert(.isWaiting)
        let last = streams[listener].lastWaiting
        if last != 0 { streams[last &- 1].nextInQueue = position &+ 1 } else { streams[listener].firstWaiting = position &+ 1 }
        streams[listener].lastWaiting = position &+ 1
        streams[listener].waiting &+= 1
        post(.streamAcceptable(streams.id(listener)))
        return true
    }

    /// A connection that died in its listener's queue. O(queue): it is rare.
    mutating func leaveQueue(_ position: UInt32) {
        guard streams[position].flags.contains(.isWaiting), streams[position].parent != 0 else { return }
        let listener = streams[position].parent &- 1
        streams[position].flags.remove(.isWaiting)
        streams[position].flags.insert(.isOrphan) // Nobody will ever hold it.
        var link = streams[listener].firstWaiting, previous: UInt32 = 0
        while link != 0, link != position &+ 1 { (previous, link) = (link, streams[link &- 1].nextInQueue) }
        guard link != 0 else { return }
        let next = streams[position].nextInQueue
        if previous != 0 { streams[previous &- 1].nextInQueue = next } else { streams[listener].firstWaiting = next }
        if streams[listener].lastWaiting == link { streams[listener].lastWaiting = previous }
        streams[listener].waiting &-= 1
    }
}

extension Connection {
    /// SYN-RECEIVED by a listener's handshake.
    mutating func beginPassive(_ entry: HalfOpen, _ now: Instant) {
        prepare(isIPv4: remote.address.isIPv4)
        state = .synReceived
        (initialSend, unacknowledged) = (entry.initialSend, entry.initialSend)
        (sendNext, sendBase) = (entry.initialSend + 1, entry.initialSend + 1)
        initialReceive = entry.initialReceive
        receiveNext = entry.initialReceive + 1
        (receiveBase, acknowledgedUpTo) = (receiveNext, receiveNext)
        receiveEdge = receiveNext + Int(min(receiveCapacity, 65535))
        windowSequence = initialReceive
        (timestampOffset, timestampRecent, timestampTaken) = (entry.timestampOffset, entry.peer.timestamp ?? 0, now)
        peerSegment = entry.peer.maximumSegment
        if let scale = entry.peer.scale { sendScale = scale } else {
            flags.remove(.hasScale)
            (sendScale, receiveScale) = (0, 0)
        }
        if entry.peer.timestamp == nil { flags.remove(.hasTimestamps) }
        if !entry.peer.hasSACK { flags.remove(.hasSACK) }
        if !entry.peer.hasECN { flags.remove(.hasECN) }
        settleSegmentSize()
    }

    /// What both kinds of opening begin with: all that this side offers.
    mutating func prepare(isIPv4: Bool) {
        flags.formUnion([.hasScale, .hasTimestamps, .hasSACK])
        if options.usesECN { flags.insert(.hasECN) }
        receiveScale = Stack.receiveScale
        receiveCapacity = Int32(clamping: options.receiveBuffer ?? Int(Self.firstReceiveBuffer))
        sendCapacity = Int32(clamping: options.sendBuffer ?? Int(Self.firstSendBuffer))
        peerSegment = Self.defaultSegment(isIPv4: isIPv4)
    }

    /// What a peer takes that did not say. RFC 9293 §3.7.1 (MUST-15).
    static func defaultSegment(isIPv4: Bool) -> UInt16 { isIPv4 ? 536 : 1220 }

    static var firstSendBuffer: Int32 { 256 << 10 }
}
