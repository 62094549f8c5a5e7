public import Messages
internal import Host

/// Reads the words behind `io-pkt-v6-hc`. Pure: words in, plan or refusal out.
///
/// The grammar is QNX's: an option's argument may be glued to its letter, and may be followed by one more word of options
/// when that word does not begin with `-`. No argument library reads that, so it is read here.
public struct StackCommandLine {
    /// What the words ask for.
    public enum Order: Equatable, Sendable {
        case start(StackPlan)
        case help(String)
    }

    private var rest: ArraySlice<String>
    private var plan: StackPlan
    private var asksHelp = false

    /// - Parameter words: behind the command's name.
    /// - Throws: what is wrong with them, in one line.
    public static func read(_ variant: StackPlan.Variant, _ words: [String]) throws(Failure) -> Order {
        var line = StackCommandLine(rest: words[...], plan: StackPlan(variant, words: [variant.rawValue] + words))
        try line.readAll()
        return line.asksHelp ? .help(usage(variant)) : .start(line.plan)
    }

    private mutating func readAll() throws(Failure) {
        while let word = rest.popFirst(), !asksHelp {
            if word == "--help" { asksHelp = true } else { try readCluster(word) }
        }
        if plan.hasDedicatedThread, plan.threads == 1 {
            plan.notes.append("-D: a thread for the stack alone needs another for packets (-t1); ignored")
            plan.hasDedicatedThread = false
        }
    }

    /// `-vS`, `-i2`, `-d`: letters up to the first one that takes an argument.
    private mutating func readCluster(_ word: String) throws(Failure) {
        guard word.hasPrefix("-"), word.count > 1 else {
            throw Self.misuse("\"\(word)\"", "a word that belongs to no option", "options of a driver follow its -d, without spaces")
        }
        var letters = word.dropFirst()
        while let letter = letters.popFirst() {
            switch letter {
            case "v": plan.isVerbose = true
            case "S": plan.notesFaults = false
            case "D": plan.hasDedicatedThread = true
            case "?", "h": asksHelp = true
            case "d", "i", "p", "P", "t":
                try readArgument(letter, letters.isEmpty ? rest.popFirst() : String(letters))
                return
            default: throw Self.misuse("-\(letter)", "unknown option", "see: \(plan.variant.rawValue) --help")
            }
        }
    }

    private mutating func readArgument(_ letter: Character, _ argument: String?) throws(Failure) {
        guard let argument, !argument.isEmpty else {
            throw Self.misuse("-\(letter)", "needs an argument", "see: \(plan.variant.rawValue) --help")
        }
        switch letter {
        case "d": plan.drivers.append(.init(name: try checked(argument, "-d"), options: nextOptions() ?? ""))
        case "i": plan.instance = try instance(argument)
        case "P": setPriority(argument)
        case "t": plan.threads = try threads(argument)
        default: try readProtocol(argument)
        }
    }

    /// The next word, where it is a string of options.
    private mutating func nextOptions() -> String? {
        guard let next = rest.first, !next.hasPrefix("-") else { return nil }
        return rest.popFirst()
    }

    private func checked(_ name: String, _ option: String) throws(Failure) -> String {
        guard !name.hasPrefix("-") else { throw Self.misuse("\(option) \(name)", "is no name", "\(option) NAME [OPTIONS]") }
        return name
    }

    private func instance(_ text: String) throws(Failure) -> Int {
        guard let number = ProtocolOption.number(text), (0...999).contains(number) else {
            throw Self.misuse("-i \(text)", "is no instance number", "use 0 to 999, as in -i2")
        }
        return number
    }

    private func threads(_ text: String) throws(Failure) -> Int {
        guard let number = Int(text) else { throw Self.misuse("-t \(text)", "is no number of threads", "use 1 or more") }
        return min(max(number, 1), 64)
    }

    /// what is out of range is ignored with a line in the log.
    private mutating func setPriority(_ text: String) {
        guard let number = Int(text), (1...255).contains(number) else {
            plan.notes.append("-P \(text): the priority is from 1 to 255; ignored")
            return
        }
        plan.priority = number
    }

    private mutating func readProtocol(_ name: String) throws(Failure) {
        let name = try checked(name, "-p"), options = nextOptions() ?? ""
        // tcpip is built in, and any word that contains it only carries options.
        guard name.contains("tcpip") else {
            plan.modules.append(.init(name: name, options: options))
            return
        }
        for option in options.split(separator: ",", omittingEmptySubsequences: true) { try readOption(String(option)) }
    }

    private mutating func readOption(_ text: String) throws(Failure) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let option = ProtocolOption.named(parts[0]) else {
            plan.notes.append("tcpip: unrecognized option: \"\(parts[0])\"")
            return
        }
        guard let value = option.accept(parts.count > 1 ? parts[1] : nil) else {
            throw Self.misuse("tcpip option \"\(text)\"", "its value is not allowed", "use \(option.allowed)")
        }
        guard option.value == .prefix else {
            plan.options[option.name] = value
            return
        }
        guard FolderName(prefix: value) != nil, !value.isEmpty else {
            throw Self.misuse("prefix=\(value)", "is no prefix", "use / and letters, digits, . _ - in at most 64 octets: prefix=/sock2")
        }
        plan.prefix = value
    }

    private static func misuse(_ what: String, _ why: String, _ fix: String) -> Failure { Failure(.invalid, what: what, why: why, fix: fix) }
}
