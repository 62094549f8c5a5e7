internal import ArgumentParser
internal import Host
internal import Messages

/// `pidin`: the processes of all stacks and NICs, and who is blocked on whom. Asks no stack but for `net`.
struct Pidin: Tool {
    enum View: String, CaseIterable, ExpressibleByArgument { case threads, arg, info, mem, net, fds }

    static let configuration = CommandConfiguration(
        commandName: "pidin",
        abstract: "Show the processes of stacks and NICs, their threads, and the clients blocked on them.",
        discussion: """
            Without a word: every thread with what it does. A client that waits for a stack is REPLY-blocked on it, also
            while the stack hangs. A thread that waits for a lock is MUTEX-blocked on the thread that holds it. The words:
              threads  with processor, time, stack          arg   command lines
              info     a paragraph a stack                  mem   memory, processor time, uptime
              net      interfaces and drivers of each stack fds   open descriptors

            Examples:
              pidin
              pidin -p io-pkt-v6-hc mem
              pidin -p io-pkt-v6-hc threads

            Exit status: 0 done; 1 failed; 64 wrong words.
            """)

    @Option(name: .customShort("p"), help: "Only this process, by number or name.") var process: String?
    @Flag(help: "Print JSON.") var json = false
    @Argument(help: "What to show.") var view: View?

    func perform(in world: World) throws(ToolFailure) -> Int32 {
        let runtime = try world.runtime()
        var census = Census(runtime)
        if let process { try narrow(&census, process) }
        switch view {
        case .net: return showNetwork(runtime, census, world)
        case .fds: return showFiles(census, world)
        case nil, .threads:
            for index in census.processes.indices { ProcessTable.look(into: &census.processes[index]) }
        default: break
        }
        guard !json else { return world.print(JSONText.render(census)) }
        let text = switch view {
        case nil: PidinText.threads(census)
        case .threads: PidinText.details(census)
        case .arg: PidinText.arguments(census)
        case .info: PidinText.info(census)
        case .mem: PidinText.memory(census)
        case .net, .fds: ""
        }
        return world.print(text)
    }

    private func narrow(_ census: inout Census, _ wanted: String) throws(ToolFailure) {
        let number = Int32(wanted)
        let chosen = census.instances.filter { number.map([$0.supervisor, $0.stack].contains) ?? ($0.name == wanted) }
        let pids = Set(chosen.map(\.stack))
        let all = census
        census.processes.removeAll { process in
            process.pid != number && !pids.contains(process.pid) && process.name != wanted && PidinText.title(process, all) != wanted
        }
        census.instances.removeAll { !chosen.contains($0) }
        guard !census.processes.isEmpty else { throw ToolFailure("-p \(wanted)", "no such process of ours", "see: pidin") }
    }

    private func showFiles(_ census: Census, _ world: World) -> Int32 {
        let list = census.processes.map { process in
            (process: process, title: PidinText.title(process, census), files: ProcessTable.files(process.pid))
        }
        guard json else { return world.print(PidinText.files(list)) }
        struct Open: Codable { var pid: Int32, name: String, files: [String: String] }
        return world.print(JSONText.render(list.map { entry in
            Open(pid: entry.process.pid, name: entry.title,
                 files: Dictionary(entry.files.map { ("\($0.number)", $0.target) }, uniquingKeysWith: { $1 }))
        }))
    }

    private func showNetwork(_ runtime: RuntimeDirectory, _ census: Census, _ world: World) -> Int32 {
        let list = InstanceRow.all(runtime, census, patience: .seconds(1))
        return world.print(json ? JSONText.render(list) : InstanceRow.paragraphs(list))
    }
}
