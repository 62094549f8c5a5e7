public import Wire

/// An address of either family, as the stack's tables keep it: IPv4 in its mapped form `::ffff:a.b.c.d`.
///
/// One routing table, one neighbor cache and one endpoint table therefore serve both families. A packet whose IPv6
/// header holds a mapped address is refused at the door, so that nobody can speak for an IPv4 host that way.
public typealias IPAddress = IPv6Address

extension IPAddress {
    /// Octet order and family are `Wire`'s; the form is RFC 4291 §2.5.5.2.
    @inlinable public init(_ address: IPv4Address) { self.init(mapped: address) }

    /// An IPv4 address in its mapped form.
    @inlinable public var isIPv4: Bool { high == 0 && low &>> 32 == 0xffff }

    /// The IPv4 address, whether or not this is one: the low 32 bits.
    @inlinable public var ipv4: IPv4Address { IPv4Address(UInt32(truncatingIfNeeded: low)) }

    /// `::`, or 0.0.0.0 in its mapped form: no address.
    @inlinable public var isAny: Bool { isUnspecified || high == 0 && low == 0xffff_0000_0000 }

    /// A group of either family.
    @inlinable public var isGroup: Bool { isIPv4 ? ipv4.isMulticast : isMulticast }

    /// This address with all but the first `length` of its 128 bits cleared.
    @inlinable func masked(_ length: Int) -> Self {
        Self(
            high: length >= 64 ? high : length <= 0 ? 0 : high & ~0 &<< UInt64(64 &- length),
            low: length >= 128 ? low : length <= 64 ? 0 : low & ~0 &<< UInt64(128 &- length))
    }

    /// As a person writes it: dotted for IPv4.
    public var text: String { isIPv4 ? ipv4.description : description }
}

/// A network of either family: an address and how many of its bits are the network's, counted in that family.
public struct IPPrefix: Hashable, Sendable {
    /// As given: host bits are kept.
    public let address: IPAddress
    /// 0...32 or 0...128 bits.
    public let length: UInt8

    public init(_ prefix: IPv4Prefix) { (address, length) = (IPAddress(prefix.address), prefix.length) }
    public init(_ prefix: IPv6Prefix) { (address, length) = (prefix.address, prefix.length) }

    init(_ address: IPAddress, bits: Int) {
        (self.address, length) = (address, UInt8(clamping: address.isIPv4 ? bits - 96 : bits))
    }

    /// The length in the 128-bit form that tables use.
    var bits: Int { Int(length) + (address.isIPv4 ? 96 : 0) }
    /// Host bits cleared.
    public var network: IPAddress { address.masked(bits) }
    public func contains(_ other: IPAddress) -> Bool { other.masked(bits) == network }
    public var text: String { "\(address.text)/\(length)" }
}
