/// An Ethernet frame without FCS, laid over octets it does not own. IEEE 802.3 §3.2, RFC 894.
///
/// Up to two VLAN tags are read; a third shows as the ``etherType``, which no protocol here claims.
@frozen public struct EthernetView: ~Escapable {
    @usableFromInline let octets: RawSpan
    /// 14, 18 or 22.
    public let headerOctets: Int

    /// - Throws: `truncated` below the header, its tags, or an 802.3 length; `badValue` for a type of 1501...1535.
    @inlinable @_lifetime(copy octets)
    public init(_ octets: RawSpan) throws(WireError) {
        guard octets.byteCount >= EthernetHeader.octets else { throw .truncated }
        var header = EthernetHeader.octets
        while header < EthernetHeader.octets &+ 8, EtherType(rawValue: octets.load16(header &- 2)).isTag {
            guard octets.byteCount >= header &+ 4 else { throw .truncated }
            header &+= 4
        }
        let type = EtherType(rawValue: octets.load16(header &- 2))
        headerOctets = header
        guard type.rawValue < 1536 else {
            self.octets = octets
            return
        }
        guard type.isLength else { throw .badValue }
        // A short frame is padded to 60 octets: the length says what is not padding.
        guard octets.byteCount &- header >= Int(type.rawValue) else { throw .truncated }
        self.octets = octets.part(0..<(header &+ Int(type.rawValue)))
    }

    @inline(always) public var destination: MACAddress { octets.loadMAC(0) }
    @inline(always) public var source: MACAddress { octets.loadMAC(6) }
    /// The type after all tags read; a length when ``isLLC``.
    @inline(always) public var etherType: EtherType { EtherType(rawValue: octets.load16(headerOctets &- 2)) }
    /// An 802.3 frame: ``etherType`` is the payload's length and the payload begins with an LLC header.
    @inline(always) public var isLLC: Bool { etherType.isLength }
    /// 0...2.
    @inline(always) public var tagCount: Int { (headerOctets &- EthernetHeader.octets) &>> 2 }
    /// The first tag on the wire.
    @inlinable public var outerTag: VLANTag? { tagCount > 0 ? VLANTag(rawValue: octets.load16(14)) : nil }
    /// The second tag on the wire.
    @inlinable public var innerTag: VLANTag? { tagCount > 1 ? VLANTag(rawValue: octets.load16(18)) : nil }
    /// What follows the header; may end in padding, unless ``isLLC``.
    @inline(always) public var payload: RawSpan { @_lifetime(copy self) get { octets.from(headerOctets) } }

    public var description: String {
        var text = "\(source) > \(destination)"
        if let outerTag { text += " VLAN \(outerTag.identifier)" }
        if let innerTag { text += " VLAN \(innerTag.identifier)" }
        return text + ", \(etherType)"
    }
}

/// An Ethernet II header to send, with at most one VLAN tag.
@frozen public struct EthernetHeader: Equatable, Sendable {
    /// The length of an untagged header.
    @inline(always) public static var octets: Int { 14 }

    public var destination: MACAddress
    public var source: MACAddress
    public var etherType: EtherType
    public var tag: VLANTag?

    @inline(always) public init(destination: MACAddress, source: MACAddress, etherType: EtherType, tag: VLANTag? = nil) {
        self.destination = destination
        self.source = source
        self.etherType = etherType
        self.tag = tag
    }

    /// 14, or 18 with a tag.
    @inline(always) public var octets: Int { tag == nil ? Self.octets : Self.octets &+ 4 }

    /// Fills the first ``octets-property`` octets. Traps when they do not fit.
    @inlinable public func write(into out: inout MutableRawSpan) {
        out.requireRoom(octets)
        out.storeMAC(destination, 0)
        out.storeMAC(source, 6)
        guard let tag else { return out.store16(etherType.rawValue, 12) }
        out.store16(EtherType.vlan.rawValue, 12)
        out.store16(tag.rawValue, 14)
        out.store16(etherType.rawValue, 16)
    }
}
