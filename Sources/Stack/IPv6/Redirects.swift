internal import Wire

// A router that knows a better way. RFC 4861 §8.
extension Stack {
    /// - Returns: why the message was of no use; nil when it was.
    mutating func hearRedirect(
        _ target: IPv6Address, _ destination: IPv6Address, _ mac: MACAddress?, _ ip: IPv6Facts, _ interface: Int
    ) -> DropReason.Fate? {
        statistics[.ndRedirectsReceived] &+= 1
        guard !configuration.isForwarding, interfaces[interface].six.acceptsAdvertisements else { return .redirectIgnored }
        guard !destination.isUnspecified, !destination.isLinkLocal, !destination.isLoopback, !target.isUnspecified,
            !addresses.isOurs(destination), addresses.find(target, on: interface) == nil
        else { return .redirectIgnored }
        // RFC 4861 §8.1: only from the router that we would use now.
        guard let found = routes.lookup(destination), routes[found].interface == interface,
            routes[found].kind == .gateway(ip.source)
        else { return .redirectIgnored }
        guard takeRedirect(target, destination, interface) else {
            statistics[.ndListsFull] &+= 1
            return .redirectIgnored
        }
        statistics[.ndRedirectsAccepted] &+= 1
        // RFC 4861 §8.3: the target is a router unless it is the destination itself.
        if let mac { noteNeighbor(target, mac, interface, isRouter: target == destination ? nil : true) }
        return nil
    }

    private mutating func takeRedirect(_ target: IPv6Address, _ destination: IPv6Address, _ interface: Int) -> Bool {
        let kind = target == destination ? RouteKind.connected : .gateway(target)
        if let known = routes.find(destination, 128, { $0.isLearned && $0.interface == interface }) { routes.remove(known) }
        var route = Route()
        (route.network, route.bits, route.kind, route.interface, route.isLearned) = (destination, 128, kind, interface, true)
        if redirectCount >= configuration.limits.redirects { forgetOneRedirect() }
        return routes.insert(route) != nil
    }

    private func isRedirect(_ position: UInt32) -> Bool {
        routes.isTaken(position) && routes[position].isLearned && routes[position].bits == 128
    }

    private var redirectCount: Int {
        var count = 0
        for position in 0..<UInt32(routes.capacity) where isRedirect(position) { count += 1 }
        return count
    }

    /// Round robin: one forgotten too early costs one more redirect.
    private mutating func forgetOneRedirect() {
        for _ in 0..<routes.capacity {
            learned.redirectHand = learned.redirectHand &+ 1 < UInt32(routes.capacity) ? learned.redirectHand &+ 1 : 0
            if isRedirect(learned.redirectHand) { return routes.remove(learned.redirectHand) }
        }
    }

    /// Forgets the redirects to a router that is gone; nil: all of the interface.
    mutating func forgetRedirects(through router: IPv6Address?, _ interface: Int) {
        for position in 0..<UInt32(routes.capacity) where isRedirect(position) && routes[position].interface == interface {
            if router == nil || routes[position].kind == .gateway(router ?? .unspecified) || routes[position].network == router {
                routes.remove(position)
            }
        }
    }
}
