internal import ArgumentParser
internal import Host
internal import Messages

/// One stack, living or dead, as `drydock instances` and `pidin net` print it.
struct InstanceRow: Codable, Equatable {
    var number: Int?
    /// Empty: the default stack.
    var prefix: String
    var variant: String
    /// The supervisor; 0 when the stack is dead.
    var pid: Int32
    /// `running`, `hung`, `starting`, `dead`.
    var state: String
    /// Seconds.
    var uptime: Double?
    var interfaces: [String] = []
    var drivers: [InstanceReport.Driver] = []
    /// What killed it.
    var cause: String?

    /// Every live stack is asked, each for at most `patience`; then those that left a tombstone.
    static func all(_ runtime: RuntimeDirectory, _ census: Census, patience: Duration) -> [InstanceRow] {
        let live = census.instances.compactMap { instance in
            FolderName(prefix: instance.prefix).map { ask(runtime, $0, instance, census, patience) }
        }
        let prefixes = Set(live.map(\.prefix))
        let dead = FileSystem.names(in: runtime.folder(.stack)).compactMap { text -> InstanceRow? in
            guard let tombstone = Tombstone.read("\(runtime.folder(.stack))/\(text)") else { return nil }
            let prefix = text == "default" ? "" : "/" + text.split(separator: "%").joined(separator: "/")
            guard !prefixes.contains(prefix) else { return nil }
            return InstanceRow(
                number: nil, prefix: prefix, variant: tombstone.command.first.map(Paths.name(of:)) ?? "io-pkt", pid: 0,
                state: "dead", uptime: nil, cause: tombstone.cause)
        }
        return live + dead
    }

    private static func ask(
        _ runtime: RuntimeDirectory, _ name: FolderName, _ instance: Census.Instance, _ census: Census, _ patience: Duration
    ) -> InstanceRow {
        var row = InstanceRow(
            number: instance.number, prefix: instance.prefix, variant: instance.name, pid: instance.supervisor, state: "running",
            uptime: census.process(instance.stack)?.uptime)
        do {
            let stack = try StackClient(runtime, name, patience: patience)
            row.interfaces = try stack.interfaces().map(\.name)
            if case .instance(let report) = try stack.ask(.instance) { row.drivers = report.drivers }
        } catch {
            row.state = error.exit == Exit.hung ? "hung" : "starting"
        }
        return row
    }

    static func table(_ rows: [InstanceRow]) -> String {
        func line(_ cells: String...) -> String {
            Column.line(zip(cells, [8, 16, 13, 8, 9, 12, 0]).map { Column.left($0, $1) })
        }
        guard !rows.isEmpty else { return "no stack is running; start one: io-pkt-v6-hc -ptcpip\n" }
        return rows.reduce(line("INSTANCE", "PREFIX", "VARIANT", "PID", "STATE", "UPTIME", "INTERFACES")) { text, row in
            text + line(
                row.number.map { "\($0)" } ?? "-", row.prefix.isEmpty ? "(default)" : row.prefix, row.variant,
                row.pid == 0 ? "-" : "\(row.pid)", row.state, row.uptime.map { Number.duration(Int($0)) } ?? "-",
                row.cause ?? row.interfaces.joined(separator: " "))
        }
    }

    static func paragraphs(_ rows: [InstanceRow]) -> String {
        rows.map { row in
            var text = "\(row.variant) \(row.prefix.isEmpty ? "(default)" : row.prefix): \(row.cause ?? row.state)\n"
            if !row.interfaces.isEmpty { text += "\tinterfaces \(row.interfaces.joined(separator: " "))\n" }
            for driver in row.drivers {
                text += "\tdriver \(driver.name) \(driver.version) \(driver.path): \(driver.interfaces.joined(separator: " "))\n"
            }
            return text
        }.joined()
    }
}

/// `drydock instances`: which stacks there are.
struct Instances: Tool {
    static let configuration = CommandConfiguration(
        commandName: "instances",
        abstract: "List the stacks, living and dead.",
        discussion: """
            A stack that does not answer within a second is listed as hung; one that died is listed with what killed it.

            Example:
              drydock instances --json

            Exit status: 0 done; 1 failed; 64 wrong words.
            """)

    @Flag(help: "Print JSON.") var json = false

    func perform(in world: World) throws(ToolFailure) -> Int32 {
        let runtime = try world.runtime()
        let rows = InstanceRow.all(runtime, Census(runtime), patience: .seconds(1))
        return world.print(json ? JSONText.render(rows) : InstanceRow.table(rows))
    }
}
