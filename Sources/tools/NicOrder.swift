internal import Host

/// What `nic` was asked for.
enum NicOrder: Equatable {
    case add(name: String, hardware: String)
    case remove([String])
    case list
    case show(String)
    case plug(String, cable: String)
    case unplug(String)
    case link(String, up: Bool)
    case pull(String)
    case push(String)
    /// nil: end it.
    case capture(String, file: String?)
    /// Empty: none.
    case impair(String, String)

    /// - Throws: a sentence about what is wrong; exit code 64.
    ///
    /// - Parameter addOptions: whether options were given that belong to `add`.
    init(_ words: [String], addOptions: Bool = false) throws(ToolFailure) {
        let verb = words.first ?? "list"
        let rest = Array(words.dropFirst())
        guard let form = Self.forms[verb] else {
            throw ToolFailure(verb, "unknown word", "it is one of: \(Self.forms.keys.sorted().joined(separator: ", "))", exit: 64)
        }
        guard form.words.contains(rest.count) else {
            throw ToolFailure(verb, rest.count < form.words.lowerBound ? "a word is missing" : "too many words", "as in: \(form.example)", exit: 64)
        }
        guard !addOptions || verb == "add" else {
            throw ToolFailure(verb, "--cable, --capture and --judge belong to add", "as in: nic plug em-a nic:em-b", exit: 64)
        }
        for name in verb == "remove" ? rest : Array(rest.prefix(1)) where FolderName(name) == nil {
            throw ToolFailure(name, "that cannot be a NIC's name", "use letters, digits, - and _, as in: em-a", exit: 64)
        }
        self = try Self.order(verb, rest)
    }

    private static let forms: [String: (words: ClosedRange<Int>, example: String)] = [
        "add": (2...2, "nic add em-a sim:82540em --cable nic:em-b"),
        "remove": (1...1000, "nic remove em-a"),
        "list": (0...0, "nic list"),
        "show": (1...1, "nic show em-a"),
        "plug": (2...2, "nic plug em-a nic:em-b"),
        "unplug": (1...1, "nic unplug em-a"),
        "link": (2...2, "nic link em-a down"),
        "pull": (1...1, "nic pull em-a"),
        "push": (1...1, "nic push em-a"),
        "capture": (2...2, "nic capture em-a em-a.pcapng"),
        "impair": (2...2, "nic impair em-a loss=1%,delay=5ms"),
    ]

    private static func order(_ verb: String, _ rest: [String]) throws(ToolFailure) -> NicOrder {
        switch verb {
        case "add": return .add(name: rest[0], hardware: rest[1])
        case "remove": return .remove(rest)
        case "show": return .show(rest[0])
        case "plug": return .plug(rest[0], cable: rest[1])
        case "unplug": return .unplug(rest[0])
        case "link":
            guard ["up", "down"].contains(rest[1]) else {
                throw ToolFailure("link \(rest[0]) \(rest[1])", "a link is up or down", "as in: nic link \(rest[0]) down", exit: 64)
            }
            return .link(rest[0], up: rest[1] == "up")
        case "pull": return .pull(rest[0])
        case "push": return .push(rest[0])
        case "capture": return .capture(rest[0], file: rest[1] == "off" ? nil : rest[1])
        case "impair": return .impair(rest[0], rest[1] == "none" ? "" : rest[1])
        default: return .list
        }
    }
}
