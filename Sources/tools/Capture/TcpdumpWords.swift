/// tcpdump's command line, as far as it concerns where frames come from: what we answer is taken out, the rest stays tcpdump's.
struct TcpdumpWords: Equatable {
    /// What to capture; nil: not said.
    var interface: String?
    /// The stack; nil: as SOCK says.
    var prefix: String?
    var direction = CaptureMerger.Direction.both
    /// `-D`: what there is.
    var lists = false
    /// It needs no frames of ours: it reads a file, or tells its version.
    var isOnItsOwn = false
    /// For tcpdump.
    var rest: [String] = []

    /// Its short options that have a value. tcpdump(1)
    private static let valued = Set("BcCEFGijmMQrsTVwWyzZ")

    /// - Throws: a value is missing, or no direction; exit code 64.
    init(_ words: [String]) throws(ToolFailure) {
        var left = words[...]
        while let word = left.popFirst() {
            if word == "--" {
                rest += [word] + left
                return
            }
            if word.hasPrefix("--") { try long(word, &left) } else if word.hasPrefix("-"), word.count > 1 { try short(word, &left) } else { rest.append(word) }
        }
    }

    private mutating func long(_ word: String, _ left: inout ArraySlice<String>) throws(ToolFailure) {
        let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let name = parts[0]
        switch name {
        case "interface", "sock", "direction":
            guard let value = parts.count > 1 ? parts[1] : left.popFirst() else { throw Self.missing(word) }
            if name == "interface" { interface = value } else if name == "sock" { prefix = value } else { direction = try Self.direction(value) }
        case "list-interfaces": lists = true
        default:
            if name == "version" { isOnItsOwn = true }
            rest.append(word)
        }
    }

    /// `-nni em0`: options without a value, and behind them perhaps one with it.
    private mutating func short(_ word: String, _ left: inout ArraySlice<String>) throws(ToolFailure) {
        var kept = "-", letters = word.dropFirst()
        while let letter = letters.popFirst() {
            guard Self.valued.contains(letter) else {
                if letter == "D" { lists = true } else { kept.append(letter) }
                continue
            }
            let isApart = letters.isEmpty
            guard let value = isApart ? left.popFirst() : String(letters) else { throw Self.missing("-\(letter)") }
            switch letter {
            case "i": interface = value
            case "Q": direction = try Self.direction(value)
            default:
                if letter == "r" || letter == "V" { isOnItsOwn = true }
                kept.append(letter)
                if isApart {
                    rest += [kept, value]
                    return
                }
                kept += value
            }
            letters = ""
        }
        if kept != "-" { rest.append(kept) }
    }

    private static func direction(_ text: String) throws(ToolFailure) -> CaptureMerger.Direction {
        guard let direction = CaptureMerger.Direction(rawValue: text) else { throw ToolFailure("-Q \(text)", "that is no direction", "give in, out or inout", exit: 64) }
        return direction
    }

    private static func missing(_ word: String) -> ToolFailure { ToolFailure(word, "its value is missing", "as in: drydock tcpdump -ni em0 icmp", exit: 64) }
}
