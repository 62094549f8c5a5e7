import Host
import Messages
import Stack
import Wire

/// `route`, `arp`, `ndp`: what they show and change.
// SAFETY: `stack` is the process's own, on this thread (Netd).
extension Netd {
    func routeReports(_ family: Family?) -> [RouteReport] {
        unsafe stack.pointee.listRoutes().map(report).filter { family == nil || $0.family == family }
    }

    func routeReport(to text: String) throws(Failure) -> RouteReport {
        let address = try Addresses.parse(text)
        guard let found = unsafe stack.pointee.route(to: address) else {
            throw Failure(.hostUnreachable, what: "route to \(text)", why: "there is none", fix: "add one: route add default GATEWAY")
        }
        return report(found)
    }

    private func report(_ route: RouteListing) -> RouteReport {
        let isIPv4 = route.prefix.address.isIPv4, isHost = route.prefix.length == (isIPv4 ? 32 : 128)
        var flags = route.isUsable ? "U" : "", gateway = "link#\(route.interface.position + 1)"
        switch route.kind {
        case .connected: break
        case .gateway(let router): (flags, gateway) = (flags + "G", router.text)
        case .reject: flags += "R"
        case .blackhole: flags += "B"
        }
        if isHost { flags += "H" }
        if route.isStatic { flags += "S" } else if route.kind == .connected { flags += "C" }
        let destination = route.prefix.length == 0 ? "default" : isHost ? route.prefix.address.text : route.prefix.text
        return RouteReport(family: isIPv4 ? .inet : .inet6, destination: destination, gateway: gateway, flags: flags,
                           mtu: route.mtu == 0 ? nil : route.mtu, uses: route.uses, interface: name(route.interface))
    }

    func addRoute(_ setting: RouteSetting) throws(Failure) {
        let (prefix, kind, interface) = try (Addresses.network(setting.destination, setting.family), kind(setting), only(setting))
        do { unsafe try stack.pointee.addRoute(prefix, kind, on: interface, mtu: setting.mtu ?? 0) } catch {
            throw error.failure("route add \(setting.destination)")
        }
    }

    func deleteRoute(_ setting: RouteSetting) throws(Failure) {
        let prefix = try Addresses.network(setting.destination, setting.family)
        let gateway = try setting.gateway.map { text throws(Failure) in try Addresses.parse(text, setting.family) }
        do { unsafe try stack.pointee.removeRoute(prefix, gateway: gateway, on: only(setting)) } catch let error as ConfigurationError {
            throw error.failure("route delete \(setting.destination)")
        } catch { throw (error as? Failure) ?? Failure(.invalid, what: "route delete", why: "\(error)") }
    }

    private func kind(_ setting: RouteSetting) throws(Failure) -> RouteKind {
        switch setting.kind {
        case .reject: return .reject
        case .blackhole: return .blackhole
        case .unicast:
            if let gateway = setting.gateway { return .gateway(try Addresses.parse(gateway, setting.family)) }
            guard setting.interface != nil else {
                throw Failure(.invalid, what: "route add \(setting.destination)", why: "it needs a gateway or an interface",
                              fix: "route add \(setting.destination) GATEWAY")
            }
            return .connected
        }
    }

    private func only(_ setting: RouteSetting) throws(Failure) -> InterfaceIndex? {
        if let name = setting.interface { return try index(name) }
        guard let zone = setting.gateway?.split(separator: "%").dropFirst().first else { return nil }
        return try index(String(zone))
    }

    // Neighbors.

    func neighborReports(_ family: Family) -> [NeighborReport] {
        let now = self.now
        return unsafe stack.pointee.listNeighbors().filter { $0.address.isIPv4 == (family == .inet) }.map { one in
            NeighborReport(
                family: family, address: scoped(one.address, one.interface), linkAddress: one.mac == .zero ? nil : one.mac.description,
                interface: name(one.interface), state: "\(one.state)", isRouter: one.isRouter,
                expires: one.expires.map { $0 > now ? ($0 - now).seconds : 0 })
        }
    }

    func scoped(_ address: IPAddress, _ index: InterfaceIndex) -> String {
        !address.isIPv4 && address.isLinkLocal ? "\(address.text)%\(name(index))" : address.text
    }

    func setNeighbor(_ setting: NeighborSetting) throws(Failure) {
        let address = try Addresses.parse(setting.address, setting.family), mac = try Addresses.mac(setting.linkAddress)
        let index = try interface(for: address, setting.address, setting.interface)
        do { unsafe try stack.pointee.setNeighbor(index, address, mac, now: now) } catch { throw error.failure("neighbor \(setting.address)") }
    }

    func deleteNeighbor(_ family: Family, _ text: String, _ interface: String?) throws(Failure) {
        let address = try Addresses.parse(text, family)
        let index = try self.interface(for: address, text, interface)
        do { unsafe try stack.pointee.removeNeighbor(index, address) } catch { throw error.failure("neighbor \(text)") }
    }

    func flushNeighbors(_ family: Family, _ interface: String?) throws(Failure) {
        let only = try interface.map { name throws(Failure) in try index(name) }
        for one in unsafe stack.pointee.listNeighbors()
        where one.address.isIPv4 == (family == .inet) && (only == nil || only == one.interface) && one.state != .permanent {
            unsafe try? stack.pointee.removeNeighbor(one.interface, one.address)
        }
    }

    /// The interface named, in the zone, or the one that a route to the address uses.
    private func interface(for address: IPAddress, _ text: String, _ name: String?) throws(Failure) -> InterfaceIndex {
        if let name = name ?? text.split(separator: "%").dropFirst().first.map(String.init) { return try index(name) }
        guard let route = unsafe stack.pointee.route(to: address), route.kind == .connected, route.interface != .loopback else {
            throw Failure(.hostUnreachable, what: "neighbor \(text)", why: "it is on no connected network", fix: "name the interface: -i em0")
        }
        return route.interface
    }

    /// What routers said, with lifetimes in seconds from now.
    func discoveryReport() -> DiscoveryReport {
        let now = self.now
        func left(_ end: Instant?) -> Int? { end.map { $0 > now ? ($0 - now).seconds : 0 } }
        return DiscoveryReport(
            routers: unsafe stack.pointee.listRouters().map {
                .init(address: scoped($0.address, $0.interface), interface: name($0.interface), lifetime: left($0.expires) ?? 0,
                      managed: $0.isManaged, otherConfiguration: $0.hasOtherConfiguration)
            },
            prefixes: unsafe stack.pointee.listPrefixes().map {
                .init(prefix: $0.prefix.text, interface: name($0.interface), validLifetime: left($0.validUntil),
                      preferredLifetime: left($0.preferredUntil))
            },
            resolvers: unsafe stack.pointee.listResolvers().map {
                .init(address: scoped($0.address, $0.interface), interface: name($0.interface), lifetime: left($0.expires))
            },
            searchLists: unsafe stack.pointee.listSearchLists().map {
                .init(domains: $0.domains, interface: name($0.interface), lifetime: left($0.expires))
            })
    }
}
