/// An IGMP message laid over octets it does not own. RFC 2236 §2.
@frozen public struct IGMPView: ~Escapable {
    /// Which protocol version a query speaks. RFC 3376 §7.1.
    @frozen public enum QueryVersion: Sendable { case version1, version2, version3 }

    @usableFromInline let octets: RawSpan

    /// - Throws: `truncated` below 8 octets; `badValue` for a type this stack does not know; `badLength` for a query of
    ///   9...11 octets.
    @inlinable @_lifetime(copy octets)
    public init(_ octets: RawSpan) throws(WireError) {
        guard octets.byteCount >= IGMPMessage.octets else { throw .truncated }
        guard let kind = IGMPMessage.Kind(rawValue: octets.load8(0)) else { throw .badValue }
        guard kind != .query || octets.byteCount == 8 || octets.byteCount >= 12 else { throw .badLength }
        self.octets = octets
    }

    @inline(always) public var kind: IGMPMessage.Kind { IGMPMessage.Kind(rawValue: octets.load8(0)) ?? .query }
    /// The version of a query; nil for other kinds.
    @inlinable public var queryVersion: QueryVersion? {
        guard kind == .query else { return nil }
        if octets.byteCount >= 12 { return .version3 }
        return octets.load8(1) == 0 ? .version1 : .version2
    }
    /// How long a member may wait before it answers. RFC 2236 §4 (version 1 means 10 s), RFC 3376 §4.1.1.
    @inlinable public var maximumResponseMilliseconds: Int {
        let code = Int(octets.load8(1))
        switch queryVersion {
        case .version1: return 10_000
        case .version3 where code >= 128: return ((code & 15 | 16) &<< (code &>> 4 & 7 &+ 3)) &* 100
        case .version2, .version3, nil: return code &* 100
        }
    }
    /// 0.0.0.0 in a general query.
    @inline(always) public var group: IPv4Address { octets.loadIPv4(4) }
    /// Over the whole message. RFC 2236 §2.3.
    @inlinable public var isChecksumValid: Bool { Checksum(octets).isValid }

    public var description: String {
        let version = queryVersion.map { " (\($0))" } ?? ""
        return "IGMP \(kind)\(version), group \(group), within \(maximumResponseMilliseconds) ms"
    }
}

/// An IGMP message to send. RFC 2236 §2.
@frozen public struct IGMPMessage: Equatable, Sendable {
    @frozen public enum Kind: UInt8, Sendable { case query = 0x11, reportVersion1 = 0x12, report = 0x16, leave = 0x17 }

    @inline(always) public static var octets: Int { 8 }

    public var kind: Kind
    public var group: IPv4Address
    /// In tenths of a second; sent in queries only.
    public var maximumResponseTenths: UInt8

    @inline(always) public init(_ kind: Kind, group: IPv4Address, maximumResponseTenths: UInt8 = 0) {
        self.kind = kind
        self.group = group
        self.maximumResponseTenths = maximumResponseTenths
    }

    /// Fills the first 8 octets, checksum included. Traps when they do not fit.
    @inlinable public func write(into out: inout MutableRawSpan) {
        out.requireRoom(Self.octets)
        out.storeICMP(kind.rawValue, kind == .query ? maximumResponseTenths : 0, group.value)
        out.store16(Checksum(out.bytes.part(0, Self.octets)).value, 2)
    }
}
