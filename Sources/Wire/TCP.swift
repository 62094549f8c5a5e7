/// A TCP segment's header laid over octets it does not own. RFC 9293 §3.1.
@frozen public struct TCPView: ~Escapable {
    @frozen public struct Flags: OptionSet, Sendable {
        public let rawValue: UInt8
        @inline(always) public init(rawValue: UInt8) { self.rawValue = rawValue }
        @inline(always) public static var fin: Self { Self(rawValue: 0x01) }
        @inline(always) public static var syn: Self { Self(rawValue: 0x02) }
        @inline(always) public static var rst: Self { Self(rawValue: 0x04) }
        @inline(always) public static var psh: Self { Self(rawValue: 0x08) }
        @inline(always) public static var ack: Self { Self(rawValue: 0x10) }
        @inline(always) public static var urg: Self { Self(rawValue: 0x20) }
        @inline(always) public static var ece: Self { Self(rawValue: 0x40) }
        @inline(always) public static var cwr: Self { Self(rawValue: 0x80) }
    }

    @usableFromInline let octets: RawSpan
    /// 20...60, a multiple of 4.
    public let headerOctets: Int

    /// - Throws: `truncated` below the header; `badLength` for a data offset below 5.
    @inlinable @_lifetime(copy octets)
    public init(_ octets: RawSpan) throws(WireError) {
        guard octets.byteCount >= 20 else { throw .truncated }
        let header = Int(octets.load8(12) &>> 4) &* 4
        guard header >= 20 else { throw .badLength }
        guard header <= octets.byteCount else { throw .truncated }
        self.octets = octets
        headerOctets = header
    }

    @inline(always) public var sourcePort: UInt16 { octets.load16(0) }
    @inline(always) public var destinationPort: UInt16 { octets.load16(2) }
    @inline(always) public var sequence: UInt32 { octets.load32(4) }
    @inline(always) public var acknowledgment: UInt32 { octets.load32(8) }
    @inline(always) public var flags: Flags { Flags(rawValue: octets.load8(13)) }
    @inline(always) public var window: UInt16 { octets.load16(14) }
    @inline(always) public var checksum: UInt16 { octets.load16(16) }
    @inline(always) public var urgentPointer: UInt16 { octets.load16(18) }
    /// 0...40 octets, unchecked.
    @inline(always) public var options: RawSpan { @_lifetime(copy self) get { octets.part(20, headerOctets) } }
    @inline(always) public var payload: RawSpan { @_lifetime(copy self) get { octets.from(headerOctets) } }

    /// - Parameter pseudoHeader: the sum over the addresses, `.tcp` and the segment's length.
    @inlinable public func isChecksumValid(_ pseudoHeader: Checksum) -> Bool {
        var sum = pseudoHeader
        sum.add(octets)
        return sum.isValid
    }

    public var description: String {
        "TCP \(sourcePort) > \(destinationPort) [\(flags)] seq \(sequence) ack \(acknowledgment) window \(window), "
            + "\(payload.byteCount) octets"
    }
}

extension TCPView.Flags: CustomStringConvertible {
    /// The names of the flags set, in wire order from the lowest bit; `none` for none.
    public var description: String {
        let names = ["FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"]
        let set = names.indices.filter { rawValue >> UInt8($0) & 1 != 0 }.map { names[$0] }
        return set.isEmpty ? "none" : set.joined(separator: " ")
    }
}
