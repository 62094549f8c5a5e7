import Wire

extension Exercise {
    static func dhcpv4(_ octets: RawSpan) throws(WireError) -> Int {
        let message = try DHCPv4Message(octets), options = message.options
        let copy = message.octets
        hold(copy.count >= DHCPv4Message.leastOctets, "a message has at least 300 octets")
        let again = try DHCPv4Message(copy.raw)
        hold(again == message, "DHCP survives a round trip")
        for route in options.classlessRoutes ?? [] {
            hold(route.destination.address == route.destination.network, "a route is cut at its length")
        }
        for name in [options.name(.hostName), options.name(.domainName)] {
            hold(name.map { !$0.isEmpty && $0.utf8.count <= 253 && !$0.contains(" ") && !$0.contains("\n") } ?? true, "a name is one word")
        }
        hold(options.mtu ?? 68 >= 68, "RFC 2132 §5.1")
        return message.description.utf8.count &+ options.addresses(.resolvers).count &+ options.codes.count &+ Int(options.number(.leaseTime) ?? 0)
    }

    static func dhcpv6(_ octets: RawSpan) throws(WireError) -> Int {
        let message = try DHCPv6Message(octets)
        let again = try DHCPv6Message(message.octets.raw)
        // What an association may hold and nobody here reads is not written again, so the second reading is the measure.
        let third = try DHCPv6Message(again.octets.raw)
        hold(again == third && again.associations == message.associations, "DHCPv6 survives a round trip")
        hold(message.searchList.allSatisfy { !$0.isEmpty && !$0.contains("\n") }, "a name is one word")
        return message.description.utf8.count &+ message.resolvers.count &+ Int(message.preference) &+ (message.isRapid ? 1 : 0)
    }
}
