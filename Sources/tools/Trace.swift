internal import ArgumentParser
internal import Dossier
internal import Host
internal import Messages
internal import Recorder

/// `drydock trace`: the flight recorder of a stack, living or dead.
struct Trace: Tool {
    static let configuration = CommandConfiguration(
        commandName: "trace",
        abstract: "Print what a stack's flight recorder holds: register accesses, DMA, interrupts, callouts, frames.",
        discussion: """
            The newest event is last. Registers have the names that their driver gives them; of a register's fields those are
            shown that changed. What the NIC itself noted (rules broken, words of QEMU) is put between. A stack that died has
            left its recorder, and the same command reads it; --from reads the recorder of a crash that is kept, or a copy of one.
            --perfetto and --pcapng write all that is chosen (without -n: everything) into a file: for ui.perfetto.dev, tracks of
            callouts, interrupts, registers, rings, wire and notes; for Wireshark and tcpdump, frames with the driver's events as
            comments. docs/TRACE.md shows both.

            Examples:
              SOCK=/sock2 drydock trace em0
              SOCK=/sock2 drydock trace em0 -f --kind register,irq
              drydock trace em0 --register TDT,TDH --since 100ms --json
              drydock trace --perfetto trace.json --since 2s
              drydock trace --from ~/.local/state/drydock/crashes/sock2-20260131-235959-4711 --pcapng frames.pcapng

            Kinds: register, config, dma, buffers, irq, callout, frame, link, log, note, violation, delay, device.
            Exit status: 0 done; 1 failed; 3 the stack does not answer; 64 wrong words.
            """)

    @Flag(name: .customShort("f"), help: "Go on with what happens, until interrupted or the stack ends.") var follow = false
    @Option(name: .customShort("n"), help: "The newest so many events; 0: all. (default: 100; in files all)") var most: Int?
    @Option(help: "Only the newest so long: 500us, 100ms, 2s, 1m.") var since: String?
    @Option(help: "Only these kinds, separated by commas.", completion: .list(TraceRecord.Kind.allCases.map(\.rawValue))) var kind: String?
    @Option(help: "Only accesses to these registers, separated by commas: TDT, RAL[3], 0x3818.") var register: String?
    @Flag(help: "Times of day (UTC) in place of seconds since the stack's start.") var absolute = false
    @Flag(help: "Print JSON, one object a line.") var json = false
    @Option(help: "A crash's folder, its name or a stack's prefix, as drydock postmortem takes it; or a recorder's file.", completion: .file())
    var from: String?
    @Option(help: "Write a trace for ui.perfetto.dev into this file; -: standard output.", completion: .file()) var perfetto: String?
    @Option(help: "Write the frames, with the driver's events as comments, into this file; -: standard output.", completion: .file())
    var pcapng: String?
    @Argument(help: "Only this interface.") var interface: String?

    func validate() throws {
        if let most, most < 0 { throw ValidationError("-n \(most): give a number from 0") }
        if let since, Self.span(since) == nil { throw ValidationError("--since \(since): give a number and us, ms, s or m, as in 100ms") }
        if perfetto != nil, pcapng != nil { throw ValidationError("--perfetto and --pcapng: one of them at a time") }
        guard let target = perfetto.map({ "--perfetto \($0)" }) ?? pcapng.map({ "--pcapng \($0)" }) else { return }
        if follow { throw ValidationError("\(target) -f: a file holds what has happened; leave -f out") }
        if json { throw ValidationError("\(target) --json: the file has a form of its own; leave --json out") }
        if absolute { throw ValidationError("\(target) --absolute: the file has a clock of its own; leave --absolute out") }
    }

    /// Nanoseconds.
    static func span(_ text: String) -> UInt64? {
        let units: [(String, Double)] = [("us", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 6e10)]
        guard let unit = units.first(where: { text.hasSuffix($0.0) }), let number = Double(text.dropLast(unit.0.count)),
            number.isFinite, number >= 0, number * unit.1 < 1e18 else { return nil }
        return UInt64(number * unit.1)
    }

    func perform(in world: World) throws(ToolFailure) -> Int32 {
        var source = try self.source(world)
        let all = source.read()
        let filter = try filter(source, newest: source.pid == nil ? all.last?.time ?? 0 : MonotonicClock.now())
        let export = TraceExport(perfetto: perfetto, pcapng: pcapng)
        let chosen = all.filter { filter.admits($0) || export?.needs($0, filter) ?? false }
        let most = most ?? (export == nil ? 100 : 0)
        let shown = most == 0 ? chosen[...] : chosen.suffix(most)
        if let export { return try export.write(source.told(Array(shown), all), world) }
        var text = TraceText(absolute ? .absolute : .since(source.start))
        if !json { world.output(Self.head(source, shown.count)) }
        show(shown, &text, world)
        if follow, source.pid != nil { try goOn(&source, filter, &text, world) }
        finish(source, world)
        return Exit.success
    }

    private func source(_ world: World) throws(ToolFailure) -> TraceSource {
        guard let from else { return try TraceSource(try world.runtime(), try world.selected(), patience: world.patience) }
        return try TraceSource(file: FileSystem.exists(from) ? from : try CrashList(world).folder(from))
    }

    private func filter(_ source: TraceSource, newest: UInt64) throws(ToolFailure) -> TraceFilter {
        var filter = TraceFilter(interface: interface)
        if let interface, source.devices[interface] == nil {
            let names = source.devices.keys.filter { !$0.isEmpty }.sorted().joined(separator: ", ")
            throw ToolFailure(
                interface, "the flight recorder of \(source.title) knows no such interface",
                names.isEmpty ? "no driver was mounted; mount one: mount devnp-e1000.so" : "it knows: \(names)")
        }
        if let kind { filter.kinds = try TraceFilter.kinds(kind) }
        if let register { filter.registers = try TraceFilter.registers(register, source.devices.values) }
        if let since, let span = Self.span(since) { filter.since = newest &- min(span, newest) }
        return filter
    }

    private static func head(_ source: TraceSource, _ count: Int) -> String {
        var text = ""
        if source.overwritten > 0 { text += "-- older events have been overwritten\n" }
        if count == 0 { text += "-- no such event\n" }
        return text
    }

    private func show(_ records: ArraySlice<TraceRecord>, _ text: inout TraceText, _ world: World) {
        var block = ""
        for record in records {
            block += json ? JSONText.line(record) + "\n" : text.line(record)
            if block.utf8.count > 32_768 {
                world.output(block)
                block = ""
            }
        }
        if !block.isEmpty { world.output(block) }
    }

    private func goOn(_ source: inout TraceSource, _ filter: TraceFilter, _ text: inout TraceText, _ world: World) throws(ToolFailure) {
        let interrupts = try world.interrupts()
        var lost = source.overwritten
        while true {
            let isInterrupted = interrupts.wait(Deadline(in: .milliseconds(50)))
            let ended = !source.isAlive
            show(source.read().filter(filter.admits)[...], &text, world)
            if source.overwritten > lost, !json { world.output("-- \(source.overwritten - lost) cells were overwritten before they were read\n") }
            lost = source.overwritten
            if isInterrupted || ended { return }
        }
    }

    private func finish(_ source: TraceSource, _ world: World) {
        guard !json, !source.isAlive else { return }
        if source.isTorn { world.output("-- the last event was not finished\n") }
        if source.damaged > 0 { world.output("-- \(source.damaged) stretches hold no event: the memory was overwritten\n") }
        if let stone = source.obituary { world.output("-- \(source.title) died: \(stone.cause)\n") }
    }
}
