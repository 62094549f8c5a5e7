internal import ArgumentParser
internal import Cores
internal import Dossier
internal import Glibc
internal import Host
internal import Messages

/// `drydock shell`: look into a stack, living or dead, and change it.
struct ShellTool: Tool {
    static let configuration = CommandConfiguration(
        commandName: "shell",
        abstract: "Look into a stack and its drivers with expressions of C, living or dead.",
        usage: """
            drydock shell [-r] [--json] [--driver INTERFACE] [-e LINE]... [PREFIX] [SCRIPT]
            drydock shell --core CRASH|CORE [--json] [-e LINE]... [SCRIPT]
            """,
        discussion: """
            Without -e and SCRIPT lines are read from the terminal, or from a pipe. A line is an expression, or a command: help
            lists them (docs/SHELL.md). Memory is read from outside the stack: it may hang. CRASH is a crash's folder or name, or
            a stack's prefix, as drydock postmortem takes them; CORE is a file of dumper's.

            Examples:
              drydock shell /sock2
              drydock shell /sock2 -e 'em0.hangs' -e 'regs em0'
              drydock shell --core /sock2 -e tt
              echo 'lkup "poll"' | drydock shell --json /sock2

            Exit status: 0 done; 1 a line failed; 3 the stack's supervisor does not answer; 64 wrong words.
            """)

    @Flag(name: .short, help: "Only look: change nothing, call nothing.") var r = false
    @Flag(help: "Print one object of JSON a line.") var json = false
    @Option(help: "The process of this interface's isolated driver, in place of the stack's.") var driver: String?
    @Option(help: "A crash, or a core.") var core: String?
    @Option(name: .short, help: "Run this line; may be given again.") var e: [String] = []
    @Argument(help: "The stack's prefix (SOCK without it), and a script.", completion: .file()) var words: [String] = []

    static func normalised(_ words: [String]) -> [String] { words.map { $0 == "-core" ? "--core" : $0 } }

    func validate() throws {
        if words.count > (core == nil ? 2 : 1) { throw ValidationError("\(words[words.count - 1]): one word too many") }
        if core != nil, driver != nil { throw ValidationError("--driver is of a living stack; a crash of a driver's process has its own folder") }
    }

    func perform(in world: World) throws(ToolFailure) -> Int32 {
        let subject: any ShellSubject, script: String?
        if let core {
            subject = try DeadSubject(CrashList(world).core(core))
            script = words.first
        } else {
            let prefix = words.first.flatMap { $0.hasPrefix("/") && !FileSystem.isFile($0) ? $0 : nil }
            let live = try LiveSubject(world, name(prefix, world), interface: driver)
            try live.prepare(isReadOnly: r)
            subject = live
            script = prefix == nil ? words.first : words.dropFirst().first
            if prefix == nil, words.count > 1 { throw ToolFailure(words[0], "that is not a prefix", "it begins with a slash, as in: drydock shell /sock2", exit: 64) }
        }
        return try ShellRun(ShellSession(subject, isReadOnly: r), world, json: json).run(e, script: script)
    }

    private func name(_ prefix: String?, _ world: World) throws(ToolFailure) -> FolderName {
        guard let prefix else { return try world.selected() }
        guard let name = FolderName(prefix: prefix) else { throw ToolFailure(prefix, "that is not a prefix", "as in: drydock shell /sock2") }
        return name
    }
}

extension CrashList {
    /// The core that a person's word stands for: a core's file, or what ``folder(_:)`` takes.
    func core(_ word: String) throws(ToolFailure) -> String {
        if FileSystem.isFile(word) { return word }
        if FileSystem.exists("\(word)/\(CrashFolder.core)") { return "\(word)/\(CrashFolder.core)" }
        return try "\(folder(word))/\(CrashFolder.core)"
    }
}

extension FileSystem {
    static func isFile(_ path: String) -> Bool {
        guard let file = try? FileDescriptor.open(path, O_RDONLY | O_NONBLOCK) else { return false }
        return isPlain(file.raw)
    }
}
