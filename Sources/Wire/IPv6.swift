/// An IPv6 packet laid over octets it does not own. RFC 8200 §3.
@frozen public struct IPv6View: ~Escapable {
    /// Exactly the packet: padding of the link is cut off.
    @usableFromInline let octets: RawSpan

    /// Checks version and payload length. A jumbogram (payload length zero, RFC 2675) shows as an empty payload.
    ///
    /// - Throws: `truncated` below 40 octets or the payload length; `badVersion`.
    @inlinable @_lifetime(copy octets)
    public init(_ octets: RawSpan) throws(WireError) {
        guard octets.byteCount >= IPv6Header.octets else { throw .truncated }
        guard octets.load8(0) &>> 4 == 6 else { throw .badVersion }
        let total = IPv6Header.octets &+ Int(octets.load16(4))
        guard total <= octets.byteCount else { throw .truncated }
        self.octets = octets.part(0..<total)
    }

    /// The start of a packet as an ICMPv6 error quotes it: the payload may be cut short. RFC 4443 §3.
    ///
    /// - Throws: as ``init(_:)``, except that a payload length beyond the octets is accepted.
    @inlinable @_lifetime(copy octets)
    public init(quoted octets: RawSpan) throws(WireError) {
        guard octets.byteCount >= IPv6Header.octets else { throw .truncated }
        guard octets.load8(0) &>> 4 == 6 else { throw .badVersion }
        self.octets = octets.part(0..<min(IPv6Header.octets &+ Int(octets.load16(4)), octets.byteCount))
    }

    @inline(always) public var trafficClass: TrafficClass {
        TrafficClass(rawValue: UInt8(truncatingIfNeeded: octets.load16(0) &>> 4))
    }
    /// 20 bits. RFC 6437.
    @inline(always) public var flowLabel: UInt32 { octets.load32(0) & 0xf_ffff }
    /// As the header says; a quoted packet may hold fewer octets.
    @inline(always) public var payloadOctets: Int { Int(octets.load16(4)) }
    /// The first header after this one; ``walk()`` finds the upper layer.
    @inline(always) public var next: IPProtocol { IPProtocol(rawValue: octets.load8(6)) }
    @inline(always) public var hopLimit: UInt8 { octets.load8(7) }
    @inline(always) public var source: IPv6Address { octets.loadIPv6(8) }
    @inline(always) public var destination: IPv6Address { octets.loadIPv6(24) }
    /// Extension headers and upper layer.
    @inline(always) public var payload: RawSpan { @_lifetime(copy self) get { octets.from(IPv6Header.octets) } }
    /// The whole packet: what an ICMPv6 error quotes.
    @inline(always) public var packet: RawSpan { @_lifetime(copy self) get { octets } }

    /// The octets from `offset`, as ``walk()`` returned it; empty beyond the end.
    @inlinable @_lifetime(copy self)
    public func upperLayer(at offset: Int) -> RawSpan {
        octets.from(min(max(offset, 0), octets.byteCount))
    }

    public var description: String {
        "\(source) > \(destination), \(next), \(payload.byteCount) octets, hop limit \(hopLimit)"
    }
}

/// An IPv6 header to send. RFC 8200 §3.
@frozen public struct IPv6Header: Equatable, Sendable {
    @inline(always) public static var octets: Int { 40 }
    /// The least MTU of any link. RFC 8200 §5.
    @inline(always) public static var minimumMTU: Int { 1280 }

    public var source: IPv6Address
    public var destination: IPv6Address
    public var next: IPProtocol
    public var hopLimit: UInt8
    public var trafficClass: TrafficClass
    /// The low 20 bits are sent.
    public var flowLabel: UInt32
    /// What follows this header, extension headers included: 0...65,535.
    public var payloadOctets: Int

    @inline(always) public init(
        source: IPv6Address, destination: IPv6Address, next: IPProtocol, payloadOctets: Int, hopLimit: UInt8 = 64,
        trafficClass: TrafficClass = .normal, flowLabel: UInt32 = 0
    ) {
        self.source = source
        self.destination = destination
        self.next = next
        self.hopLimit = hopLimit
        self.trafficClass = trafficClass
        self.flowLabel = flowLabel
        self.payloadOctets = payloadOctets
    }

    /// Fills the first 40 octets. Traps when they do not fit or the payload passes 65,535.
    @inlinable public func write(into out: inout MutableRawSpan) {
        out.requireRoom(Self.octets)
        out.store32(0x6000_0000 | UInt32(trafficClass.rawValue) &<< 20 | flowLabel & 0xf_ffff, 0)
        out.store16(UInt16(payloadOctets), 4)
        out.store8(next.rawValue, 6)
        out.store8(hopLimit, 7)
        out.storeIPv6(source, 8)
        out.storeIPv6(destination, 24)
    }
}
