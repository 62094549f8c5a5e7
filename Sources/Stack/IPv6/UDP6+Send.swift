internal import Rings
internal import Wire

extension Stack {
    mutating func sendDatagram6(
        _ position: UInt32, _ to: EndpointAddress, _ payload: RawSpan, _ options: EndpointOptions
    ) throws(SendError) {
        guard configuration.isIPv6On, endpoints[position].isIPv6 else { throw .familyOff }
        let isGroup = to.address.isMulticast
        let path = try datagramPath(position, to.address, options)
        try bindForSending(position)
        let own = options.source ?? endpoints[position].local.address
        let source = own.isAny || own.isMulticast ? path.source : own
        guard !source.isIPv4, !source.isUnspecified else { throw .addressNotAvailable }
        let header = endpoints[position].kind == .udp ? UDPHeader.octets : 0
        // One 64 KiB slot holds this much beside its room for a header: 20 octets less than RFC 8200 allows.
        guard header + payload.byteCount <= Reassembly.greatest else { throw .messageTooLong }
        let isWhole = header + payload.byteCount + IPv6Header.octets <= path.mtu
        guard isWhole || !options.dontFragment else { throw .messageTooLong }
        guard hasRoom(path) else { throw blocked(position, path) }
        guard var packet = payloadPacket(payload, header) else { throw .noMemory }
        let next = writeTransport6(&packet, position, source, to, path, isWhole: isWhole)
        let manner = IPv6Manner(
            hopLimit: isGroup ? options.groupTimeToLive : options.timeToLive == 64 ? nil : options.timeToLive,
            trafficClass: options.trafficClass, dontFragment: options.dontFragment)
        if isGroup, options.loopsGroups, isMember(to.address, Int(path.interface)) {
            loopGroup6(packet, next, source, to.address, path, manner)
        }
        sendIPv6(packet, next, from: source, to: to.address, path, manner)
    }

    /// Fills in the transport header; the checksum by hardware where the link has it and the datagram stays whole.
    private mutating func writeTransport6(
        _ packet: inout Packet, _ position: UInt32, _ source: IPv6Address, _ to: EndpointAddress, _ path: Path, isWhole: Bool
    ) -> IPProtocol {
        let octets = packet.length
        if case .raw(let next) = endpoints[position].kind {
            if next == .icmpv6, octets >= ICMPv6Message.octets {
                var message = packet.mutableOctets
                ICMPv6Message.seal(&message, source: source, destination: to.address)
            }
            return next
        }
        statistics[.udpSent] &+= 1
        let header = UDPHeader(
            sourcePort: endpoints[position].local.port, destinationPort: to.port, payloadOctets: octets - UDPHeader.octets)
        let sum = Checksum(source: source, destination: to.address, next: .udp, octets: octets)
        let canOffload = interfaces[carrier(Int(path.interface))].capabilities.contains(.transmitTransportChecksum)
        var datagram = packet.mutableOctets
        header.write(into: &datagram)
        if path.interface == 0 { return .udp } // It never leaves this stack: nobody will look.
        guard canOffload, isWhole else {
            UDPHeader.seal(&datagram, sum)
            return .udp
        }
        UDPHeader.seed(&datagram, sum)
        packet.flags.insert(.insertTransportChecksum)
        packet.checksum = (0, UDPHeader.checksumOffset)
        return .udp
    }

    /// This host belongs to the group too: a copy comes back as if from the link.
    private mutating func loopGroup6(
        _ packet: borrowing Packet, _ next: IPProtocol, _ source: IPv6Address, _ group: IPv6Address, _ path: Path,
        _ manner: IPv6Manner
    ) {
        guard var copy = duplicate(packet) else { return }
        let hopLimit = manner.hopLimit ?? 64
        let header = IPv6Header(
            source: source, destination: group, next: next, payloadOctets: copy.length, hopLimit: hopLimit,
            trafficClass: manner.trafficClass)
        copy.flags = [.local]
        copy.interface = Int(path.interface)
        let arrival = Arrival(interface: Int(path.interface), isGroupFrame: true, isLocal: true)
        guard copy.length + IPv6Header.octets <= Self.greatestPacket else {
            var ip = IPv6Facts(header)
            ip.headerOctets = 0
            return deliver6(copy, ip, arrival, isGroup: true)
        }
        guard copy.prepend(IPv6Header.octets) else { return drop(copy, .noHeadroom) }
        var octets = copy.mutableOctets
        header.write(into: &octets)
        receiveIPv6(copy, arrival)
    }
}
