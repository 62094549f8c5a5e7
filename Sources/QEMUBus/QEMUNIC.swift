internal import Glibc
internal import Host
public import NICModels

/// One of QEMU's NIC models, driven from here with no guest: the processor of its machine is halted for good.
///
/// QEMU runs from a claim to its release and never outlives the thread that claimed. Everything goes through inherited
/// descriptors, so no file or socket is left behind. Stores are posted, many in one system call; a load waits for QEMU.
/// A QEMU that is dead or silent reads as all ones, like a card that was pulled.
///
/// One thread uses it. `NICHost` is called from inside `service` (frames, violations) and, for interrupts, also at the
/// end of loads and stores; it may call back.
public final class QEMUNIC: NICBackend {
    /// The longest frame that is taken from the cable: the family's largest packet. 8254x §3.2.3.
    public static let longestFrame = 16_384 - 4
    private static let shortestFrame = 14
    /// Large on purpose: what nobody takes gathers in QEMU, which drops the 10 001st frame without a word.
    private static let framesAtOnce = 4096
    /// How soon queued frames are offered to QEMU again, in nanoseconds.
    private static let retryInterval: UInt64 = 500_000

    private enum State {
        case idle
        case running(QEMUMachine)
        /// Claimed, but QEMU is dead.
        case gone
        case ended
    }

    public let model: QEMUModel
    public let address: [6 of UInt8]
    public var host: (any NICHost)?
    /// What became of every frame.
    public private(set) var counters = QEMUCounters()
    /// As they were when `takeLoss` was asked last.
    private var countedBefore = QEMUCounters()
    /// Why QEMU died under the present claim; nil while all is well.
    public private(set) var failure: String?
    /// Called once from `service` when QEMU died under a claim, with a sentence.
    public var onFailure: ((String) -> Void)?

    private let settings: QEMUSettings
    private let executable: String
    private var state = State.idle
    private var carrier = true
    private var asserted = false
    /// How the device interrupts now.
    var interruptKind = InterruptKind.line

    /// - Parameters:
    ///   - device: what follows `qemu:`, such as `e1000`.
    ///   - address: the MAC address that the NIC's EEPROM holds.
    /// - Throws: `noSuchModel` naming the known ones; `cannotStart` when QEMU is not installed.
    public init(device: String, address: [6 of UInt8], settings: QEMUSettings = QEMUSettings()) throws(NICFailure) {
        model = try QEMUModel.named(device)
        executable = try QEMUCommand.executable(settings.executable)
        self.address = address
        self.settings = settings
    }

    public var title: String { model.title }

    /// QEMU's process while one runs.
    public var processID: Int32? { machine?.child.processID }

    /// What the process must watch now; changes with every claim and release, and when QEMU dies.
    public var descriptors: [Int32] { machine?.descriptors ?? [] }

    var machine: QEMUMachine? {
        if case .running(let machine) = state { machine } else { nil }
    }

    /// The length must be a multiple of 2 MiB, 16 GiB at most (2 GiB for chips with addresses of 32 bits). Waits for QEMU to start: some 50 ms on an idle machine.
    public func claim(memory: DMAMemory) throws(NICFailure) {
        switch state {
        case .idle: break
        case .running, .gone: throw .alreadyClaimed
        case .ended: throw .cannotStart("\(model.title): the NIC was shut down; add it again")
        }
        try check(memory)
        let command = QEMUCommand(model: model, address: address, memoryOctets: memory.length, isTraced: settings.isTraced)
        let machine = try QEMUMachine(command, executable: executable, memory: memory, settings: settings)
        try machine.bringUp(replyLimit: settings.replyLimit)
        if !carrier { machine.monitor.setLink(of: QEMUCommand.nic, up: false) }
        failure = nil
        interruptKind = .line
        state = .running(machine)
    }

    private func check(_ memory: DMAMemory) throws(NICFailure) {
        let step = QEMUCommand.memoryStep, most = DeviceWindow(addressBits: model.addressBits).most
        guard memory.length > 0 && memory.length % step == 0 && memory.length <= most else {
            throw .cannotStart(
                "\(memory.length) octets of packet memory do not fit a memory module; use a multiple of \(step), \(most >> 30) GiB at most")
        }
        var status = stat()
        // SAFETY: fstat fills the structure that it is handed.
        guard unsafe fstat(memory.descriptor, &status) == 0, status.st_size >= 0, UInt64(status.st_size) >= memory.length else {
            throw .cannotStart("descriptor \(memory.descriptor) is no file of \(memory.length) octets; hand over the memfd of the packet memory")
        }
    }

    public func release() {
        switch state {
        case .idle, .ended: return
        case .gone: break
        case .running(let machine):
            tellLastFault(machine, now: MonotonicClock.now())
            // The host may have released the NIC from inside a call.
            guard self.machine === machine else { return }
            machine.stop()
            forget(machine)
        }
        state = .idle
        failure = nil
    }

    /// What the chip calls its software reset. The line falls with it; MSI and MSI-X stay as they are.
    public func reset() throws(NICFailure) {
        guard let machine else { throw failure.map { .cannotStart($0) } ?? .notClaimed }
        machine.function.perform(model.quiet)
        guard machine.bus.settle() else { throw .cannotStart(machine.bus.failure ?? QEMUMachine.ended) }
        settleUp(machine)
    }

    public func shutDown() {
        release()
        state = .ended
    }

    /// Opens whole pages of 4 KiB: what shares a page with a mapping is in reach too.
    ///
    /// - Returns: the offset plus 4 GiB; for a chip with addresses of 32 bits, plus 1 GiB.
    public func map(offset: UInt64, length: UInt64) throws(NICFailure) -> UInt64 {
        switch state {
        case .idle, .ended: throw .notClaimed
        case .gone: throw .cannotStart(failure ?? QEMUMachine.ended)
        case .running(let machine): return try machine.dma.map(offset: offset, length: length, now: MonotonicClock.now())
        }
    }

    /// Costs one round trip: afterwards the device cannot reach the pages any more.
    public func unmap(deviceAddress: UInt64) {
        guard let machine else { return }
        machine.dma.unmap(deviceAddress: deviceAddress, now: MonotonicClock.now())
        settleUp(machine)
    }

    public func setCarrier(_ up: Bool) {
        guard up != carrier else { return }
        carrier = up
        machine?.monitor.setLink(of: QEMUCommand.nic, up: up)
    }

    public func deliver(_ frame: UnsafeRawBufferPointer) {
        guard carrier else { return counters.unplugged += 1 }
        guard let machine else { return counters.unclaimed += 1 }
        guard frame.count >= Self.shortestFrame && frame.count <= Self.longestFrame else { return counters.badLength += 1 }
        if unsafe machine.cable.send(frame) { counters.delivered += 1 } else { counters.queueFull += 1 }
    }

    /// What QEMU's model does with a frame that it has taken, it does not tell.
    public func takeLoss() -> String? {
        defer { countedBefore = counters }
        if counters.unplugged != countedBefore.unplugged { return "lost in the NIC: its link is down" }
        if counters.unclaimed != countedBefore.unclaimed { return "lost in the NIC: no stack has claimed it" }
        if counters.badLength != countedBefore.badLength { return "lost in the NIC: no frame has that length" }
        return counters.queueFull != countedBefore.queueFull ? "lost in the NIC: QEMU takes none, and as many wait as may" : nil
    }
}

// MARK: - What happens by itself

extension QEMUNIC {
    public func service(now: UInt64) -> UInt64? {
        guard let machine else { return nil }
        machine.bus.drain()
        tellInterrupts(machine)
        var more = unsafe machine.cable.receive(most: Self.framesAtOnce) { frame in unsafe transmit(frame) }
        machine.cable.flush()
        machine.monitor.drain()
        tellLog(machine, now: now)
        // The host may have released the NIC from inside a call.
        guard self.machine === machine else { return nil }
        if let reason = machine.failure { giveUp(machine, reason); more = false }
        if more { return now }
        return self.machine != nil && machine.cable.queuedFrames > 0 ? now &+ Self.retryInterval : nil
    }

    private func transmit(_ frame: UnsafeRawBufferPointer) {
        guard carrier else { return counters.unplugged += 1 }
        counters.transmitted += 1
        unsafe host?.transmit(frame)
    }

    /// Ends a bus access: interrupts that came with it are told, and a dead QEMU is made to wake the process.
    func settleUp(_ machine: QEMUMachine) {
        if machine.bus.failure != nil { machine.child.end(waiting: false) }
        tellInterrupts(machine)
    }

    private func tellInterrupts(_ machine: QEMUMachine) {
        while let level = machine.bus.interrupts.take() {
            // A device that sends messages leaves its line alone; a change now is one of before.
            guard interruptKind == .line || interruptKind == .none || !level else { continue }
            asserted = level
            host?.interrupt(vector: 0, asserted: level)
        }
    }

    /// QEMU is dead under a claim: no more DMA, reads are all ones, the claim stays until it is released.
    private func giveUp(_ machine: QEMUMachine, _ reason: String) {
        machine.child.end()
        forget(machine)
        let sentence = "\(model.title): \(reason); the NIC reads as all ones until it is released and claimed again"
        (state, failure) = (.gone, sentence)
        onFailure?(sentence)
    }

    /// After QEMU has ended: frames and the interrupt line that were in flight.
    private func forget(_ machine: QEMUMachine) {
        counters.abandoned += UInt64(machine.cable.queuedFrames)
        if asserted {
            asserted = false
            host?.interrupt(vector: 0, asserted: false)
        }
    }
}
