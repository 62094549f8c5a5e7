/// An ICMPv6 message laid over octets it does not own. RFC 4443 §2.1.
@frozen public struct ICMPv6View: ~Escapable {
    @usableFromInline let octets: RawSpan

    /// Accepts every type; ``ICMPv6Message``, ``NeighborDiscoveryView`` and ``MLDView`` judge further.
    ///
    /// - Throws: `truncated` below 8 octets, which every message has.
    @inlinable @_lifetime(copy octets)
    public init(_ octets: RawSpan) throws(WireError) {
        guard octets.byteCount >= 8 else { throw .truncated }
        self.octets = octets
    }

    @inline(always) public var type: UInt8 { octets.load8(0) }
    @inline(always) public var code: UInt8 { octets.load8(1) }
    @inline(always) public var checksum: UInt16 { octets.load16(2) }
    /// The second 32-bit word: its meaning depends on the type.
    @inline(always) public var rest: UInt32 { octets.load32(4) }
    /// What follows the first 8 octets: the data of an echo, the quoted packet of an error.
    @inline(always) public var body: RawSpan { @_lifetime(copy self) get { octets.from(8) } }
    /// The whole message.
    @inline(always) public var packet: RawSpan { @_lifetime(copy self) get { octets } }

    /// The high bit of the type is clear: never to be answered with another error. RFC 4443 §2.1, §2.4 (e).
    @inline(always) public var isError: Bool { type < 128 }
    /// 133...137. RFC 4861 §4.
    @inline(always) public var isNeighborDiscovery: Bool { type >= 133 && type <= 137 }
    /// 130...132. RFC 2710 §3.
    @inline(always) public var isMLD: Bool { type >= 130 && type <= 132 }

    /// - Complexity: reads the whole message.
    @inlinable public func isChecksumValid(source: IPv6Address, destination: IPv6Address) -> Bool {
        var sum = Checksum(source: source, destination: destination, next: .icmpv6, octets: octets.byteCount)
        sum.add(octets)
        return sum.isValid
    }

    /// The start of the packet that an error is about.
    ///
    /// - Throws: what ``IPv6View/init(quoted:)`` throws; `badValue` when this message quotes nothing.
    @inlinable public var quoted: IPv6View {
        @_lifetime(copy self) get throws(WireError) {
            guard type >= 1, type <= 4 else { throw .badValue }
            return try IPv6View(quoted: octets.from(8))
        }
    }

    public var description: String {
        let name = ICMPv6Message(self)?.description ?? "ICMPv6 type \(type) code \(code)"
        return "\(name), \(octets.byteCount) octets"
    }
}

/// An ICMPv6 error or echo: what this stack may send, and what it understands. RFC 4443 §3, §4.
@frozen public enum ICMPv6Message: Equatable, Sendable {
    @frozen public enum Unreachable: UInt8, Sendable {
        case noRoute = 0, prohibited = 1, beyondScope = 2, address = 3, port = 4, policy = 5, rejectRoute = 6
    }
    @frozen public enum Exceeded: UInt8, Sendable { case transit = 0, reassembly = 1 }
    @frozen public enum Parameter: UInt8, Sendable { case erroneousField = 0, unknownNextHeader = 1, unknownOption = 2 }

    case unreachable(Unreachable)
    /// `mtu` in octets, of the next hop's link.
    case packetTooBig(mtu: UInt32)
    case timeExceeded(Exceeded)
    /// `pointer`: the octet of the quoted packet that was wrong.
    case parameterProblem(Parameter, pointer: UInt32)
    case echo(EchoKey)
    case echoReply(EchoKey)

    /// Nil for a type or code that is none of these. An unknown error still goes to the upper layer, anything else
    /// unknown is dropped in silence. RFC 4443 §2.4 (a), (b).
    @inlinable public init?(_ view: borrowing ICMPv6View) {
        let code = view.code, rest = view.rest
        let key = EchoKey(identifier: UInt16(truncatingIfNeeded: rest &>> 16), sequence: UInt16(truncatingIfNeeded: rest))
        switch view.type {
        case 1:
            guard let reason = Unreachable(rawValue: code) else { return nil }
            self = .unreachable(reason)
        case 2: self = .packetTooBig(mtu: rest)  // The code is ignored. RFC 4443 §3.2.
        case 3:
            guard let reason = Exceeded(rawValue: code) else { return nil }
            self = .timeExceeded(reason)
        case 4:
            guard let reason = Parameter(rawValue: code) else { return nil }
            self = .parameterProblem(reason, pointer: rest)
        case 128 where code == 0: self = .echo(key)
        case 129 where code == 0: self = .echoReply(key)
        default: return nil
        }
    }

    /// What precedes an echo's data or an error's quoted packet.
    @inline(always) public static var octets: Int { 8 }

    /// Fills the first 8 octets, the checksum with zero; ``seal(_:source:destination:)`` sets it once the body is there.
    /// Traps when they do not fit.
    @inlinable public func write(into out: inout MutableRawSpan) {
        out.requireRoom(Self.octets)
        switch self {
        case .unreachable(let reason): out.storeICMP(1, reason.rawValue, 0)
        case .packetTooBig(let mtu): out.storeICMP(2, 0, mtu)
        case .timeExceeded(let reason): out.storeICMP(3, reason.rawValue, 0)
        case .parameterProblem(let reason, let pointer): out.storeICMP(4, reason.rawValue, pointer)
        case .echo(let key): out.storeICMP(128, 0, key.word)
        case .echoReply(let key): out.storeICMP(129, 0, key.word)
        }
    }

    /// Sets the checksum of a whole ICMPv6 message in place: of these, neighbor discovery's or MLD's. RFC 4443 §2.3.
    @inlinable public static func seal(_ message: inout MutableRawSpan, source: IPv6Address, destination: IPv6Address) {
        message.requireRoom(octets)
        message.store16(0, 2)
        var sum = Checksum(source: source, destination: destination, next: .icmpv6, octets: message.byteCount)
        sum.add(message.bytes)
        message.store16(sum.value, 2)
    }
}

extension ICMPv6Message: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unreachable(let reason): "ICMPv6 unreachable (\(reason))"
        case .packetTooBig(let mtu): "ICMPv6 packet too big, MTU \(mtu)"
        case .timeExceeded(let reason): "ICMPv6 time exceeded (\(reason))"
        case .parameterProblem(let reason, let pointer): "ICMPv6 parameter problem (\(reason)) at \(pointer)"
        case .echo(let key): "ICMPv6 echo request \(key.identifier) #\(key.sequence)"
        case .echoReply(let key): "ICMPv6 echo reply \(key.identifier) #\(key.sequence)"
        }
    }
}
