/// How far an address reaches. Ordered: a wider scope is greater. RFC 4007 §4, §5; values of RFC 7346 §2.
@frozen public enum IPv6Scope: UInt8, Comparable, Sendable {
    case interfaceLocal = 1, linkLocal = 2, realmLocal = 3, adminLocal = 4, siteLocal = 5, organizationLocal = 8, global = 14

    @inlinable public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

extension IPv6Address {
    /// The scope that address selection compares. Loopback counts as link-local. RFC 6724 §3.1.
    ///
    /// A group of an unassigned scope counts as the next narrower assigned one: it travels no further than that.
    @inlinable public var scope: IPv6Scope {
        guard isMulticast else { return isLinkLocal || isLoopback ? .linkLocal : .global }
        switch high &>> 48 & 0xf {
        case 0, 1: return .interfaceLocal
        case 2: return .linkLocal
        case 3: return .realmLocal
        case 4: return .adminLocal
        case 5, 6, 7: return .siteLocal
        case 8...13: return .organizationLocal
        default: return .global
        }
    }

    /// The group on which the owner of `address` hears solicitations: ff02::1:ff and its low 24 bits. RFC 4291 §2.7.1.
    @inlinable public static func solicitedNode(for address: Self) -> Self {
        Self(high: 0xff02_0000_0000_0000, low: 0x1_ff00_0000 | address.low & 0xff_ffff)
    }

    /// fe80::/64 and the interface identifier of `mac`. RFC 2464 §5.
    @inlinable public static func linkLocal(from mac: MACAddress) -> Self {
        Self(high: 0xfe80_0000_0000_0000, low: mac.interfaceIdentifier)
    }

    /// `prefix` followed by the interface identifier of `mac`; nil unless the prefix has 64 bits. RFC 4862 §5.5.3 (d).
    @inlinable public static func autoconfigured(_ prefix: IPv6Prefix, mac: MACAddress) -> Self? {
        prefix.length == 64 ? Self(high: prefix.address.high, low: mac.interfaceIdentifier) : nil
    }

    /// `::ffff:a.b.c.d`. RFC 4291 §2.5.5.2.
    @inlinable public init(mapped address: IPv4Address) {
        self.init(high: 0, low: 0xffff_0000_0000 | UInt64(address.value))
    }

    /// The IPv4 address inside a mapped one.
    @inlinable public var mappedIPv4: IPv4Address? {
        isIPv4Mapped ? IPv4Address(UInt32(truncatingIfNeeded: low)) : nil
    }

    /// The number of leading bits that both have in common: 0...128. RFC 6724 §2.2.
    @inlinable public func commonPrefixLength(_ other: Self) -> Int {
        high == other.high ? 64 &+ (low ^ other.low).leadingZeroBitCount : (high ^ other.high).leadingZeroBitCount
    }
}
