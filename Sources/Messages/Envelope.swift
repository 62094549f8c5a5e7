/// The first 24 octets of every message. All numbers little-endian.
///
///     0       4         6      7             8          16            20        24
///     +-------+---------+------+-------------+----------+-------------+---------+
///     | magic | version | kind | descriptors | sequence | body octets | zero    |
///     +-------+---------+------+-------------+----------+-------------+---------+
///
/// Magic and version keep their place for ever, so that two builds can at least say that they do not match.
public struct Envelope: Equatable, Sendable {
    public enum Kind: UInt8, Sendable {
        case request = 1, reply, failure
        /// Wants no answer.
        case pulse
    }

    public static let octets = 24
    public static let magic: UInt32 = 0x4b43_4f44
    public static let version: UInt16 = 1
    /// Of a body.
    public static let mostOctets = 128 * 1024
    /// Of a whole message.
    public static let mostInAll = octets + mostOctets

    public var kind: Kind
    public var descriptors: UInt8
    public var sequence: UInt64
    public var bodyOctets: Int

    public init(_ kind: Kind, sequence: UInt64, bodyOctets: Int, descriptors: Int = 0) {
        self.kind = kind
        self.sequence = sequence
        self.bodyOctets = bodyOctets
        self.descriptors = UInt8(clamping: descriptors)
    }

    /// What a peer's first octets are, when they are no envelope of ours.
    public enum Refusal: Error, Equatable, Sendable { case malformed, wrongVersion(UInt16) }

    /// Reads the envelope of a whole message.
    ///
    /// - Parameter descriptors: how many came with it; another number than announced is malformed.
    public init(reading message: Span<UInt8>, descriptors: Int) throws(Refusal) {
        guard message.count >= 6, message.number(0, 4) == UInt64(Self.magic) else { throw .malformed }
        let version = UInt16(message.number(4, 2))
        guard version == Self.version else { throw .wrongVersion(version) }
        guard message.count >= Self.octets, let kind = Kind(rawValue: message[6]) else { throw .malformed }
        let length = Int(message.number(16, 4))
        guard length <= Self.mostOctets, message.count == Self.octets + length, Int(message[7]) == descriptors else { throw .malformed }
        self.init(kind, sequence: message.number(8, 8), bodyOctets: length, descriptors: descriptors)
    }

    /// The 24 octets.
    public var encoded: [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(Self.octets + bodyOctets)
        out.append(UInt64(Self.magic), 4)
        out.append(UInt64(Self.version), 2)
        out += [kind.rawValue, descriptors]
        out.append(sequence, 8)
        out.append(UInt64(bodyOctets), 4)
        out.append(0, 4)
        return out
    }
}

extension Span<UInt8> {
    /// `octets` octets from `start`, least significant first.
    fileprivate func number(_ start: Int, _ octets: Int) -> UInt64 {
        var value: UInt64 = 0
        for index in 0..<octets { value |= UInt64(self[start + index]) << UInt64(8 * index) }
        return value
    }
}

extension [UInt8] {
    fileprivate mutating func append(_ value: UInt64, _ octets: Int) {
        for index in 0..<octets { append(UInt8(truncatingIfNeeded: value >> UInt64(8 * index))) }
    }
}
