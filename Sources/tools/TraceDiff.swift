internal import ArgumentParser
internal import Host
internal import Messages

/// What a scenario showed on two buses.
struct TraceDiffReport: Codable, Equatable {
    var driver: String
    var first: String, second: String
    var scenario: String
    /// All rows; those that are the same included.
    var rows: [TraceAlignment.Row]
    /// Accesses of callouts that come by chance, which were seen on one bus only.
    var onlyFirstAnytime: [String], onlySecondAnytime: [String]
    var firstViolations: [TraceViolation], secondViolations: [TraceViolation]
    /// Steps that differ.
    var differences: Int

    init(driver: String, _ scenario: TraceScenario, _ a: TraceRun, _ b: TraceRun) {
        (self.driver, first, second, self.scenario) = (Paths.name(of: driver), a.bus, b.bus, scenario.rawValue)
        let (left, right) = (TraceSteps(a), TraceSteps(b))
        let alignment = TraceAlignment(left.steps, right.steps, a.registers)
        (rows, differences) = (alignment.rows, alignment.differences)
        onlyFirstAnytime = left.anytime.subtracting(right.anytime).sorted()
        onlySecondAnytime = right.anytime.subtracting(left.anytime).sorted()
        (firstViolations, secondViolations) = (a.violations, b.violations)
    }

    var text: String {
        var text = "\(driver), \(scenario): A \(first), B \(second)\n"
        let alignment = TraceAlignment(rows: rows)
        var last = -1
        for index in alignment.shown(around: 2) {
            if index != last + 1 { text += "  …\n" }
            last = index
            text += Self.line(rows[index])
        }
        text += differences == 0 ? "  no difference in \(rows.count) steps\n" : "  \(differences) of \(rows.count) steps differ\n"
        text += Self.list("~ at some moment only, on A", onlyFirstAnytime) + Self.list("~ at some moment only, on B", onlySecondAnytime)
        text += Self.list("refused by A (\(first))", firstViolations.map { "\($0.text) (\($0.count) times)" })
        text += Self.list("refused by B (\(second))", secondViolations.map { "\($0.text) (\($0.count) times)" })
        return text
    }

    private static func list(_ title: String, _ lines: [String]) -> String {
        lines.isEmpty ? "" : "  \(title):\n" + lines.map { "    \($0)\n" }.joined()
    }

    private static func line(_ row: TraceAlignment.Row) -> String {
        switch row.kind {
        case .same: "    \(row.first ?? "")\n"
        case .onlyFirst: "  A \(row.first ?? "")\n"
        case .onlySecond: "  B \(row.second ?? "")\n"
        case .value: "  A \(row.first ?? "")\n  B \(row.second ?? "")" + (row.fields.map { "   \($0.joined(separator: " "))" } ?? "") + "\n"
        }
    }
}

extension TraceAlignment {
    init(rows: [Row]) { self.rows = rows }
}

/// `drydock trace-diff`: one driver, one scenario, two buses.
struct TraceDiff: Tool {
    enum Choice: String, CaseIterable, ExpressibleByArgument { case attach, traffic, flap, all }

    static let configuration = CommandConfiguration(
        commandName: "trace-diff",
        abstract: "Run the same scenario with one driver on two buses, and show where its register accesses differ.",
        discussion: """
            Each run has a NIC, a stack and a runtime folder of its own, which are removed again. Compared is what a driver
            does in callouts that the stack orders (attach, start, stop, filters …): the accesses, and the values found and
            stored. A loop that waits counts as one access. Addresses of DMA memory, registers that clear when they are read
            and doorbells are not compared; accesses of callouts that come by chance (interrupts, timers, buffers) are listed where only one
            bus had them, with ~, and are no difference. Rules of the datasheet that the driver broke are listed for each bus:
            what a strict model refuses, and QEMU forgives.

            Scenarios: attach (attach, up, down, up, detach), traffic (three sizes of ping), flap (the link goes and comes).

            Example:
              drydock trace-diff devnp-e1000.so --on sim:82540em --on qemu:e1000 --scenario all

            Exit status: 0 no difference; 1 there are differences, or it could not be done; 64 wrong words.
            """)

    @Option(name: .customLong("on"), help: "A NIC's specification, as nic add takes it; given twice.") var buses: [String] = []
    @Option(help: "What the driver is made to do.") var scenario = Choice.all
    @Flag(help: "Print JSON: a list of what each scenario showed.") var json = false
    @Argument(help: "The driver: a shared library.", completion: .file(extensions: ["so"])) var driver: String

    func validate() throws {
        guard buses.count == 2 else { throw ValidationError("--on: give two NICs, as in: --on sim:82540em --on qemu:e1000") }
    }

    func perform(in world: World) throws(ToolFailure) -> Int32 {
        let path = Paths.absolute(driver)
        guard FileSystem.exists(path) else { throw ToolFailure(driver, "there is no such file", "build it: swift build -c release --package-path Drivers") }
        var reports: [TraceDiffReport] = []
        for chosen in TraceScenario.allCases where scenario == .all || chosen.rawValue == scenario.rawValue {
            let runs = [try run(chosen, path, buses[0], world), try run(chosen, path, buses[1], world)]
            reports.append(TraceDiffReport(driver: path, chosen, runs[0], runs[1]))
            if !json { world.output(reports[reports.count - 1].text) }
        }
        if json { world.output(JSONText.render(reports)) }
        return reports.allSatisfy { $0.differences == 0 } ? Exit.success : Exit.failure
    }

    private func run(_ scenario: TraceScenario, _ driver: String, _ bus: String, _ world: World) throws(ToolFailure) -> TraceRun {
        let stage = try TraceDiffStage(world)
        defer { stage.clear() }
        return try stage.play(scenario, driver: driver, bus: bus)
    }
}
