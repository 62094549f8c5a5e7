public import Wire

/// What a DHCPv4 server gave: an address, for how long, and what belongs to it. Times are on the client's own clock.
public struct Lease: Equatable, Sendable {
    public var address: IPv4Address
    public var server: IPv4Address
    /// From the mask, else from the address's class. RFC 2132 §3.3.
    public var prefixLength: Int
    public var broadcast: IPv4Address?
    /// When the lease was given: the sending of the request. RFC 2131 §4.4.1.
    public var began: Duration
    /// Length of the lease; nil: for ever.
    public var seconds: UInt32?
    /// When to renew and when to rebind, after ``began``.
    public var renewal: Duration, rebinding: Duration
    public var routers: [IPv4Address] = []
    /// Given instead of ``routers``, which then do not count. RFC 3442.
    public var routes: [DHCPv4Options.Route]?
    public var resolvers: [IPv4Address] = []
    public var domain: String?, hostName: String?
    public var mtu: Int?

    public var expires: Duration? { seconds.map { began + .seconds(Int64($0)) } }

    /// - Returns: nil for an ACK or OFFER that gives no address fit for a host, names no server or no time, or contradicts
    ///   itself: such a server is as good as none.
    public init?(_ message: DHCPv4Message, began: Duration) {
        let options = message.options, address = message.yourAddress
        guard let server = options.address(.server), server.isUnicast, !server.isReserved, let seconds = options.number(.leaseTime), seconds > 0,
            address.isUnicast, !address.isReserved, !address.isLoopback, let length = Self.prefixLength(address, options) else { return nil }
        (self.address, self.server, prefixLength, self.began) = (address, server, length, began)
        guard let prefix = IPv4Prefix(address, length: length), length >= 31 || address != prefix.network && address != prefix.broadcast else { return nil }
        self.seconds = seconds == .max ? nil : seconds
        (renewal, rebinding) = Self.times(seconds, options.number(.renewal), options.number(.rebinding))
        broadcast = options.address(.broadcast).flatMap { prefix.contains($0) && $0 != address ? $0 : nil }
        routers = options.addresses(.routers).filter { $0.isUnicast && $0 != address }
        routes = options.classlessRoutes?.filter { $0.router.isUnspecified || $0.router.isUnicast && $0.router != address }
        resolvers = options.addresses(.resolvers).filter { $0.isUnicast }
        (domain, hostName, mtu) = (options.name(.domainName), options.name(.hostName), options.mtu)
    }

    /// - Returns: nil for a mask with holes or of no host.
    private static func prefixLength(_ address: IPv4Address, _ options: DHCPv4Options) -> Int? {
        guard let mask = options.address(.subnetMask) else {
            return address.value >> 31 == 0 ? 8 : address.value >> 30 == 2 ? 16 : 24
        }
        guard let prefix = IPv4Prefix(address, netmask: mask), prefix.length > 0 else { return nil }
        return Int(prefix.length)
    }

    /// T1 and T2: what the server says where it is in order, else one half and seven eighths. RFC 2131 §4.4.5.
    static func times(_ seconds: UInt32, _ t1: UInt32?, _ t2: UInt32?) -> (Duration, Duration) {
        let whole = Int64(seconds)
        let second = t2.map(Int64.init).flatMap { $0 > 0 && $0 < whole ? $0 : nil } ?? whole * 7 / 8
        let first = t1.map(Int64.init).flatMap { $0 > 0 && $0 < second ? $0 : nil } ?? min(whole / 2, second)
        return (.seconds(first), .seconds(second))
    }

    /// The routes that the lease asks for, default ones included.
    public var allRoutes: [DHCPv4Options.Route] {
        if let routes { return routes }
        return routers.prefix(1).map { DHCPv4Options.Route(.all, $0) }
    }
}

/// Why a lease has ended.
public enum LeaseEnd: String, Sendable, Equatable {
    case expired, refused, released, declined
}
