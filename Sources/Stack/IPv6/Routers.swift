internal import Rings
internal import Wire

// Router advertisements: what they say of the link and of the router. RFC 4861 §6.3.4.
extension Stack {
    /// - Returns: why the message was of no use; nil when it was.
    mutating func hearRouter(
        _ router: RouterAdvertisement, _ mac: MACAddress?, _ packet: borrowing Packet, _ ip: IPv6Facts, _ interface: Int
    ) -> DropReason.Fate? {
        statistics[.ndRouterAdvertisementsReceived] &+= 1
        guard interfaces[interface].six.acceptsAdvertisements, !configuration.isForwarding else { return .ndNotAccepted }
        takeParameters(router, interface)
        if let mac { noteNeighbor(ip.source, mac, interface, isRouter: true) }
        takeRouter(router, RouterPreference(packet, ip), ip.source, interface)
        takeOptions(packet, ip, interface)
        if router.routerLifetimeSeconds > 0 { // RFC 7559 §2.1
            interfaces[interface].six.solicitor.stop()
            armSolicitor(interface)
        }
        return nil
    }

    private mutating func takeParameters(_ router: RouterAdvertisement, _ interface: Int) {
        if router.hopLimit != 0 { interfaces[interface].six.hopLimit = router.hopLimit }
        if router.retransmitMilliseconds != 0 {
            let wanted = Interval.milliseconds(Int(router.retransmitMilliseconds)), range = InterfaceIPv6.retransmitRange
            interfaces[interface].six.timing.retransmit = min(max(wanted, range.lowerBound), range.upperBound)
        }
        guard router.reachableMilliseconds != 0 else { return }
        let base = min(
            max(.milliseconds(Int(router.reachableMilliseconds)), InterfaceIPv6.reachableRange.lowerBound),
            InterfaceIPv6.reachableRange.upperBound)
        guard base != interfaces[interface].six.reachableBase else { return }
        interfaces[interface].six.reachableBase = base
        interfaces[interface].six.drawReachable(&random)
    }

    private mutating func takeRouter(
        _ router: RouterAdvertisement, _ preference: RouterPreference, _ address: IPv6Address, _ interface: Int
    ) {
        guard router.routerLifetimeSeconds > 0 else { return routerGone(address, interface) }
        guard let position = learned.findRouter(address, interface) ?? newRouter(address, interface) else {
            statistics[.ndListsFull] &+= 1
            return
        }
        learned.routers[position].expires = now + .seconds(Int(router.routerLifetimeSeconds))
        learned.routers[position].preference = preference
        learned.routers[position].failure = 0
        learned.routers[position].isManaged = router.isManaged
        learned.routers[position].hasOtherConfiguration = router.hasOtherConfiguration
        timers.set(timerMap.router(position), at: learned.routers[position].expires)
        updateRouterRoute(position)
        if let neighbor = neighbors.find(address, interface) { neighbors[neighbor].isRouter = true }
    }

    private mutating func newRouter(_ address: IPv6Address, _ interface: Int) -> UInt32? {
        guard let position = learned.routers.take() else { return nil }
        learned.routers[position] = DefaultRouter()
        (learned.routers[position].address, learned.routers[position].interface) = (address, interface)
        var route = Route()
        (route.kind, route.interface, route.isLearned) = (.gateway(address), interface, true)
        route.isUsable = interfaces[interface].isUp
        guard routes.insert(route) != nil else {
            learned.routers.give(position)
            return nil
        }
        return position
    }

    private func routerRoute(_ position: UInt32) -> UInt32? {
        let (address, interface) = (learned.routers[position].address, learned.routers[position].interface)
        return routes.find(.unspecified, 0) { $0.isLearned && $0.interface == interface && $0.kind == .gateway(address) }
    }

    private mutating func updateRouterRoute(_ position: UInt32) {
        guard let route = routerRoute(position) else { return }
        routes[route].metric = learned.routers[position].metric
    }

    mutating func routerTimer(_ position: UInt32) {
        guard learned.routers.isTaken(position) else { return }
        let interface = learned.routers[position].interface
        removeRouter(position)
        for k in 0..<UInt32(learned.routers.count)
        where learned.routers.isTaken(k) && learned.routers[k].interface == interface { return }
        if linkLocalAddress(interface) != nil { askForRouters(interface) } // The last one is gone.
    }

    mutating func removeRouter(_ position: UInt32) {
        let (address, interface) = (learned.routers[position].address, learned.routers[position].interface)
        if let route = routerRoute(position) { routes.remove(route) }
        timers.cancel(timerMap.router(position))
        learned.routers.give(position)
        forgetRedirects(through: address, interface)
    }

    /// The router resigns, or is none: RFC 4861 §6.3.5.
    mutating func routerGone(_ address: IPv6Address, _ interface: Int) {
        if let position = learned.findRouter(address, interface) { removeRouter(position) }
    }

    /// It does not answer: others come first, and what was redirected to it goes the usual way. RFC 4861 §6.3.6, §7.3.3.
    mutating func routerUnreachable(_ address: IPv6Address, _ interface: Int) {
        forgetRedirects(through: address, interface)
        guard let position = learned.findRouter(address, interface) else { return }
        learned.failures &+= 1
        learned.routers[position].failure = max(learned.failures, 1)
        updateRouterRoute(position)
    }

    mutating func routerReachable(_ address: IPv6Address, _ interface: Int) {
        guard let position = learned.findRouter(address, interface), learned.routers[position].failure != 0 else { return }
        learned.routers[position].failure = 0
        updateRouterRoute(position)
    }

    /// Everything that the routers of an interface have said.
    mutating func forgetLearned(of interface: Int) {
        for k in 0..<UInt32(learned.routers.count)
        where learned.routers.isTaken(k) && learned.routers[k].interface == interface { removeRouter(k) }
        for k in 0..<UInt32(learned.prefixes.count)
        where learned.prefixes.isTaken(k) && learned.prefixes[k].interface == interface { removePrefix(k) }
        for k in 0..<UInt32(learned.resolvers.count)
        where learned.resolvers.isTaken(k) && learned.resolvers[k].interface == interface { learned.resolvers.give(k) }
        if let list = learned.findSearchList(interface) { learned.searchLists.give(list) }
        forgetRedirects(through: nil, interface)
        forgetAddresses(of: interface) { $0 == .autoconfigured }
        interfaces[interface].six.advertisedMTU = 0
        interfaces[interface].six.hopLimit = 64
        interfaces[interface].six.timing = .nd
        interfaces[interface].six.reachableBase = NeighborTiming.nd.reachable
    }
}

extension RouterPreference {
    /// The two bits of a router advertisement's flags. RFC 4191 §2.2.
    init(_ packet: borrowing Packet, _ ip: IPv6Facts) {
        let message = packet.octets.extracting(droppingFirst: ip.headerOctets)
        self.init(bits: message.byteCount > 5 ? message.byte(at: 5) &>> 3 : 0)
    }
}
