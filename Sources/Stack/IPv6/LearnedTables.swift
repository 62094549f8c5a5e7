internal import Wire

/// What router advertisements and redirects have taught, of all interfaces: each list bounded, whatever anybody announces.
struct LearnedTables: ~Copyable {
    var routers: Slab<DefaultRouter>
    var prefixes: Slab<LearnedPrefix>
    var resolvers: Slab<Resolver>
    var searchLists: Slab<SearchList>
    /// Redirects taken in, as a place to begin looking for the next to forget.
    var redirectHand: UInt32 = 0
    /// How often a router was found unreachable: the one that failed longest ago is tried first. RFC 4861 §6.3.6.
    var failures: UInt32 = 0

    init(_ limits: StackConfiguration.Limits) {
        routers = Slab(count: limits.routers) { _ in DefaultRouter() }
        prefixes = Slab(count: limits.prefixes) { _ in LearnedPrefix() }
        resolvers = Slab(count: limits.resolvers) { _ in Resolver() }
        searchLists = Slab(count: limits.searchLists) { _ in SearchList() }
    }

    func findRouter(_ address: IPv6Address, _ interface: Int) -> UInt32? {
        for k in 0..<UInt32(routers.count)
        where routers.isTaken(k) && routers[k].address == address && routers[k].interface == interface { return k }
        return nil
    }

    func findPrefix(_ network: IPv6Address, _ bits: Int, _ interface: Int) -> UInt32? {
        for k in 0..<UInt32(prefixes.count) where prefixes.isTaken(k) {
            if prefixes[k].network == network, prefixes[k].bits == bits, prefixes[k].interface == interface { return k }
        }
        return nil
    }

    func findSearchList(_ interface: Int) -> UInt32? {
        for k in 0..<UInt32(searchLists.count) where searchLists.isTaken(k) && searchLists[k].interface == interface { return k }
        return nil
    }

    func findResolver(_ address: IPv6Address, _ interface: Int) -> UInt32? {
        for k in 0..<UInt32(resolvers.count)
        where resolvers.isTaken(k) && resolvers[k].address == address && resolvers[k].interface == interface { return k }
        return nil
    }
}

/// A router that offers itself for what no other route holds. RFC 4861 §5.1.
struct DefaultRouter: Sendable {
    var address = IPv6Address.unspecified
    var interface = 0
    var expires = Instant.never
    var preference = RouterPreference.medium
    /// Zero, or which failure made it the last resort.
    var failure: UInt32 = 0
    var isManaged = false, hasOtherConfiguration = false

    /// Of its route: reachable ones by preference, then the others, the one that failed longest ago first. RFC 4191 §3.2.
    var metric: UInt32 {
        let last: UInt32 = 1 << 20
        return failure == 0 ? Self.first + preference.rank : last + min(failure, .max - last)
    }

    /// Behind default routes made by hand, whose metric is zero unless told otherwise.
    static let first: UInt32 = 512
}

/// How a router wants to be chosen among several. RFC 4191 §2.1.
public enum RouterPreference: UInt8, Sendable {
    case medium = 0, high = 1, low = 3

    /// The two bits of an advertisement; the reserved value counts as medium. RFC 4191 §2.2.
    init(bits: UInt8) { self = Self(rawValue: bits & 3) ?? .medium }

    var rank: UInt32 {
        switch self {
        case .high: 0
        case .medium: 1
        case .low: 2
        }
    }
}

/// A prefix that is on the link, or that addresses were formed in. RFC 4861 §5.1.
struct LearnedPrefix: Sendable {
    var network = IPv6Address.unspecified
    var bits = 0
    var interface = 0
    var isOnLink = false, isAutonomous = false
    var preferredUntil = Instant.never, validUntil = Instant.never
}

/// The domains that the routers of an interface named last, in labels as they came. RFC 8106 §5.2.
struct SearchList: Sendable {
    static let greatest = 256
    var octets: [256 of UInt8] = .init(repeating: 0)
    var interface = 0
    var expires = Instant.never
}

/// A DNS server that a router named. RFC 8106 §5.1.
struct Resolver: Sendable {
    var address = IPv6Address.unspecified
    var interface = 0
    var expires = Instant.never
}
