public import Wire

/// What DHCPv6 servers say beside addresses. RFC 3646.
public struct Information6: Equatable, Sendable {
    public var resolvers: [IPv6Address] = []
    public var searchList: [String] = []
    public init() {}

    init(_ message: DHCPv6Message) {
        resolvers = message.resolvers.filter { $0.isUnicast && !$0.isLoopback }
        searchList = message.searchList
    }
}

/// What a DHCPv6 server gave. Times are on the client's own clock.
public struct Lease6: Equatable, Sendable {
    public var server: [UInt8]
    public var addresses: [DHCPv6Address]
    /// When the lifetimes began: the sending of the request.
    public var began: Duration
    /// After ``began``; nil: never.
    public var renewal: Duration?, rebinding: Duration?
    public var information: Information6

    /// When the last address ends; nil: never.
    public var expires: Duration? {
        guard !addresses.contains(where: { $0.validSeconds == .max }) else { return nil }
        return began + .seconds(Int64(addresses.map(\.validSeconds).max() ?? 0))
    }

    /// - Returns: nil for a message that gives this client no address: RFC 8415 §18.2.10.1's checks.
    init?(_ message: DHCPv6Message, association identifier: UInt32, began: Duration) {
        guard let server = message.server, let association = message.associations.first(where: { $0.identifier == identifier }),
            association.status == .success else { return nil }
        // RFC 8415 §21.4: T1 beyond T2 makes the association void.
        let (first, second) = (association.renewSeconds, association.rebindSeconds)
        guard first == 0 || second == 0 || first <= second else { return nil }
        addresses = association.addresses.filter { one in
            one.status == .success && one.validSeconds > 0 && one.preferredSeconds <= one.validSeconds
                && one.address.isUnicast && !one.address.isLinkLocal && !one.address.isLoopback && !one.address.isIPv4Mapped
        }
        guard !addresses.isEmpty else { return nil }
        (self.server, self.began, information) = (server, began, Information6(message))
        let shortest = addresses.map(\.preferredSeconds).min() ?? 0
        (renewal, rebinding) = (Self.time(first, of: shortest, tenths: 5), Self.time(second, of: shortest, tenths: 8))
        if let t1 = renewal, let t2 = rebinding { renewal = min(t1, t2) }
    }

    /// Zero leaves it to the client: a half and eight tenths of the shortest preferred lifetime. RFC 8415 §14.2, §21.4.
    private static func time(_ seconds: UInt32, of shortest: UInt32, tenths: Int64) -> Duration? {
        if seconds == .max || seconds == 0 && shortest == .max { return nil }
        let whole = seconds == 0 ? Int64(shortest) * tenths / 10 : Int64(seconds)
        return .seconds(max(whole, 1))
    }
}
