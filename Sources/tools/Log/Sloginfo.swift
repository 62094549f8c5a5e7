internal import ArgumentParser
internal import Dossier
internal import Host
internal import Messages

/// `sloginfo`: the log of an instance or a NIC, which survives them.
struct Sloginfo: Tool {
    static let configuration = CommandConfiguration(
        commandName: "sloginfo",
        abstract: "Print the log of a stack or a NIC, living or dead.",
        discussion: """
            Without a word it is the log of the stack that SOCK selects, whether it lives, hangs or has died. A log holds the newest lines,
            1 to 2 MiB of them; a crash's folder keeps its end. Times are UTC. Severities are 1 critical, 2 error, 3 warning, 5 everything else.

            Examples:
              SOCK=/sock2 sloginfo -w -s 3
              sloginfo --nic em-a -t
              sloginfo --from /sock2        (of the newest crash of /sock2 that is kept)
              sloginfo /tmp/copied/log

            Exit status: 0 done; 1 failed; 64 wrong words.
            """)

    @Flag(name: .customShort("w"), help: "Wait for more lines, until interrupted or the process ends.") var wait = false
    @Flag(name: .customShort("t"), help: "Times with milliseconds.") var milliseconds = false
    @Option(name: .customShort("s"), help: "Only lines of this severity and worse ones: 0 to 7.") var severity = 7
    @Option(help: "Of this NIC's process.") var nic: String?
    @Option(help: "Of a crash: its folder, its name or a stack's prefix, as drydock postmortem takes it.", completion: .directory) var from: String?
    @Flag(help: "Print JSON, one object a line.") var json = false
    @Argument(help: "A file that holds a log.", completion: .file()) var file: String?

    func validate() throws {
        if !(0...7).contains(severity) { throw ValidationError("-s \(severity): a severity from 0 to 7") }
        if [nic, from, file].compactMap({ $0 }).count > 1 { throw ValidationError("--nic, --from and a file: one of them") }
        if wait, from != nil || file != nil { throw ValidationError("-w: a log that was kept does not grow; leave -w out") }
    }

    func perform(in world: World) throws(ToolFailure) -> Int32 {
        let source = try source(world)
        var reader: LogReader
        do { reader = try LogReader(source.path) } catch {
            throw ToolFailure(source.path, error.number == .notFound ? "there is no log" : "it cannot be read: \(error.number)", source.fix)
        }
        if !json { world.output(LogLine.head(milliseconds: milliseconds)) }
        show(reader.take(), world)
        if wait, let pid = source.pid, let process = try? ProcessHandle(pid) {
            let interrupts = try world.interrupts()
            var isOver = false
            while !isOver {
                isOver = interrupts.wait(Deadline(in: .milliseconds(100))) || process.waitForEnd(Deadline(in: .zero))
                show(reader.take(), world)
            }
        }
        show(reader.finish(), world)
        return Exit.success
    }

    /// Where the log is, who writes it, and what to do where there is none.
    private func source(_ world: World) throws(ToolFailure) -> (path: String, pid: Int32?, fix: String) {
        if let file { return (file, nil, "give a file that holds a log") }
        if let from {
            let folder = try CrashList(world).folder(from)
            return ("\(folder)/\(CrashFolder.log)", nil, "see which crashes are kept: drydock postmortem --list")
        }
        let runtime = try world.runtime()
        if let nic {
            guard let name = FolderName(nic) else { throw ToolFailure(nic, "no such NIC", "see: nic list") }
            return ("\(runtime.folder(.nic, name))/log", runtime.live(.nic, name)?.pid, "see which NICs there are: nic list")
        }
        let name = try world.selected()
        return ("\(runtime.folder(.stack, name))/log", runtime.live(.stack, name)?.pid, "see which stacks there are: drydock instances")
    }

    private func show(_ lines: [LogLine], _ world: World) {
        let chosen = lines.filter { $0.severity <= severity }
        guard !chosen.isEmpty else { return }
        world.output(chosen.map { json ? JSONText.line($0) + "\n" : $0.row(milliseconds: milliseconds) }.joined())
    }
}
