/// An IEEE 802 48-bit address.
///
/// Kept as one integer rather than as six octets, so that a comparison is one instruction.
@frozen public struct MACAddress: Equatable, Hashable, Sendable {
    /// The address as a number below 2^48; octet 0, first on the wire, is the most significant.
    public let value: UInt64

    /// - Parameter value: the upper 16 bits are ignored.
    @inline(always) public init(value: UInt64) { self.value = value & 0xffff_ffff_ffff }

    /// Octet 0 first, as on the wire.
    @inlinable public init(octets: [6 of UInt8]) {
        var value: UInt64 = 0
        for index in 0..<6 { value = value &<< 8 | UInt64(octets[index]) }
        self.init(value: value)
    }

    /// Octet 0 first, as on the wire.
    @inlinable public var octets: [6 of UInt8] {
        [6 of UInt8] { UInt8(truncatingIfNeeded: value &>> UInt64(40 &- 8 &* $0)) }
    }

    /// All ones: every station of the link.
    @inline(always) public static var broadcast: Self { Self(value: 0xffff_ffff_ffff) }
    /// All zeros: no station; what ARP carries for an unknown target.
    @inline(always) public static var zero: Self { Self(value: 0) }

    /// The group bit: a multicast address or the broadcast address.
    @inline(always) public var isMulticast: Bool { value & 0x0100_0000_0000 != 0 }
    @inline(always) public var isBroadcast: Bool { self == .broadcast }
    /// Assigned by software rather than by a maker.
    @inline(always) public var isLocallyAdministered: Bool { value & 0x0200_0000_0000 != 0 }
    /// A single station: neither the zero address nor a group.
    @inline(always) public var isStation: Bool { value != 0 && !isMulticast }

    /// The group that carries IPv4 multicast `group`: 01:00:5e and the low 23 bits. RFC 1112 §6.4.
    @inlinable public static func multicast(for group: IPv4Address) -> Self {
        Self(value: 0x0100_5e00_0000 | UInt64(group.value & 0x7f_ffff))
    }

    /// The group that carries IPv6 multicast `group`: 33:33 and the low 32 bits. RFC 2464 §7.
    @inlinable public static func multicast(for group: IPv6Address) -> Self {
        Self(value: 0x3333_0000_0000 | group.low & 0xffff_ffff)
    }

    /// The modified EUI-64 interface identifier: ff:fe in the middle, universal bit inverted. RFC 4291 Appendix A.
    @inlinable public var interfaceIdentifier: UInt64 {
        let maker = (value &>> 24) ^ 0x02_0000
        return maker &<< 40 | 0xff_fe00_0000 | value & 0xff_ffff
    }
}

extension MACAddress: LosslessStringConvertible {
    /// Six pairs of hexadecimal digits, lower case, parted by colons.
    public var description: String {
        var text = ""
        for index in 0..<6 {
            if index > 0 { text += ":" }
            text += hexadecimal(octets[index])
        }
        return text
    }

    /// Six pairs of hexadecimal digits, all parted by colons or all by hyphens; nil otherwise.
    public init?(_ text: some StringProtocol) {
        let characters = Array(text.utf8.prefix(18))
        guard characters.count == 17, characters[2] == UInt8(ascii: ":") || characters[2] == UInt8(ascii: "-") else { return nil }
        var value: UInt64 = 0
        for pair in 0..<6 {
            guard pair == 5 || characters[pair * 3 + 2] == characters[2],
                let high = hexadecimalDigit(characters[pair * 3]),
                let low = hexadecimalDigit(characters[pair * 3 + 1])
            else { return nil }
            value = value << 8 | UInt64(high) << 4 | UInt64(low)
        }
        self.init(value: value)
    }
}
