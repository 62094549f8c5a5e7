internal import Rings
internal import Wire

/// Addresses of a packet that was for us, and no martian: the next of the same flow need not be asked again.
struct AdmittedPair: Equatable {
    private var addresses: UInt64 = 0, arrival: UInt64 = .max

    init() {}

    /// - Parameter changes: moves with every change of this host's addresses.
    @inline(__always) init(_ ip: IPv4Facts, _ arrival: Arrival, _ changes: UInt32) {
        addresses = UInt64(ip.source.value) &<< 32 | UInt64(ip.destination.value)
        let how: UInt64 = (arrival.isGroupFrame ? 1 : 0) | (arrival.isLocal ? 2 : 0)
        self.arrival = UInt64(changes) &<< 32 | UInt64(truncatingIfNeeded: arrival.interface) &<< 2 | how
    }
}

extension Stack {
    /// Takes an IPv4 packet: its octets begin with the IP header, and may end in the link's padding.
    mutating func receiveIPv4(_ packet: consuming Packet, _ arrival: Arrival) {
        statistics[.ipReceived] &+= 1
        let ip: IPv4Facts
        do { ip = try IPv4Facts(packet) } catch { return drop(packet, .ipv4, error) }
        packet.truncate(to: ip.totalOctets)
        let pair = AdmittedPair(ip, arrival, addresses.changes)
        if pair == admitted, ip.headerOctets == IPv4Header.octets { return receiveForUs(packet, ip, arrival, isGroup: false) }
        if let martian = martian(ip, arrival) { return drop(packet, martian) }
        if ip.headerOctets > IPv4Header.octets {
            statistics[.ipWithOptions] &+= 1
            if let refusal = refuseOptions(packet, ip, arrival) { return lose(packet, refusal) }
        }
        switch destinationClass(ip.destination, arrival) {
        case .ours:
            if !arrival.isLocal { admitted = pair }
            receiveForUs(packet, ip, arrival, isGroup: false)
        case .everybody, .member:
            // RFC 1122 §3.3.6: what the link sent to one station may not be for many; a loop of ours is exempt.
            receiveForUs(packet, ip, arrival, isGroup: true)
        case .notMember: drop(packet, .notMember)
        case .elsewhere:
            if isAwaited(packet, ip, arrival) { return receiveForUs(packet, ip, arrival, isGroup: false) }
            forward(packet, ip, arrival)
        }
    }

    private enum DestinationClass { case ours, everybody, member, notMember, elsewhere }

    private func destinationClass(_ destination: IPv4Address, _ arrival: Arrival) -> DestinationClass {
        if addresses.isOurs(IPAddress(destination)) { return .ours }
        if arrival.interface == 0, destination.isLoopback { return .ours } // All of 127/8. RFC 1122 §3.2.1.3 (g)
        if destination.isLimitedBroadcast || isDirectedBroadcast(destination, arrival.interface) { return .everybody }
        guard destination.isMulticast else { return .elsewhere }
        return isMember(IPAddress(destination), arrival.interface) ? .member : .notMember
    }

    /// A datagram that gives this host its address: the interface has none yet, and a client listens on it, by name, at
    /// that port. RFC 2131 §4.1.
    private func isAwaited(_ packet: borrowing Packet, _ ip: IPv4Facts, _ arrival: Arrival) -> Bool {
        guard ip.next == .udp, !ip.isFragment, !arrival.isGroupFrame, !arrival.isLocal, !hasIPv4Address(arrival.interface),
            let port = try? UDPView(packet.octets.extracting(droppingFirst: ip.headerOctets)).destinationPort,
            let found = endpoints.find(local: .anyIPv4(port), remote: EndpointAddress(IPAddress(ip.source), 0), on: arrival.interface)
        else { return false }
        return endpoints[found].options.interface != nil && endpoints[found].local.address.isAny
    }

    private func hasIPv4Address(_ interface: Int) -> Bool {
        var link = interfaces[interface].firstAddress
        while link != 0 {
            if addresses[link &- 1].address.isIPv4 { return true }
            link = addresses[link &- 1].next
        }
        return false
    }

    /// Addresses that no packet on a wire may carry. RFC 1122 §3.2.1.3, RFC 1812 §5.3.7.
    private func martian(_ ip: IPv4Facts, _ arrival: Arrival) -> DropReason.Fate? {
        let source = ip.source
        if source.isMulticast || source.isLimitedBroadcast || source.isReserved { return .martianSource }
        if arrival.isLocal { return nil }
        if source.isLoopback { return .martianSource }
        // "This host on this network" may only shout: it has no address to be answered at.
        if source.isThisNetwork, !source.isUnspecified || !ip.destination.isLimitedBroadcast && !ip.destination.isMulticast {
            return .martianSource
        }
        if addresses.isOurs(IPAddress(source)) { return .martianSource }
        if isDirectedBroadcast(source, arrival.interface) { return .martianSource }
        if ip.destination.isThisNetwork || ip.destination.isLoopback || ip.destination.isReserved { return .martianDestination }
        // RFC 1122 §3.3.6.
        let isForMany = ip.destination.isMulticast || ip.destination.isLimitedBroadcast
            || isDirectedBroadcast(ip.destination, arrival.interface)
        return arrival.isGroupFrame && !isForMany ? .linkBroadcastUnicast : nil
    }

    /// A packet for this host, whole or in part.
    private mutating func receiveForUs(_ packet: consuming Packet, _ ip: IPv4Facts, _ arrival: Arrival, isGroup: Bool) {
        if ip.isFragment {
            statistics[.ipFragmentsReceived] &+= 1
            return reassemble(packet, ip, arrival, isGroup: isGroup)
        }
        deliverIPv4(packet, ip, arrival, isGroup: isGroup)
    }

    /// A whole datagram for this host, to the protocol that it names.
    mutating func deliverIPv4(_ packet: consuming Packet, _ ip: IPv4Facts, _ arrival: Arrival, isGroup: Bool) {
        statistics[.ipDelivered] &+= 1
        if ip.next == .udp { return receiveUDP4(packet, ip, arrival, isGroup: isGroup) }
        if ip.next == .icmpv4 { return receiveICMPv4(packet, ip, arrival, isGroup: isGroup) }
        if ip.next == .tcp { return receiveTCP4(packet, ip, arrival, isGroup: isGroup) }
        if ip.next == .igmp { return receiveIGMP(packet, ip, arrival) }
        // RFC 1122 §3.2.2.1: a host without the protocol says so.
        let metadata = DatagramMetadata(ip, arrival, now)
        if let first = rawTarget(from: endpoints.firstRaw, ip.next, metadata, echo: nil) {
            return deliverRaw(packet, to: first, ip.next, metadata, echo: nil)
        }
        if !isGroup { sendUnreachable(.protocol, about: packet, ip, arrival) }
        drop(packet, .protocolUnreachable)
    }
}
