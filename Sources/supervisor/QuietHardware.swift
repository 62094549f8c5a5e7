internal import Bus
internal import Host
internal import Messages

// What is done about devices before anything else is done about a death.
extension Instance {
    /// No device that the stack process had claimed reaches memory after this, and its claims are gone. Bounded, and done once
    /// for a stack process; what became of each NIC is said in the log, and kept beside the crash as `nics/NIC.json`.
    func quietHardware(of dead: inout Generation) {
        guard dead.quieted == nil else { return }
        dead.quieted = (try? RuntimeDirectory()).map { NICBus($0).quietAll(holder: NICBus.holder(prefix: plan.prefix), since: dead.started) } ?? []
        for report in dead.quieted ?? [] { log.write(report.sentence) }
    }
}
