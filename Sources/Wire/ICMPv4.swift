/// The identifier and sequence number of an echo or timestamp exchange. RFC 792, RFC 4443 §4.1.
@frozen public struct EchoKey: Equatable, Hashable, Sendable {
    public var identifier: UInt16
    public var sequence: UInt16

    @inline(always) public init(identifier: UInt16, sequence: UInt16) {
        self.identifier = identifier
        self.sequence = sequence
    }
}

/// An ICMP message laid over octets it does not own. RFC 792.
@frozen public struct ICMPv4View: ~Escapable {
    @usableFromInline let octets: RawSpan

    /// Accepts every type: ``ICMPv4Message`` says whether it is one that this stack knows.
    ///
    /// - Throws: `truncated` below 8 octets, or below 20 for a timestamp.
    @inlinable @_lifetime(copy octets)
    public init(_ octets: RawSpan) throws(WireError) {
        guard octets.byteCount >= 8 else { throw .truncated }
        let type = octets.load8(0)
        guard type != 13 && type != 14 || octets.byteCount >= 20 else { throw .truncated }
        self.octets = octets
    }

    @inline(always) public var type: UInt8 { octets.load8(0) }
    @inline(always) public var code: UInt8 { octets.load8(1) }
    @inline(always) public var checksum: UInt16 { octets.load16(2) }
    /// - Complexity: reads the whole message.
    @inlinable public var isChecksumValid: Bool { Checksum(octets).isValid }

    /// The second 32-bit word: its meaning depends on the type.
    @inline(always) public var rest: UInt32 { octets.load32(4) }

    /// What follows the first 8 octets: the data of an echo, the quoted packet of an error.
    @inline(always) public var body: RawSpan { @_lifetime(copy self) get { octets.from(8) } }
    /// The whole message: what an echo reply repeats, type and checksum apart.
    @inline(always) public var packet: RawSpan { @_lifetime(copy self) get { octets } }

    /// An error, which must never be answered with another. RFC 1122 §3.2.2. Unknown types count as errors: silence is safe.
    @inlinable public var isError: Bool {
        switch type {
        case 0, 8, 9, 10, 13, 14, 15, 16, 17, 18: false
        default: true
        }
    }

    /// The start of the packet that an error is about.
    ///
    /// - Throws: what ``IPv4View/init(quoted:)`` throws; `badValue` when this message quotes nothing.
    @inlinable public var quoted: IPv4View {
        @_lifetime(copy self) get throws(WireError) {
            switch type {
            case 3, 4, 5, 11, 12: return try IPv4View(quoted: octets.from(8))
            default: throw .badValue
            }
        }
    }

    public var description: String {
        let name = ICMPv4Message(self)?.description ?? "ICMP type \(type) code \(code)"
        return "\(name), \(octets.byteCount) octets"
    }
}
