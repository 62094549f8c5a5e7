internal import Dossier
internal import Glibc
internal import Host
internal import Messages
internal import Recorder

/// What one scenario left on one bus.
struct TraceRun {
    /// `sim:82540em`
    var bus: String
    var records: [TraceRecord]
    var registers: RegisterTable

    /// Rules of the datasheet that the driver broke there, each once: `tailOutOfRange: TDT`.
    var violations: [TraceViolation] {
        var found: [String: TraceViolation] = [:]
        for record in records where record.kind == .violation {
            let text = record.text ?? "", parts = text.split(separator: " = ", maxSplits: 1).map(String.init)
            found[parts.first ?? text, default: TraceViolation(rule: parts.first ?? text, text: text, count: 0)].count += 1
        }
        return found.values.sorted { $0.rule < $1.rule }
    }
}

struct TraceViolation: Codable, Equatable {
    /// The rule and what it is about.
    var rule: String
    /// What was seen last, in a sentence, with the datasheet's section.
    var text: String
    var count: Int
}

/// What a driver is made to do.
enum TraceScenario: String, CaseIterable, Codable {
    case attach, traffic, flap

    /// Each a tool and its words; `IF` stands for the interface.
    var lines: [[String]] {
        let up = [["ifconfig", "IF", "10.99.0.2/24", "up"]]
        return switch self {
        case .attach: up + [["ifconfig", "IF", "down"], ["ifconfig", "IF", "up"]]
        case .traffic: up + [
            ["ping", "-q", "-c", "5", "-i", "0.01", "10.99.0.1"], ["ping", "-q", "-c", "5", "-i", "0.01", "-s", "1472", "10.99.0.1"],
            ["ping", "-q", "-c", "3", "-i", "0.01", "-s", "3000", "10.99.0.1"],
        ]
        case .flap: up + [["nic", "link", "a", "down"], ["nic", "link", "a", "up"], ["ping", "-q", "-c", "3", "-i", "0.01", "-w", "5", "10.99.0.1"]]
        }
    }
}

/// A private place for one run: a runtime folder, one NIC, one stack; nothing of it is left.
final class TraceDiffStage {
    private let world: World
    private let folder: String

    init(_ world: World) throws(ToolFailure) {
        self.world = world
        var name = Array("/tmp/drydock-trace.XXXXXX".utf8CString)
        // SAFETY: mkdtemp replaces the six letters of a NUL-terminated string that is ours.
        guard unsafe mkdtemp(&name) != nil else { throw ToolFailure("/tmp", Errno.last.description, "make room in /tmp") }
        folder = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Plays the scenario with the driver on the bus, and gives back what was recorded.
    func play(_ scenario: TraceScenario, driver: String, bus: String) throws(ToolFailure) -> TraceRun {
        try tool(["nic", "add", "a", bus, "--cable", "peer:10.99.0.1/24"])
        try tool(["io-pkt-v4-hc", "-i1", "-ptcpip", "prefix=/trace,trace=frames,trace_size=16M"])
        try tool(["mount", "-Tio-pkt1", "-o", "nic=a", driver])
        let interface = try self.interface()
        for line in scenario.lines { try tool(line.map { $0 == "IF" ? interface : $0 }) }
        try tool(["ifconfig", interface, "destroy"])
        var source = try self.source()
        let records = source.read().filter { $0.interface == interface }
        guard source.overwritten == 0 else {
            throw ToolFailure(bus, "the trace is longer than the recorder", "use a shorter scenario: --scenario attach")
        }
        return TraceRun(bus: bus, records: records, registers: source.devices[interface]?.registers ?? RegisterTable())
    }

    private func source() throws(ToolFailure) -> TraceSource {
        guard let runtime = try? RuntimeDirectory(path: "\(folder)/run"), let name = FolderName(prefix: "/trace") else {
            throw ToolFailure(folder, "the runtime folder is gone", "")
        }
        return try TraceSource(runtime, name, patience: .seconds(5))
    }

    private func interface() throws(ToolFailure) -> String {
        guard let device = try source().devices.values.first(where: { $0.nic == "a" }) else {
            throw ToolFailure("mount", "the driver attached no interface", "see its log")
        }
        return device.interface
    }

    private func tool(_ words: [String]) throws(ToolFailure) {
        var variables = world.environment
        variables["DRYDOCK_RUNTIME_DIR"] = "\(folder)/run"
        variables["SOCK"] = "/trace"
        let outcome: Subprocess.Outcome
        do {
            outcome = try Subprocess.run(
                Spawn.ourselves, words, environment: variables.map { "\($0.key)=\($0.value)" }, time: .seconds(60))
        } catch { throw ToolFailure(words[0], error.description, "") }
        guard outcome.ending == .exited(0) else {
            let said = (outcome.complaint + outcome.output).split(separator: "\n").last.map(String.init) ?? "it failed and said nothing"
            throw ToolFailure(words.joined(separator: " "), said, "")
        }
    }

    /// Ends whatever still lives in the folder, and removes it.
    func clear() {
        if let runtime = try? RuntimeDirectory(path: "\(folder)/run") {
            for kind in [RuntimeDirectory.Kind.stack, .nic, .switch] {
                for live in runtime.live(kind) { Self.end(live.pid) }
            }
        }
        FileSystem.clear(folder, depth: 8)
        FileSystem.removeFolder(folder)
    }

    private static func end(_ pid: Int32) {
        guard let process = try? ProcessHandle(pid) else { return }
        try? process.signal(.terminate)
        guard !process.waitForEnd(Deadline(in: .seconds(5))) else { return }
        try? process.signal(.kill)
        _ = process.waitForEnd(Deadline(in: .seconds(5)))
    }
}
