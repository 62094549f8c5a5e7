internal import Glibc
internal import Host
internal import Shell

/// Reads a shell's lines from where they come, and prints what they come to.
final class ShellRun {
    private let session: ShellSession
    private let world: World
    private let json: Bool
    private var failed = false
    private var depth = 0
    private var isInteractive = false

    private static let mostDepth = 8, mostScript = 1 << 20

    init(_ session: ShellSession, _ world: World, json: Bool) {
        (self.session, self.world, self.json) = (session, world, json)
        session.show = { [unowned self] lines in print(lines) }
        session.remark = { world.complaint("shell: \($0)\n") }
        session.runScript = { [unowned self] path throws(ShellError) in try runScript(path) }
    }

    private func print(_ lines: [String]) { world.output(lines.map { $0 + "\n" }.joined()) }

    /// - Returns: the exit status.
    func run(_ given: [String], script: String?) throws(ToolFailure) -> Int32 {
        for line in given where !session.isEnding { take(line) }
        if let script {
            do throws(ShellError) { _ = try runScript(script) } catch { throw ToolFailure("", error.line, "") }
        } else if given.isEmpty {
            isInteractive = isatty(0) == 1 && !json
            try readAll()
        }
        return failed && !isInteractive ? Exit.failure : Exit.success
    }

    private func readAll() throws(ToolFailure) {
        let reader = LineReader(isTerminal: isInteractive)
        if isInteractive {
            session.ask = { reader.line($0) }
            session.edit = { reader.configure($0) }
            reader.complete(by: session, world)
            // What lasts is ended by Ctrl-C, and the shell is not.
            let interrupts = try world.interrupts()
            session.isInterrupted = { Poll.readable(interrupts.raw, Deadline(in: .zero)) }
            while !session.isEnding, let line = reader.line("-> ") {
                while session.isInterrupted() { _ = interrupts.take() }
                reader.remember(line)
                take(line)
            }
        } else {
            while !session.isEnding, let line = reader.line("") { take(line) }
        }
        if isInteractive, !session.isEnding { world.output("\n") }
    }

    private func runScript(_ path: String) throws(ShellError) -> ShellAnswer {
        guard depth < Self.mostDepth else { throw .refused("\(path): scripts call each other too deeply") }
        guard let text = FileSystem.text(path, limit: Self.mostScript) else { throw .refused("\(path) cannot be read as a script; a stack's prefix begins with a slash") }
        depth += 1
        defer { depth -= 1 }
        for line in text.split(separator: "\n") where !session.isEnding { take(String(line)) }
        return ShellAnswer()
    }

    private struct Line: Encodable {
        var line: String, ok: Bool, text: [String], error: String?
        var data: (any Encodable)?
        enum Key: CodingKey { case line, ok, text, error, data }
        func encode(to encoder: any Encoder) throws {
            var all = encoder.container(keyedBy: Key.self)
            try all.encode(line, forKey: .line)
            try all.encode(ok, forKey: .ok)
            try all.encode(text, forKey: .text)
            try all.encodeIfPresent(error, forKey: .error)
            if let data { try data.encode(to: all.superEncoder(forKey: .data)) }
        }
    }

    private func take(_ line: String) {
        var (answer, error) = session.run(line)
        if case .notMapped? = error, let end = session.subject.end { error = .refused(end) }
        if error != nil { failed = true }
        guard json else {
            print(answer.lines)
            if let error { isInteractive ? print([error.line]) : world.complaint("shell: \(error.line)\n") }
            return
        }
        guard !answer.lines.isEmpty || error != nil || answer.data != nil else { return }
        print([JSONText.line(Line(line: line, ok: error == nil, text: answer.lines, error: error?.line, data: answer.data))])
    }
}
