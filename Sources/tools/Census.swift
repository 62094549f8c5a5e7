internal import Host
internal import Messages

/// Everything of ours that lives: stacks, NICs and switches with their processes, and who waits for whom.
struct Census: Codable, Equatable {
    struct Instance: Codable, Equatable {
        /// nil: started without `-i`.
        var number: Int?
        /// Empty: the default stack.
        var prefix: String
        /// The supervisor's words: `io-pkt-v6-hc -i2 …`.
        var arguments: [String]
        var supervisor: Int32
        /// The process that is the stack; 0: there is none at the moment.
        var stack: Int32
        var waiting: [Waiting]

        var name: String { arguments.first.map(Paths.name(of:)) ?? "io-pkt" }
        var title: String { prefix.isEmpty ? "the default stack" : prefix }
    }
    /// A client that is blocked on a stack.
    struct Waiting: Codable, Equatable {
        var pid: Int32
        var tid: Int32
        var name: String
        /// `SEND` or `REPLY`.
        var state: String
        var what: String
        /// Seconds so far.
        var seconds: Double
    }
    struct Server: Codable, Equatable {
        var kind: String
        var name: String
        var pid: Int32
    }
    var instances: [Instance]
    var servers: [Server]
    var processes: [ProcessFigures]

    func process(_ pid: Int32) -> ProcessFigures? { processes.first { $0.pid == pid } }
}

extension Census {
    init(_ runtime: RuntimeDirectory, _ table: ProcessTable = ProcessTable()) {
        let stacks = runtime.live(.stack)
        servers = [RuntimeDirectory.Kind.nic, .switch].flatMap { kind in
            runtime.live(kind).map { Server(kind: kind.rawValue, name: $0.name.text, pid: $0.pid) }
        }
        let processes = table.family(of: Set(stacks.map(\.pid) + servers.map(\.pid)))
        self.processes = processes
        instances = stacks.map { live in
            Instance(
                number: live.number, prefix: live.name.prefix, arguments: processes.first { $0.pid == live.pid }?.arguments ?? [],
                supervisor: live.pid, stack: Census.stackProcess(live.pid, processes),
                waiting: ClientTable.blocked("\(live.path)/clients").map { Census.waiting($0, table) })
        }
    }

    /// The supervisor's child that is the stack: a driver host may live beside it.
    private static func stackProcess(_ supervisor: Int32, _ processes: [ProcessFigures]) -> Int32 {
        let children = processes.filter { $0.parent == supervisor }
        return (children.first { $0.name.hasPrefix("drydock-netd") } ?? children.first)?.pid ?? 0
    }

    private static func waiting(_ client: ClientTable.Blocked, _ table: ProcessTable) -> Waiting {
        let now = MonotonicClock.now()
        return Waiting(
            pid: client.pid, tid: client.tid, name: table.process(client.pid)?.name ?? "?",
            state: client.state == .send ? "SEND" : "REPLY", what: client.what,
            seconds: now > client.since ? Double(now - client.since) / 1e9 : 0)
    }
}
