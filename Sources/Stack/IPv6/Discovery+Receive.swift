internal import Rings
internal import Wire

/// A neighbor discovery message, judged once: its fixed part and the one link address that its kind may carry.
struct DiscoveryFacts {
    let message: NeighborMessage
    /// Source link-layer address; target link-layer address of advertisements and redirects.
    let mac: MACAddress?

    init(_ packet: borrowing Packet, _ ip: IPv6Facts) throws(WireError) {
        let view = try NeighborDiscoveryView(packet.octets.extracting(droppingFirst: ip.headerOctets))
        try view.validate(source: ip.source, destination: ip.destination, hopLimit: ip.hopLimit)
        message = view.message
        mac = Self.linkAddress(view)
    }

    private static func linkAddress(_ view: borrowing NeighborDiscoveryView) -> MACAddress? {
        let wantsTarget = view.kind == .neighborAdvertisement || view.kind == .redirect
        var options = view.options
        while let option = options.next() {
            switch option {
            case .sourceLinkLayer(let mac) where !wantsTarget && mac.isStation: return mac
            case .targetLinkLayer(let mac) where wantsTarget && mac.isStation: return mac
            default: continue
            }
        }
        return nil
    }

    /// An IPv4 address in an IPv6 dress would reach the other family's tables.
    var isDisguised: Bool {
        switch message {
        case .routerSolicitation, .routerAdvertisement: false
        case .neighborSolicitation(let target), .neighborAdvertisement(let target, _): target.isDisguisedIPv4
        case .redirect(let target, let destination): target.isDisguisedIPv4 || destination.isDisguisedIPv4
        }
    }
}

// Neighbor discovery, the host's part. RFC 4861 §6.3, §7.2, §8.3.
extension Stack {
    mutating func receiveDiscovery(_ packet: consuming Packet, _ ip: IPv6Facts, _ arrival: Arrival) {
        // lo0 needs no discovery, and a datagram of fragments is never one. RFC 6980 §5.
        guard arrival.interface != 0, !arrival.isLocal, ip.headerOctets == IPv6Header.octets else {
            return drop(packet, .ndNotAccepted)
        }
        let facts: DiscoveryFacts
        do { facts = try DiscoveryFacts(packet, ip) } catch { return drop(packet, .icmpv6, error) }
        guard !facts.isDisguised else { return drop(packet, .ndMartian) }
        let fate: DropReason.Fate?
        switch facts.message {
        case .neighborSolicitation(let target): fate = hearSolicitation(target, facts.mac, ip, arrival.interface)
        case .neighborAdvertisement(let target, let flags):
            fate = hearAdvertisement(target, flags, facts.mac, arrival.interface)
        case .routerAdvertisement(let router):
            fate = hearRouter(router, facts.mac, packet, ip, arrival.interface)
        case .redirect(let target, let destination):
            fate = hearRedirect(target, destination, facts.mac, ip, arrival.interface)
        case .routerSolicitation: fate = .ndNotRouter // RFC 4861 §6.2.6: for routers.
        }
        if let fate { drop(packet, fate) } else { consume(packet) }
    }

    /// RFC 4861 §7.2.3, RFC 4862 §5.4.3.
    /// - Returns: why the message was of no use; nil when it was.
    private mutating func hearSolicitation(
        _ target: IPv6Address, _ mac: MACAddress?, _ ip: IPv6Facts, _ interface: Int
    ) -> DropReason.Fate? {
        statistics[.ndSolicitationsReceived] &+= 1
        guard let place = addresses.find(target, on: interface) else { return .ndNotForUs }
        if addresses[place].life.isTentative {
            guard ip.source.isUnspecified else { return .addressTentative }
            // Two stations ask for one address at once: neither may have it.
            duplicate6(place, mac ?? .zero)
            return nil
        }
        guard addresses[place].isUsable else { return .ndNotForUs }
        guard !ip.source.isUnspecified else {
            advertise(target, to: .allNodes, isSolicited: false, interface)
            return nil
        }
        if let mac { noteNeighbor(ip.source, mac, interface) }
        advertise(target, to: ip.source, isSolicited: true, interface)
        return nil
    }

    /// RFC 4861 §7.2.5, RFC 4862 §5.4.4.
    private mutating func hearAdvertisement(
        _ target: IPv6Address, _ flags: NeighborFlags, _ mac: MACAddress?, _ interface: Int
    ) -> DropReason.Fate? {
        statistics[.ndAdvertisementsReceived] &+= 1
        if let place = addresses.find(target, on: interface) {
            duplicate6(place, mac ?? .zero)
            return nil
        }
        guard let position = neighbors.find(target, interface) else { return .ndUnknownNeighbor }
        let timing = neighborTiming(target, interface)
        let verdict = neighbors[position].reachability.advertised(mac, known: neighbors[position].mac, flags, now, timing)
        armNeighbor(position)
        guard !verdict.isIgnored else { return .ndNotAccepted }
        if let mac, verdict.takesAddress { neighbors[position].mac = mac }
        let wasRouter = neighbors[position].isRouter
        neighbors[position].isRouter = flags.isRouter
        releasePending(position)
        if wasRouter, !flags.isRouter { routerGone(target, interface) } // RFC 4861 §6.3.5
        if flags.isRouter, neighbors[position].reachability.state == .reachable { routerReachable(target, interface) }
        return nil
    }

    /// A station on the link has told its link address unasked. RFC 4861 §7.2.3.
    mutating func noteNeighbor(_ address: IPv6Address, _ mac: MACAddress, _ interface: Int, isRouter: Bool? = nil) {
        guard let position = neighbors.find(address, interface) ?? newNeighbor(address, mac, interface) else { return }
        if let isRouter { neighbors[position].isRouter = isRouter }
        guard neighbors[position].reachability.state != .fixed else { return }
        let isNew = neighbors[position].mac != mac
        neighbors[position].mac = mac
        neighbors[position].reachability.claimed(isNew: isNew, now, neighborTiming(address, interface))
        armNeighbor(position)
        releasePending(position)
    }

    /// Only for who is on the link by our own knowledge: anybody can write any source. RFC 5942 §4.
    private mutating func newNeighbor(_ address: IPv6Address, _ mac: MACAddress, _ interface: Int) -> UInt32? {
        guard address.isLinkLocal || isConnected(address, interface) else { return nil }
        var neighbor = Neighbor()
        (neighbor.address, neighbor.interface, neighbor.mac) = (address, interface, mac)
        neighbor.reachability = .heard(now, neighborTiming(address, interface))
        guard let position = insertNeighbor(neighbor) else {
            statistics[.ndListsFull] &+= 1
            return nil
        }
        armNeighbor(position)
        return position
    }

    private func isConnected(_ address: IPv6Address, _ interface: Int) -> Bool {
        guard let found = routes.lookup(address, on: interface) else { return false }
        return routes[found].kind == .connected
    }

    /// Sends what waited for the link address; using a stale entry starts its check. RFC 4861 §7.3.3.
    private mutating func releasePending(_ position: UInt32) {
        guard neighbors[position].reachability.isResolved, neighbors[position].waiting > 0 else { return }
        let (mac, interface, address) = (neighbors[position].mac, neighbors[position].interface, neighbors[position].address)
        while let packet = neighbors.dequeue(position) { frame(packet, interface, mac, .ipv6) }
        perform(neighbors[position].reachability.used(now, neighborTiming(address, interface)), position)
    }
}
