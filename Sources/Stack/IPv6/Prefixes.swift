internal import Rings
internal import Wire

// The options of router advertisements: prefixes, autoconfiguration, MTU, DNS servers. RFC 4861 §6.3.4, RFC 4862 §5.5.3,
// RFC 8106 §5.1.
extension Stack {
    mutating func takeOptions(_ packet: borrowing Packet, _ ip: IPv6Facts, _ interface: Int) {
        guard let view = try? NeighborDiscoveryView(packet.octets.extracting(droppingFirst: ip.headerOctets)) else { return }
        var options = view.options
        while let option = options.next() {
            switch option {
            case .prefix(let announcement): takePrefix(announcement, interface)
            case .mtu(let mtu):
                let most = interfaces[interface].mtu
                if mtu >= UInt32(IPv6Header.minimumMTU), mtu <= UInt32(most) { interfaces[interface].six.advertisedMTU = Int(mtu) }
            case .resolvers(let lifetime, _, let addresses):
                for offset in stride(from: addresses.lowerBound, to: addresses.upperBound, by: 16) {
                    if let address = options.address(offset) { takeResolver(address, lifetime, interface) }
                }
            case .searchList(let lifetime, let names): takeSearchList(options.octets(in: names), lifetime, interface)
            case .sourceLinkLayer, .targetLinkLayer, .redirected, .other: break
            }
        }
    }

    private mutating func takePrefix(_ announcement: PrefixAnnouncement, _ interface: Int) {
        let network = announcement.prefix.network, bits = Int(announcement.prefix.length)
        // RFC 4861 §6.3.4 refuses the link-local prefix; groups, ::/64 and with it every IPv4 address are refused too.
        guard !network.isLinkLocal, !network.isMulticast, network.high != 0 else { return }
        let valid = Interval.lifetime(announcement.validSeconds)
        let preferred = Interval.lifetime(announcement.preferredSeconds)
        notePrefix(announcement, network, bits, valid, preferred, interface)
        guard announcement.isAutonomous, bits == 64, isOrdered(preferred, valid) else { return }
        autoconfigure(network, valid, preferred, interface)
    }

    /// RFC 4862 §5.5.3 (c): no address is preferred longer than it is valid.
    private func isOrdered(_ preferred: Interval?, _ valid: Interval?) -> Bool {
        guard let valid else { return true }
        return preferred.map { $0 <= valid } ?? false
    }

    private mutating func notePrefix(
        _ announcement: PrefixAnnouncement, _ network: IPv6Address, _ bits: Int, _ valid: Interval?, _ preferred: Interval?,
        _ interface: Int
    ) {
        let known = learned.findPrefix(network, bits, interface)
        guard valid != .zero else { // RFC 4861 §6.3.4: no longer on the link.
            if let known, announcement.isOnLink { removePrefix(known) }
            return
        }
        guard let position = known ?? newPrefix(network, bits, interface) else {
            statistics[.ndListsFull] &+= 1
            return
        }
        // A clear flag says nothing, rather than the opposite. RFC 4861 §6.3.4.
        if announcement.isAutonomous { learned.prefixes[position].isAutonomous = true }
        learned.prefixes[position].validUntil = AddressLife.end(valid, now)
        learned.prefixes[position].preferredUntil = AddressLife.end(preferred, now)
        if announcement.isOnLink, !learned.prefixes[position].isOnLink {
            learned.prefixes[position].isOnLink = addPrefixRoute(network, bits, interface)
        }
        let end = learned.prefixes[position].validUntil
        if end == .never { timers.cancel(timerMap.prefix(position)) } else { timers.set(timerMap.prefix(position), at: end) }
    }

    private mutating func newPrefix(_ network: IPv6Address, _ bits: Int, _ interface: Int) -> UInt32? {
        guard let position = learned.prefixes.take() else { return nil }
        learned.prefixes[position] = LearnedPrefix()
        (learned.prefixes[position].network, learned.prefixes[position].bits) = (network, bits)
        learned.prefixes[position].interface = interface
        return position
    }

    private mutating func addPrefixRoute(_ network: IPv6Address, _ bits: Int, _ interface: Int) -> Bool {
        var route = Route()
        (route.network, route.bits, route.kind) = (network, bits, .connected)
        (route.interface, route.isLearned, route.isUsable) = (interface, true, interfaces[interface].isUp)
        guard routes.insert(route) == nil else { return true }
        statistics[.ndListsFull] &+= 1
        return false
    }

    mutating func prefixTimer(_ position: UInt32) {
        if learned.prefixes.isTaken(position) { removePrefix(position) }
    }

    mutating func removePrefix(_ position: UInt32) {
        let prefix = learned.prefixes[position]
        timers.cancel(timerMap.prefix(position))
        learned.prefixes.give(position)
        guard prefix.isOnLink else { return }
        let found = routes.find(prefix.network, prefix.bits) {
            $0.isLearned && $0.kind == .connected && $0.interface == prefix.interface
        }
        if let found { routes.remove(found) }
    }

    /// RFC 4862 §5.5.3 (d), (e).
    private mutating func autoconfigure(_ network: IPv6Address, _ valid: Interval?, _ preferred: Interval?, _ interface: Int) {
        var count = 0, isKnown = false
        var link = interfaces[interface].firstAddress
        while link != 0 {
            let place = link &- 1
            link = addresses[place].next
            guard addresses[place].life.origin == .autoconfigured else { continue }
            count += 1
            guard addresses[place].address.masked(64) == network else { continue }
            isKnown = true
            addresses[place].life.renew(valid: valid, preferred: preferred, now)
            armAddress6(place)
        }
        guard !isKnown, valid != .zero else { return }
        guard count < configuration.limits.autoconfigured else {
            statistics[.ndListsFull] &+= 1
            return
        }
        guard let place = insertFormed(formedAddress(network, interface), interface, .autoconfigured) else { return }
        addresses[place].life.preferredUntil = AddressLife.end(preferred, now)
        addresses[place].life.validUntil = AddressLife.end(valid, now)
        detectAddress6(place)
    }

    private mutating func takeResolver(_ address: IPv6Address, _ lifetime: UInt32, _ interface: Int) {
        guard !address.isMulticast, !address.isUnspecified, !address.isLoopback, !address.isDisguisedIPv4 else { return }
        if let known = learned.findResolver(address, interface) {
            guard lifetime > 0 else { return learned.resolvers.give(known) }
            return learned.resolvers[known].expires = AddressLife.end(.lifetime(lifetime), now)
        }
        guard lifetime > 0 else { return }
        forgetExpiredResolvers()
        guard let position = learned.resolvers.take() else {
            statistics[.ndListsFull] &+= 1
            return
        }
        learned.resolvers[position] = Resolver(
            address: address, interface: interface, expires: AddressLife.end(.lifetime(lifetime), now))
    }

    /// The last list heard on an interface counts; whoever reads it checks its names.
    private mutating func takeSearchList(_ names: RawSpan, _ lifetime: UInt32, _ interface: Int) {
        let known = learned.findSearchList(interface)
        guard lifetime > 0 else {
            if let known { learned.searchLists.give(known) }
            return
        }
        guard names.byteCount <= SearchList.greatest, let position = known ?? learned.searchLists.take() else {
            statistics[.ndListsFull] &+= 1
            return
        }
        learned.searchLists[position] = SearchList(interface: interface, expires: AddressLife.end(.lifetime(lifetime), now))
        for k in 0..<names.byteCount { learned.searchLists[position].octets[k] = names.byte(at: k) }
    }

    private mutating func forgetExpiredResolvers() {
        for k in 0..<UInt32(learned.resolvers.count) where learned.resolvers.isTaken(k) && learned.resolvers[k].expires <= now {
            learned.resolvers.give(k)
        }
    }
}
