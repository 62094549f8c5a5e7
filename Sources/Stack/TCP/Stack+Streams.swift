internal import Wire

// What a process does with streams.
extension Stack {
    /// A new stream, neither bound nor connected.
    public mutating func openStream(isIPv6: Bool = false) throws(EndpointFailure) -> StreamID {
        guard !isIPv6 || configuration.isIPv6On else { throw .familyOff }
        guard let position = streams.open() else { throw .tableFull }
        streams[position].local = isIPv6 ? .anyIPv6(0) : .anyIPv4(0)
        if isIPv6 { streams[position].flags.insert(.isIPv6) }
        streams[position].options = configuration.streamDefaults
        resize(position)
        return streams.id(position)
    }

    public mutating func setStreamOptions(_ id: StreamID, _ options: StreamOptions) throws(EndpointFailure) {
        let position = try stream(id)
        if let index = options.interface, !isPresent(index) { throw .noSuchInterface }
        let wasHeld = streams[position].options.isCorked || !streams[position].options.noDelay
        streams[position].options = options
        resize(position)
        guard streams[position].state != .closed, streams[position].state != .listen else { return }
        if wasHeld, streams[position].state.isSynchronized { serveLater(position) }
        armStream(position) // The owner's patience may have become shorter, also with an opening.
    }

    /// Buffers of the sizes that were asked for.
    private mutating func resize(_ position: UInt32) {
        let options = streams[position].options
        if let octets = options.receiveBuffer { streams[position].receiveCapacity = Int32(clamping: min(max(octets, 4096), Int(Connection.greatestBuffer))) }
        if let octets = options.sendBuffer { streams[position].sendCapacity = Int32(clamping: min(max(octets, 4096), Int(Connection.greatestBuffer))) }
    }

    public func streamOptions(_ id: StreamID) throws(EndpointFailure) -> StreamOptions { try streams[stream(id)].options }

    /// Gives the stream a local address; port 0 is one that nobody holds. RFC 6056.
    public mutating func bindStream(_ id: StreamID, to wanted: EndpointAddress) throws(EndpointFailure) {
        let position = try stream(id)
        guard !streams[position].flags.contains(.isBound), streams[position].state == .closed else { throw .alreadyBound }
        guard streams[position].flags.contains(.isIPv6) || wanted.address.isIPv4 else { throw .familyOff }
        guard wanted.address.isAny || addresses.isOurs(wanted.address) || wanted.address.isIPv4 && wanted.address.ipv4.isLoopback else {
            throw .addressNotOurs
        }
        var local = wanted
        if local.port == 0 { local.port = try freePort(position, local.address) }
        guard streams.isFree(local, for: position) else { throw .addressInUse }
        streams[position].local = local
        guard streams.hold(position) else { throw .tableFull }
        streams[position].flags.insert(.isBound)
    }

    /// Takes connections from now on, at most `backlog` that nobody has accepted.
    public mutating func listen(_ id: StreamID, backlog: Int) throws(EndpointFailure) {
        let position = try stream(id)
        let most = UInt16(clamping: min(max(backlog, 1), 4096))
        if streams[position].state == .listen {
            streams[position].backlog = most
            return
        }
        guard streams[position].state == .closed, streams[position].error == nil, streams[position].remote.port == 0 else { throw .alreadyBound }
        if !streams[position].flags.contains(.isBound) { try bindStream(id, to: EndpointAddress(streams[position].local.address, 0)) }
        streams[position].state = .listen
        // Two may hold one port; two may listen on it only if both share it.
        guard streams.isFree(streams[position].local, for: position) else {
            streams[position].state = .closed
            throw .addressInUse
        }
        streams[position].backlog = most
    }

    /// The oldest connection that waits, now the caller's; nil when none does.
    public mutating func accept(_ id: StreamID) -> StreamID? {
        guard let listener = streams.position(id), streams[listener].state == .listen else { return nil }
        let link = streams[listener].firstWaiting
        guard link != 0 else { return nil }
        let position = link &- 1
        streams[listener].firstWaiting = streams[position].nextInQueue
        if streams[listener].firstWaiting == 0 { streams[listener].lastWaiting = 0 }
        streams[listener].waiting &-= 1
        streams[position].flags.remove(.isWaiting)
        (streams[position].nextInQueue, streams[position].parent) = (0, 0)
        return streams.id(position)
    }

    /// Begins to open a connection; `Event.streamConnected` or `streamReadable` with an error follows. RFC 9293 §3.10.1.
    public mutating func connectStream(_ id: StreamID, to peer: EndpointAddress, now: Instant) throws(StreamConnectFailure) {
        tick(now)
        guard let position = streams.position(id) else { throw .noSuchStream }
        switch streams[position].state {
        case .closed where streams[position].remote.port == 0: break
        case .synSent, .synReceived: throw .alreadyConnecting
        default: throw .alreadyConnected
        }
        guard peer.port != 0, peer.address.isSpeaker else { throw .badDestination }
        guard streams[position].flags.contains(.isIPv6) || peer.address.isIPv4 else { throw .familyOff }
        let path: Path
        do { path = try self.path(to: peer.address, on: streams[position].options.interface.map { Int($0.position) }) } catch { throw .noPath }
        guard path.cast == .host else { throw .badDestination }
        try name(position, peer, path)
        streams[position].beginActive(initialSequence(FourTuple(streams[position].local, peer)), now)
        streams[position].beginRecovery(at: streams[position].initialSend, roundTrip: nil, &pools, now)
        streams[position].timestampOffset = timestampOffset(streams[position].name)
        statistics[.tcpOpened] &+= 1
        settlePath(position)
        serveLater(position)
        serveStreams()
        drainLoopback()
    }

    /// The four numbers of a connection to be.
    private mutating func name(_ position: UInt32, _ peer: EndpointAddress, _ path: Path) throws(StreamConnectFailure) {
        let wasBound = streams[position].flags.contains(.isBound)
        var local = streams[position].local
        if local.address.isAny { local.address = path.source }
        if !wasBound {
            guard let port = connectPort(local.address, peer) else { throw .portsExhausted }
            local.port = port
        }
        guard streams.find(FourTuple(local, peer)) == nil else { throw .addressInUse }
        if let waiting = timeWaits.find(FourTuple(local, peer)) { timeWaits.remove(waiting) }
        if wasBound { streams.release(position) }
        streams[position].local = local
        streams[position].remote = peer
        guard streams.hold(position) else { throw .tableFull }
        streams[position].flags.insert(.isBound)
        guard streams.enter(position) else { throw .tableFull }
    }

    func stream(_ id: StreamID) throws(EndpointFailure) -> UInt32 {
        guard let position = streams.position(id) else { throw .noSuchEndpoint }
        return position
    }
}

/// Why a connection was not even tried. Closed; the process turns each case into its error number and sentence.
public enum StreamConnectFailure: Error, Hashable, Sendable, CaseIterable {
    case noSuchStream, alreadyConnecting, alreadyConnected, badDestination, familyOff, noPath, portsExhausted, addressInUse, tableFull
}

extension Connection {
    /// CLOSED to SYN-SENT. RFC 9293 §3.10.1.
    mutating func beginActive(_ initial: SequenceNumber, _ now: Instant) {
        prepare(isIPv4: remote.address.isIPv4)
        state = .synSent
        flags.insert(.isActive)
        (initialSend, unacknowledged, sendNext) = (initial, initial, initial)
        sendBase = initial + 1
        lastReceived = now
    }
}
