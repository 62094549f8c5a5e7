internal import Glibc
internal import Host

/// A private place for the demo: a runtime folder, links to the tools, and what was started there.
final class DemoStage {
    let world: World
    let folder: String
    private let interrupts: Interrupts
    private var watching: DemoWatch?

    init(_ world: World, _ interrupts: Interrupts) throws(ToolFailure) {
        (self.world, self.interrupts) = (world, interrupts)
        folder = try Self.makeFolder()
        do throws(ToolFailure) {
            guard let program = Paths.ourselves else { throw ToolFailure("/proc/self/exe", "cannot be read", "mount /proc") }
            try Links.make(in: "\(folder)/bin", to: program)
            do { try FileSystem.makeFolder("\(folder)/drivers") } catch { throw ToolFailure(folder, error.description, "check /tmp") }
        } catch {
            FileSystem.clear(folder)
            FileSystem.removeFolder(folder)
            throw error
        }
    }

    private static func makeFolder() throws(ToolFailure) -> String {
        var name = Array("/tmp/drydock-demo.XXXXXX".utf8CString)
        // SAFETY: mkdtemp replaces the six letters of a NUL-terminated string that is ours.
        guard unsafe mkdtemp(&name) != nil else { throw ToolFailure("/tmp", Errno.last.description, "make room in /tmp") }
        return String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    var drivers: String { "\(folder)/drivers" }
    var isInterrupted: Bool { interrupts.wait(Deadline(at: 0)) }

    /// Ours, with our folders in it; `SOCK` is given with each command.
    func environment(_ sock: String?) -> [String] {
        var variables = world.environment
        variables["PATH"] = "\(folder)/bin:" + (variables["PATH"] ?? "/usr/bin:/bin")
        variables["DRYDOCK_RUNTIME_DIR"] = "\(folder)/run"
        // What the demonstration's crash leaves goes with the rest of it.
        variables["DRYDOCK_CRASHES"] = "\(folder)/crashes"
        variables["SOCK"] = sock
        return variables.map { "\($0.key)=\($0.value)" }
    }

    /// Runs a program that is no tool of ours, found on PATH; its text is shown as it comes.
    func runProgram(_ words: [String], time: Duration) throws(ToolFailure) -> Subprocess.Outcome {
        let folders = (world.environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
        guard let path = folders.map({ "\($0)/\(words[0])" }).first(where: { (path: String) in unsafe access(path, X_OK) == 0 }) else {
            throw ToolFailure(words[0], "it is not on PATH", "install it, or give built drivers: drydock demo --drivers FOLDER")
        }
        world.output("# \(words.joined(separator: " "))\n")
        return try run(path, words, environment(nil), time, show: true)
    }

    func run(_ program: String, _ words: [String], _ environment: [String], _ time: Duration, show: Bool) throws(ToolFailure) -> Subprocess.Outcome {
        do {
            return try Subprocess.run(
                program, words, environment: environment, time: time, onOutput: { if show { world.output($0) } },
                isCancelled: { isInterrupted })
        } catch {
            throw ToolFailure(words[0], error.description, "")
        }
    }

    // MARK: playing

    func play(_ chapter: DemoChapter) throws(ToolFailure) {
        world.output("\n\(chapter.text)\n\n")
        for act in chapter.acts {
            switch act {
            case .command(let line, let expectation): try check(line, try perform(line), expectation)
            case .watch(let line): try watch(line)
            case .watched: try watched()
            case .crash(let lines, let prefix): try crash(lines, prefix)
            }
        }
    }

    /// Runs a line as a user types it.
    private func perform(_ line: String) throws(ToolFailure) -> Subprocess.Outcome {
        let command = DemoLine(line, drivers: drivers)
        world.output("# \(command.text)\n")
        let outcome = try run("\(folder)/bin/\(command.words[0])", command.words, environment(command.sock), .seconds(60), show: true)
        guard !isInterrupted else { throw ToolFailure("", "interrupted", "") }
        return outcome
    }

    private func check(_ line: String, _ outcome: Subprocess.Outcome, _ expectation: DemoExpectation) throws(ToolFailure) {
        let printed = outcome.output + outcome.complaint
        let (isFine, wanted) = switch expectation {
        case .success(let text): (outcome.ending == .exited(0) && (text.isEmpty || printed.contains(text)), "success" + Self.quoting(text))
        case .failure(let text): (outcome.ending != .exited(0) && printed.contains(text), "a refusal" + Self.quoting(text))
        case .exit(let code): (outcome.ending == .exited(code), "exit code \(code)")
        }
        guard isFine else { throw ToolFailure(line, "the story wants \(wanted), and it was \(Self.words(outcome.ending))", "") }
    }

    private static func quoting(_ text: String) -> String { text.isEmpty ? "" : " with “\(text)”" }

    private static func words(_ ending: Ending) -> String {
        switch ending {
        case .exited(let code): "exit code \(code)"
        case .killed(let signal): "killed by \(signal)"
        case .unknown: "an end that nobody saw"
        }
    }

    private func watch(_ line: String) throws(ToolFailure) {
        let command = DemoLine(line, drivers: drivers)
        world.output("# \(command.text) &\n")
        watching = try DemoWatch("\(folder)/bin/\(command.words[0])", command.words, environment(command.sock))
        // Some replies before anything happens.
        Pause.milliseconds(500)
    }

    private func watched() throws(ToolFailure) {
        guard let watch = watching.take() else { return }
        world.output("# kill -INT %1\n")
        let report = try watch.end()
        world.output("\(report.transmitted) requests of the first stack's ping, \(report.received) replies, \(report.lossPercent)% lost\n")
        guard report.received == report.transmitted, report.received > 0 else {
            throw ToolFailure("the first stack's ping", "the story wants no loss, and \(report.transmitted - report.received) requests were lost", "")
        }
    }

    /// Runs lines until the stack at `prefix` is dead.
    private func crash(_ lines: [String], _ prefix: String) throws(ToolFailure) {
        for line in lines {
            let outcome = try perform(line)
            let isDead = try !RuntimeDirectory.lives(prefix, under: "\(folder)/run")
            if isDead { return }
            try check(line, outcome, DemoScript.done)
        }
        throw ToolFailure(prefix, "the story wants the faulty driver to end this stack, and it lives on", "")
    }

    // MARK: clearing

    /// Ends whatever still lives in our folder, and removes it.
    func clear() {
        watching = nil
        if let runtime = try? RuntimeDirectory(path: "\(folder)/run") {
            for kind in [RuntimeDirectory.Kind.stack, .nic, .switch] {
                for live in runtime.live(kind) { end(live.pid) }
            }
        }
        FileSystem.clear(folder, depth: 8)
        FileSystem.removeFolder(folder)
    }

    private func end(_ pid: Int32) {
        guard let process = try? ProcessHandle(pid) else { return }
        try? process.signal(.terminate)
        guard !process.waitForEnd(Deadline(in: .seconds(5))) else { return }
        try? process.signal(.kill)
        _ = process.waitForEnd(Deadline(in: .seconds(5)))
    }
}

extension RuntimeDirectory {
    /// Whether a stack with this prefix lives. One that is dying gets a moment to be gone.
    fileprivate static func lives(_ prefix: String, under path: String) throws(ToolFailure) -> Bool {
        guard let name = FolderName(prefix: prefix), let runtime = try? RuntimeDirectory(path: path) else {
            throw ToolFailure(path, "the runtime folder is gone", "")
        }
        let deadline = Deadline(in: .milliseconds(300))
        while runtime.live(.stack, name) != nil {
            if deadline.hasPassed { return true }
            Pause.milliseconds(20)
        }
        return false
    }
}
