internal import Rings
public import Wire

/// Why a configuration verb was refused. Closed; the process turns each into its sentence.
public enum ConfigurationError: Error, Hashable, Sendable, CaseIterable {
    case noSuchInterface, nameInUse, tableFull, isLoopback, hasTaggedInterfaces, badMTU, badMAC, badVLAN, vlanInUse
    case badAddress, addressInUse, noSuchAddress, familyOff
    case badRoute, routeExists, noSuchRoute, gatewayUnreachable
    case badNeighbor, noSuchNeighbor
}

/// What a new Ethernet interface is like.
public struct InterfaceDescription: Sendable {
    public var name: InterfaceName
    public var mac: MACAddress
    public var mtu = 1500
    /// The most that `setMTU` will allow: what the driver can carry.
    public var greatestMTU = 1500
    public var capabilities: Capabilities = []
    public var hasLink = true
    public init(name: InterfaceName, mac: MACAddress) { (self.name, self.mac) = (name, mac) }
}

extension Stack {
    /// RFC 791 §3.2's least, and what still fits a large slot with its headroom.
    static var mtuRange: ClosedRange<Int> { 68...16_110 }

    /// A new Ethernet interface, down and without address.
    public mutating func addInterface(_ description: InterfaceDescription) throws(ConfigurationError) -> InterfaceIndex {
        guard description.mac.isStation else { throw .badMAC }
        guard Self.mtuRange ~= description.mtu, description.mtu <= description.greatestMTU,
            Self.mtuRange ~= description.greatestMTU
        else { throw .badMTU }
        let position = try freePosition(description.name)
        place(description, .ethernet, position)
        return InterfaceIndex(UInt16(position))
    }

    /// A tagged interface above `parent`. IEEE 802.1Q §9.6: identifiers 1...4094.
    public mutating func addVLAN(
        _ name: InterfaceName, over parent: InterfaceIndex, identifier: UInt16
    ) throws(ConfigurationError) -> InterfaceIndex {
        let below = try position(parent)
        guard interfaces[below].kind == .ethernet, 1...4094 ~= identifier else { throw .badVLAN }
        let kind = InterfaceKind.vlan(parent: parent, identifier: identifier)
        for k in 1..<interfaces.count where interfaces[k].isPresent && interfaces[k].kind == kind { throw .vlanInUse }
        let position = try freePosition(name)
        var description = InterfaceDescription(name: name, mac: interfaces[below].mac)
        (description.mtu, description.greatestMTU) = (interfaces[below].mtu, interfaces[below].mtu)
        description.hasLink = interfaces[below].hasLink
        place(description, kind, position)
        interfaces[below].vlans += 1
        return InterfaceIndex(UInt16(position))
    }

    private func freePosition(_ name: InterfaceName) throws(ConfigurationError) -> Int {
        guard interface(named: name) == nil else { throw .nameInUse }
        for k in 1..<interfaces.count where !interfaces[k].isPresent { return k }
        throw .tableFull
    }

    private mutating func place(_ description: InterfaceDescription, _ kind: InterfaceKind, _ position: Int) {
        interfaces[position] = Interface()
        interfaces[position].isPresent = true
        interfaces[position].name = description.name
        interfaces[position].kind = kind
        interfaces[position].mac = description.mac
        interfaces[position].mtu = description.mtu
        interfaces[position].greatestMTU = description.greatestMTU
        interfaces[position].capabilities = description.capabilities
        interfaces[position].hasLink = description.hasLink
        if kind == .ethernet { interfaces[position].transmit = PacketQueue(capacity: configuration.limits.transmitFrames) }
        _ = addFilter(IPAddress(.allHosts), position) // RFC 1112 §7.2: always a member.
        if configuration.isIPv6On { _ = addFilter(.allNodes, position) } // RFC 4291 §2.8
    }

    /// Takes the interface away with its addresses, routes, neighbors and groups. Frames still queued are lost, counted.
    public mutating func removeInterface(_ index: InterfaceIndex) throws(ConfigurationError) {
        let position = try position(index)
        guard position != 0 else { throw .isLoopback }
        guard interfaces[position].vlans == 0 else { throw .hasTaggedInterfaces }
        while interfaces[position].firstAddress != 0 { removeAddress(at: interfaces[position].firstAddress &- 1) }
        for route in 0..<UInt32(routes.capacity) where routes.isTaken(route) && routes[route].interface == position {
            routes.remove(route)
        }
        forgetLearned(of: position)
        timers.cancel(timerMap.interface(position))
        forgetNeighbors(of: position, andFixed: true)
        forgetGroups(of: position)
        while let packet = interfaces[position].transmit.popFirst() { drop(packet, .noInterface) }
        if case .vlan(let parent, _) = interfaces[position].kind {
            removeFilter(IPAddress(.allHosts), position)
            if configuration.isIPv6On { removeFilter(.allNodes, position) }
            interfaces[Int(parent.position)].vlans -= 1
        }
        interfaces[position] = Interface()
    }

    private mutating func forgetGroups(of position: Int) {
        for endpoint in 0..<UInt32(endpoints.capacity) where endpoints.isTaken(endpoint) {
            for k in stride(from: endpoints[endpoint].groupCount - 1, through: 0, by: -1)
            where endpoints[endpoint].groups[k].interface == position { leave(endpoint, at: k) }
        }
        for group in 0..<UInt32(memberships.capacity) where memberships.isTaken(group) && memberships[group].interface == position {
            timers.cancel(timerMap.membership(group))
            removeFilter(memberships[group].group, position)
            memberships.remove(group)
        }
    }

    mutating func forgetNeighbors(of interface: Int, andFixed: Bool) {
        for position in 0..<UInt32(neighbors.capacity) where neighbors.isTaken(position) && neighbors[position].interface == interface {
            if andFixed || neighbors[position].reachability.state != .fixed { removeNeighbor(position) }
        }
    }

    /// Up: frames pass, addresses are probed (again). Down: nothing passes, what was learned is forgotten.
    public mutating func setUp(_ index: InterfaceIndex, _ isUp: Bool, now: Instant) throws(ConfigurationError) {
        tick(now)
        let position = try position(index)
        guard interfaces[position].isUp != isUp else { return }
        interfaces[position].isUp = isUp
        linkChanges &+= 1
        useRoutes(of: position)
        if isUp { return detectAddresses(of: position) }
        stopIPv6(on: position)
        forgetNeighbors(of: position, andFixed: false)
        while position != 0, let packet = interfaces[position].transmit.popFirst() { drop(packet, .interfaceDown) }
    }

    /// What the driver says of its link. RFC 5227 §2.1: a link that comes back may be another one, so addresses are
    /// probed again.
    public mutating func setLink(_ index: InterfaceIndex, _ hasLink: Bool, now: Instant) throws(ConfigurationError) {
        tick(now)
        let position = try position(index)
        guard interfaces[position].hasLink != hasLink else { return }
        interfaces[position].hasLink = hasLink
        post(.linkChanged(index, up: hasLink))
        for k in 1..<interfaces.count where interfaces[k].isPresent {
            guard case .vlan(let parent, _) = interfaces[k].kind, parent == index else { continue }
            interfaces[k].hasLink = hasLink
            post(.linkChanged(InterfaceIndex(UInt16(k)), up: hasLink))
        }
        if hasLink, interfaces[position].isUp { detectAddresses(of: position) }
    }

    private mutating func useRoutes(of position: Int) {
        for route in 0..<UInt32(routes.capacity) where routes.isTaken(route) && routes[route].interface == position {
            routes[route].isUsable = interfaces[position].isUp
        }
    }

    public mutating func setMTU(_ index: InterfaceIndex, _ octets: Int) throws(ConfigurationError) {
        let position = try position(index)
        guard Self.mtuRange ~= octets, octets <= interfaces[position].greatestMTU else { throw .badMTU }
        interfaces[position].mtu = octets
        linkChanges &+= 1
    }

    public mutating func setMAC(_ index: InterfaceIndex, _ mac: MACAddress, now: Instant) throws(ConfigurationError) {
        tick(now)
        let position = try position(index)
        guard position != 0 else { throw .isLoopback }
        guard mac.isStation else { throw .badMAC }
        interfaces[position].mac = mac
        forgetFormed(of: position)
        if interfaces[position].isUp { detectAddresses(of: position) }
    }

    public mutating func setCapabilities(_ index: InterfaceIndex, _ capabilities: Capabilities) throws(ConfigurationError) {
        interfaces[try position(index)].capabilities = capabilities
    }

    /// Whether the driver shall pass everything. The stack itself still takes only what is for it; a tap sees all.
    public mutating func setPromiscuous(_ index: InterfaceIndex, _ isOn: Bool) throws(ConfigurationError) {
        interfaces[try position(index)].isPromiscuous = isOn
    }

    public func interface(named name: InterfaceName) -> InterfaceIndex? {
        for k in 0..<interfaces.count where interfaces[k].isPresent && interfaces[k].name == name { return InterfaceIndex(UInt16(k)) }
        return nil
    }

    public func isPresent(_ index: InterfaceIndex) -> Bool {
        Int(index.position) < interfaces.count && interfaces[Int(index.position)].isPresent
    }

    func position(_ index: InterfaceIndex) throws(ConfigurationError) -> Int {
        guard isPresent(index) else { throw .noSuchInterface }
        return Int(index.position)
    }

    /// lo0: up from the start, with 127.0.0.1/8.
    mutating func bringUpLoopback() {
        interfaces[0].isPresent = true
        interfaces[0].name = InterfaceName("lo0") ?? InterfaceName()
        interfaces[0].kind = .loopback
        (interfaces[0].mtu, interfaces[0].greatestMTU) = (16_000, 16_000)
        (interfaces[0].isUp, interfaces[0].hasLink) = (true, true)
        interfaces[0].transmit = PacketQueue(capacity: configuration.limits.transmitFrames)
        guard let prefix = IPv4Prefix(.loopback, length: 8) else { return }
        try? addAddress(.loopback, IPPrefix(prefix), now: .zero)
        bringUpLoopback6()
    }
}
