internal import ArgumentParser
internal import Cores
internal import Host
internal import Messages

/// `dumper`: a core of a stack that lives, and goes on living.
struct Dumper: Tool {
    static let configuration = CommandConfiguration(
        commandName: "dumper",
        abstract: "Write a core of a living stack; the stack goes on.",
        usage: "dumper [-nvw] [-d FOLDER] [-N MAX] [-p PID] [-s SIZE] [-z LEVEL] [--packets]",
        discussion: """
            Without -p it is the stack that SOCK selects. The core is FOLDER/NAME.core, NAME being what pidin shows; it is for
            gdb: gdb -readnow drydock io-pkt-v6-hc.core. The stack stands still while it is written, as a rule 0.1 s.
            A stack that crashes needs no dumper: its supervisor keeps a core, and what else is known, in a folder of its own
            (docs/CRASH.md), whatever the host's core_pattern and limits say.

            Examples:
              SOCK=/sock2 dumper -v
              dumper -p 4711 -d /tmp -n -N 3
              dumper -p 4711 -z 6       (io-pkt-v6-hc.core.gz; gunzip it for gdb)

            Exit status: 0 written; 1 failed; 3 the supervisor does not answer; 64 wrong words.
            """)

    @Option(name: .short, help: "The folder; your home folder without it, else /tmp.") var d: String?
    @Flag(name: .short, help: "Keep older cores, as NAME.1.core, NAME.2.core …") var n = false
    @Option(name: .customShort("N"), help: "Keep at most this many older cores; with -n 9 without it.") var most: Int?
    @Option(name: .short, help: "The stack's process, or its supervisor's.") var p: Int32?
    @Option(name: .short, help: "Octets of memory at most, as 64M; 256M without it. What is left out is said.") var s: String?
    @Flag(name: .short, help: "Say what was written.") var v = false
    @Flag(name: .short, help: "Let everybody read the core.") var w = false
    @Option(name: .short, help: "Compress it with gzip, 1 (fast) to 9 (small).") var z: Int?
    @Flag(help: "Packet memory, too.") var packets = false

    func validate() throws {
        if let most, !(0...99).contains(most) { throw ValidationError("-N \(most): 0 to 99, as in: -n -N 3") }
        if let z, !(1...9).contains(z) { throw ValidationError("-z \(z): 1 to 9, as in: -z 6") }
        if let s, octets(s) == nil { throw ValidationError("-s \(s): a size from 64K to 1024G, as in: -s 64M") }
    }

    private func octets(_ text: String) -> UInt64? {
        let scales: [Character: UInt64] = ["k": 1 << 10, "K": 1 << 10, "m": 1 << 20, "M": 1 << 20, "g": 1 << 30, "G": 1 << 30]
        let scale = text.last.flatMap { scales[$0] }
        guard let number = UInt64(scale == nil ? text[...] : text.dropLast()), number <= 1 << 40 else { return nil }
        let product = number.multipliedReportingOverflow(by: scale ?? 1)
        return !product.overflow && ((64 << 10)...(1 << 40)).contains(product.partialValue) ? product.partialValue : nil
    }

    func perform(in world: World) throws(ToolFailure) -> Int32 {
        let runtime = try world.runtime()
        let live = try chosen(runtime, world)
        let program = FileSystem.text("/proc/\(live.pid)/comm").map { String($0.prefix { !$0.isNewline }) } ?? "io-pkt"
        let folder = d ?? world.variable("HOME") ?? "/tmp"
        let fresh = "\(folder)/.\(program).core.\(CurrentProcess.pid)"
        do {
            let said = try write(fresh, live, world.patience)
            let name = try place(fresh, in: folder, program)
            return world.print(v ? "\(folder)/\(name): \(said)\n" : "")
        } catch {
            FileSystem.remove(fresh)
            FileSystem.remove(fresh + ".gz")
            if let failure = error as? ToolFailure { throw failure }
            throw ToolFailure(folder, "\(error)", "choose a folder with -d, as in: dumper -d /tmp")
        }
    }

    /// The stack, by `-p` or `SOCK`.
    private func chosen(_ runtime: RuntimeDirectory, _ world: World) throws(ToolFailure) -> RuntimeDirectory.Live {
        guard let p else {
            let name = try world.selected()
            if let live = runtime.live(.stack, name) { return live }
            // Its sentence says which stacks there are, or how this one died.
            _ = try world.stack()
            throw ToolFailure(StackClient.title(name), "it has just been started", "try again")
        }
        let census = Census(runtime)
        guard let instance = census.instances.first(where: { $0.stack == p || $0.supervisor == p }),
            let live = runtime.live(.stack).first(where: { $0.pid == instance.supervisor })
        else { throw ToolFailure("-p \(p)", "that is no process of a stack of ours", "see: pidin") }
        return live
    }

    private func write(_ path: String, _ live: RuntimeDirectory.Live, _ patience: Duration) throws -> String {
        let title = StackClient.title(live.name)
        let file = try FileDescriptor.open(path, FileFlags.create)
        do {
            let connection = try Connection(path: "\(live.path)/supervisor", timeout: patience)
            // A full disk is slow, and the stack stands still meanwhile: it is the supervisor's to end it.
            let answer = try connection.send(
                SupervisorRequest.dump(most: s.flatMap(octets) ?? 0, packets: packets), expecting: SupervisorReply.self,
                descriptors: [file.raw], timeout: .seconds(60))
            guard case .dumped(let length, let stored, let threads, let shortened, let held) = answer.reply else {
                throw ToolFailure(title, "the supervisor's answer does not fit the question", "restart the stack with the same build as this tool")
            }
            let left = shortened == 0 ? "" : ", \(shortened) mappings shortened by -s"
            return "\(threads) threads, \(length >> 10) KiB, \(stored >> 10) KiB of them stored\(left), stack held for \(Int(held * 1000)) ms"
        } catch let error as MessageFailure { throw ToolFailure(error.failure("the core", of: title)) }
    }

    /// Gives the core its name, after the older ones have got theirs. - Returns: that name.
    private func place(_ fresh: String, in folder: String, _ program: String) throws -> String {
        var suffix = ""
        if let z {
            let outcome = try Subprocess.run("/usr/bin/env", ["env", "gzip", "-\(z)", fresh], time: .seconds(300))
            guard outcome.ending == .exited(0) else {
                throw ToolFailure("gzip", "the core cannot be compressed: \(outcome.complaint.prefix(200))", "leave -z out")
            }
            suffix = ".gz"
        }
        let rotation = CoreRotation(program: program, mostOlder: n || most != nil ? most ?? 9 : nil)
        let moves = rotation.moves(among: FileSystem.names(in: folder))
        for name in moves.removed { FileSystem.remove("\(folder)/\(name)") }
        for move in moves.renamed { try FileSystem.rename("\(folder)/\(move.from)", to: "\(folder)/\(move.to)") }
        if w { try FileSystem.letEverybodyRead(fresh + suffix) }
        try FileSystem.rename(fresh + suffix, to: "\(folder)/\(rotation.newest)\(suffix)")
        return rotation.newest + suffix
    }
}
