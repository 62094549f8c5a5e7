/// What a stack was started as: the command line, understood. Handed from the start command to the supervisor to the stack,
/// and kept for starting it again.
public struct StackPlan: Codable, Equatable, Sendable {
    /// The three names under which a stack is started.
    public enum Variant: String, Codable, Sendable, CaseIterable {
        case v4 = "io-pkt-v4", v4Full = "io-pkt-v4-hc", v6Full = "io-pkt-v6-hc"

        /// Whether the stack speaks IPv6.
        public var hasIPv6: Bool { self == .v6Full }
    }

    /// Something to load at start: `-d name options` or `-p name options`.
    public struct Module: Codable, Equatable, Sendable {
        /// As given: a short name, or a path when it begins with `/`.
        public var name: String
        /// Comma-separated; empty when there are none.
        public var options: String
        public init(name: String, options: String) { (self.name, self.options) = (name, options) }
    }

    public var variant: Variant
    /// `-i`; 0 without it.
    public var instance: Int = 0
    /// Empty without `prefix=`.
    public var prefix: String = ""
    /// `-d`, in order.
    public var drivers: [Module] = []
    /// `-p` words that are not `tcpip`.
    public var modules: [Module] = []
    /// Of the tcpip protocol, by name; a flag that is on is `1`.
    public var options: [String: String] = [:]
    /// `-P`: of the main thread.
    public var priority: Int = 21
    /// `-t`: packet threads; nil is one a processor.
    public var threads: Int?
    /// Off with `-S`: fatal signals are noted for the supervisor before they take their effect.
    public var notesFaults = true
    /// `-v`: load errors go to the console, too.
    public var isVerbose = false
    /// `-D`: a thread for the stack's context alone.
    public var hasDedicatedThread = false
    /// What was ignored on the command line; lines for the log.
    public var notes: [String] = []
    /// The command as it was typed, to say how to start again.
    public var words: [String]

    public init(_ variant: Variant, words: [String]) {
        self.variant = variant
        self.words = words
    }

    /// The type that `mount -T` names: `io-pkt2`, or `io-pkt` for instance 0.
    public var mountType: String { instance == 0 ? "io-pkt" : "io-pkt\(instance)" }

    /// A tcpip option's number; nil when it was not given.
    public func number(_ option: String) -> Int? { options[option].flatMap { Int($0) } }

    /// Whether a tcpip flag is on.
    /// - Parameter standard: what it is when it was not given.
    public func flag(_ option: String, standard: Bool = false) -> Bool { options[option].map { $0 != "0" } ?? standard }

    /// The command line in a form that a shell reads back.
    public var command: String { words.map(Self.quoted).joined(separator: " ") }

    private static func quoted(_ word: String) -> String {
        let plain = !word.isEmpty && word.utf8.allSatisfy { octet in
            switch octet {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            default: "=,./-_:+@%".utf8.contains(octet)
            }
        }
        return plain ? word : "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
