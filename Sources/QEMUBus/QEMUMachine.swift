import NICModels

/// One running QEMU with its NIC: from a claim to the release.
final class QEMUMachine {
    let child: QEMUChild
    let bus: QTestLink
    let cable: StreamWire
    let monitor: MonitorLink
    let log: ErrorLog
    let function: PCIFunction
    let dma: DMAGuard
    /// Stays mapped here while QEMU runs: the page tables are in it.
    private let scratch: ScratchMemory

    /// Starts QEMU over `memory` and places the NIC's regions.
    init(_ command: QEMUCommand, executable: String, memory: DMAMemory, settings: QEMUSettings) throws(NICFailure) {
        let rom = try Descriptor.memory("halting-rom", QEMUCommand.haltingROM)
        let scratch = try ScratchMemory(octets: Int(PageTables.scratchOctets(for: memory.length)))
        let bus = try DescriptorPair.sockets(), monitor = try DescriptorPair.sockets()
        let cable = try DescriptorPair.sockets(), log = try DescriptorPair.log()
        let inherited = QEMUCommand.Inherited.allCases.map { name in
            switch name {
            case .rom: rom.number
            case .scratch: scratch.descriptor
            case .memory: memory.descriptor
            case .bus: bus.theirs.number
            case .monitor: monitor.theirs.number
            case .cable: cable.theirs.number
            }
        }
        child = try QEMUChild(path: executable, arguments: command.arguments, descriptors: inherited, output: log.theirs.number)
        self.scratch = scratch
        self.bus = QTestLink(socket: bus.keepOurs(), replyLimit: settings.startLimit)
        self.monitor = MonitorLink(socket: monitor.keepOurs())
        self.cable = StreamWire(socket: cable.keepOurs(), queueOctets: settings.queueOctets)
        self.log = ErrorLog(pipe: log.keepOurs())
        function = PCIFunction(bus: self.bus, slot: QEMUCommand.slot)
        dma = DMAGuard(bus: self.bus, scratch: scratch, memoryOctets: memory.length, slot: QEMUCommand.slot)
        try start(executable)
        self.bus.replyLimit = settings.replyLimit
    }

    private func start(_ executable: String) throws(NICFailure) {
        bus.post("irq_intercept_in ioapic")
        if bus.settle() && function.bringUp() && dma.bringUp() { return }
        child.end()
        log.drain { _ in }
        let why = log.lastWords.isEmpty ? bus.failure ?? "the NIC is not on its bus" : log.lastWords
        throw .cannotStart("QEMU did not bring the NIC up: \(why); try: \(executable) -version (7.2 or later is needed)")
    }

    /// What the process's epoll watches.
    var descriptors: [Int32] {
        [child.descriptor, bus.descriptor, cable.descriptor, monitor.descriptor, log.descriptor]
    }

    /// What a closed socket means.
    static let ended = "QEMU ended"

    /// Why this machine is of no use any more; nil while it is.
    var failure: String? {
        guard let reason = bus.failure ?? cable.failure ?? monitor.failure ?? (child.hasEnded() ? Self.ended : nil) else { return nil }
        return log.lastWords.isEmpty ? reason : "\(reason) (\(log.lastWords))"
    }

    /// Takes the device off the bus and resets it, so that no DMA follows; then ends QEMU.
    func stop() {
        if bus.failure == nil && function.stopMastering(), let registers = function.regions[0] {
            // CTRL.RST, the same place in all of the family. 8254x §13.4.1.
            function.regionStore(registers, offset: 0, width: 4, value: 1 << 26)
            _ = bus.settle()
        }
        child.end()
    }
}
