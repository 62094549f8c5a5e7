/// A UDP datagram laid over octets it does not own. RFC 768.
@frozen public struct UDPView: ~Escapable {
    /// Exactly the datagram: octets beyond its length field are cut off.
    @usableFromInline let octets: RawSpan

    /// - Throws: `truncated` below 8 octets or the length field; `badLength` for a length below 8.
    @inlinable @_lifetime(copy octets)
    public init(_ octets: RawSpan) throws(WireError) {
        guard octets.byteCount >= UDPHeader.octets else { throw .truncated }
        let length = Int(octets.load16(4))
        guard length >= UDPHeader.octets else { throw .badLength }
        guard length <= octets.byteCount else { throw .truncated }
        self.octets = octets.part(0..<length)
    }

    @inline(always) public var sourcePort: UInt16 { octets.load16(0) }
    @inline(always) public var destinationPort: UInt16 { octets.load16(2) }
    /// Header and payload.
    @inline(always) public var datagramOctets: Int { octets.byteCount }
    @inline(always) public var checksum: UInt16 { octets.load16(6) }
    @inline(always) public var payload: RawSpan { @_lifetime(copy self) get { octets.from(UDPHeader.octets) } }

    /// Whether the checksum matches, or is absent, which IPv4 allows. RFC 768, RFC 1122 §4.1.3.4.
    @inlinable public func isChecksumValid(source: IPv4Address, destination: IPv4Address) -> Bool {
        guard checksum != 0 else { return true }
        var sum = Checksum(source: source, destination: destination, next: .udp, octets: octets.byteCount)
        sum.add(octets)
        return sum.isValid
    }

    /// Whether the checksum matches; an absent one is refused. RFC 8200 §8.1.
    @inlinable public func isChecksumValid(source: IPv6Address, destination: IPv6Address) -> Bool {
        guard checksum != 0 else { return false }
        var sum = Checksum(source: source, destination: destination, next: .udp, octets: octets.byteCount)
        sum.add(octets)
        return sum.isValid
    }

    public var description: String { "UDP \(sourcePort) > \(destinationPort), \(payload.byteCount) octets" }
}

/// A UDP header to send.
@frozen public struct UDPHeader: Equatable, Sendable {
    @inline(always) public static var octets: Int { 8 }
    /// The most that one datagram carries.
    @inline(always) public static var maximumPayloadOctets: Int { 65_535 &- octets }

    public var sourcePort: UInt16
    public var destinationPort: UInt16
    /// 0...65,527.
    public var payloadOctets: Int

    @inline(always) public init(sourcePort: UInt16, destinationPort: UInt16, payloadOctets: Int) {
        self.sourcePort = sourcePort
        self.destinationPort = destinationPort
        self.payloadOctets = payloadOctets
    }

    /// Fills the first 8 octets, the checksum with zero ("absent"); ``seal(_:_:)`` sets it once the payload is there.
    /// Traps when they do not fit or the length passes 65,535.
    @inlinable public func write(into out: inout MutableRawSpan) {
        out.requireRoom(Self.octets)
        out.store16(sourcePort, 0)
        out.store16(destinationPort, 2)
        out.store16(UInt16(Self.octets + payloadOctets), 4)
        out.store16(0, 6)
    }

    /// Sets the checksum of a datagram, header and payload in place. A sum of zero is sent as all ones. RFC 768.
    ///
    /// - Parameters:
    ///   - datagram: exactly the datagram; its checksum field is overwritten.
    ///   - pseudoHeader: the sum over the addresses, `.udp` and the datagram's length.
    @inlinable public static func seal(_ datagram: inout MutableRawSpan, _ pseudoHeader: Checksum) {
        datagram.requireRoom(octets)
        datagram.store16(0, 6)
        var sum = pseudoHeader
        sum.add(datagram.bytes)
        datagram.store16(sum.value == 0 ? 0xffff : sum.value, 6)
    }
}
