/// Why octets were refused: one case a kind of fault, so that each can have one counter.
///
/// The raw value is dense from 0, fit to index a table of counters.
@frozen public enum WireError: UInt8, Error, Equatable, Sendable, CaseIterable {
    /// Fewer octets than the fixed header, or than a length field promises.
    case truncated
    /// A length field contradicts itself: a header shorter than its minimum, an option of zero octets.
    case badLength
    /// The version field is not the protocol's.
    case badVersion
    /// The checksum does not match the octets.
    case badChecksum
    /// An option or extension header that is malformed, misplaced or forbidden.
    case badOption
    /// A field holds a value that the standard forbids here.
    case badValue
    /// A neighbor discovery message whose hop limit is not 255: it may have crossed a router. RFC 4861 §6.1, §7.1.
    case badHopLimit
    /// More extension headers than any honest sender uses.
    case tooManyHeaders
}

extension WireError: CustomStringConvertible {
    /// The reason in a few words, as counters and logs print it.
    public var description: String {
        switch self {
        case .truncated: "truncated"
        case .badLength: "bad length"
        case .badVersion: "bad version"
        case .badChecksum: "bad checksum"
        case .badOption: "bad option"
        case .badValue: "bad value"
        case .badHopLimit: "bad hop limit"
        case .tooManyHeaders: "too many extension headers"
        }
    }
}
