internal import Rings
internal import Wire

extension Stack {
    /// A path that needs no route: to a group, or to a neighbor.
    func linkPath(_ destination: IPv6Address, _ interface: Int, from source: IPv6Address) -> Path {
        Path(
            interface: UInt16(truncatingIfNeeded: interface), cast: destination.isMulticast ? .group : .host,
            nextHop: destination, source: source, mtu: linkMTU(interface, destination))
    }

    /// Asks for the link address of `address`: all who might have it, or the one station that had it. RFC 4861 §7.2.2.
    mutating func sendSolicitation(_ address: IPAddress, _ interface: Int, _ mac: MACAddress?) {
        guard let source = sourceAddress6(on: interface, for: address) else { return }
        statistics[.ndSolicitationsSent] &+= 1
        let destination = mac == nil ? IPv6Address.solicitedNode(for: address) : address
        sendDiscovery(
            .neighborSolicitation(target: address), .sourceLinkLayer(interfaces[interface].mac), from: source, to: destination,
            interface)
    }

    /// Asks whether anybody has `address`. RFC 4862 §5.4.2.
    mutating func sendProbe(_ address: IPv6Address, _ interface: Int) {
        statistics[.ndProbesSent] &+= 1
        sendDiscovery(
            .neighborSolicitation(target: address), nil, from: .unspecified, to: .solicitedNode(for: address), interface)
    }

    /// Says that `target` is here. RFC 4861 §7.2.4.
    mutating func advertise(_ target: IPv6Address, to destination: IPv6Address, isSolicited: Bool, _ interface: Int) {
        statistics[.ndAdvertisementsSent] &+= 1
        let flags = NeighborFlags(isRouter: configuration.isForwarding, isSolicited: isSolicited, isOverride: true)
        sendDiscovery(
            .neighborAdvertisement(target: target, flags), .targetLinkLayer(interfaces[interface].mac), from: target,
            to: destination, interface)
    }

    /// Asks for routers. RFC 4861 §6.3.7.
    mutating func sendRouterSolicitation(_ interface: Int) {
        statistics[.ndRouterSolicitationsSent] &+= 1
        let source = sourceAddress6(on: interface, for: .allRouters) ?? .unspecified
        let option: NeighborOption? = source.isUnspecified ? nil : .sourceLinkLayer(interfaces[interface].mac)
        sendDiscovery(.routerSolicitation, option, from: source, to: .allRouters, interface)
    }

    private mutating func sendDiscovery(
        _ message: NeighborMessage, _ option: NeighborOption?, from source: IPv6Address, to destination: IPv6Address,
        _ interface: Int
    ) {
        let octets = message.octets + (option?.octets ?? 0)
        guard var packet = originate(octets: octets) else { return }
        guard packet.append(octets) else { return drop(packet, .noPacket) }
        var out = packet.mutableOctets
        message.write(into: &out)
        if let option { _ = option.write(into: &out, at: message.octets) }
        let path = linkPath(destination, interface, from: source)
        // RFC 4861 §4: 255 shows that no router was between.
        sendICMPv6(packet, from: source, to: destination, path, IPv6Manner(hopLimit: 255))
    }
}
