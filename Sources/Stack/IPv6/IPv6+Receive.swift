internal import Rings
internal import Wire

extension Stack {
    /// Takes an IPv6 packet: its octets begin with the IP header, and may end in the link's padding.
    mutating func receiveIPv6(_ packet: consuming Packet, _ arrival: Arrival) {
        guard configuration.isIPv6On, !interfaces[arrival.interface].six.isDisabled else { return drop(packet, .familyOff) }
        statistics[.ip6Received] &+= 1
        let ip: IPv6Facts
        do { ip = try IPv6Facts(packet) } catch { return drop(packet, .ipv6, error) }
        packet.truncate(to: ip.totalOctets)
        if let martian = martian6(packet, ip, arrival) { return drop(packet, martian) }
        switch destinationClass6(ip.destination, arrival) {
        case .ours: receiveForUs6(packet, ip, arrival, isGroup: false)
        case .member: receiveForUs6(packet, ip, arrival, isGroup: true)
        case .notMember: drop(packet, .notMember)
        case .tentative: drop(packet, .addressTentative) // RFC 4862 §5.4
        case .elsewhere: forward6(packet, ip, arrival)
        }
    }

    private enum DestinationClass6 { case ours, member, notMember, tentative, elsewhere }

    /// A link-local address is ours on its own link only; any other on every interface (the weak host of the README).
    private func destinationClass6(_ destination: IPv6Address, _ arrival: Arrival) -> DestinationClass6 {
        if destination.isMulticast { return isMember(destination, arrival.interface) ? .member : .notMember }
        let only = destination.isLinkLocal && !arrival.isLocal ? arrival.interface : nil
        if addresses.isOurs(destination, on: only) { return .ours }
        return addresses.find(destination, on: only) == nil ? .elsewhere : .tentative
    }

    /// Addresses that no packet on a wire may carry. RFC 4291 §2.5.2, §2.5.3, §2.7; RFC 4942 §2.2.
    private func martian6(_ packet: borrowing Packet, _ ip: IPv6Facts, _ arrival: Arrival) -> DropReason.Fate? {
        let source = ip.source, destination = ip.destination
        if source.isMulticast || source.isDisguisedIPv4 { return .martianSource }
        if destination.isUnspecified || destination.isDisguisedIPv4 { return .martianDestination }
        if arrival.isLocal { return nil }
        if source.isLoopback { return .martianSource }
        if destination.isLoopback { return .martianDestination }
        if destination.isMulticast {
            if destination.scope <= .interfaceLocal { return .martianDestination }
        } else {
            if source.isUnspecified { return .martianSource }
            if arrival.isGroupFrame { return .linkBroadcastUnicast }
        }
        guard addresses.isOurs(source, on: source.isLinkLocal ? arrival.interface : nil) else { return nil }
        // Whoever answers for our own address must be heard: RFC 4862 §5.4.4.
        return ip.next == .icmpv6 && ICMPv6Type(packet) == .neighborAdvertisement ? nil : .martianSource
    }

    private mutating func receiveForUs6(_ packet: consuming Packet, _ ip: IPv6Facts, _ arrival: Arrival, isGroup: Bool) {
        guard ip.next.isExtensionHeader || ip.next == .noNextHeader else {
            return deliver6(packet, ip, arrival, isGroup: isGroup)
        }
        statistics[.ip6WithExtensions] &+= 1
        followHeaders(packet, ip, arrival, isGroup: isGroup)
    }

    /// Does what the extension headers ask for. RFC 8200 §4.
    mutating func followHeaders(_ packet: consuming Packet, _ ip: IPv6Facts, _ arrival: Arrival, isGroup: Bool) {
        let chain: IPv6Chain
        do { chain = try IPv6Chain(packet) } catch { return drop(packet, .ipv6, error) }
        switch chain.outcome {
        case .upperLayer(let next, let offset):
            var walked = ip
            (walked.next, walked.headerOctets, walked.nextHeaderOffset) = (next, offset, chain.nextHeaderOffset)
            walked.hasRouterAlert = chain.routerAlert != nil
            deliver6(packet, walked, arrival, isGroup: isGroup)
        case .fragment(let fragment, let offset):
            statistics[.ip6FragmentsReceived] &+= 1
            reassemble6(packet, ip, fragment, offset, arrival, isGroup: isGroup)
        case .nothing: drop(packet, .nothingInside)
        case .problem(let problem, let pointer):
            sendError6(.parameterProblem(problem, pointer: UInt32(pointer)), about: packet, ip, arrival)
            drop(packet, .headerRefused)
        case .discard(let error): drop(packet, .ipv6, error)
        }
    }

    /// A whole datagram for this host, to the protocol that it names.
    mutating func deliver6(_ packet: consuming Packet, _ ip: IPv6Facts, _ arrival: Arrival, isGroup: Bool) {
        statistics[.ip6Delivered] &+= 1
        if ip.next == .udp { return receiveUDP6(packet, ip, arrival, isGroup: isGroup) }
        if ip.next == .tcp { return receiveTCP6(packet, ip, arrival, isGroup: isGroup) }
        if ip.next == .icmpv6 { return receiveICMPv6(packet, ip, arrival, isGroup: isGroup) }
        let metadata = DatagramMetadata(ip, arrival, now)
        if let first = rawTarget(from: endpoints.firstRaw, ip.next, metadata, echo: nil) {
            return deliverRaw(packet, to: first, ip.next, metadata, echo: nil)
        }
        // RFC 4443 §3.4 (code 1): point at the octet that named the protocol.
        let problem = ICMPv6Message.parameterProblem(.unknownNextHeader, pointer: UInt32(ip.nextHeaderOffset))
        sendError6(problem, about: packet, ip, arrival)
        drop(packet, .protocolUnreachable)
    }
}

extension DatagramMetadata {
    /// Of a raw datagram: the IP headers are still in front.
    init(_ ip: IPv6Facts, _ arrival: Arrival, _ now: Instant) {
        source = EndpointAddress(ip.source, 0)
        destination = EndpointAddress(ip.destination, 0)
        interface = InterfaceIndex(UInt16(truncatingIfNeeded: arrival.interface))
        (timeToLive, trafficClass, arrived, headerOctets) = (ip.hopLimit, ip.trafficClass, now, ip.headerOctets)
    }
}

/// The type of an ICMPv6 message right behind the IPv6 header, where it is needed before the message is judged.
enum ICMPv6Type {
    case neighborAdvertisement, other

    init(_ packet: borrowing Packet) {
        self = .other
        guard let view = try? IPv6View(packet.octets), let message = try? ICMPv6View(view.payload) else { return }
        if message.type == NeighborMessage.Kind.neighborAdvertisement.rawValue { self = .neighborAdvertisement }
    }
}
