/// An IPv4 address. RFC 791 §3.2.
@frozen public struct IPv4Address: Equatable, Hashable, Comparable, Sendable {
    /// The address as a number: 192.0.2.1 is 0xc0000201 on every machine.
    public let value: UInt32

    @inline(always) public init(_ value: UInt32) { self.value = value }

    /// The four numbers of the dotted form.
    @inline(always) public init(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8) {
        value = UInt32(a) &<< 24 | UInt32(b) &<< 16 | UInt32(c) &<< 8 | UInt32(d)
    }

    @inline(always) public static func < (a: Self, b: Self) -> Bool { a.value < b.value }

    /// 0.0.0.0.
    @inline(always) public static var unspecified: Self { Self(0) }
    /// 255.255.255.255: every host of this link; never forwarded. RFC 919 §7.
    @inline(always) public static var limitedBroadcast: Self { Self(0xffff_ffff) }
    /// 127.0.0.1.
    @inline(always) public static var loopback: Self { Self(0x7f00_0001) }
    /// 224.0.0.1. RFC 1112 §4.
    @inline(always) public static var allHosts: Self { Self(0xe000_0001) }
    /// 224.0.0.2. RFC 2236 §3.
    @inline(always) public static var allRouters: Self { Self(0xe000_0002) }

    @inline(always) public var isUnspecified: Bool { value == 0 }
    @inline(always) public var isLimitedBroadcast: Bool { value == 0xffff_ffff }
    /// 127.0.0.0/8; never on a wire. RFC 1122 §3.2.1.3 (g).
    @inline(always) public var isLoopback: Bool { value &>> 24 == 127 }
    /// 224.0.0.0/4. RFC 1112 §4.
    @inline(always) public var isMulticast: Bool { value &>> 28 == 0xe }
    /// 224.0.0.0/24: groups that routers never forward. RFC 5771 §4.
    @inline(always) public var isLinkLocalMulticast: Bool { value &>> 8 == 0xe0_0000 }
    /// 169.254.0.0/16. RFC 3927 §2.1.
    @inline(always) public var isLinkLocal: Bool { value &>> 16 == 0xa9fe }
    /// 0.0.0.0/8: "this network", a source only, while a host learns its address. RFC 1122 §3.2.1.3 (a), (b).
    @inline(always) public var isThisNetwork: Bool { value &>> 24 == 0 }
    /// 10/8, 172.16/12, 192.168/16. RFC 1918 §3.
    @inlinable public var isPrivate: Bool { value &>> 24 == 10 || value &>> 20 == 0xac1 || value &>> 16 == 0xc0a8 }
    /// 240.0.0.0/4 without the limited broadcast address. RFC 1112 §4.
    @inline(always) public var isReserved: Bool { value &>> 28 == 0xf && value != 0xffff_ffff }

    /// Fit to name one host: what a sender may put into the source field once it has an address. RFC 1122 §3.2.1.3.
    @inline(always) public var isUnicast: Bool { !isThisNetwork && value &>> 28 < 0xe }
}

extension IPv4Address: LosslessStringConvertible {
    public var description: String {
        "\(value >> 24).\(value >> 16 & 0xff).\(value >> 8 & 0xff).\(value & 0xff)"
    }

    /// The strict dotted form: four decimal numbers up to 255 without leading zeros; nil otherwise.
    ///
    /// The abbreviated, octal and hexadecimal forms that `inet_aton` takes are refused: they have hidden addresses.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count <= 15 else { return nil }
        self.init(characters: Array(text.utf8)[...])
    }

    init?(characters: ArraySlice<UInt8>) {
        let parts = characters.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var value: UInt32 = 0
        for part in parts {
            guard let number = shortDecimal(part, atMost: 255) else { return nil }
            value = value << 8 | UInt32(number)
        }
        self.init(value)
    }
}
