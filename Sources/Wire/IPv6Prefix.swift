/// An IPv6 address with the length of its prefix. RFC 4291 §2.3.
@frozen public struct IPv6Prefix: Equatable, Hashable, Sendable {
    /// As given: host bits are kept, since an interface needs them.
    public let address: IPv6Address
    /// 0...128 bits.
    public let length: UInt8

    /// - Returns: nil when `length` is above 128.
    @inlinable public init?(_ address: IPv6Address, length: Int) {
        guard length >= 0, length <= 128 else { return nil }
        self.address = address
        self.length = UInt8(truncatingIfNeeded: length)
    }

    @usableFromInline init(_ address: IPv6Address, trusted length: UInt8) {
        self.address = address
        self.length = length
    }

    /// `::/0`: every address.
    @inlinable public static var all: Self { Self(.unspecified, trusted: 0) }
    /// `fe80::/64`: what every link has. RFC 4291 §2.5.6.
    @inlinable public static var linkLocal: Self { Self(IPv6Address(high: 0xfe80_0000_0000_0000, low: 0), trusted: 64) }

    @inlinable @inline(__always) var highMask: UInt64 {
        length == 0 ? 0 : length >= 64 ? ~0 : ~0 &<< (64 &- UInt64(length))
    }
    @inlinable @inline(__always) var lowMask: UInt64 {
        length <= 64 ? 0 : ~0 &<< (128 &- UInt64(length))
    }

    /// The ones of the network part; what older tools show as a netmask.
    @inlinable public var netmask: IPv6Address { IPv6Address(high: highMask, low: lowMask) }
    /// The address with its host bits cleared.
    @inlinable public var network: IPv6Address {
        IPv6Address(high: address.high & highMask, low: address.low & lowMask)
    }
    /// The prefix with its host bits cleared: how a route is kept.
    @inlinable public var networkPrefix: Self { Self(network, trusted: length) }

    @inline(always) public func contains(_ other: IPv6Address) -> Bool {
        (other.high ^ address.high) & highMask | (other.low ^ address.low) & lowMask == 0
    }
}

extension IPv6Prefix: LosslessStringConvertible {
    /// `2001:db8::1/64`.
    public var description: String { "\(address)/\(length)" }

    /// `ADDRESS/LENGTH`, or an address alone, which is a /128; nil otherwise.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count <= 49 else { return nil }
        let parts = Array(text.utf8).split(separator: UInt8(ascii: "/"), maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = IPv6Address(characters: parts[0]) else { return nil }
        guard parts.count == 2 else { self.init(address, trusted: 128); return }
        guard let length = shortDecimal(parts[1], atMost: 128) else { return nil }
        self.init(address, length: length)
    }
}
