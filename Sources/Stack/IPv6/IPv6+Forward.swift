internal import Rings
internal import Wire

// A packet for somebody else: off unless configured. RFC 8200 §3, RFC 4443 §3.
extension Stack {
    mutating func forward6(_ packet: consuming Packet, _ ip: IPv6Facts, _ arrival: Arrival) {
        guard configuration.isForwarding else { return drop(packet, .notOurs) }
        guard !arrival.isGroupFrame, !arrival.isLocal, !ip.source.isUnspecified else { return drop(packet, .notForwardable) }
        // RFC 4007 §9: nothing leaves its zone.
        guard !ip.destination.isLinkLocal else { return drop(packet, .notForwardable) }
        let path: Path
        do { path = try self.path(to: ip.destination, isForwarding: true) } catch {
            return refuseForward6(packet, ip, arrival, error)
        }
        guard path.cast == .host, path.interface != 0 else { return drop(packet, .notForwardable) }
        if ip.source.isLinkLocal {
            sendError6(.unreachable(.beyondScope), about: packet, ip, arrival) // RFC 4443 §3.1 (code 2)
            return drop(packet, .beyondScope)
        }
        guard ip.hopLimit > 1 else {
            sendError6(.timeExceeded(.transit), about: packet, ip, arrival)
            return drop(packet, .ttlExceeded)
        }
        guard packet.length <= path.mtu else {
            sendError6(.packetTooBig(mtu: UInt32(clamping: path.mtu)), about: packet, ip, arrival)
            return drop(packet, .fragmentationNeeded)
        }
        statistics[.ip6Forwarded] &+= 1
        guard decrementHopLimit(&packet) else { return drop(packet, .ttlExceeded) }
        packet.flags = []
        output(packet, .ipv6, path)
    }

    /// The header is written anew with one hop less: everything else in it is as it came.
    private func decrementHopLimit(_ packet: inout Packet) -> Bool {
        guard let header = IPv6Header(forwarding: packet) else { return false }
        var octets = packet.mutableOctets
        header.write(into: &octets)
        return true
    }

    private mutating func refuseForward6(
        _ packet: consuming Packet, _ ip: IPv6Facts, _ arrival: Arrival, _ error: PathError
    ) {
        switch error {
        case .noRoute, .noAddress: sendError6(.unreachable(.noRoute), about: packet, ip, arrival)
        case .rejected: sendError6(.unreachable(.rejectRoute), about: packet, ip, arrival)
        case .interfaceDown: sendError6(.unreachable(.address), about: packet, ip, arrival)
        case .blackhole: break
        }
        drop(packet, DropReason.Fate(error))
    }
}

extension IPv6Header {
    /// The header of a packet that goes on, one hop poorer; nil when there is none to spare.
    init?(forwarding packet: borrowing Packet) {
        guard let view = try? IPv6View(packet.octets), view.hopLimit > 1 else { return nil }
        self.init(
            source: view.source, destination: view.destination, next: view.next, payloadOctets: view.payloadOctets,
            hopLimit: view.hopLimit &- 1, trafficClass: view.trafficClass, flowLabel: view.flowLabel)
    }
}
