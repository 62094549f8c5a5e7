internal import Rings
internal import Wire

extension UDPFacts {
    /// The checksum is mandatory here. RFC 8200 §8.1.
    init(_ packet: borrowing Packet, _ ip: IPv6Facts) throws(WireError) {
        let udp = try UDPView(packet.octets.extracting(droppingFirst: ip.headerOctets))
        let isTrusted = !packet.flags.isDisjoint(with: [.transportChecked, .local])
        if !isTrusted, !udp.isChecksumValid(source: ip.source, destination: ip.destination) { throw .badChecksum }
        self.init(udp, trust: isTrusted ? .hardware : .verified)
    }
}

extension Stack {
    mutating func receiveUDP6(_ packet: consuming Packet, _ ip: IPv6Facts, _ arrival: Arrival, isGroup: Bool) {
        statistics[.udpReceived] &+= 1
        let udp: UDPFacts
        do { udp = try UDPFacts(packet, ip) } catch { return drop(packet, .udp, error) }
        if udp.trust == .hardware { statistics[.udpHardwareChecked] &+= 1 }
        guard !ip.source.isUnspecified else { return drop(packet, .martianSource) }
        var metadata = DatagramMetadata(ip, arrival, now)
        (metadata.source.port, metadata.destination.port) = (udp.sourcePort, udp.destinationPort)
        metadata.headerOctets = 0
        guard metadata.destination.port != 0 else { return drop(packet, .portZero) }
        if isGroup { return deliverToAll(packet, ip.headerOctets, udp.octets, metadata) }
        guard let target = endpoints.find(local: metadata.destination, remote: metadata.source, on: arrival.interface) else {
            sendError6(.unreachable(.port), about: packet, ip, arrival) // RFC 4443 §3.1 (code 4)
            return drop(packet, .portUnreachable)
        }
        statistics[.udpDelivered] &+= 1
        packet.truncate(to: ip.headerOctets &+ udp.octets)
        packet.dropFirst(ip.headerOctets &+ UDPHeader.octets)
        deliver(packet, to: target, metadata)
    }

    /// Queues an error from the network at the endpoint that sent the quoted packet.
    /// - Returns: false when no endpoint of ours can have sent it.
    mutating func reportToEndpoint6(
        _ quoted: Quoted6, _ cause: EndpointError.Cause, from reporter: IPAddress, mtu: Int
    ) -> Bool {
        let local = EndpointAddress(quoted.source, quoted.sourcePort)
        let remote = EndpointAddress(quoted.destination, quoted.destinationPort)
        if let sequence = quoted.sequence { return reportToStream(FourTuple(local, remote), sequence, cause) }
        let error = EndpointError(cause: cause, destination: remote, reporter: reporter, mtu: mtu)
        if quoted.sourcePort != 0 {
            guard let position = endpoints.find(local: local, remote: remote, on: 0) else { return false }
            report(position, error)
            return true
        }
        guard let echo = quoted.echoIdentifier else { return false }
        var link = endpoints.firstRaw, isKnown = false
        while link != 0 {
            let position = link &- 1
            link = endpoints[position].nextRaw
            guard endpoints[position].kind == .raw(.icmpv6), endpoints[position].local.port == echo else { continue }
            report(position, error)
            isKnown = true
        }
        return isKnown
    }
}
