import Host
import NICModels

/// One running QEMU with its NIC: from a claim to the release.
final class QEMUMachine {
    private let executable: String
    let child: QEMUChild
    let bus: QTestLink
    let cable: StreamWire
    let monitor: MonitorLink
    let log: ErrorLog
    let function: PCIFunction
    let dma: DMAGuard
    /// Stays mapped here while QEMU runs: the page tables are in it.
    private let scratch: ScratchMemory

    /// Starts QEMU over `memory`; `bringUp` comes next.
    init(_ command: QEMUCommand, executable: String, memory: DMAMemory, settings: QEMUSettings) throws(NICFailure) {
        let rom = try need("no memory for QEMU's ROM") { () throws(SystemError) in try QEMUCommand.haltingROM() }
        let scratch = try need("no memory for QEMU's machine") { () throws(SystemError) in
            try ScratchMemory(octets: Int(PageTables.scratchOctets(for: memory.length)))
        }
        let bus = try Self.sockets(), monitor = try Self.sockets(), cable = try Self.sockets()
        let log = try need("no pipe for QEMU's log") { () throws(SystemError) in try FileDescriptor.pipe() }
        let inherited = QEMUCommand.Inherited.allCases.map { name in
            switch name {
            case .rom: rom.descriptor.raw
            case .scratch: scratch.descriptor
            case .memory: memory.descriptor
            case .bus: bus.second.raw
            case .monitor: monitor.second.raw
            case .cable: cable.second.raw
            }
        }
        self.executable = executable
        child = try QEMUChild(path: executable, arguments: command.arguments, descriptors: inherited, output: log.second.raw)
        self.scratch = scratch
        self.bus = QTestLink(socket: bus.first, replyLimit: settings.startLimit)
        self.monitor = MonitorLink(socket: monitor.first)
        self.cable = StreamWire(socket: cable.first, queueOctets: settings.queueOctets)
        self.log = ErrorLog(pipe: log.first)
        function = PCIFunction(bus: self.bus, slot: QEMUCommand.slot)
        dma = DMAGuard(bus: self.bus, scratch: scratch, memoryOctets: memory.length, slot: QEMUCommand.slot)
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
        bus.post("irq_intercept_in ioapic")
        guard bus.settle() && function.bringUp() && dma.bringUp() else {
            let reason = bus.failure ?? "the NIC is not on its bus"
            child.end()
            log.drain { _ in }
            let words = log.lastWords.isEmpty ? "" : " (\(log.lastWords))"
            throw .cannotStart("QEMU did not bring the NIC up: \(reason)\(words); see that \(executable) -version runs and says 7.2 or later")
        }
        bus.replyLimit = replyLimit
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
