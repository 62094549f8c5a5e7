internal import Dossier
internal import Host
internal import Messages
internal import Shell

/// One shell: its target, its symbols and its journal. Lines go in, answers come out; an error ends a line and never the shell.
final class ShellSession {
    var shell: Interpreter<InspectedTarget>
    let subject: any ShellSubject
    /// Asks the person for a line; nil where there is none.
    var ask: ((String) -> String?)?
    /// Chooses how lines are edited: `vi`, `emacs`; false: they are not, or not so.
    var edit: (String) -> Bool = { _ in false }
    /// Runs the lines of a script.
    var runScript: ((String) throws(ShellError) -> ShellAnswer)?
    /// Lines that were given, the newest last.
    private(set) var history: [String] = []
    var isEnding = false
    /// Where `d` goes on, and how.
    var dump = MemoryCommands.Dump()
    /// The breakpoint at which the stack stands by this session; it goes on when this goes.
    var standing: BreakpointFeed?
    private let began = MonotonicClock.now()
    /// Whether the user has interrupted: for what lasts.
    var isInterrupted: () -> Bool = { false }
    /// Prints lines before a command has ended.
    var show: ([String]) -> Void = { _ in }
    /// Says how an answer came about, beside it.
    var remark: (String) -> Void = { _ in }

    init(_ subject: any ShellSubject, isReadOnly: Bool) {
        self.subject = subject
        shell = Interpreter(subject.target(isReadOnly: isReadOnly))
    }

    var target: InspectedTarget { shell.target }
    var journal: ShellJournal { shell.target.journal }

    /// A line's answer, and why it ended early.
    func run(_ line: String) -> (answer: ShellAnswer, error: ShellError?) {
        let line = line.trimmingSpaces
        guard !line.isEmpty, !line.hasPrefix("#"), !line.hasPrefix("//") else { return (ShellAnswer(), nil) }
        if history.last != line { history.append(line) }
        journal.line = line
        refresh()
        if line.hasPrefix("<") {
            do throws(ShellError) { return (try script(String(line.dropFirst()).trimmingSpaces), nil) } catch { return (ShellAnswer(), error) }
        }
        let (command, file) = Redirection.split(line)
        guard let file else { return evaluate(command) }
        let (answer, error) = evaluate(command)
        do throws(ShellError) {
            try file.write(answer.lines)
            return (ShellAnswer([], data: answer.data), error)
        } catch { return (ShellAnswer(), error) }
    }

    /// What is loaded is listed again when a driver came or went; and once in a while, because others load as well.
    private func refresh() {
        let places = subject.places, now = MonotonicClock.now()
        guard places != refreshed.places || now &- refreshed.at > Self.stale else { return }
        refreshed = (places, now)
        shell.target.images.refresh()
    }

    private var refreshed: (places: [UInt8]?, at: UInt64) = (nil, 0)
    /// Nanoseconds.
    private static let stale: UInt64 = 1_000_000_000

    /// A line once more, for a command that repeats it: it is not remembered.
    func again(_ line: String) -> (answer: ShellAnswer, error: ShellError?) { evaluate(line) }

    /// Another of our tools, on the same stack: `ifconfig em0 up`.
    func tool(_ name: String, _ words: [String]) throws(ShellError) -> ShellAnswer {
        guard !target.isReadOnly else { throw .refused("this session only looks (-r): \(name) might change something") }
        var text = "", complaint = ""
        guard let status = subject.runTool(name, words, output: { text += $0 }, complaint: { complaint += $0 }) else {
            throw .refused("\(name) asks a stack that lives, and this one is dead")
        }
        guard status == 0 else { throw .refused(complaint.isEmpty ? text.trimmingLines : complaint.trimmingLines) }
        return ShellAnswer(text: text)
    }

    /// The tool that a line begins with, and its words: `ping -c 1 10.1.0.1`, or as VxWorks has it: `ifconfig "em0", "up"`.
    private func tool(_ line: String) -> (String, [String])? {
        let word = line.prefix { $0.isLetter || $0.isNumber || "_.".contains($0) }, rest = line.dropFirst(word.count)
        guard !["shell", "run", "demo"].contains(word), ToolTable.find(String(word)) != nil, rest.isEmpty || rest.first == " " else { return nil }
        if let sign = rest.trimmingSpaces.first, "=+*/&|^<>?([".contains(sign) { return nil }
        return (String(word), rest.contains("\"") ? ShellArguments(rest).words : rest.split(separator: " ").map(String.init))
    }

    private func script(_ path: String) throws(ShellError) -> ShellAnswer {
        guard let runScript else { throw .refused("a script cannot run another one here") }
        return try runScript(path)
    }

    private func evaluate(_ line: String) -> (ShellAnswer, ShellError?) {
        if let (command, arguments) = command(line) {
            do throws(ShellError) { return (try command.run(self, arguments), nil) } catch { return (ShellAnswer(), error) }
        }
        if target.images.symbol(String(line)) == nil, let (name, words) = tool(line) {
            do throws(ShellError) { return (try tool(name, words), nil) } catch { return (ShellAnswer(), error) }
        }
        let (lines, error) = shell.answer(line)
        return (ShellAnswer(lines), error.map(explained))
    }

    /// An interface's name means nothing where its driver is not.
    private func explained(_ error: ShellError) -> ShellError {
        guard case .unknownSymbol(let name, _) = error, name.last?.isNumber == true, (try? subject.devices()[name]) != nil else { return error }
        return .refused("\(name)'s driver is in a process of its own; look there: drydock shell --driver \(name)")
    }

    /// The command that a line begins with, unless the word goes on as an expression: `d = 3`, `i->next`.
    private func command(_ line: String) -> (ShellCommand, ShellArguments)? {
        let line = line.hasPrefix("cmd ") ? line.dropFirst(4).trimmingSpaces : line
        let word = line.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "?" }
        guard !word.isEmpty, let found = ShellCommand.find(String(word)) else { return nil }
        let rest = line.dropFirst(word.count), next = rest.drop { $0 == " " }
        if let sign = next.first, "=.[+-*/%&|^<>?".contains(sign), !(sign == "-" && rest.first == " ") || next.hasPrefix("->") || next.hasPrefix("==") {
            guard ["d", "break", "m", "l", "lkAddr"].contains(found.name), sign == "&" || sign == "*", rest.first == " " else { return nil }
        }
        return (found, ShellArguments(rest.last == ";" ? rest.dropLast() : rest))
    }

    // MARK: For commands

    func number(_ text: String) throws(ShellError) -> UInt64 { try shell.number(text) }

    /// Seconds since the session began.
    var uptime: Double { Double(MonotonicClock.now() &- began) / 1e9 }
}

/// `… > file`, `… >> file`.
struct Redirection {
    let path: String, appends: Bool

    /// What stands behind the last `>` is a file where it looks like one: it has a slash or a dot in it, and nothing that C would have.
    static func split(_ line: String) -> (String, Redirection?) {
        var quote: Character?, found: String.Index?
        for index in line.indices {
            if let open = quote { if line[index] == open { quote = nil } } else if line[index] == "\"" || line[index] == "'" { quote = line[index] }
            if quote == nil, line[index] == ">", !line[..<index].hasSuffix("-"), !line[..<index].hasSuffix(">") { found = index }
        }
        guard let found else { return (line, nil) }
        let appends = line[found...].hasPrefix(">>")
        let path = line[found...].dropFirst(appends ? 2 : 1).trimmingSpaces
        let isFile = !path.isEmpty && !path.hasPrefix("=") && path.allSatisfy { $0.isLetter || $0.isNumber || "/._-+~".contains($0) }
            && (path.contains("/") || path.contains(".")) && !(path.first?.isNumber ?? true)
        return isFile ? (line[..<found].trimmingSpaces, Redirection(path: path, appends: appends)) : (line, nil)
    }

    func write(_ lines: [String]) throws(ShellError) {
        do {
            try FileDescriptor.open(path, appends ? FileFlags.append : FileFlags.replace, mode: 0o644).write(Array(lines.map { $0 + "\n" }.joined().utf8))
        } catch { throw .refused("\(path) cannot be written: \(error)") }
    }
}

extension String {
    /// One line of several, without an end.
    var trimmingLines: String { split(separator: "\n").joined(separator: "; ") }
}
