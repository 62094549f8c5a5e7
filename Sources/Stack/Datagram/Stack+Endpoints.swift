internal import Rings
internal import Wire

// What a process does with endpoints.
extension Stack {
    /// A new endpoint, bound to nothing.
    public mutating func openDatagram(_ kind: EndpointKind, isIPv6: Bool = false) throws(EndpointFailure) -> EndpointID {
        guard !isIPv6 || configuration.isIPv6On else { throw .familyOff }
        guard let position = endpoints.open(kind, isIPv6: isIPv6, queue: configuration.limits.endpointDatagrams) else {
            throw .tableFull
        }
        endpoints[position].local = isIPv6 ? .anyIPv6(0) : .anyIPv4(0)
        return endpoints.id(position)
    }

    /// Forgets the endpoint, what it has received, and its groups.
    public mutating func close(_ id: EndpointID) {
        guard let position = endpoints.position(id) else { return }
        while endpoints[position].groupCount > 0 {
            let entry = endpoints[position].groups[0]
            leave(position, at: 0)
            leaveGroup(entry.group, entry.interface)
        }
        endpoints.close(position)
    }

    /// Gives the endpoint a local address; port 0 is an ephemeral one. RFC 6056.
    public mutating func bind(_ id: EndpointID, to wanted: EndpointAddress) throws(EndpointFailure) {
        let position = try self.position(id)
        guard !endpoints[position].isBound else { throw .alreadyBound }
        let isIPv6 = endpoints[position].isIPv6
        guard isIPv6 || wanted.address.isIPv4 else { throw .familyOff }
        var local = wanted
        if !local.address.isAny, !local.address.isGroup, !isLocalForBinding(local.address) { throw .addressNotOurs }
        if endpoints[position].kind == .udp {
            if local.port == 0 { local.port = try ephemeralPort(position, local.address) }
            guard endpoints.isFree(local, endpoints[position].options, isIPv6: isIPv6, except: position) else { throw .addressInUse }
        }
        endpoints[position].local = local
        endpoints[position].isBound = true
        endpoints.enter(position)
    }

    private func isLocalForBinding(_ address: IPAddress) -> Bool {
        addresses.isOurs(address) || address.isIPv4 && (address.ipv4.isLoopback || address.ipv4.isLimitedBroadcast)
    }

    /// Fixes the peer: only its datagrams and errors arrive. An unspecified address undoes it.
    public mutating func connect(_ id: EndpointID, to peer: EndpointAddress, now: Instant) throws(EndpointFailure) {
        tick(now)
        let position = try self.position(id)
        if peer.address.isAny { return disconnect(position) }
        guard endpoints[position].isIPv6 || peer.address.isIPv4 else { throw .familyOff }
        guard let path = try? path(to: peer.address, on: endpoints[position].options.interface.map { Int($0.position) }) else {
            throw .addressNotOurs
        }
        if !endpoints[position].isBound { try bind(id, to: EndpointAddress(endpoints[position].local.address, 0)) }
        endpoints.unindex(position)
        if endpoints[position].local.address.isAny { endpoints[position].local.address = path.source }
        endpoints[position].remote = peer
        endpoints[position].isConnected = true
        endpoints.enter(position)
    }

    private mutating func disconnect(_ position: UInt32) {
        endpoints.unindex(position)
        endpoints[position].isConnected = false
        endpoints[position].remote = EndpointAddress(.unspecified, 0)
        endpoints.enter(position)
    }

    /// Changes how the endpoint behaves.
    public mutating func setOptions(_ id: EndpointID, _ options: EndpointOptions) throws(EndpointFailure) {
        let position = try self.position(id)
        for index in [options.interface, options.groupInterface] {
            if let index, !isPresent(index) { throw .noSuchInterface }
        }
        endpoints[position].options = options
    }

    public func options(_ id: EndpointID) throws(EndpointFailure) -> EndpointOptions { try endpoints[position(id)].options }

    /// The endpoint's own address, and its peer's if it has one.
    public func names(_ id: EndpointID) throws(EndpointFailure) -> (local: EndpointAddress, remote: EndpointAddress?) {
        let position = try position(id)
        return (endpoints[position].local, endpoints[position].isConnected ? endpoints[position].remote : nil)
    }

    /// The oldest datagram that waits; nil when there is none. The caller owns it.
    public mutating func receive(_ id: EndpointID) -> ReceivedDatagram? {
        guard let position = endpoints.position(id), let datagram = endpoints[position].received.popFirst() else { return nil }
        endpoints[position].receivedOctets -= datagram.packet.length
        return datagram
    }

    /// Datagrams that wait.
    public func receivedCount(_ id: EndpointID) -> Int {
        guard let position = endpoints.position(id) else { return 0 }
        return endpoints[position].received.count
    }

    /// The oldest error from the network that nobody has seen.
    public mutating func nextError(_ id: EndpointID) -> EndpointError? {
        guard let position = endpoints.position(id), endpoints[position].errorCount > 0 else { return nil }
        let error = endpoints[position].errors[0]
        endpoints[position].errorCount -= 1
        for k in 0..<endpoints[position].errorCount { endpoints[position].errors[k] = endpoints[position].errors[k + 1] }
        return error
    }

    func position(_ id: EndpointID) throws(EndpointFailure) -> UInt32 {
        guard let position = endpoints.position(id) else { throw .noSuchEndpoint }
        return position
    }

    /// RFC 6056 §3.3.1, algorithm 1: a random start, then one step a try.
    mutating func ephemeralPort(_ position: UInt32, _ address: IPAddress) throws(EndpointFailure) -> UInt16 {
        let first: UInt32 = 49152, span: UInt32 = 65536 - 49152
        let start = UInt32(truncatingIfNeeded: random.below(UInt64(span)))
        for step in 0..<span {
            let port = UInt16(truncatingIfNeeded: first + (start + step) % span)
            let local = EndpointAddress(address, port)
            var alone = endpoints[position].options
            alone.isShared = false
            if endpoints.isFree(local, alone, isIPv6: endpoints[position].isIPv6, except: position) { return port }
        }
        throw .portsExhausted
    }
}
