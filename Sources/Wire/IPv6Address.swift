/// An IPv6 address. RFC 4291.
///
/// Two halves rather than sixteen octets, so that a comparison is two instructions and a register pair carries it.
@frozen public struct IPv6Address: Equatable, Hashable, Comparable, Sendable {
    /// The first eight octets as a number: 0xfe80_0000_0000_0000 for fe80::1 on every machine.
    public let high: UInt64
    /// The last eight octets as a number: the interface identifier of most unicast addresses.
    public let low: UInt64

    @inline(always) public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    @inlinable public static func < (a: Self, b: Self) -> Bool { a.high == b.high ? a.low < b.low : a.high < b.high }

    /// `::`.
    @inline(always) public static var unspecified: Self { Self(high: 0, low: 0) }
    /// `::1`.
    @inline(always) public static var loopback: Self { Self(high: 0, low: 1) }
    /// `ff01::1`. RFC 4291 §2.7.1.
    @inline(always) public static var allNodesInterfaceLocal: Self { Self(high: 0xff01_0000_0000_0000, low: 1) }
    /// `ff02::1`. RFC 4291 §2.7.1.
    @inline(always) public static var allNodes: Self { Self(high: 0xff02_0000_0000_0000, low: 1) }
    /// `ff02::2`. RFC 4291 §2.7.1.
    @inline(always) public static var allRouters: Self { Self(high: 0xff02_0000_0000_0000, low: 2) }
    /// `ff02::16`: where MLDv2 reports go. RFC 3810 §5.2.14.
    @inline(always) public static var allMLDv2Routers: Self { Self(high: 0xff02_0000_0000_0000, low: 0x16) }

    @inline(always) public var isUnspecified: Bool { high | low == 0 }
    @inline(always) public var isLoopback: Bool { high == 0 && low == 1 }
    /// ff00::/8. RFC 4291 §2.7.
    @inline(always) public var isMulticast: Bool { high &>> 56 == 0xff }
    /// fe80::/10. RFC 4291 §2.5.6.
    @inline(always) public var isLinkLocal: Bool { high &>> 54 == 0x3fa }
    /// fc00::/7. RFC 4193 §3.1.
    @inline(always) public var isUniqueLocal: Bool { high &>> 57 == 0x7e }
    /// ::ffff:0:0/96. RFC 4291 §2.5.5.2.
    @inline(always) public var isIPv4Mapped: Bool { high == 0 && low &>> 32 == 0xffff }
    /// The group of ff02::1:ff00:0/104 that each address belongs to. RFC 4291 §2.7.1.
    @inline(always) public var isSolicitedNode: Bool { high == 0xff02_0000_0000_0000 && low &>> 24 == 0x1ff }
    /// Fit to name one interface: neither `::` nor a group.
    @inline(always) public var isUnicast: Bool { !isMulticast && !isUnspecified }

    /// Octet 0 first, as on the wire.
    @inlinable public var octets: [16 of UInt8] {
        [16 of UInt8] { UInt8(truncatingIfNeeded: ($0 < 8 ? high : low) &>> UInt64(56 &- 8 &* ($0 & 7))) }
    }

    /// Octet 0 first, as on the wire.
    @inlinable public init(octets: [16 of UInt8]) {
        var high: UInt64 = 0, low: UInt64 = 0
        for index in 0..<8 {
            high = high &<< 8 | UInt64(octets[index])
            low = low &<< 8 | UInt64(octets[index &+ 8])
        }
        self.init(high: high, low: low)
    }
}
