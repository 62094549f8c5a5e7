/// An IPv4 address with the length of its network part: an interface's address, or a route's destination.
@frozen public struct IPv4Prefix: Equatable, Hashable, Sendable {
    /// As given: host bits are kept, since an interface needs them.
    public let address: IPv4Address
    /// 0...32 bits.
    public let length: UInt8

    /// - Returns: nil when `length` is above 32.
    @inlinable public init?(_ address: IPv4Address, length: Int) {
        guard length >= 0, length <= 32 else { return nil }
        self.address = address
        self.length = UInt8(truncatingIfNeeded: length)
    }

    /// From a netmask; nil when its ones are not contiguous. RFC 4632 §5.1.
    @inlinable public init?(_ address: IPv4Address, netmask: IPv4Address) {
        let host = ~netmask.value
        guard host & (host &+ 1) == 0 else { return nil }
        self.init(address, length: netmask.value.nonzeroBitCount)
    }

    /// 0.0.0.0/0: every address.
    @inlinable public static var all: Self { Self(IPv4Address(0), trusted: 0) }

    @usableFromInline init(_ address: IPv4Address, trusted length: UInt8) {
        self.address = address
        self.length = length
    }

    @inlinable @inline(__always) var mask: UInt32 { length == 0 ? 0 : ~0 &<< (32 &- UInt32(length)) }

    @inlinable public var netmask: IPv4Address { IPv4Address(mask) }
    /// The address with its host bits cleared.
    @inlinable public var network: IPv4Address { IPv4Address(address.value & mask) }
    /// The prefix with its host bits cleared: how a route is kept.
    @inlinable public var networkPrefix: Self { Self(network, trusted: length) }

    /// The directed broadcast address; nil where a prefix has none (/31 of RFC 3021, /32).
    @inlinable public var broadcast: IPv4Address? {
        length >= 31 ? nil : IPv4Address(address.value | ~mask)
    }

    @inline(always) public func contains(_ other: IPv4Address) -> Bool { (other.value ^ address.value) & mask == 0 }
}

extension IPv4Prefix: LosslessStringConvertible {
    /// `192.0.2.1/24`.
    public var description: String { "\(address)/\(length)" }

    /// `ADDRESS/LENGTH`, or an address alone, which is a /32; nil otherwise.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count <= 18 else { return nil }
        let parts = Array(text.utf8).split(separator: UInt8(ascii: "/"), maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = IPv4Address(characters: parts[0]) else { return nil }
        guard parts.count == 2 else { self.init(address, trusted: 32); return }
        guard let length = shortDecimal(parts[1], atMost: 32) else { return nil }
        self.init(address, length: length)
    }
}
