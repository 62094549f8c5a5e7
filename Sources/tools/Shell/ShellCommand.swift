internal import Shell

/// What a line of a shell came to: lines for a person, and the same for a program.
struct ShellAnswer {
    var lines: [String] = []
    /// Beside the lines, with `--json`.
    var data: (any Encodable)?

    init(_ lines: [String] = [], data: (any Encodable)? = nil) { (self.lines, self.data) = (lines, data) }
    /// Text as another tool prints it.
    init(text: String, data: (any Encodable)? = nil) {
        self.init(text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init), data: data)
        if lines.last == "" { lines.removeLast() }
    }
}

/// A word that is no expression: `d`, `regs`, `why`.
struct ShellCommand {
    let name: String
    /// How it is called: `d [address [, units [, width]]]`.
    let synopsis: String
    /// One line.
    let help: String
    let run: (ShellSession, ShellArguments) throws(ShellError) -> ShellAnswer

    init(_ name: String, _ synopsis: String, _ help: String, _ run: @escaping (ShellSession, ShellArguments) throws(ShellError) -> ShellAnswer) {
        (self.name, self.help, self.run) = (name, help, run)
        self.synopsis = synopsis.isEmpty ? name : "\(name) \(synopsis)"
    }

    /// All of them; a family a file.
    static var families: [(title: String, commands: [ShellCommand])] {
        [
            ("Memory", MemoryCommands.all), ("Symbols", SymbolCommands.all), ("Threads", ThreadCommands.all), ("Breakpoints", BreakCommands.all), ("Devices", DeviceCommands.all), ("Rings", RingCommands.all),
            ("Diagnosis", WhyCommand.all), ("Network", NetworkCommands.all), ("Changes", JournalCommands.all),
            ("Drivers", DriverCommands.all), ("Time", TimeCommands.all),
        ("The shell", ShellCommands.all),
        ]
    }

    static func find(_ name: String) -> ShellCommand? {
        for family in families { if let found = family.commands.first(where: { $0.name == name }) { return found } }
        return nil
    }
}

/// What stands behind a command's name.
struct ShellArguments {
    let text: String

    init(_ text: some StringProtocol) { self.text = text.trimmingSpaces }

    var isEmpty: Bool { text.isEmpty }

    /// Divided at its commas, as VxWorks does it, with or without parentheses around all.
    var list: [String] {
        var inner = Substring(text)
        if inner.first == "(", inner.last == ")", Self.isOne(inner) { inner = inner.dropFirst().dropLast() }
        var parts: [String] = [], start = inner.startIndex, depth = 0, quote: Character?
        for index in inner.indices {
            let character = inner[index]
            if let open = quote { if character == open { quote = nil } } else if character == "\"" || character == "'" { quote = character }
            guard quote == nil else { continue }
            if "([".contains(character) { depth += 1 } else if ")]".contains(character) { depth -= 1 }
            if character == ",", depth == 0 {
                parts.append(inner[start..<index].trimmingSpaces)
                start = inner.index(after: index)
            }
        }
        let last = inner[start...].trimmingSpaces
        return parts.isEmpty && last.isEmpty ? [] : parts + [last]
    }

    /// Whether the first parenthesis is closed by the last character.
    private static func isOne(_ text: Substring) -> Bool {
        var depth = 0
        for index in text.indices {
            if text[index] == "(" { depth += 1 } else if text[index] == ")" { depth -= 1 }
            if depth == 0 { return text.index(after: index) == text.endIndex }
        }
        return false
    }

    /// Divided at spaces and commas; quotes around a word are taken off.
    var words: [String] {
        text.split { $0 == " " || $0 == "," || $0 == "\t" }.map { word in
            word.count > 1 && word.first == "\"" && word.last == "\"" ? String(word.dropFirst().dropLast()) : String(word)
        }
    }
}

extension StringProtocol {
    var trimmingSpaces: String {
        let start = drop { $0 == " " || $0 == "\t" }
        return String(start.reversed().drop { $0 == " " || $0 == "\t" || $0 == "\r" }.reversed())
    }
}
