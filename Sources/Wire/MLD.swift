/// A multicast listener discovery message laid over octets it does not own. RFC 2710 §3.
///
/// It must come from a link-local address, with hop limit 1 and a router alert: the caller checks these.
@frozen public struct MLDView: ~Escapable {
    @usableFromInline let octets: RawSpan

    /// - Throws: `truncated` below 24 octets; `badValue` when the type is not 130...132; `badLength` for a query between
    ///   the lengths of versions 1 and 2.
    @inlinable @_lifetime(copy octets)
    public init(_ octets: RawSpan) throws(WireError) {
        guard octets.byteCount >= MLDMessage.octets else { throw .truncated }
        guard MLDMessage.Kind(rawValue: octets.load8(0)) != nil else { throw .badValue }
        // RFC 3810 §8.1: 24 octets are version 1, 28 and more version 2, what lies between is neither.
        guard octets.byteCount == MLDMessage.octets || octets.byteCount >= 28 || octets.load8(0) != 130 else {
            throw .badLength
        }
        self.octets = octets
    }

    @inline(always) public var kind: MLDMessage.Kind { MLDMessage.Kind(rawValue: octets.load8(0)) ?? .query }
    /// Milliseconds, for version 1; a version 2 query codes values of 32,768 and more. RFC 3810 §5.1.3.
    @inlinable public var maximumResponseMilliseconds: Int {
        let code = Int(octets.load16(4))
        guard isVersion2Query, code >= 32_768 else { return code }
        return (code & 0xfff | 0x1000) &<< (code &>> 12 & 7 &+ 3)
    }
    /// `::` in a general query.
    @inline(always) public var group: IPv6Address { octets.loadIPv6(8) }
    /// A listener that speaks version 1 answers it as one of its own. RFC 3810 §8.2.1.
    @inline(always) public var isVersion2Query: Bool { kind == .query && octets.byteCount >= 28 }

    public var description: String {
        "MLD \(kind)\(isVersion2Query ? " (version 2)" : ""), group \(group), within \(maximumResponseMilliseconds) ms"
    }
}

/// A version 1 message to send. RFC 2710 §3.
@frozen public struct MLDMessage: Equatable, Sendable {
    @frozen public enum Kind: UInt8, Sendable { case query = 130, report = 131, done = 132 }

    @inline(always) public static var octets: Int { 24 }

    public var kind: Kind
    public var group: IPv6Address
    /// Sent in queries only.
    public var maximumResponseMilliseconds: UInt16

    @inline(always) public init(_ kind: Kind, group: IPv6Address, maximumResponseMilliseconds: UInt16 = 0) {
        self.kind = kind
        self.group = group
        self.maximumResponseMilliseconds = maximumResponseMilliseconds
    }

    /// Fills the first 24 octets, the checksum with zero: see ``ICMPv6Message/seal(_:source:destination:)``.
    /// Traps when they do not fit.
    @inlinable public func write(into out: inout MutableRawSpan) {
        out.requireRoom(Self.octets)
        let delay = kind == .query ? maximumResponseMilliseconds : 0
        out.storeICMP(kind.rawValue, 0, UInt32(delay) &<< 16)
        out.storeIPv6(group, 8)
    }
}
