/// An ICMP message that this stack knows: what it may send, and what it understands. RFC 792, RFC 1191 §4.
@frozen public enum ICMPv4Message: Equatable, Sendable {
    @frozen public enum Unreachable: UInt8, Sendable {
        case network = 0, host = 1, `protocol` = 2, port = 3, fragmentationNeeded = 4, sourceRouteFailed = 5
        case networkUnknown = 6, hostUnknown = 7, sourceHostIsolated = 8, networkProhibited = 9, hostProhibited = 10
        case networkForService = 11, hostForService = 12, communicationProhibited = 13, hostPrecedence = 14
        case precedenceCutoff = 15
    }
    @frozen public enum Exceeded: UInt8, Sendable { case transit = 0, reassembly = 1 }
    @frozen public enum Redirect: UInt8, Sendable { case network = 0, host = 1, networkForService = 2, hostForService = 3 }
    @frozen public enum Parameter: UInt8, Sendable { case pointer = 0, missingOption = 1, badLength = 2 }

    /// Milliseconds since midnight UTC; the top bit marks a time that is not. RFC 792.
    @frozen public struct Times: Equatable, Sendable {
        public var originate: UInt32, receive: UInt32, transmit: UInt32
        @inline(always) public init(originate: UInt32, receive: UInt32, transmit: UInt32) {
            (self.originate, self.receive, self.transmit) = (originate, receive, transmit)
        }
    }

    case echoReply(EchoKey)
    /// `nextHopMTU` in octets; 0 from routers older than RFC 1191, and with every code but `fragmentationNeeded`.
    case unreachable(Unreachable, nextHopMTU: UInt16)
    case redirect(Redirect, gateway: IPv4Address)
    case echo(EchoKey)
    case timeExceeded(Exceeded)
    /// `pointer`: the octet of the quoted packet that was wrong; meaningful with code `pointer` only.
    case parameterProblem(Parameter, pointer: UInt8)
    case timestamp(EchoKey, Times)
    case timestampReply(EchoKey, Times)

    /// Nil for a type or code that this stack does not know: drop the message in silence. RFC 1122 §3.2.2.
    @inlinable public init?(_ view: borrowing ICMPv4View) {
        let code = view.code, rest = view.rest
        let key = EchoKey(identifier: UInt16(truncatingIfNeeded: rest &>> 16), sequence: UInt16(truncatingIfNeeded: rest))
        switch view.type {
        case 0 where code == 0: self = .echoReply(key)
        case 3:
            guard let reason = Unreachable(rawValue: code) else { return nil }
            self = .unreachable(reason, nextHopMTU: reason == .fragmentationNeeded ? UInt16(truncatingIfNeeded: rest) : 0)
        case 5:
            guard let reason = Redirect(rawValue: code) else { return nil }
            self = .redirect(reason, gateway: IPv4Address(rest))
        case 8 where code == 0: self = .echo(key)
        case 11:
            guard let reason = Exceeded(rawValue: code) else { return nil }
            self = .timeExceeded(reason)
        case 12:
            guard let reason = Parameter(rawValue: code) else { return nil }
            self = .parameterProblem(reason, pointer: reason == .pointer ? UInt8(truncatingIfNeeded: rest &>> 24) : 0)
        case 13 where code == 0: self = .timestamp(key, Times(view))
        case 14 where code == 0: self = .timestampReply(key, Times(view))
        default: return nil
        }
    }

    /// 8, or 20 with times: what precedes an echo's data or an error's quoted packet.
    @inlinable public var octets: Int {
        switch self {
        case .timestamp, .timestampReply: 20
        case .echoReply, .unreachable, .redirect, .echo, .timeExceeded, .parameterProblem: 8
        }
    }

    /// Fills the first ``octets`` octets, the checksum with zero; ``seal(_:)`` sets it once the body is there.
    /// Traps when they do not fit.
    @inlinable public func write(into out: inout MutableRawSpan) {
        out.requireRoom(octets)
        switch self {
        case .echoReply(let key): out.storeICMP(0, 0, key.word)
        case .unreachable(let reason, let mtu):
            out.storeICMP(3, reason.rawValue, reason == .fragmentationNeeded ? UInt32(mtu) : 0)
        case .redirect(let reason, let gateway): out.storeICMP(5, reason.rawValue, gateway.value)
        case .echo(let key): out.storeICMP(8, 0, key.word)
        case .timeExceeded(let reason): out.storeICMP(11, reason.rawValue, 0)
        case .parameterProblem(let reason, let pointer):
            out.storeICMP(12, reason.rawValue, reason == .pointer ? UInt32(pointer) &<< 24 : 0)
        case .timestamp(let key, let times):
            out.storeICMP(13, 0, key.word)
            times.write(into: &out)
        case .timestampReply(let key, let times):
            out.storeICMP(14, 0, key.word)
            times.write(into: &out)
        }
    }

    /// Sets the checksum of a whole message in place.
    @inlinable public static func seal(_ message: inout MutableRawSpan) {
        message.requireRoom(8)
        message.store16(0, 2)
        message.store16(Checksum(message.bytes).value, 2)
    }
}

extension EchoKey {
    @inlinable @inline(__always) var word: UInt32 { UInt32(identifier) &<< 16 | UInt32(sequence) }
}

extension MutableRawSpan {
    /// The first 8 octets of every ICMP message, checksum zero. The caller has required the room.
    @inlinable @inline(__always)
    mutating func storeICMP(_ type: UInt8, _ code: UInt8, _ rest: UInt32) {
        store8(type, 0)
        store8(code, 1)
        store16(0, 2)
        store32(rest, 4)
    }
}

extension ICMPv4Message.Times {
    @inlinable init(_ view: borrowing ICMPv4View) {
        self.init(
            originate: view.octets.load32(8), receive: view.octets.load32(12), transmit: view.octets.load32(16))
    }

    @inlinable func write(into out: inout MutableRawSpan) {
        out.store32(originate, 8)
        out.store32(receive, 12)
        out.store32(transmit, 16)
    }
}

extension ICMPv4Message: CustomStringConvertible {
    public var description: String {
        switch self {
        case .echoReply(let key): "ICMP echo reply \(key.identifier) #\(key.sequence)"
        case .unreachable(.fragmentationNeeded, let mtu): "ICMP fragmentation needed, MTU \(mtu)"
        case .unreachable(let reason, _): "ICMP unreachable (\(reason))"
        case .redirect(let reason, let gateway): "ICMP redirect (\(reason)) to \(gateway)"
        case .echo(let key): "ICMP echo request \(key.identifier) #\(key.sequence)"
        case .timeExceeded(let reason): "ICMP time exceeded (\(reason))"
        case .parameterProblem(let reason, let pointer): "ICMP parameter problem (\(reason)) at \(pointer)"
        case .timestamp(let key, _): "ICMP timestamp request \(key.identifier) #\(key.sequence)"
        case .timestampReply(let key, _): "ICMP timestamp reply \(key.identifier) #\(key.sequence)"
        }
    }
}
