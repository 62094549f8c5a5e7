/// The first message each way between two Drydock ends of a cable, before any frame: who calls, and whether it may.
enum Greeting: Equatable {
    /// The caller names itself.
    case call(from: String)
    /// The called one names itself: frames may flow.
    case accept(by: String)
    /// The called one says why not, and closes.
    case refuse(why: String)

    private static let magic = Array("DRYDOCK1".utf8)
    static let longest = 256

    var octets: [UInt8] {
        switch self {
        case .call(let name): Self.magic + [UInt8(ascii: "C")] + name.utf8
        case .accept(let name): Self.magic + [UInt8(ascii: "A")] + name.utf8
        case .refuse(let why): Self.magic + [UInt8(ascii: "R")] + why.utf8.prefix(200)
        }
    }

    /// Nil: not a greeting, or a name that is none.
    init?(_ message: RawSpan) {
        let octets = message.byteCount <= Self.longest ? message.copied : []
        guard octets.count > 9, octets.starts(with: Self.magic) else { return nil }
        let text = String(decoding: octets[9...], as: UTF8.self)
        switch octets[8] {
        case UInt8(ascii: "C") where CableSpecification.isName(text): self = .call(from: text)
        case UInt8(ascii: "A") where CableSpecification.isName(text): self = .accept(by: text)
        case UInt8(ascii: "R"): self = .refuse(why: text)
        default: return nil
        }
    }
}
