/// What follows an IP header: IPv4's protocol field and IPv6's next header field share one number space.
@frozen public struct IPProtocol: RawRepresentable, Equatable, Hashable, Sendable {
    public var rawValue: UInt8
    @inline(always) public init(rawValue: UInt8) { self.rawValue = rawValue }

    @inline(always) public static var hopByHop: Self { Self(rawValue: 0) }
    @inline(always) public static var icmpv4: Self { Self(rawValue: 1) }
    @inline(always) public static var igmp: Self { Self(rawValue: 2) }
    @inline(always) public static var tcp: Self { Self(rawValue: 6) }
    @inline(always) public static var udp: Self { Self(rawValue: 17) }
    @inline(always) public static var routing: Self { Self(rawValue: 43) }
    @inline(always) public static var fragment: Self { Self(rawValue: 44) }
    @inline(always) public static var encapsulatingSecurity: Self { Self(rawValue: 50) }
    @inline(always) public static var authentication: Self { Self(rawValue: 51) }
    @inline(always) public static var icmpv6: Self { Self(rawValue: 58) }
    @inline(always) public static var noNextHeader: Self { Self(rawValue: 59) }
    @inline(always) public static var destinationOptions: Self { Self(rawValue: 60) }
}

extension IPProtocol: CustomStringConvertible {
    public var description: String {
        switch self {
        case .hopByHop: "hop-by-hop"
        case .icmpv4: "ICMP"
        case .igmp: "IGMP"
        case .tcp: "TCP"
        case .udp: "UDP"
        case .routing: "routing"
        case .fragment: "fragment"
        case .encapsulatingSecurity: "ESP"
        case .authentication: "AH"
        case .icmpv6: "ICMPv6"
        case .noNextHeader: "no next header"
        case .destinationOptions: "destination options"
        default: "protocol \(rawValue)"
        }
    }
}
