/// The name of an instance's folder: one word that is safe in a path.
public struct FolderName: Hashable, Sendable, CustomStringConvertible {
    public let text: String
    public var description: String { text }

    /// Octets of the longest name: it becomes part of a socket's path.
    public static let longest = 64
    /// The folder of the stack without a prefix.
    public static let standard = FolderName(known: "default")

    private init(known: String) { text = known }

    /// A NIC's or switch's name: letters, digits, `.`, `_`, `-` and `:`, not beginning with a dot.
    public init?(_ text: String) {
        let allowed = text.utf8.allSatisfy { octet in
            switch octet {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: ":"): true
            default: false
            }
        }
        guard allowed, !text.isEmpty, text.utf8.count <= Self.longest, text.utf8.first != UInt8(ascii: ".") else { return nil }
        self.text = text
    }

    /// The folder of the stack with this prefix: `/sock2` is `sock2`, `/a/b` is `a%b`, no prefix is `default`.
    ///
    /// - Returns: nil for what is no prefix: it begins with `/`, and each part after it is a name as above.
    public init?(prefix: String) {
        guard !prefix.isEmpty else {
            self = .standard
            return
        }
        guard prefix.utf8.first == UInt8(ascii: "/"), prefix != "/default" else { return nil }
        let parts = prefix.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        guard parts.allSatisfy({ FolderName(String($0)) != nil }) else { return nil }
        text = parts.joined(separator: "%")
        guard text.utf8.count <= Self.longest else { return nil }
    }

    /// The prefix that this folder's name stands for; empty for `default`.
    public var prefix: String {
        self == .standard ? "" : "/" + text.split(separator: "%").joined(separator: "/")
    }

    /// A name read back from a folder of ours.
    init?(found text: String) {
        guard text.split(separator: "%", omittingEmptySubsequences: false).allSatisfy({ FolderName(String($0)) != nil })
        else { return nil }
        self.text = text
    }
}
