public import Wire

// What the tools print of IPv6, and the one switch. Cold: these allocate.

/// A default router that announced itself.
public struct RouterListing: Sendable {
    public let interface: InterfaceIndex, address: IPv6Address, preference: RouterPreference
    public let expires: Instant
    /// Found silent when last asked: others are preferred.
    public let isUnreachable: Bool
    /// DHCPv6 has addresses, or other things, to give. RFC 4861 §4.2.
    public let isManaged: Bool, hasOtherConfiguration: Bool
}

/// A prefix that a router announced.
public struct PrefixListing: Sendable {
    public let interface: InterfaceIndex, prefix: IPPrefix, isOnLink: Bool, isAutonomous: Bool
    /// Nil: for ever.
    public let preferredUntil: Instant?, validUntil: Instant?
}

/// A DNS server that a router named.
public struct ResolverListing: Sendable {
    public let interface: InterfaceIndex, address: IPv6Address
    /// Nil: for ever.
    public let expires: Instant?
}

/// Domains to search, as a router named them.
public struct SearchListing: Sendable {
    public let interface: InterfaceIndex, domains: [String]
    /// Nil: for ever.
    public let expires: Instant?
}

extension Instant {
    var unlessNever: Instant? { self == .never ? nil : self }
}

extension Stack {
    /// Whether the interface believes router advertisements: on for a new interface. Turning it off forgets what was
    /// learned; turning it on asks for routers.
    public mutating func setAcceptAdvertisements(
        _ index: InterfaceIndex, _ isOn: Bool, now: Instant
    ) throws(ConfigurationError) {
        tick(now)
        let position = try self.position(index)
        guard configuration.isIPv6On else { throw .familyOff }
        guard position != 0 else { throw .isLoopback }
        guard interfaces[position].six.acceptsAdvertisements != isOn else { return }
        interfaces[position].six.acceptsAdvertisements = isOn
        if isOn {
            if interfaces[position].isUp, linkLocalAddress(position) != nil { askForRouters(position) }
        } else {
            stopIPv6(on: position)
        }
    }

    public func acceptsAdvertisements(_ index: InterfaceIndex) -> Bool {
        isPresent(index) && interfaces[Int(index.position)].six.acceptsAdvertisements
    }

    /// The hop limit that packets by this interface get unless their sender chooses.
    public func hopLimit(_ index: InterfaceIndex) -> UInt8 {
        isPresent(index) ? interfaces[Int(index.position)].six.hopLimit : 64
    }

    public func listRouters() -> [RouterListing] {
        (0..<UInt32(learned.routers.count)).filter { learned.routers.isTaken($0) }.map { k in
            let router = learned.routers[k]
            return RouterListing(
                interface: InterfaceIndex(UInt16(router.interface)), address: router.address, preference: router.preference,
                expires: router.expires, isUnreachable: router.failure != 0, isManaged: router.isManaged,
                hasOtherConfiguration: router.hasOtherConfiguration)
        }
    }

    public func listPrefixes() -> [PrefixListing] {
        (0..<UInt32(learned.prefixes.count)).filter { learned.prefixes.isTaken($0) }.map { k in
            let prefix = learned.prefixes[k]
            return PrefixListing(
                interface: InterfaceIndex(UInt16(prefix.interface)), prefix: IPPrefix(prefix.network, bits: prefix.bits),
                isOnLink: prefix.isOnLink, isAutonomous: prefix.isAutonomous, preferredUntil: prefix.preferredUntil.unlessNever,
                validUntil: prefix.validUntil.unlessNever)
        }
    }

    /// The DNS servers whose lifetime has not ended.
    public func listResolvers() -> [ResolverListing] {
        (0..<UInt32(learned.resolvers.count)).filter { learned.resolvers.isTaken($0) && learned.resolvers[$0].expires > now }.map {
            ResolverListing(
                interface: InterfaceIndex(UInt16(learned.resolvers[$0].interface)), address: learned.resolvers[$0].address,
                expires: learned.resolvers[$0].expires.unlessNever)
        }
    }
    /// The search lists whose lifetime has not ended, if their names are fit for a resolver's configuration.
    public func listSearchLists() -> [SearchListing] {
        (0..<UInt32(learned.searchLists.count)).compactMap { k in
            guard learned.searchLists.isTaken(k), learned.searchLists[k].expires > now else { return nil }
            let list = learned.searchLists[k]
            let octets = list.octets.indices.map { list.octets[$0] }
            // SAFETY: any octet is a valid UInt8.
            guard let domains = try? DomainNames.read(unsafe octets.span.bytes) else { return nil }
            return SearchListing(interface: InterfaceIndex(UInt16(list.interface)), domains: domains, expires: list.expires.unlessNever)
        }
    }
}
