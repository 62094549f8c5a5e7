internal import Rings
internal import Wire

// A packet for somebody else. RFC 1812 §5.2; off unless configured. RFC 1122 §3.1.
extension Stack {
    mutating func forward(_ packet: consuming Packet, _ ip: IPv4Facts, _ arrival: Arrival) {
        guard configuration.isForwarding else { return drop(packet, .notOurs) }
        guard !arrival.isGroupFrame, !arrival.isLocal, !ip.source.isUnspecified, !ip.source.isLinkLocal,
            !ip.destination.isLinkLocal
        else { return drop(packet, .notForwardable) } // RFC 1812 §5.3.4, RFC 3927 §7
        guard ip.timeToLive > 1 else {
            sendError(.timeExceeded(.transit), about: packet, ip, arrival)
            return drop(packet, .ttlExceeded)
        }
        let path: Path
        do { path = try self.path(to: IPAddress(ip.destination), isForwarding: true) } catch {
            return refuseForward(packet, ip, arrival, error)
        }
        // A directed broadcast is not passed on. RFC 2644 §2.
        guard path.cast == .host, path.interface != 0 else { return drop(packet, .notForwardable) }
        statistics[.ipForwarded] &+= 1
        guard ip.totalOctets <= path.mtu else { return forwardTooLong(packet, ip, arrival, path) }
        var octets = packet.mutableOctets
        IPv4Header.decrementTimeToLive(&octets)
        packet.flags = []
        output(packet, .ipv4, path)
    }

    private mutating func refuseForward(
        _ packet: consuming Packet, _ ip: IPv4Facts, _ arrival: Arrival, _ error: PathError
    ) {
        switch error {
        case .noRoute, .noAddress:
            sendUnreachable(.network, about: packet, ip, arrival)
            drop(packet, .noRoute)
        case .rejected:
            sendUnreachable(.communicationProhibited, about: packet, ip, arrival)
            drop(packet, .rejectRoute)
        case .blackhole: drop(packet, .blackholeRoute)
        case .interfaceDown:
            sendUnreachable(.host, about: packet, ip, arrival)
            drop(packet, .interfaceDown)
        }
    }

    /// Cut it, or tell the sender what fits. RFC 1191 §4.
    private mutating func forwardTooLong(_ packet: consuming Packet, _ ip: IPv4Facts, _ arrival: Arrival, _ path: Path) {
        guard !ip.dontFragment else {
            let mtu = UInt16(clamping: path.mtu)
            sendError(.unreachable(.fragmentationNeeded, nextHopMTU: mtu), about: packet, ip, arrival)
            return drop(packet, .fragmentationNeeded)
        }
        // Options are not copied into pieces: those that must be are refused on receipt.
        guard let offset = FragmentOffset(octets: ip.fragmentOffset) else { return drop(packet, .fragmentMisaligned) }
        packet.dropFirst(ip.headerOctets)
        let header = IPv4Header(
            source: ip.source, destination: ip.destination, next: ip.next, payloadOctets: packet.length,
            timeToLive: ip.timeToLive &- 1, identification: ip.identification, moreFragments: ip.moreFragments,
            fragmentOffset: offset, trafficClass: ip.trafficClass)
        sendFragments(packet, header, path)
    }
}
