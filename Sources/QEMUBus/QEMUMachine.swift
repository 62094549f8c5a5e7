import Host
import NICModels

/// One running QEMU with its NIC: from a claim to the release.
final class QEMUMachine {
    private let executable: String
    private let model: QEMUModel
    let child: QEMUChild
    let bus: QTestLink
    let cable: StreamWire
    let monitor: MonitorLink
    let log: ErrorLog
    let function: PCIFunction
    let dma: DMAGuard
    /// Nil: the model interrupts by its line only.
    let bells: BellBoard?
    /// Stays mapped here while QEMU runs: the page tables are in it.
    private let scratch: ScratchMemory

    /// Starts QEMU over `memory`; `bringUp` comes next.
    init(_ command: QEMUCommand, executable: String, memory: DMAMemory, settings: QEMUSettings) throws(NICFailure) {
        let rom = try need("no memory for QEMU's ROM") { () throws(SystemError) in try QEMUCommand.haltingROM() }
        let scratch = try need("no memory for QEMU's machine") { () throws(SystemError) in
            try ScratchMemory(octets: Int(PageTables.scratchOctets(for: memory.length)))
        }
        let bus = try Self.sockets(), monitor = try Self.sockets(), cable = try Self.sockets(), bells = try Self.sockets()
        let log = try need("no pipe for QEMU's log") { () throws(SystemError) in try FileDescriptor.pipe() }
        let inherited = command.inherited.map { name in
            switch name {
            case .rom: rom.descriptor.raw
            case .scratch: scratch.descriptor
            case .memory: memory.descriptor
            case .bus: bus.second.raw
            case .monitor: monitor.second.raw
            case .cable: cable.second.raw
            case .bells: bells.second.raw
            }
        }
        (self.executable, model) = (executable, command.model)
        let board = command.hasMessages ? BellBoard(socket: bells.first) : nil
        try need("no bells for QEMU") { () throws(SystemError) in try board?.greet() }
        self.bells = board
        child = try QEMUChild(path: executable, arguments: command.arguments, descriptors: inherited, output: log.second.raw)
        self.scratch = scratch
        self.bus = QTestLink(socket: bus.first, replyLimit: settings.startLimit)
        self.monitor = MonitorLink(socket: monitor.first)
        self.cable = StreamWire(socket: cable.first, queueOctets: settings.queueOctets)
        let patterns = command.isTraced ? command.model.traces : []
        self.log = ErrorLog(pipe: log.first, filter: TraceFilter(patterns: patterns, region: command.model.blocks))
        self.bus.sideline = self.log
        function = PCIFunction(bus: self.bus, slot: QEMUCommand.slot)
        dma = DMAGuard(
            bus: self.bus, scratch: scratch, memoryOctets: memory.length, window: DeviceWindow(addressBits: command.model.addressBits),
            slot: QEMUCommand.slot, isJudging: settings.isJudged)
    }

    /// Ours first, then the one that the child inherits.
    private static func sockets() throws(NICFailure) -> DescriptorPair {
        try need("no socket pair for QEMU") { () throws(SystemError) in try UnixSocket.pair(.stream) }
    }

    /// Waits for QEMU's first answers and places the NIC's regions.
    ///
    /// Not part of `init`: only when that has returned are the child's ends of the sockets closed here, and only then does
    /// a QEMU that ends at once show as an end of file.
    func bringUp(replyLimit: UInt64) throws(NICFailure) {
        bus.lastMoment = MonotonicClock.now() &+ bus.replyLimit
        bus.post("irq_intercept_in ioapic")
        guard bus.settle() && placeFunctions() && dma.bringUp() else {
            let reason = blaming(bus.failure ?? "the NIC is not on its bus")
            child.end()
            log.drain { _ in }
            let words = log.lastWords.isEmpty ? "" : " (\(log.lastWords))"
            throw .cannotStart("QEMU did not bring the NIC up: \(reason)\(words); see that \(executable) -version runs and says 7.2 or later")
        }
        (bus.replyLimit, bus.lastMoment) = (replyLimit, .max)
        log.collect()
        log.isRunning = true
    }

    private func placeFunctions() -> Bool {
        PCIFunction.openWindow(bus)
        guard function.bringUp() else { return false }
        return bells == nil || PCIFunction(bus: bus, slot: BellBoard.slot).bringUp(memory: BellBoard.registers, port: 0xd000)
    }

    /// What the process's epoll watches.
    var descriptors: [Int32] {
        [child.descriptor, bus.descriptor, cable.descriptor, monitor.descriptor] + (log.descriptor.map { [$0] } ?? [])
    }

    /// What a closed socket means.
    static let ended = "QEMU ended"

    /// Why this machine is of no use any more; nil while it is.
    var failure: String? {
        guard let reason = bus.failure ?? cable.failure ?? monitor.failure ?? (child.hasEnded() ? Self.ended : nil) else { return nil }
        let said = blaming(reason)
        return log.lastWords.isEmpty ? said : "\(said) (\(log.lastWords))"
    }

    /// `reason`, with the process's own part in it where its sockets closed.
    private func blaming(_ reason: String) -> String { reason == Self.ended ? "\(reason): \(child.partInIt)" : reason }

    /// Takes the device off the bus and resets it, so that no DMA follows; then ends QEMU.
    func stop() {
        if bus.failure == nil && function.stopMastering() {
            function.perform(model.quiet)
            _ = bus.settle()
        }
        child.end()
    }
}
