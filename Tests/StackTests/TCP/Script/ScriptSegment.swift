@testable import Stack
import Wire

/// A segment as a script writes it: what is not written is not looked at.
///
///     S. 0 ack 1001 win 65535 mss 1460 sackok ts 5 0 ws 7 sack 1101:1201 | ecn ce
///
/// Flags as letters (S F R P U E C, `.` for ACK, `-` for none), numbers as `first` or `first:end`. Of our own segments
/// they count from the initial number, of the peer's they are as written.
struct ScriptSegment: Equatable {
    var flags: TCPView.Flags = []
    var sequence: UInt32 = 0
    /// Octets of payload.
    var octets = 0
    var acknowledgment: UInt32?
    var window: UInt16?
    var urgent: UInt16?
    var options = TCPOptions()
    /// The words that were written: only these are compared.
    var words: Set<String> = []
    var isMarked = false

    /// - Throws: the word that is none.
    init(_ words: [Substring]) throws(ScriptError) {
        guard let letters = words.first else { throw ScriptError("a segment begins with its flags") }
        for letter in letters { flags.insert(try Self.flag(letter)) }
        var rest = words.dropFirst()
        guard let numbers = rest.popFirst() else { throw ScriptError("'\(letters)' has no number") }
        (sequence, octets) = try Self.range(numbers)
        while let word = rest.popFirst() {
            self.words.insert(String(word))
            switch word {
            case "ack": acknowledgment = try Self.number(rest.popFirst())
            case "win": window = UInt16(truncatingIfNeeded: try Self.number(rest.popFirst()))
            case "urg": urgent = UInt16(truncatingIfNeeded: try Self.number(rest.popFirst()))
            case "mss": options.maximumSegment = UInt16(truncatingIfNeeded: try Self.number(rest.popFirst()))
            case "ws": options.windowScale = UInt8(truncatingIfNeeded: try Self.number(rest.popFirst()))
            case "sackok": options.isSACKPermitted = true
            case "ts": options.timestamp = TCPTimestamp(value: try Self.number(rest.popFirst()), echo: try Self.number(rest.popFirst()))
            case "ce": isMarked = true
            case "sack":
                while let block = rest.first, block.contains(":") {
                    rest.removeFirst()
                    let (first, count) = try Self.range(block)
                    options.append(TCPSackBlock(left: first, right: first &+ UInt32(count)))
                }
            default: throw ScriptError("'\(word)' is no part of a segment")
            }
        }
    }

    private static func flag(_ letter: Character) throws(ScriptError) -> TCPView.Flags {
        switch letter {
        case "S": .syn
        case "F": .fin
        case "R": .rst
        case "P": .psh
        case "U": .urg
        case "E": .ece
        case "C": .cwr
        case ".": .ack
        case "-": []
        default: throw ScriptError("'\(letter)' is no flag")
        }
    }

    private static func number(_ word: Substring?) throws(ScriptError) -> UInt32 {
        guard let word, let number = UInt32(word) else { throw ScriptError("'\(word ?? "")' is no number") }
        return number
    }

    private static func range(_ word: Substring) throws(ScriptError) -> (UInt32, Int) {
        let parts = word.split(separator: ":")
        guard let first = parts.first.flatMap({ UInt32($0) }) else { throw ScriptError("'\(word)' is no number") }
        guard parts.count > 1 else { return (first, 0) }
        guard let end = UInt32(parts[1]), end >= first else { throw ScriptError("'\(word)' is no range") }
        return (first, Int(end - first))
    }
}

/// Why a script cannot be run: its line says where.
struct ScriptError: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

/// A segment that the stack sent, as the script sees it.
struct SentSegment {
    let facts: SegmentFacts
    let payload: [UInt8]
    /// Counted from our initial number.
    let sequence: UInt32
    /// What the IP header said. RFC 3168 §5.
    let mark: TrafficClass.ECN

    /// Where the segment differs from what was written; nil: nowhere.
    func difference(from wanted: ScriptSegment) -> String? {
        let mine = facts.flags.subtracting(wanted.flags.contains(.psh) ? [] : .psh)
        if mine != wanted.flags { return "flags \(facts.flags)" }
        if sequence != wanted.sequence { return "number \(sequence)" }
        if payload.count != wanted.octets { return "\(payload.count) octets" }
        if let ack = wanted.acknowledgment, facts.acknowledgment.rawValue != ack { return "ack \(facts.acknowledgment)" }
        if let window = wanted.window, facts.window != window { return "win \(facts.window)" }
        if let urgent = wanted.urgent, facts.urgentPointer != urgent { return "urg \(facts.urgentPointer)" }
        return optionDifference(wanted)
    }

    private func optionDifference(_ wanted: ScriptSegment) -> String? {
        let options = facts.options
        if wanted.words.contains("mss"), options.maximumSegment != wanted.options.maximumSegment { return "\(options)" }
        if wanted.words.contains("ws"), options.windowScale != wanted.options.windowScale { return "\(options)" }
        if wanted.words.contains("sackok"), !options.isSACKPermitted { return "\(options)" }
        if wanted.words.contains("ts"), options.timestamp?.echo != wanted.options.timestamp?.echo { return "\(options)" }
        if wanted.words.contains("ce"), mark == .notCapable { return "no ECN" }
        guard wanted.words.contains("sack") else { return nil }
        let isSame = options.sackCount == wanted.options.sackCount && (0..<options.sackCount).allSatisfy { options.sack[$0] == wanted.options.sack[$0] }
        return isSame ? nil : "\(options)"
    }
}
