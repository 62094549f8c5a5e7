internal import Glibc
internal import Host
internal import Messages

/// What came of one driver on one device.
struct CheckReport: Codable, Equatable {
    var driver: String
    var bus: String
    var results: [CheckResult] = []
    /// The case during which the driver's process ended, and how; nil: it did not.
    var crash: String?

    var isGood: Bool { crash == nil && !results.contains { $0.outcome == .failed } }
    var summary: String {
        let failed = results.count { $0.outcome == .failed }, skipped = results.count { $0.outcome == .skipped }
        let passed = results.count - failed - skipped
        return "\(passed) passed, \(failed) failed, \(skipped) not applicable" + (crash.map { "; \($0)" } ?? "")
    }
}

/// Runs the checking process for one device, in a runtime folder of its own.
enum CheckRun {
    /// - Parameter world: where progress is printed; nil: nowhere.
    static func run(_ order: CheckOrder, seconds: Int, world: World?) throws(ToolFailure) -> CheckReport {
        var report = CheckReport(driver: Paths.name(of: order.driver), bus: order.bus)
        let folder = "/tmp/drydock-check-\(getpid())-\(MonotonicClock.now() % 1_000_000)"
        let ending: Ending
        do throws(SystemError) {
            try FileSystem.makeFolder(folder)
            defer { FileSystem.clear(folder); FileSystem.removeFolder(folder) }
            ending = try child(order, folder, seconds, world, &report)
        } catch { throw ToolFailure(order.bus, error.description, "see that \(folder) can be made") }
        if ending != .exited(0), report.crash == nil { report.crash = "the checking process ended: \(ending)" }
        _ = world?.print("\(report.driver) on \(report.bus): \(report.summary)\n")
        return report
    }

    private static func child(
        _ order: CheckOrder, _ folder: String, _ seconds: Int, _ world: World?, _ report: inout CheckReport
    ) throws(SystemError) -> Ending {
        let page = try SharedMemory(named: "drydock check note", length: 4096)
        var pipe = try FileDescriptor.pipe()
        guard let text = try? Body.encode(order) else { throw SystemError("encode", .invalid) }
        let process = try Spawn.start(
            Spawn.ourselves, arguments: ["drydock-check", String(decoding: text, as: UTF8.self)],
            environment: Spawn.environment(adding: "DRYDOCK_RUNTIME_DIR=\(folder)", removing: "SOCK"),
            descriptors: [-1, pipe.second.raw, 2, page.descriptor.raw])
        pipe.second = FileDescriptor(owning: -1)
        let deadline = Deadline(in: .seconds(seconds))
        var reader = CheckReader(world: world)
        var ended = false, late = false
        while !ended {
            ended = process.waitForEnd(Deadline(in: .milliseconds(20)))
            if let octets = try? pipe.first.readAll(limit: 1 << 20) { reader.take(octets, &report) }
            if !ended, deadline.hasPassed { late = true; try? process.signal(.kill); ended = process.waitForEnd(Deadline(in: .seconds(5))) }
        }
        if let octets = try? pipe.first.readAll(limit: 1 << 20) { reader.take(octets, &report) }
        let ending = process.reap() ?? .unknown
        guard ending != .exited(0), let current = reader.current else { return ending }
        // SAFETY: the page stays mapped; the child is gone.
        let callout = Callout(noted: unsafe page.base.load(as: UInt32.self)).map { " in \($0.name)" } ?? ""
        report.crash = late ? "case \(current) did not end within \(seconds) s\(callout)" : "case \(current): the driver's process was ended by \(Self.text(ending))\(callout)"
        let result = CheckResult(current, .failed, report.crash ?? "", milliseconds: 0)
        report.results.append(result)
        _ = world?.print(CheckReader.line(result))
        // Its NIC outlives it, as hardware does.
        _ = try? Subprocess.run(Spawn.ourselves, ["drydock", "nic", "remove", "--all"],
                                environment: Spawn.environment(adding: "DRYDOCK_RUNTIME_DIR=\(folder)"), time: .seconds(10))
        return ending
    }

    private static func text(_ ending: Ending) -> String {
        switch ending {
        case .killed(let signal): "\(signal)"
        case .exited(let code): "exit \(code)"
        case .unknown: "something unknown"
        }
    }
}

/// The checking process's lines, as they come.
struct CheckReader {
    let world: World?
    private var rest: [UInt8] = []
    /// The case that has begun and not ended.
    private(set) var current: String?

    init(world: World?) { self.world = world }

    mutating func take(_ octets: [UInt8], _ report: inout CheckReport) {
        rest += octets
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            let line = Array(rest[..<end])
            rest.removeSubrange(...end)
            guard let event = try? Body.decode(CheckEvent.self, line) else { continue }
            follow(event, &report)
        }
    }

    private mutating func follow(_ event: CheckEvent, _ report: inout CheckReport) {
        switch event {
        case .began(let name): current = name
        case .ended(let result):
            current = nil
            report.results.append(result)
            _ = world?.print(Self.line(result))
        case .refused(let failure): report.crash = "\(failure)"
        case .finished: break
        }
    }

    static func line(_ result: CheckResult) -> String {
        let word = switch result.outcome { case .passed: "ok"; case .failed: "FAILED"; case .skipped: "-" }
        let time = result.outcome == .skipped ? "" : "\(result.milliseconds) ms"
        return "  \(Column.left(result.name, 16))\(Column.left(word, 8))\(Column.left(time, 10))\(result.text)\n"
    }
}
