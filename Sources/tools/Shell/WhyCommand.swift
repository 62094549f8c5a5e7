internal import Dossier
internal import Host
internal import Messages
internal import Recorder
internal import Shell

/// `why`: what looks wrong, the likeliest first.
enum WhyCommand {
    static var all: [ShellCommand] {
        [
            ShellCommand("why", "[interface]", "what looks wrong, the likeliest first, each with what it rests on") { (session, arguments) throws(ShellError) in
                if let dossier = session.subject.dossier { return died(dossier) }
                let interface = try DeviceCommands.interface(session, arguments, "why em0")
                return answer(interface, Diagnosis.of(try facts(session, interface)))
            },
        ]
    }

    private static func answer(_ interface: String, _ findings: [Diagnosis.Finding]) -> ShellAnswer {
        guard !findings.isEmpty else { return ShellAnswer(["nothing looks wrong with \(interface)"], data: findings) }
        return ShellAnswer(findings.enumerated().flatMap { ["\($0 + 1). \($1.text)", "     \($1.evidence)"] }, data: findings)
    }

    /// The dead are explained by their dossier.
    private static func died(_ dossier: Dossier) -> ShellAnswer {
        ShellAnswer([dossier.sentence] + dossier.causes.enumerated().flatMap { ["\($0 + 1). \($1.text)", "     \($1.evidence)"] }, data: dossier.causes)
    }

    private static func facts(_ session: ShellSession, _ interface: String) throws(ShellError) -> Diagnosis.Facts {
        guard try session.subject.devices()[interface] != nil else { throw .noDevice(interface, try session.subject.devices().keys.sorted()) }
        var facts = Diagnosis.Facts()
        facts.interface = interface
        do throws(ShellError) { (facts.look, facts.nic) = (try session.subject.look(interface, .all), try session.subject.status(interface)) } catch { facts.nicSilent = error.line }
        facts.driverFunction = inDriver(session)
        // A stack whose thread is in a driver is asked as well: it may be there for a moment only.
        do throws(ShellError) {
            facts.report = try NetworkCommands.interfaces(session, ShellArguments(interface)).first
            if case .hardware(let report) = try NetworkCommands.ask(session, .hardware(interface: interface)) { facts.hardware = report }
            if case .memory(let report) = try NetworkCommands.ask(session, .memory) { facts.freeSlots = report.pools.first?.owners["free"] }
        } catch { facts.stackSilent = error.line }
        if let past = try? session.subject.past() { read(past.records(of: [.interrupt, .callout, .frame], newest: recent).filter { $0.interface == interface }, &facts) }
        return facts
    }

    private static func inDriver(_ session: ShellSession) -> String? {
        guard let core = try? session.subject.threads(), let first = core.threads.first else { return nil }
        let frames = session.subject.stacks(core).first { $0.thread == first.id }?.frames ?? []
        return frames.first { $0.isDriver && $0.symbol != nil }.map { ($0.symbol ?? "") + ($0.place.map { " (\($0))" } ?? "") }
    }

    /// Of the recorder: what was long ago has often been mended since.
    private static let recent: UInt64 = 16_384

    private static func read(_ records: [TraceRecord], _ facts: inout Diagnosis.Facts) {
        for record in records {
            switch record.kind {
            case .irq: facts.interrupts += 1
            case .callout where record.action == "interrupt" && record.result == 0: facts.empty += 1
            case .frame: if let loss = record.loss { facts.losses[loss, default: 0] += 1 }
            default: continue
            }
        }
    }
}
