internal import Rings
internal import Wire

extension DatagramMetadata {
    /// Of a raw datagram: the IP header is still in front.
    init(_ ip: IPv4Facts, _ arrival: Arrival, _ now: Instant) {
        source = EndpointAddress(IPAddress(ip.source), 0)
        destination = EndpointAddress(IPAddress(ip.destination), 0)
        interface = InterfaceIndex(UInt16(truncatingIfNeeded: arrival.interface))
        (timeToLive, trafficClass, arrived, headerOctets) = (ip.timeToLive, ip.trafficClass, now, ip.headerOctets)
    }
}

/// What the stack needs of a UDP header, read and verified once.
struct UDPFacts {
    /// Who vouches for the octets.
    enum Trust { case verified, absent, hardware }
    let sourcePort: UInt16, destinationPort: UInt16
    /// Header and payload.
    let octets: Int
    let trust: Trust

    init(_ udp: borrowing UDPView, trust: Trust) {
        (sourcePort, destinationPort, octets) = (udp.sourcePort, udp.destinationPort, udp.datagramOctets)
        self.trust = trust
    }

    init(_ packet: borrowing Packet, _ ip: IPv4Facts) throws(WireError) {
        let udp = try UDPView(packet.octets.extracting(droppingFirst: ip.headerOctets))
        (sourcePort, destinationPort, octets) = (udp.sourcePort, udp.destinationPort, udp.datagramOctets)
        guard packet.flags.isDisjoint(with: [.transportChecked, .local]) else {
            trust = .hardware
            return
        }
        trust = udp.checksum == 0 ? .absent : .verified
        guard udp.isChecksumValid(source: ip.source, destination: ip.destination) else { throw .badChecksum }
    }
}

extension Stack {
    mutating func receiveUDP4(_ packet: consuming Packet, _ ip: IPv4Facts, _ arrival: Arrival, isGroup: Bool) {
        statistics[.udpReceived] &+= 1
        let udp: UDPFacts
        do { udp = try UDPFacts(packet, ip) } catch { return drop(packet, .udp, error) }
        switch udp.trust {
        case .verified: break
        case .absent: statistics[.udpNoChecksum] &+= 1
        case .hardware: statistics[.udpHardwareChecked] &+= 1
        }
        let octets = udp.octets
        var metadata = DatagramMetadata(ip, arrival, now)
        (metadata.source.port, metadata.destination.port) = (udp.sourcePort, udp.destinationPort)
        metadata.headerOctets = 0
        guard metadata.destination.port != 0 else { return drop(packet, .portZero) }
        if isGroup { return deliverToAll(packet, ip.headerOctets, octets, metadata) }
        guard let target = endpoints.find(local: metadata.destination, remote: metadata.source, on: arrival.interface) else {
            sendUnreachable(.port, about: packet, ip, arrival) // RFC 1122 §4.1.3.1
            return drop(packet, .portUnreachable)
        }
        statistics[.udpDelivered] &+= 1
        packet.truncate(to: ip.headerOctets &+ octets)
        packet.dropFirst(ip.headerOctets &+ UDPHeader.octets)
        deliver(packet, to: target, metadata)
    }

    /// A datagram for many goes to every endpoint that listens: each its own copy. RFC 1122 §4.1.3.5 in BSD's reading.
    mutating func deliverToAll(_ packet: consuming Packet, _ headerOctets: Int, _ octets: Int, _ metadata: DatagramMetadata) {
        packet.truncate(to: headerOctets &+ octets)
        packet.dropFirst(headerOctets &+ UDPHeader.octets)
        guard var target = groupTarget(from: 0, metadata) else { return drop(packet, .portUnreachable) }
        statistics[.udpDelivered] &+= 1
        while let following = groupTarget(from: target &+ 1, metadata) {
            if let copy = duplicate(packet) { deliver(copy, to: target, metadata) }
            target = following
        }
        deliver(packet, to: target, metadata)
    }

    /// The next endpoint from `start` on that listens to a datagram for many.
    private func groupTarget(from start: UInt32, _ metadata: DatagramMetadata) -> UInt32? {
        var position = start
        while position < UInt32(endpoints.capacity) {
            if endpoints.isTaken(position), listens(position, metadata) { return position }
            position &+= 1
        }
        return nil
    }

    private func listens(_ position: UInt32, _ metadata: DatagramMetadata) -> Bool {
        let to = metadata.destination
        guard endpoints[position].kind == .udp, endpoints[position].isBound, endpoints[position].local.port == to.port
        else { return false }
        let local = endpoints[position].local.address
        guard local == to.address || local.isAny && (local.isIPv4 == to.address.isIPv4 || !endpoints[position].options.isIPv6Only)
        else { return false }
        if endpoints[position].isConnected, endpoints[position].remote != metadata.source { return false }
        if let only = endpoints[position].options.interface, only != metadata.interface { return false }
        guard to.address.isGroup else { return true }
        return endpoints[position].hears(to.address, Int(metadata.interface.position))
    }

    /// Queues an error from the network at the endpoint that sent the quoted packet.
    /// - Returns: false when no endpoint of ours can have sent it.
    mutating func reportToEndpoint(
        _ quoted: QuotedFacts, _ cause: EndpointError.Cause, from reporter: IPAddress, mtu: Int = 0
    ) -> Bool {
        let local = EndpointAddress(IPAddress(quoted.ip.source), quoted.sourcePort)
        let remote = EndpointAddress(IPAddress(quoted.ip.destination), quoted.destinationPort)
        if quoted.ip.next == .tcp { return reportToStream(FourTuple(local, remote), quoted.sequence, cause) }
        if quoted.ip.next == .udp, quoted.sourcePort != 0 {
            guard let position = endpoints.find(local: local, remote: remote, on: 0) else { return false }
            report(position, EndpointError(cause: cause, destination: remote, reporter: reporter, mtu: mtu))
            return true
        }
        guard let echo = quoted.echoIdentifier else { return false }
        return reportToRaw(echo, local, remote, cause, reporter)
    }

    private mutating func reportToRaw(
        _ echo: UInt16, _ local: EndpointAddress, _ remote: EndpointAddress, _ cause: EndpointError.Cause,
        _ reporter: IPAddress
    ) -> Bool {
        var link = endpoints.firstRaw
        var isKnown = false
        while link != 0 {
            let position = link &- 1
            link = endpoints[position].nextRaw
            guard endpoints[position].kind == .raw(.icmpv4), endpoints[position].local.port == echo else { continue }
            report(position, EndpointError(cause: cause, destination: remote, reporter: reporter, mtu: 0))
            isKnown = true
        }
        return isKnown
    }

    mutating func report(_ position: UInt32, _ error: EndpointError) {
        statistics[.udpErrorsDelivered] &+= 1
        let count = endpoints[position].errorCount
        guard count < 8 else { return } // The first errors say more than the last.
        endpoints[position].errors[count] = error
        endpoints[position].errorCount = count + 1
        if count == 0 { post(.failed(endpoints.id(position))) }
    }
}
