internal import Wire

// Octets in and out of streams, and their ends.
extension Stack {
    /// Octets that `write` would take now.
    public func streamSpace(_ id: StreamID) -> Int {
        guard let position = streams.position(id), streams[position].mayWrite else { return 0 }
        return streams[position].sendSpace
    }

    /// Octets that wait to be read.
    public func streamReadable(_ id: StreamID) -> Int {
        guard let position = streams.position(id) else { return 0 }
        return streams[position].readableOctets
    }

    /// Queues octets; they are copied.
    /// - Returns: how many were taken. Fewer than given: `Event.streamWritable` follows when there is room.
    public mutating func write(_ id: StreamID, _ octets: RawSpan, now: Instant) -> Int {
        tick(now)
        guard let position = streams.position(id), streams[position].mayWrite else { return 0 }
        let room = min(octets.byteCount, streams[position].sendSpace)
        let taken = streams[position].sendBuffer.append(octets.extracting(first: room), in: &pools.memory)
        if taken < octets.byteCount { streams[position].flags.insert(.wantsSpace) }
        if taken > 0 { wrote(position) }
        return taken
    }

    /// The octets written so far are urgent: to be called behind `write`. They stay in the stream. RFC 9293 §3.8.5 (MUST-30).
    public mutating func markUrgent(_ id: StreamID, now: Instant) {
        tick(now)
        guard let position = streams.position(id), streams[position].unsent > 0 else { return }
        streams[position].sendUrgent = streams[position].finNumber
        streams[position].flags.insert(.sendsUrgent)
        serveLater(position)
    }

    /// Lets `body` write into up to `most` octets of the send buffer's own memory; it returns how many it did.
    public mutating func fill(_ id: StreamID, most: Int, now: Instant, _ body: (UnsafeBufferPointer<StreamSpan>) -> Int) -> Int {
        tick(now)
        guard let position = streams.position(id), streams[position].mayWrite else { return 0 }
        let taken = unsafe streams[position].sendBuffer.withWritable(min(most, streams[position].sendSpace), in: &pools.memory, body)
        if taken > 0 { wrote(position) }
        return taken
    }

    /// The owner found no room, and wants `Event.streamWritable` when there is some.
    public mutating func wantSpace(_ id: StreamID) {
        guard let position = streams.position(id) else { return }
        streams[position].flags.insert(.wantsSpace)
    }

    private mutating func wrote(_ position: UInt32) {
        growSendBuffer(position)
        if streams[position].state.isSynchronized { serveLater(position) }
    }

    /// Twice what congestion control lets into the network, so that the owner never is the limit.
    private mutating func growSendBuffer(_ position: UInt32) {
        guard streams[position].options.sendBuffer == nil else { return }
        let wanted = min(streams[position].recovery.congestionWindow * 2, Int(Connection.greatestBuffer))
        if wanted > Int(streams[position].sendCapacity) { streams[position].sendCapacity = Int32(clamping: wanted) }
    }

    /// Lets `body` look at octets that wait, in order, and take as many from the front as it returns.
    public mutating func read(_ id: StreamID, most: Int, now: Instant, _ body: (UnsafeBufferPointer<StreamSpan>) -> Int) -> Int {
        tick(now)
        guard let position = streams.position(id) else { return 0 }
        let count = min(most, streams[position].readableOctets)
        guard count > 0 else { return 0 }
        let taken = unsafe streams[position].receiveBuffer.withReadable(from: 0, octets: count, in: pools.memory, body)
        if streams[position].taken(min(max(taken, 0), count), &pools, now) { serveLater(position) }
        return taken
    }

    /// What came of the connection so far.
    public func streamCondition(_ id: StreamID) -> StreamCondition? {
        guard let position = streams.position(id) else { return nil }
        return StreamCondition(
            state: streams[position].state, error: streams[position].error, isAtEnd: streams[position].isAtEnd,
            readable: streams[position].readableOctets, urgent: streams[position].urgentOctets, advice: streams[position].softError)
    }

    /// The owner's error, once: `SO_ERROR`.
    public mutating func takeStreamError(_ id: StreamID) -> StreamError? {
        guard let position = streams.position(id) else { return nil }
        defer { streams[position].error = nil }
        return streams[position].error
    }

    /// No more octets from this side: a FIN follows what is queued. RFC 9293 §3.10.4.
    public mutating func shutdownStream(_ id: StreamID, now: Instant) {
        tick(now)
        guard let position = streams.position(id) else { return }
        endSending(position)
    }

    /// Nothing that still comes is wanted: `shutdown(SHUT_RD)`.
    public mutating func deafenStream(_ id: StreamID) {
        guard let position = streams.position(id) else { return }
        streams[position].flags.insert(.isDeaf)
        streams[position].throwAway(&pools)
    }

    private mutating func endSending(_ position: UInt32) {
        guard streams[position].state.maySend || streams[position].state == .synSent || streams[position].state == .synReceived else { return }
        streams[position].flags.insert(.finQueued)
        if streams[position].state.isSynchronized { serveLater(position) }
    }

    /// The owner is gone. What was written is still delivered; what was not read is answered with a reset (RFC 9293 §3.6.1,
    /// SHLD-3; RFC 2525 §2.17).
    public mutating func closeStream(_ id: StreamID, now: Instant) {
        tick(now)
        guard let position = streams.position(id) else { return }
        switch streams[position].state {
        case .listen: return closeListener(position)
        case .closed: return forget(position)
        case .synSent:
            streams[position].flags.insert(.isOrphan)
            streams[position].fail(.aborted)
            return complete(position)
        default: break
        }
        if streams[position].readableOctets > 0 { return abort(position) }
        streams[position].flags.insert(.isOrphan)
        endSending(position)
        if streams[position].state == .finWait2 {
            streams[position].lingerUntil = now + Connection.orphanWait
            armStream(position)
        }
    }

    /// Ends the connection at once, and tells the peer. RFC 9293 §3.10.5.
    public mutating func abortStream(_ id: StreamID, now: Instant) {
        tick(now)
        guard let position = streams.position(id) else { return }
        guard streams[position].state.isSynchronized || streams[position].state == .synReceived else { return closeStream(id, now: now) }
        abort(position)
    }

    private mutating func abort(_ position: UInt32) {
        sendReset(of: position)
        streams[position].flags.insert(.isOrphan)
        streams[position].fail(.aborted)
        complete(position)
    }

    /// A listener goes, and with it all that nobody has accepted.
    private mutating func closeListener(_ position: UInt32) {
        let id = streams.id(position)
        for half in 0..<halfOpens.bound where halfOpens.isTaken(half) && halfOpens[half].listener == id { endHalfOpen(half) }
        while let waiting = accept(id) { abortStream(waiting, now: now) }
        streams[position].state = .closed
        forget(position)
    }
}

/// Where a stream stands.
public struct StreamCondition: Equatable, Sendable {
    public let state: ConnectionState
    public let error: StreamError?
    /// The peer's end has been reached, and all before it read.
    public let isAtEnd: Bool
    public let readable: Int
    /// Octets from the first unread one to the end of what the peer called urgent, also of those that are still to come.
    public let urgent: Int
    /// What goes wrong and may pass: the network's last complaint, or silence of the peer; nil once octets pass again.
    public let advice: StreamError?
}

extension Connection {
    /// The owner may queue octets: also before the connection is open, and until its own end is queued.
    var mayWrite: Bool {
        (state.maySend || state == .synSent || state == .synReceived) && !flags.contains(.finQueued) && error == nil
    }
}
