internal import Wire

/// How a packet gets to its destination from here.
struct Path {
    enum Cast { case host, group, broadcast }
    var interface: UInt16
    var cast: Cast
    /// The neighbor to resolve, or the group.
    var nextHop: IPAddress
    /// What the packet will name as its source, unless the sender has chosen.
    var source: IPAddress
    /// Octets of IP packet that the first hop, and as far as is known the whole path, will carry.
    var mtu: Int
}

/// Why there is no path.
enum PathError: Error { case noRoute, rejected, blackhole, interfaceDown, noAddress }

extension Stack {
    /// Finds the way to `destination`.
    ///
    /// - Parameters:
    ///   - interface: the only one that may be used; nil for any.
    ///   - isForwarding: the packet is somebody else's: no source is chosen, and this host's own addresses do not count.
    mutating func path(
        to destination: IPAddress, on interface: Int? = nil, isForwarding: Bool = false
    ) throws(PathError) -> Path {
        if destination.isGroup { return try groupPath(destination, interface) }
        if destination.isIPv4, destination.ipv4.isLimitedBroadcast { return try broadcastPath(destination, interface) }
        if !isForwarding, destination.isLinkLocal ? addresses.isOurs(destination, on: interface) : addresses.isOurs(destination) {
            return Path(interface: 0, cast: .host, nextHop: destination, source: destination, mtu: interfaces[0].mtu)
        }
        guard let found = routes.lookup(destination, on: interface) else { throw .noRoute }
        routes[found].uses &+= 1
        let position = routes[found].interface
        var nextHop = destination
        switch routes[found].kind {
        case .connected: break
        case .gateway(let router): nextHop = router
        case .reject: throw .rejected
        case .blackhole: throw .blackhole
        }
        guard interfaces[position].isUp else { throw .interfaceDown }
        let isBroadcast = destination.isIPv4 && isDirectedBroadcast(destination.ipv4, position)
        guard let source = isForwarding ? nextHop : sourceAddress(on: position, for: destination.isIPv4 ? nextHop : destination) else { throw .noAddress }
        var mtu = linkMTU(position, destination)
        if routes[found].mtu > 0 { mtu = min(mtu, routes[found].mtu) }
        return Path(
            interface: UInt16(position), cast: isBroadcast ? .broadcast : .host, nextHop: nextHop, source: source, mtu: mtu)
    }

    /// A group goes out by the interface asked for, else by the route to it, else by the first that can carry it.
    private mutating func groupPath(_ group: IPAddress, _ interface: Int?) throws(PathError) -> Path {
        let routed = interface ?? routes.lookup(group).map { routes[$0].interface }
        guard let position = routed ?? firstEthernet() else { throw .noRoute }
        return try wholeLinkPath(group, position, .group)
    }

    private mutating func broadcastPath(_ address: IPAddress, _ interface: Int?) throws(PathError) -> Path {
        let byDefault = routes.lookup(IPAddress(.unspecified)).map { routes[$0].interface }
        guard let position = interface ?? byDefault ?? firstEthernet() else { throw .noRoute }
        return try wholeLinkPath(address, position, .broadcast)
    }

    private mutating func wholeLinkPath(_ address: IPAddress, _ position: Int, _ cast: Path.Cast) throws(PathError) -> Path {
        guard interfaces[position].isUp else { throw .interfaceDown }
        // RFC 1122 §3.2.1.3 (a): before a host knows its address it may send as 0.0.0.0.
        let source = sourceAddress(on: position, for: address) ?? (address.isIPv4 ? IPAddress(.unspecified) : .unspecified)
        return Path(interface: UInt16(position), cast: cast, nextHop: address, source: source, mtu: linkMTU(position, address))
    }

    private func firstEthernet() -> Int? {
        for k in 1..<interfaces.count where interfaces[k].isPresent && interfaces[k].isUp { return k }
        return nil
    }

    /// The address to speak from on `interface`: the one whose network holds the next hop, else the first; if the
    /// interface has none, any other of this host's. RFC 1122 §3.3.4.3.
    func sourceAddress(on interface: Int, for nextHop: IPAddress) -> IPAddress? {
        guard nextHop.isIPv4 else { return sourceAddress6(on: interface, for: nextHop) }
        var first: IPAddress?
        var link = interfaces[interface].firstAddress
        while link != 0 {
            let entry = addresses[link &- 1]
            link = entry.next
            guard entry.isUsable, entry.address.isIPv4 == nextHop.isIPv4 else { continue }
            if entry.isOnLink(nextHop) { return entry.address }
            if first == nil { first = entry.address }
        }
        return first ?? anyAddress(nextHop)
    }

    private func anyAddress(_ peer: IPAddress) -> IPAddress? {
        for position in 0..<UInt32(addresses.capacity) where addresses.isTaken(position) {
            let entry = addresses[position]
            if entry.isUsable, entry.interface != 0, entry.address.isIPv4 == peer.isIPv4 { return entry.address }
        }
        return nil
    }

    /// Every host of a network on `interface`. RFC 919, RFC 922.
    func isDirectedBroadcast(_ address: IPv4Address, _ interface: Int) -> Bool {
        var link = interfaces[interface].firstAddress
        while link != 0 {
            if addresses[link &- 1].broadcast == address { return true }
            link = addresses[link &- 1].next
        }
        return false
    }
}
