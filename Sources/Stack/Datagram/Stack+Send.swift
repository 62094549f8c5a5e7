internal import Rings
internal import Wire

extension SendError {
    init(_ error: PathError) {
        switch error {
        case .noRoute: self = .networkUnreachable
        case .rejected: self = .prohibited
        case .blackhole: self = .networkUnreachable
        case .interfaceDown: self = .interfaceDown
        case .noAddress: self = .addressNotAvailable
        }
    }
}

extension Stack {
    /// Sends one datagram.
    ///
    /// - Parameters:
    ///   - destination: nil for the peer of a connected endpoint.
    ///   - payload: copied before this returns. Of a raw endpoint: the protocol's own header too (for ICMP with any
    ///     checksum: it is made here).
    ///   - options: what differs from the endpoint's own options for this one datagram; nil for nothing.
    /// - Throws: nothing is sent then, and the endpoint is as before; `wouldBlock` is followed by `Event.writable`.
    public mutating func send(
        _ id: EndpointID, to destination: EndpointAddress? = nil, payload: RawSpan, options: EndpointOptions? = nil,
        now: Instant
    ) throws(SendError) {
        tick(now)
        guard let position = endpoints.position(id) else { throw .noSuchEndpoint }
        guard let to = destination ?? (endpoints[position].isConnected ? endpoints[position].remote : nil) else {
            throw .destinationRequired
        }
        guard !to.address.isAny, to.port != 0 || endpoints[position].kind != .udp else { throw .badDestination }
        let chosen = options ?? endpoints[position].options
        if let source = chosen.source {
            guard source.isIPv4 == to.address.isIPv4 else { throw .familyOff }
            guard addresses.isOurs(source) else { throw .addressNotAvailable }
        }
        if to.address.isIPv4 {
            try sendDatagram4(position, to, payload, chosen)
        } else {
            try sendDatagram6(position, to, payload, chosen)
        }
        drainLoopback()
    }

    private mutating func sendDatagram4(
        _ position: UInt32, _ to: EndpointAddress, _ payload: RawSpan, _ options: EndpointOptions
    ) throws(SendError) {
        let isGroup = to.address.isGroup
        let path = try datagramPath(position, to.address, options)
        if path.cast == .broadcast, !options.mayBroadcast { throw .broadcastRefused }
        try bindForSending(position)
        let own = options.source ?? endpoints[position].local.address
        let isUnnamed = options.isUnnamed && to.address.ipv4.isLimitedBroadcast
        let source = isUnnamed ? IPAddress(.unspecified) : own.isAny || own.isGroup || own.ipv4.isLimitedBroadcast ? path.source : own
        let header = endpoints[position].kind == .udp ? UDPHeader.octets : 0
        guard header + payload.byteCount + IPv4Header.octets <= 65_535 else { throw .messageTooLong }
        let isWhole = header + payload.byteCount + IPv4Header.octets <= path.mtu
        guard isWhole || !options.dontFragment else { throw .messageTooLong }
        guard hasRoom(path) else { throw blocked(position, path) }
        guard var packet = payloadPacket(payload, header) else { throw .noMemory }
        let next = writeTransport4(&packet, position, source, to, path, isWhole: isWhole)
        let manner = IPv4Manner(
            timeToLive: isGroup ? options.groupTimeToLive : options.timeToLive, trafficClass: options.trafficClass,
            dontFragment: options.dontFragment)
        if isGroup, options.loopsGroups, isMember(to.address, Int(path.interface)) {
            loopGroup(packet, next, source.ipv4, to.address.ipv4, path, manner)
        }
        sendIPv4(packet, next, from: source.ipv4, to: to.address.ipv4, path, manner)
    }

    /// Where the datagram goes, with what is known of the path's MTU.
    func preferredInterface(_ address: IPAddress, _ options: EndpointOptions) -> Int? {
        let index = options.interface ?? (address.isGroup ? options.groupInterface : nil)
        return index.map { Int($0.position) }
    }

    mutating func datagramPath(
        _ position: UInt32, _ address: IPAddress, _ options: EndpointOptions
    ) throws(SendError) -> Path {
        do {
            var path = try path(to: address, on: preferredInterface(address, options))
            path.mtu = pathMTUs.mtu(address, link: path.mtu, now)
            return path
        } catch { throw SendError(error) }
    }

    mutating func bindForSending(_ position: UInt32) throws(SendError) {
        guard !endpoints[position].isBound, endpoints[position].kind == .udp else { return }
        let any = EndpointAddress(endpoints[position].local.address, 0)
        do { try bind(endpoints.id(position), to: any) } catch { throw .portsExhausted }
    }

    /// Whether the interface's queue can take one more; fragments may still find it full.
    func hasRoom(_ path: Path) -> Bool { !interfaces[carrier(Int(path.interface))].transmit.isFull }

    /// The interface whose queue carries what `position` sends: a tagged one's parent.
    func carrier(_ position: Int) -> Int {
        if case .vlan(let parent, _) = interfaces[position].kind { return Int(parent.position) }
        return position
    }

    mutating func blocked(_ position: UInt32, _ path: Path) -> SendError {
        endpoints[position].wantsSpace = true
        interfaces[carrier(Int(path.interface))].wantsSpace = true
        return .wouldBlock
    }

    /// There is room again: tell the endpoints that asked.
    mutating func announceSpace(_ interface: Int) {
        guard interfaces[interface].transmit.count * 2 <= interfaces[interface].transmit.capacity else { return }
        interfaces[interface].wantsSpace = false
        for position in 0..<UInt32(endpoints.capacity) where endpoints.isTaken(position) && endpoints[position].wantsSpace {
            endpoints[position].wantsSpace = false
            post(.writable(endpoints.id(position)))
        }
    }

    /// A packet with the payload behind `header` free octets, in a slot that is large enough.
    mutating func payloadPacket(_ payload: RawSpan, _ header: Int) -> Packet? {
        let octets = header + payload.byteCount
        let fresh = octets > Self.greatestPacket ? originateDatagram(headroom: IPv4Header.octets) : originate(octets: octets)
        guard var packet = fresh else { return nil }
        guard packet.append(header), packet.append(copying: payload) else {
            drop(packet, .noPacket)
            return nil
        }
        return packet
    }

    /// Fills in the transport header; the checksum by hardware where the link has it and the datagram stays whole.
    private mutating func writeTransport4(
        _ packet: inout Packet, _ position: UInt32, _ source: IPAddress, _ to: EndpointAddress, _ path: Path, isWhole: Bool
    ) -> IPProtocol {
        let octets = packet.length
        if case .raw(let next) = endpoints[position].kind {
            if next == .icmpv4, octets >= 8 {
                var message = packet.mutableOctets
                ICMPv4Message.seal(&message)
            }
            return next
        }
        statistics[.udpSent] &+= 1
        let header = UDPHeader(
            sourcePort: endpoints[position].local.port, destinationPort: to.port, payloadOctets: octets - UDPHeader.octets)
        let sum = Checksum(source: source.ipv4, destination: to.address.ipv4, next: .udp, octets: octets)
        let canOffload = interfaces[carrier(Int(path.interface))].capabilities.contains(.transmitTransportChecksum)
        var datagram = packet.mutableOctets
        header.write(into: &datagram)
        if path.interface == 0 { return .udp } // Nobody will look: RFC 1122 §4.1.3.4 lets it be absent.
        guard canOffload, isWhole else {
            UDPHeader.seal(&datagram, sum)
            return .udp
        }
        UDPHeader.seed(&datagram, sum)
        packet.flags.insert(.insertTransportChecksum)
        packet.checksum = (0, UDPHeader.checksumOffset)
        return .udp
    }

    /// This host belongs to the group too: a copy comes back as if from the link. RFC 1112 §6.1.
    private mutating func loopGroup(
        _ packet: borrowing Packet, _ next: IPProtocol, _ source: IPv4Address, _ group: IPv4Address, _ path: Path,
        _ manner: IPv4Manner
    ) {
        guard var copy = duplicate(packet) else { return }
        let header = IPv4Header(
            source: source, destination: group, next: next, payloadOctets: copy.length, timeToLive: manner.timeToLive,
            trafficClass: manner.trafficClass)
        guard copy.prepend(IPv4Header.octets) else { return drop(copy, .noHeadroom) }
        var octets = copy.mutableOctets
        header.write(into: &octets)
        copy.flags = [.local]
        copy.interface = Int(path.interface)
        receiveIPv4(copy, Arrival(interface: Int(path.interface), isGroupFrame: true, isLocal: true))
    }
}
