internal import Host

/// What `pidin` prints.
enum PidinText {
    /// The standard columns: pid tid name prio STATE Blocked. Clients that wait for a stack come last.
    static func threads(_ census: Census) -> String {
        var text = row("pid", "tid", "name", "prio", "STATE", "Blocked")
        for process in census.processes {
            for thread in process.threads {
                text += row("\(process.pid)", "\(thread.tid)", title(process, census), thread.priority, thread.state, thread.blocked)
            }
        }
        for instance in census.instances {
            for client in instance.waiting {
                text += row("\(client.pid)", "\(client.tid)", client.name, "", client.state, waited(instance, client))
            }
        }
        return text
    }

    private static func waited(_ instance: Census.Instance, _ client: Census.Waiting) -> String {
        "\(instance.stack) (\(instance.title)) for \(Number.fixed(client.seconds, 1)) s"
    }

    /// The same with the threads' names, their processors and their stacks.
    static func details(_ census: Census) -> String {
        func row(_ cells: [String]) -> String {
            let widths = [8, 8, 0, 5, 0, 4, 9, 8, 8, 8]
            return Column.line(cells.enumerated().map { index, cell in
                switch index {
                case 2: Column.left(cell, 16)
                case 4: Column.left(cell, 11)
                case widths.count...: cell
                default: Column.right(cell, widths[index])
                }
            })
        }
        var text = row(["pid", "tid", "thread name", "prio", "STATE", "cpu", "time", "stack", "current", "deepest", "Blocked"])
        for process in census.processes {
            for thread in process.threads {
                let stack = thread.stack.map { [$0.size, $0.current, $0.deepest].map(Number.size) } ?? ["-", "-", "-"]
                text += row([
                    "\(process.pid)", "\(thread.tid)", thread.name, thread.priority, thread.state, thread.processor.map { "\($0)" } ?? "-",
                    thread.processorTime.map { "\(Number.fixed($0, 2))s" } ?? "-",
                ] + stack + [thread.blocked])
            }
        }
        for instance in census.instances {
            for client in instance.waiting {
                text += row(["\(client.pid)", "\(client.tid)", client.what, "", client.state, "", "", "", "", "", waited(instance, client)])
            }
        }
        return text
    }

    private static func row(_ pid: String, _ tid: String, _ name: String, _ priority: String, _ state: String, _ blocked: String) -> String {
        Column.line([
            Column.right(pid, 8), Column.right(tid, 8), Column.left(name, 24), Column.right(priority, 5), Column.left(state, 11), blocked,
        ])
    }

    /// A stack's process by the name of its instance, a NIC's by the NIC's name.
    static func title(_ process: ProcessFigures, _ census: Census) -> String {
        if let instance = census.instances.first(where: { $0.stack == process.pid }) { return "\(instance.name) \(instance.prefix)" }
        if let server = census.servers.first(where: { $0.pid == process.pid }) { return "\(server.kind) \(server.name)" }
        if census.instances.contains(where: { $0.supervisor == process.pid }) { return "supervisor" }
        return process.name
    }

    static func arguments(_ census: Census) -> String {
        census.processes.reduce(Column.line([Column.right("pid", 8), "Arguments"])) { text, process in
            text + Column.line([Column.right(process.pid, 8), process.arguments.map(ShellText.quotedIfNeeded).joined(separator: " ")])
        }
    }

    static func memory(_ census: Census) -> String {
        func row(_ pid: String, _ name: String, _ threads: String, _ resident: String, _ virtual: String, _ time: String, _ up: String) -> String {
            Column.line([
                Column.right(pid, 8), Column.left(name, 24), Column.right(threads, 7), Column.right(resident, 8),
                Column.right(virtual, 8), Column.right(time, 9), Column.right(up, 12),
            ])
        }
        return census.processes.reduce(row("pid", "name", "threads", "resident", "virtual", "cpu", "uptime")) { text, process in
            text + row(
                "\(process.pid)", title(process, census), "\(process.threads.count)", Number.size(process.residentMemory),
                Number.size(process.virtualMemory), "\(Number.fixed(process.processorTime, 2))s", Number.duration(Int(process.uptime)))
        }
    }

    /// One paragraph an instance.
    static func info(_ census: Census) -> String {
        guard !census.instances.isEmpty else { return "no stack is running\n" }
        return census.instances.map { instance in
            let process = census.process(instance.stack)
            var text = "\(instance.name) \(instance.number.map { "instance \($0) " } ?? "")at \(instance.title)\n"
            text += "\tsupervisor \(instance.supervisor), stack \(instance.stack == 0 ? "none" : "\(instance.stack)")\n"
            if let process {
                text += "\tup \(Number.duration(Int(process.uptime))), resident \(Number.size(process.residentMemory)), "
                text += "cpu \(Number.fixed(process.processorTime, 2)) s, \(process.threads.count) threads\n"
            }
            return text + "\t\(instance.waiting.count) clients wait for it\n"
        }.joined()
    }

    static func files(_ list: [(process: ProcessFigures, title: String, files: [(number: Int, target: String)])]) -> String {
        list.reduce(Column.line([Column.right("pid", 8), "name"])) { text, entry in
            text + Column.line([Column.right(entry.process.pid, 8), entry.title])
                + entry.files.map { Column.line([Column.right($0.number, 13), $0.target]) }.joined()
        }
    }
}
