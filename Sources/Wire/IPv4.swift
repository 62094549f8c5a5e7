/// An IPv4 packet laid over octets it does not own. RFC 791 §3.1.
@frozen public struct IPv4View: ~Escapable {
    /// Exactly the packet: padding of the link is cut off.
    @usableFromInline let octets: RawSpan
    /// 20...60, a multiple of 4.
    public let headerOctets: Int

    /// Checks version, header length and total length; the checksum is apart, since hardware may have checked it.
    ///
    /// - Throws: `truncated` below the header or the total length; `badVersion`; `badLength` for a header below 20 octets
    ///   or a total length below the header.
    @inlinable @_lifetime(copy octets)
    public init(_ octets: RawSpan) throws(WireError) {
        let header = try Self.header(of: octets)
        let total = Int(octets.load16(2))
        guard total >= header else { throw .badLength }
        guard total <= octets.byteCount else { throw .truncated }
        self.octets = octets.part(0..<total)
        headerOctets = header
    }

    /// The start of a packet as an ICMP error quotes it: the payload may be cut short. RFC 792, RFC 1812 §4.3.2.3.
    ///
    /// - Throws: as ``init(_:)``, except that a total length beyond the octets is accepted.
    @inlinable @_lifetime(copy octets)
    public init(quoted octets: RawSpan) throws(WireError) {
        let header = try Self.header(of: octets)
        let total = Int(octets.load16(2))
        guard total >= header else { throw .badLength }
        self.octets = octets.part(0..<min(total, octets.byteCount))
        headerOctets = header
    }

    @inlinable @inline(__always) static func header(of octets: RawSpan) throws(WireError) -> Int {
        guard octets.byteCount >= IPv4Header.octets else { throw .truncated }
        let first = octets.load8(0)
        guard first &>> 4 == 4 else { throw .badVersion }
        let header = Int(first & 15) &* 4
        guard header >= IPv4Header.octets else { throw .badLength }
        guard header <= octets.byteCount else { throw .truncated }
        return header
    }

    /// Whether the header checksum matches. RFC 1122 §3.2.1.2: drop the packet if not.
    ///
    /// - Complexity: a few nanoseconds; skip it when hardware has verified.
    @inlinable public var isChecksumValid: Bool {
        if headerOctets == IPv4Header.octets { return Checksum.sumHeader(octets) == 0xffff }
        return Checksum(octets.part(0, headerOctets)).isValid
    }

    @inline(always) public var trafficClass: TrafficClass { TrafficClass(rawValue: octets.load8(1)) }
    /// As the header says; a quoted packet may hold fewer octets.
    @inline(always) public var totalOctets: Int { Int(octets.load16(2)) }
    @inline(always) public var identification: UInt16 { octets.load16(4) }
    @inline(always) public var dontFragment: Bool { octets.load8(6) & 0x40 != 0 }
    @inline(always) public var moreFragments: Bool { octets.load8(6) & 0x20 != 0 }
    /// 0...65,528: where the payload belongs in the datagram.
    @inline(always) public var fragmentOffset: Int { Int(octets.load16(6) & 0x1fff) &<< 3 }
    /// Part of a datagram rather than a whole one.
    @inline(always) public var isFragment: Bool { octets.load16(6) & 0x3fff != 0 }
    @inline(always) public var timeToLive: UInt8 { octets.load8(8) }
    @inline(always) public var next: IPProtocol { IPProtocol(rawValue: octets.load8(9)) }
    @inline(always) public var checksum: UInt16 { octets.load16(10) }
    @inline(always) public var source: IPv4Address { octets.loadIPv4(12) }
    @inline(always) public var destination: IPv4Address { octets.loadIPv4(16) }
    @inline(always) public var hasOptions: Bool { headerOctets > IPv4Header.octets }
    /// 0...40 octets, unchecked: see ``IPv4Options``.
    @inline(always) public var options: RawSpan {
        @_lifetime(copy self) get { octets.part(IPv4Header.octets, headerOctets) }
    }
    @inline(always) public var payload: RawSpan { @_lifetime(copy self) get { octets.from(headerOctets) } }
    /// The header with its options: what an ICMP error quotes first.
    @inline(always) public var packet: RawSpan { @_lifetime(copy self) get { octets } }

    /// The pseudo-header sum under which this packet's payload is checksummed.
    @inline(always) public var pseudoHeader: Checksum {
        Checksum(source: source, destination: destination, next: next, octets: payload.byteCount)
    }

    public var description: String {
        var text = "\(source) > \(destination), \(next), \(payload.byteCount) octets, TTL \(timeToLive)"
        if isFragment { text += ", fragment at \(fragmentOffset)\(moreFragments ? "+" : "")" }
        return text
    }
}
