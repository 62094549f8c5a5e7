/// Words as a shell reads them back.
enum ShellText {
    /// In single quotes; right for sh, bash and zsh.
    static func quoted(_ word: String) -> String {
        "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }

    /// In single quotes as fish reads them: it knows `\'` and `\\` inside.
    static func quotedForFish(_ word: String) -> String {
        "'" + word.flatMap { $0 == "'" || $0 == "\\" ? ["\\", $0] : [$0] } + "'"
    }

    /// As it is when no shell would touch it.
    static func quotedIfNeeded(_ word: String) -> String {
        let safe = word.utf8.allSatisfy { octet in
            switch octet {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: ":"), UInt8(ascii: "="),
                UInt8(ascii: ","), UInt8(ascii: "%"), UInt8(ascii: "+"), UInt8(ascii: "@"): true
            default: false
            }
        }
        return safe && !word.isEmpty ? word : quoted(word)
    }
}
