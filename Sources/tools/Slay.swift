internal import ArgumentParser
internal import Host
internal import Messages

/// `slay`: ends, holds or signals stacks and NICs by name.
struct Slay: Tool {
    static let configuration = CommandConfiguration(
        commandName: "slay",
        abstract: "End a stack or a NIC by name, or send it a signal.",
        usage: "slay [-f] [-s SIGNAL | -h | -u] [-v] NAME|PID",
        discussion: """
            NAME is what pidin shows: io-pkt-v6-hc, or a NIC's name. SOCK selects among stacks of one name; where there are
            several and SOCK is not set, nothing is slain without -f.
            Without -s it is an orderly stop (TERM): the supervisor quiets the hardware first, and slay waits for its end.
            INT, HUP and TERM go to the supervisor; any other signal goes to the stack's own process.

            Examples:
              SOCK=/sock2 slay io-pkt-v6-hc
              slay -h 4711        (hold it: a stack that hangs; -u lets it go on)
              slay -s SEGV io-pkt-v6-hc

            Exit status: how many were slain; 0: none. 64 wrong words.
            """, helpNames: .long)

    @Flag(name: .customShort("f"), help: "All of that name.") var force = false
    @Option(name: .customShort("s"), help: "The signal, by name or number.") var signal: String?
    @Flag(name: .customShort("h"), help: "Hold: stop the process until -u.") var hold = false
    @Flag(name: .customShort("u"), help: "Let a held process go on.") var unhold = false
    @Flag(name: .short, help: "Say what is done.") var verbose = false
    @Argument(help: "Name or process id.") var target: String

    func validate() throws {
        guard [hold, unhold, signal != nil].count(where: { $0 }) <= 1 else { throw ValidationError("-s, -h and -u exclude each other") }
        if let signal, Signal(text: signal) == nil {
            throw ValidationError("-s \(signal): no such signal; give a name or number, as in: -s TERM")
        }
    }

    private var chosen: Signal { hold ? .stop : unhold ? .resume : signal.flatMap(Signal.init(text:)) ?? .terminate }

    func perform(in world: World) throws(ToolFailure) -> Int32 {
        let runtime = try world.runtime()
        let census = Census(runtime)
        let victims = try Victim.find(target, census, selected: world.variable("SOCK"), all: force)
        var slain: Int32 = 0
        for victim in victims {
            try strike(victim, world)
            slain += 1
        }
        return slain
    }

    private func strike(_ victim: Victim, _ world: World) throws(ToolFailure) {
        let orderly = [Signal.terminate, .interrupt, .hangup].contains(chosen)
        let pid = orderly ? victim.owner : victim.worker
        guard pid > 0 else { throw ToolFailure(victim.title, "it has no process at the moment", "try again") }
        do {
            // A held process would not hear of its end.
            if orderly, victim.worker != victim.owner, victim.worker > 0 { try? ProcessHandle(victim.worker).signal(.resume) }
            let process = try ProcessHandle(pid)
            try process.signal(chosen)
            if verbose { _ = world.print("\(victim.title) (pid \(pid)): \(chosen)\n") }
            let ends = orderly || chosen == .kill
            // QNX gives the shutdown hooks 15 s; the supervisor kills a stack that takes longer.
            guard !ends || process.waitForEnd(Deadline(in: .seconds(20))) else {
                throw ToolFailure(victim.title, "it was asked to end 20 s ago and has not", "slay -f -s KILL \(pid)", exit: Exit.hung)
            }
        } catch let error as ToolFailure {
            throw error
        } catch let error as SystemError {
            throw ToolFailure("\(victim.title) (pid \(pid))", error.number.description, "see: pidin", code: error.number.rawValue)
        } catch {
            throw ToolFailure(victim.title, "\(error)", "see: pidin")
        }
    }
}

/// What is to be slain.
struct Victim: Equatable {
    /// `io-pkt-v6-hc /sock2`.
    var title: String
    /// Who is asked to end it.
    var owner: Int32
    /// The process that does the work.
    var worker: Int32

    /// - Parameter selected: `SOCK`.
    /// - Throws: exit code 0, which is `slay`'s way to say that nothing was slain.
    static func find(_ target: String, _ census: Census, selected: String?, all: Bool) throws(ToolFailure) -> [Victim] {
        if let pid = Int32(target) { return [try process(pid, census)] }
        if let server = census.servers.first(where: { $0.name == target }) {
            return [Victim(title: "\(server.kind) \(server.name)", owner: server.pid, worker: server.pid)]
        }
        let named = census.instances.filter { $0.name == target }
        let found = selected.map { prefix in named.filter { $0.prefix == prefix } } ?? named
        guard !found.isEmpty else {
            let where_ = selected.map { " at \($0)" } ?? ""
            throw ToolFailure(target, "no such process\(where_)", "see: pidin", exit: 0)
        }
        guard found.count == 1 || all else {
            let list = found.map { "\($0.title) (pid \($0.supervisor))" }.joined(separator: ", ")
            throw ToolFailure(target, "there are \(found.count): \(list)", "select one with SOCK= or its pid, or all with -f", exit: 0)
        }
        return found.map { Victim(title: "\($0.name) \($0.title)", owner: $0.supervisor, worker: $0.stack) }
    }

    private static func process(_ pid: Int32, _ census: Census) throws(ToolFailure) -> Victim {
        guard let process = census.process(pid) else {
            throw ToolFailure("\(pid)", "that is no process of a stack or NIC of ours", "see: pidin", exit: 0)
        }
        let title = PidinText.title(process, census)
        guard let instance = census.instances.first(where: { $0.supervisor == pid || $0.stack == pid }) else {
            return Victim(title: title, owner: pid, worker: pid)
        }
        // Either number means the instance: its stack's end is its supervisor's task.
        return Victim(title: "\(instance.name) \(instance.title)", owner: instance.supervisor, worker: instance.stack)
    }
}
