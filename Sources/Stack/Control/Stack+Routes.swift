public import Wire

extension Stack {
    /// Adds a route.
    ///
    /// - Parameters:
    ///   - interface: nil to find it by the gateway's address.
    ///   - mtu: octets; zero for the interface's.
    public mutating func addRoute(
        _ prefix: IPPrefix, _ kind: RouteKind, on interface: InterfaceIndex? = nil, metric: UInt32 = 0, mtu: Int = 0
    ) throws(ConfigurationError) {
        guard prefix.address == prefix.network, mtu == 0 || Self.mtuRange ~= mtu else { throw .badRoute }
        guard prefix.address.isIPv4 || configuration.isIPv6On else { throw .familyOff }
        var route = Route()
        (route.network, route.bits, route.kind, route.metric, route.mtu) = (prefix.network, prefix.bits, kind, metric, mtu)
        route.isStatic = true
        route.interface = try interfaceOfRoute(prefix, kind, interface)
        route.isUsable = interfaces[route.interface].isUp
        let same = routes.find(route.network, route.bits) { $0.interface == route.interface && $0.kind == kind && $0.isStatic }
        guard same == nil else { throw .routeExists }
        guard routes.insert(route) != nil else { throw .tableFull }
    }

    private func interfaceOfRoute(
        _ prefix: IPPrefix, _ kind: RouteKind, _ wanted: InterfaceIndex?
    ) throws(ConfigurationError) -> Int {
        switch kind {
        case .reject, .blackhole: return 0
        case .connected:
            guard let wanted else { throw .badRoute }
            return try position(wanted)
        case .gateway(let router):
            guard router.isIPv4 == prefix.address.isIPv4, !router.isAny, !router.isGroup else { throw .badRoute }
            let only = try wanted.map { index throws(ConfigurationError) in try position(index) }
            if let only, !router.isIPv4, router.isLinkLocal { return only }
            // RFC 1122 §3.3.1.1: the next hop must be on a connected network.
            guard let found = routes.lookup(router, on: only), case .connected = routes[found].kind else {
                throw .gatewayUnreachable
            }
            return routes[found].interface
        }
    }

    /// Removes the route that was added with the same prefix, and, where given, gateway and interface.
    public mutating func removeRoute(
        _ prefix: IPPrefix, gateway: IPAddress? = nil, on interface: InterfaceIndex? = nil
    ) throws(ConfigurationError) {
        let found = routes.find(prefix.network, prefix.bits) { route in
            if let interface, route.interface != Int(interface.position) { return false }
            guard let gateway else { return true }
            return route.kind == .gateway(gateway)
        }
        guard let found else { throw .noSuchRoute }
        routes.remove(found)
    }

    /// Which route a packet to `address` takes: `route get`. Cold.
    public func route(to address: IPAddress) -> RouteListing? {
        routes.lookup(address).map { listing(routes[$0]) }
    }

    // Neighbors by hand: `arp -s`, `arp -d`, `ndp -s`.

    /// Fixes a neighbor's link address.
    public mutating func setNeighbor(
        _ index: InterfaceIndex, _ address: IPAddress, _ mac: MACAddress, now: Instant
    ) throws(ConfigurationError) {
        tick(now)
        let position = try self.position(index)
        guard position != 0, mac.isStation, !address.isAny, !address.isGroup, addresses.find(address) == nil else {
            throw .badNeighbor
        }
        if let found = neighbors.find(address, position) { removeNeighbor(found) }
        var neighbor = Neighbor()
        (neighbor.address, neighbor.interface, neighbor.mac) = (address, position, mac)
        guard insertNeighbor(neighbor) != nil else { throw .tableFull }
    }

    public mutating func removeNeighbor(_ index: InterfaceIndex, _ address: IPAddress) throws(ConfigurationError) {
        guard let found = neighbors.find(address, try position(index)) else { throw .noSuchNeighbor }
        removeNeighbor(found)
    }

    /// Forgets every neighbor that was learned.
    public mutating func flushNeighbors(_ index: InterfaceIndex) throws(ConfigurationError) {
        forgetNeighbors(of: try position(index), andFixed: false)
    }
}
