internal import Rings
public import Wire

// What the tools print: values copied out of the stack. Cold: these allocate.

public struct InterfaceListing: Sendable {
    public let index: InterfaceIndex, name: InterfaceName, kind: InterfaceKind, mac: MACAddress, mtu: Int
    public let isUp: Bool, hasLink: Bool, isPromiscuous: Bool, capabilities: Capabilities
    public let counters: InterfaceCounters, transmitQueued: Int
    public let addresses: [AddressListing]
}

public struct AddressListing: Sendable {
    public enum State: Sendable { case tentative, usable, duplicated }
    public let prefix: IPPrefix, broadcast: IPv4Address?, state: State
    /// Usable, but not to be chosen for anything new. RFC 4862 §5.5.4.
    public let isDeprecated: Bool
    /// When it is deprecated, and when it goes; nil for never.
    public let preferredUntil: Instant?, validUntil: Instant?
    /// Formed from a router's prefix.
    public let isAutoconfigured: Bool
    /// Told to the stack, not formed by it.
    public let isGiven: Bool
    /// Asked for on the link before it is used, whatever the stack does with others.
    public let isProbed: Bool
    /// Of an IPv6 address.
    public let scope: IPv6Scope?
}

public struct RouteListing: Sendable {
    public let prefix: IPPrefix, kind: RouteKind, interface: InterfaceIndex, metric: UInt32, mtu: Int
    public let isStatic: Bool, isUsable: Bool, uses: UInt64
}

public struct NeighborListing: Sendable {
    public enum State: Sendable { case incomplete, reachable, stale, delay, probe, failed, permanent }
    public let interface: InterfaceIndex, address: IPAddress, mac: MACAddress, state: State, isRouter: Bool
    /// When the entry changes by itself.
    public let expires: Instant?
}

public struct EndpointListing: Sendable {
    public let id: EndpointID, kind: EndpointKind, isIPv6: Bool
    public let local: EndpointAddress, remote: EndpointAddress?
    public let waiting: Int, waitingOctets: Int, overflows: UInt64
}

public struct GroupListing: Sendable {
    public let interface: InterfaceIndex, group: IPAddress, users: Int
}

extension Stack {
    public func listInterfaces() -> [InterfaceListing] {
        (0..<interfaces.count).filter { interfaces[$0].isPresent }.map { listing($0) }
    }

    private func listing(_ k: Int) -> InterfaceListing {
        var list: [AddressListing] = []
        var link = interfaces[k].firstAddress
        while link != 0 {
            list.append(listing(addresses[link &- 1]))
            link = addresses[link &- 1].next
        }
        return InterfaceListing(
            index: InterfaceIndex(UInt16(k)), name: interfaces[k].name, kind: interfaces[k].kind, mac: interfaces[k].mac,
            mtu: interfaces[k].mtu, isUp: interfaces[k].isUp, hasLink: interfaces[k].hasLink,
            isPromiscuous: interfaces[k].isPromiscuous, capabilities: interfaces[k].capabilities,
            counters: interfaces[k].counters, transmitQueued: interfaces[k].transmit.count, addresses: list)
    }

    private func listing(_ entry: LocalAddress) -> AddressListing {
        let state: AddressListing.State =
            entry.isUsable ? .usable
            : entry.detector.state == .duplicated || entry.life.state == .duplicated ? .duplicated : .tentative
        return AddressListing(
            prefix: IPPrefix(entry.address, bits: entry.bits), broadcast: entry.broadcast, state: state,
            isDeprecated: entry.life.isDeprecated(now), preferredUntil: entry.life.preferredUntil.unlessNever,
            validUntil: entry.life.validUntil.unlessNever, isAutoconfigured: entry.life.origin == .autoconfigured,
            isGiven: entry.life.origin == .given, isProbed: entry.isProbed, scope: entry.address.isIPv4 ? nil : entry.address.scope)
    }

    public func listRoutes() -> [RouteListing] {
        (0..<UInt32(routes.capacity)).filter { routes.isTaken($0) }.map { listing(routes[$0]) }
    }

    func listing(_ route: Route) -> RouteListing {
        RouteListing(
            prefix: IPPrefix(route.network, bits: route.bits), kind: route.kind,
            interface: InterfaceIndex(UInt16(route.interface)), metric: route.metric, mtu: route.mtu,
            isStatic: route.isStatic, isUsable: route.isUsable, uses: route.uses)
    }

    /// The neighbors of both families: `arp` shows those with `address.isIPv4`, `ndp` the others.
    public func listNeighbors() -> [NeighborListing] {
        (0..<UInt32(neighbors.capacity)).filter { neighbors.isTaken($0) }.map { position in
            let neighbor = neighbors[position]
            return NeighborListing(
                interface: InterfaceIndex(UInt16(neighbor.interface)), address: neighbor.address, mac: neighbor.mac,
                state: .init(neighbor.reachability.state), isRouter: neighbor.isRouter,
                expires: neighbor.reachability.deadline)
        }
    }

    public func listEndpoints() -> [EndpointListing] {
        (0..<UInt32(endpoints.capacity)).filter { endpoints.isTaken($0) }.map { k in
            EndpointListing(
                id: endpoints.id(k), kind: endpoints[k].kind, isIPv6: endpoints[k].isIPv6, local: endpoints[k].local,
                remote: endpoints[k].isConnected ? endpoints[k].remote : nil, waiting: endpoints[k].received.count,
                waitingOctets: endpoints[k].receivedOctets, overflows: endpoints[k].overflows)
        }
    }

    public func listGroups() -> [GroupListing] {
        (0..<UInt32(memberships.capacity)).filter { memberships.isTaken($0) }.map { k in
            GroupListing(
                interface: InterfaceIndex(UInt16(memberships[k].interface)), group: memberships[k].group,
                users: memberships[k].users)
        }
    }

    /// Every reason for which frames were lost, with its count; those of zero too.
    public func listDrops() -> [(reason: DropReason, count: UInt64)] { DropReason.all.map { ($0, drops[$0]) } }

    /// Every protocol counter by group: `netstat -s`.
    public func listStatistics() -> [(name: Statistic, count: UInt64)] { Statistic.allCases.map { ($0, statistics[$0]) } }
}

extension NeighborListing.State {
    init(_ state: Reachability.State) {
        switch state {
        case .incomplete: self = .incomplete
        case .reachable: self = .reachable
        case .stale: self = .stale
        case .delay: self = .delay
        case .probe: self = .probe
        case .failed: self = .failed
        case .fixed: self = .permanent
        }
    }
}
