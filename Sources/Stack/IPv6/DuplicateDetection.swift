internal import Wire

// An interface's IPv6 life, and each address's: forming, detection, expiry. RFC 4862 §5.3, §5.4.
extension Stack {
    /// lo0: ::1, and a link-local address without a network, since every interface has that one.
    mutating func bringUpLoopback6() {
        guard configuration.isIPv6On, let prefix = IPv6Prefix(.loopback, length: 128) else { return }
        try? addAddress(.loopback, IPPrefix(prefix), now: .zero)
        _ = insertFormed(IPv6Address(high: 0xfe80_0000_0000_0000, low: 1), 0, .formed)
    }

    /// The interface has come up, or its link has.
    mutating func startIPv6(on interface: Int) {
        guard configuration.isIPv6On, interface != 0 else { return }
        interfaces[interface].six.isDisabled = false
        interfaces[interface].six.conflicts = 0
        interfaces[interface].six.drawReachable(&random)
        timers.cancel(timerMap.interface(interface))
        // RFC 8200 §5: a link that carries less cannot carry IPv6.
        guard interfaces[interface].mtu >= IPv6Header.minimumMTU else { return interfaces[interface].six.isDisabled = true }
        guard !hasLinkLocal(interface) else { return }
        _ = insertFormed(formedAddress(IPv6Address(high: 0xfe80_0000_0000_0000, low: 0), interface), interface, .formed)
        addLinkLocalRoute(interface)
    }

    private func hasLinkLocal(_ interface: Int) -> Bool {
        var link = interfaces[interface].firstAddress
        while link != 0 {
            if !addresses[link &- 1].address.isIPv4, addresses[link &- 1].address.isLinkLocal { return true }
            link = addresses[link &- 1].next
        }
        return false
    }

    /// fe80::/64 is on every link. RFC 4861 §5.1.
    private mutating func addLinkLocalRoute(_ interface: Int) {
        var route = Route()
        (route.network, route.bits, route.kind) = (IPv6Prefix.linkLocal.network, 64, .connected)
        (route.interface, route.isUsable) = (interface, interfaces[interface].isUp)
        let found = routes.find(route.network, 64) { $0.interface == interface && $0.kind == .connected && !$0.isLearned }
        if found == nil, routes.insert(route) == nil { statistics[.ndListsFull] &+= 1 }
    }

    /// An address of the stack's own making, tentative where that means anything; no route comes with it. RFC 5942 §4.
    mutating func insertFormed(_ address: IPv6Address, _ interface: Int, _ origin: AddressLife.Origin) -> UInt32? {
        guard addresses.find(address, on: address.isLinkLocal ? interface : nil) == nil else { return nil }
        var entry = LocalAddress()
        (entry.address, entry.bits, entry.interface) = (address, 64, interface)
        entry.life.origin = origin
        guard let place = addresses.insert(entry) else {
            statistics[.ndListsFull] &+= 1
            return nil
        }
        append(place, to: interface)
        return place
    }

    /// The interface goes down: what was learned of its link is forgotten.
    mutating func stopIPv6(on interface: Int) {
        interfaces[interface].six.solicitor = .idle
        timers.cancel(timerMap.interface(interface))
        forgetLearned(of: interface)
    }

    /// The MAC address changed: what was formed from it goes, to be formed anew.
    mutating func forgetFormed(of interface: Int) {
        forgetLearned(of: interface)
        forgetAddresses(of: interface) { $0 == .formed }
    }

    mutating func forgetAddresses(of interface: Int, where matches: (AddressLife.Origin) -> Bool) {
        var link = interfaces[interface].firstAddress
        while link != 0 {
            let place = link &- 1
            link = addresses[place].next
            if !addresses[place].address.isIPv4, matches(addresses[place].life.origin) { removeAddress(at: place) }
        }
    }

    /// Detection begins for an address; the first solicitation waits a random time. RFC 4862 §5.4.2.
    mutating func detectAddress6(_ place: UInt32) {
        leaveSolicitedNode(place)
        let delay = configuration.discovery.probes > 0 ? random.interval(upTo: configuration.discovery.greatestDelay) : .zero
        addresses[place].life.detect(first: now + delay)
        armAddress6(place)
        if delay == .zero { addressTimer6(place) }
    }

    mutating func armAddress6(_ place: UInt32) {
        if let deadline = addresses[place].life.deadline {
            timers.set(timerMap.address(place), at: deadline)
        } else {
            timers.cancel(timerMap.address(place))
        }
    }

    mutating func addressTimer6(_ place: UInt32) {
        let (address, interface) = (addresses[place].address, addresses[place].interface)
        let action = addresses[place].life.timerFired(
            now, probes: configuration.discovery.probes, retransmit: interfaces[interface].six.timing.retransmit)
        switch action {
        case .none: break
        case .probe:
            joinSolicitedNode(place)
            sendProbe(address, interface)
        case .ready:
            joinSolicitedNode(place)
            post(.addressReady(InterfaceIndex(UInt16(interface)), address))
            if address.isLinkLocal { linkLocalReady(interface) }
        case .expired: return removeAddress(at: place)
        }
        armAddress6(place)
    }

    /// From here on the link can be spoken to: listeners are reported under a real source (RFC 3590 §4), routers asked.
    private mutating func linkLocalReady(_ interface: Int) {
        reportAgain6(interface)
        askForRouters(interface)
    }

    mutating func askForRouters(_ interface: Int) {
        guard interfaces[interface].six.acceptsAdvertisements, !configuration.isForwarding, interface != 0 else { return }
        interfaces[interface].six.solicitor = .start(now, configuration.discovery, &random)
        armSolicitor(interface)
    }

    mutating func armSolicitor(_ interface: Int) {
        if let deadline = interfaces[interface].six.solicitor.deadline {
            timers.set(timerMap.interface(interface), at: deadline)
        } else {
            timers.cancel(timerMap.interface(interface))
        }
    }

    mutating func solicitationTimer(_ interface: Int) {
        guard interfaces[interface].isPresent, interfaces[interface].isUp else { return }
        sendRouterSolicitation(interface)
        interfaces[interface].six.solicitor.sent(now, configuration.discovery, &random)
        armSolicitor(interface)
    }

    /// Another station has, or wants, an address of ours. RFC 4862 §5.4.3 to §5.4.5.
    mutating func duplicate6(_ place: UInt32, _ mac: MACAddress) {
        statistics[.ndDuplicates] &+= 1
        let entry = addresses[place]
        let wasInQuestion = addresses[place].life.heardConflict()
        let index = InterfaceIndex(UInt16(entry.interface))
        post(.addressConflict(index, entry.address, mac, stillOurs: !wasInQuestion && entry.isUsable))
        guard wasInQuestion else { return }
        armAddress6(place)
        leaveSolicitedNode(place)
        if configuration.identifierSecret != nil, entry.life.origin != .given { return tryAnother(place, entry) }
        // The MAC address itself is taken twice: nothing else on this link can be trusted to work.
        if entry.life.origin == .formed { interfaces[entry.interface].six.isDisabled = true }
    }

    /// RFC 7217 §6: an opaque identifier is chosen anew, three times at most.
    private mutating func tryAnother(_ place: UInt32, _ entry: LocalAddress) {
        let interface = entry.interface
        guard interfaces[interface].six.conflicts < 3 else { return }
        interfaces[interface].six.conflicts += 1
        removeAddress(at: place)
        guard let fresh = insertFormed(formedAddress(entry.address, interface), interface, entry.life.origin) else { return }
        (addresses[fresh].life.preferredUntil, addresses[fresh].life.validUntil) = (entry.life.preferredUntil, entry.life.validUntil)
        detectAddress6(fresh)
    }

    // The group on which solicitations for an address arrive. RFC 4291 §2.7.1.

    private mutating func joinSolicitedNode(_ place: UInt32) {
        guard !addresses[place].life.isInGroup, addresses[place].interface != 0 else { return }
        let group = IPv6Address.solicitedNode(for: addresses[place].address)
        do { try joinGroup(group, addresses[place].interface) } catch { return statistics[.ndListsFull] &+= 1 }
        addresses[place].life.isInGroup = true
    }

    mutating func leaveSolicitedNode(_ place: UInt32) {
        guard addresses[place].life.isInGroup else { return }
        addresses[place].life.isInGroup = false
        leaveGroup(.solicitedNode(for: addresses[place].address), addresses[place].interface)
    }
}
