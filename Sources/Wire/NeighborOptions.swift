/// A prefix that a router announces. RFC 4861 §4.6.2.
@frozen public struct PrefixAnnouncement: Equatable, Sendable {
    public var prefix: IPv6Prefix
    public var isOnLink: Bool
    /// Hosts may form addresses from it. RFC 4862 §5.5.3.
    public var isAutonomous: Bool
    /// 0xffffffff is for ever.
    public var validSeconds: UInt32
    /// 0xffffffff is for ever.
    public var preferredSeconds: UInt32

    @inline(always) public init(
        _ prefix: IPv6Prefix, isOnLink: Bool, isAutonomous: Bool, validSeconds: UInt32, preferredSeconds: UInt32
    ) {
        self.prefix = prefix
        self.isOnLink = isOnLink
        self.isAutonomous = isAutonomous
        self.validSeconds = validSeconds
        self.preferredSeconds = preferredSeconds
    }
}

/// One option of a neighbor discovery message. RFC 4861 §4.6, RFC 8106 §5.
@frozen public enum NeighborOption: Equatable, Sendable {
    case sourceLinkLayer(MACAddress)
    case targetLinkLayer(MACAddress)
    case prefix(PrefixAnnouncement)
    /// The start of the packet that caused a redirect: its octets by ``NeighborOptions/octets(in:)``.
    case redirected(Range<Int>)
    case mtu(UInt32)
    /// Resolvers; `first` and those after it by ``NeighborOptions/address(_:)``, 16 octets apart.
    case resolvers(lifetimeSeconds: UInt32, first: IPv6Address, addresses: Range<Int>)
    /// Domain names to search: by ``NeighborOptions/domainNames(in:)``.
    case searchList(lifetimeSeconds: UInt32, names: Range<Int>)
    /// Unknown, or known with a length that is not its own: to be skipped. RFC 4861 §4.6.
    case other(type: UInt8)
}

/// Walks the options of a neighbor discovery message that ``NeighborDiscoveryView`` has checked.
@frozen public struct NeighborOptions: ~Escapable {
    @usableFromInline let octets: RawSpan
    @usableFromInline var offset: Int

    @usableFromInline @_lifetime(copy octets)
    init(_ octets: RawSpan) {
        self.octets = octets
        offset = 0
    }

    /// The next option; nil at the end.
    public mutating func next() -> NeighborOption? {
        guard offset < octets.byteCount else { return nil }
        let start = offset, length = Int(octets.load8(offset &+ 1)) &* 8
        offset &+= length
        switch (octets.load8(start), length) {
        case (1, 8): return .sourceLinkLayer(octets.loadMAC(start &+ 2))
        case (2, 8): return .targetLinkLayer(octets.loadMAC(start &+ 2))
        case (3, 32): return prefix(at: start)
        case (4, 16...): return .redirected(start &+ 8..<offset)
        case (5, 8): return .mtu(octets.load32(start &+ 4))
        case (25, 24...) where length & 15 == 8:
            return .resolvers(
                lifetimeSeconds: octets.load32(start &+ 4), first: octets.loadIPv6(start &+ 8), addresses: start &+ 8..<offset)
        case (31, 16...): return .searchList(lifetimeSeconds: octets.load32(start &+ 4), names: start &+ 8..<offset)
        case (let type, _): return .other(type: type)
        }
    }

    private func prefix(at start: Int) -> NeighborOption {
        let flags = octets.load8(start &+ 3)
        guard let prefix = IPv6Prefix(octets.loadIPv6(start &+ 16), length: Int(octets.load8(start &+ 2))) else {
            return .other(type: 3)
        }
        return .prefix(
            PrefixAnnouncement(
                prefix, isOnLink: flags & 0x80 != 0, isAutonomous: flags & 0x40 != 0,
                validSeconds: octets.load32(start &+ 4), preferredSeconds: octets.load32(start &+ 8)))
    }

    /// The octets of a redirected packet; empty for a range that is not of these options.
    @_lifetime(copy self)
    public func octets(in range: Range<Int>) -> RawSpan {
        guard range.lowerBound >= 0, range.upperBound <= octets.byteCount else { return octets.part(0..<0) }
        return octets.part(range)
    }

    /// The resolver at `offset` of an option's `addresses`; nil when 16 octets from there are not of these options.
    public func address(_ offset: Int) -> IPv6Address? {
        guard offset >= 0, offset <= octets.byteCount &- 16 else { return nil }
        return octets.loadIPv6(offset)
    }
}

extension NeighborOption {
    /// The length when sent: of what a host or the built-in router sends; nil for the others.
    @inlinable public var octets: Int? {
        switch self {
        case .sourceLinkLayer, .targetLinkLayer, .mtu: 8
        case .prefix: 32
        case .resolvers: 24
        case .redirected, .searchList, .other: nil
        }
    }

    /// Writes the option at `offset`; of resolvers, the first.
    ///
    /// - Returns: the offset after it; `offset` itself for an option that ``octets`` says is not sent.
    ///   Traps when it does not fit.
    @inlinable public func write(into out: inout MutableRawSpan, at offset: Int) -> Int {
        guard let length = octets else { return offset }
        precondition(offset >= 0)
        out.requireRoom(offset + length)
        out.store8(UInt8(truncatingIfNeeded: length &>> 3), offset &+ 1)
        switch self {
        case .sourceLinkLayer(let mac), .targetLinkLayer(let mac): out.storeMAC(mac, offset &+ 2)
        case .prefix(let announcement): announcement.write(into: &out, at: offset)
        case .mtu(let mtu):
            out.store16(0, offset &+ 2)
            out.store32(mtu, offset &+ 4)
        case .resolvers(let lifetime, let first, _):
            out.store16(0, offset &+ 2)
            out.store32(lifetime, offset &+ 4)
            out.storeIPv6(first, offset &+ 8)
        case .redirected, .searchList, .other: break
        }
        out.store8(type, offset)
        return offset &+ length
    }

    /// The option's type octet.
    @inlinable public var type: UInt8 {
        switch self {
        case .sourceLinkLayer: 1
        case .targetLinkLayer: 2
        case .prefix: 3
        case .redirected: 4
        case .mtu: 5
        case .resolvers: 25
        case .searchList: 31
        case .other(let type): type
        }
    }
}

extension PrefixAnnouncement {
    /// Octets 2...31 of the option; the caller has required the room.
    @usableFromInline func write(into out: inout MutableRawSpan, at offset: Int) {
        out.store8(prefix.length, offset &+ 2)
        out.store8((isOnLink ? 0x80 : 0) | (isAutonomous ? 0x40 : 0), offset &+ 3)
        out.store32(validSeconds, offset &+ 4)
        out.store32(preferredSeconds, offset &+ 8)
        out.store32(0, offset &+ 12)
        out.storeIPv6(prefix.network, offset &+ 16)  // RFC 4861 §4.6.2: bits after the prefix are sent as zero.
    }
}

extension NeighborOption: CustomStringConvertible {
    public var description: String {
        switch self {
        case .sourceLinkLayer(let mac): "from \(mac)"
        case .targetLinkLayer(let mac): "at \(mac)"
        case .prefix(let announcement): "prefix \(announcement.prefix)"
        case .redirected(let range): "about \(range.count) octets"
        case .mtu(let mtu): "MTU \(mtu)"
        case .resolvers(_, let first, let addresses): "\(addresses.count / 16) resolvers, first \(first)"
        case .searchList(let lifetime, _): "search list for \(lifetime) s"
        case .other(let type): "option \(type)"
        }
    }
}
