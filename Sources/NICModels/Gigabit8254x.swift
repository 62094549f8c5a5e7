import DriverKit
import E1000ERegisters
import E1000Registers
import Wire

/// A register-level model of Intel's 8254x family that is strict about its datasheet, the "PCI/PCI-X Family of Gigabit
/// Ethernet Controllers Software Developer's Manual" (cited as 8254x).
///
/// Everything happens in the calls of ``NICBackend``; time is what ``service(now:)`` last said, so call it before a batch of
/// accesses that comes after a pause (or delays that start in it end early) and after it. Delays in model time: device
/// reset 1 µs, management bus access 26 µs, EEPROM word 25 µs, PHY reset 10 µs, negotiation as the options say. Transmit
/// descriptors are worked on in `service`, at most 512 descriptors or segments a call; received frames at once.
///
/// The host must not call back into the model from ``NICHost``, except `deliver`.
public final class Gigabit8254x: NICModel {
    /// After CTRL.RST software has to wait this long. 8254x §13.4.1
    static let resetNanoseconds: UInt64 = 1000
    /// Descriptors or segments a call of `service`; when there is more it asks to be called again at once.
    static let transmitBudget = 512

    public let title: String
    public var host: (any NICHost)?

    let variant: ModelVariant
    let permanentMAC: MACAddress
    var now: UInt64 = 0
    var config: ConfigSpace
    var memory = DeviceMemory()
    var registers: RegisterFile
    /// What an 82574 has besides; nil in an 8254x.
    var pcie: PCIeUnit?
    var interrupts = InterruptUnit()
    var statistics = Statistics()
    var filter = ReceiveFilter()
    var eeprom: EEPROM
    var microwire = Microwire()
    var management = ManagementBus()
    var phy: PHY
    var rx = ReceiveUnit()
    /// One a queue; an 8254x has one.
    var transmitters: [TransmitUnit]
    /// The queue that is worked on.
    var transmitQueue = 0
    /// The frame being received.
    var inbound = FrameBuffer()
    var ledger = Ledger()
    var carrier = false
    var linkUp = false
    var resetUntil: UInt64?
    /// When the EEPROM word that EERD asked for arrives.
    var eepromReady: UInt64?
    /// What was written to the address half of the I/O region.
    var ioAddress: UInt32 = 0
    /// The far end asked for quiet. IEEE 802.3 §31B
    var pausedUntil: UInt64 = 0
    /// The last level told to the host.
    var lineAsserted = false
    /// The message for the causes at hand has been sent. 8254x §4.1.3
    var messageSent = false
    /// Of broken hardware: what it does after a reset. nil: it is sound.
    var defect: WriteDefect?

    init(_ variant: ModelVariant, _ options: ModelOptions) {
        self.variant = variant
        title = variant.title + " (model)"
        permanentMAC = options.mac
        config = ConfigSpace(
            device: variant.device, revision: variant.revision, subsystem: variant.subsystem, isPCIe: variant.isPCIe)
        registers = RegisterFile(isPCIe: variant.isPCIe)
        pcie = variant.isPCIe ? PCIeUnit() : nil
        transmitters = [TransmitUnit](repeating: TransmitUnit(), count: variant.isPCIe ? 2 : 1)
        eeprom = EEPROM(mac: options.mac, device: variant.device, subsystem: variant.subsystem)
        phy = PHY(identifier: variant.phy, negotiationNanoseconds: options.negotiationNanoseconds)
        defect = options.writesAfterReset ? WriteDefect() : nil
        loadAddress()
    }

    /// The queue that is worked on.
    var tx: TransmitUnit {
        _read { yield transmitters[transmitQueue] }
        _modify { yield &transmitters[transmitQueue] }
    }

    /// May it master the bus: by configuration space, and by CTRL.
    var isMaster: Bool { config.isMaster && !(pcie != nil && I82574.CTRL().gioMasterDisable.isSet(registers[.ctrl])) }

    public var descriptors: [Int32] { [] }

    public func shutDown() { release() }

    public func claim(memory claimed: DMAMemory) throws(NICFailure) {
        guard !memory.isClaimed else { throw .alreadyClaimed }
        memory.claim(claimed)
        defect?.begin(at: nil, now: now)
        ledger.claims += 1
    }

    public func release() {
        config.reset()
        resetDevice()
        resetUntil = nil
        memory.release()
        updateLine()
    }

    public func reset() throws(NICFailure) {
        resetDevice()
        updateLine()
    }

    public func vectorLimit(_ kind: InterruptKind) -> Int {
        kind == .line || kind == .msi ? 1 : kind == .msix && pcie != nil ? PCIeUnit.vectors : 0
    }

    /// MSI is switched in configuration space, as the platform's software does. 8254x §4.1.3
    public func setInterrupts(_ kind: InterruptKind, vectors: Int, bells: [Int32]) throws(NICFailure) -> Int {
        guard kind != .msix || pcie != nil else { throw .notSupported("it has no MSI-X") }
        config.setMessages(enabled: kind == .msi)
        config.setVectors(enabled: kind == .msix)
        pcie?.granted = kind == .msix ? min(vectors, PCIeUnit.vectors) : 0
        messageSent = false
        updateLine()
        return kind == .none ? 0 : kind == .msix ? pcie?.granted ?? 0 : 1
    }

    public func map(offset: UInt64, length: UInt64) throws(NICFailure) -> UInt64 {
        try memory.map(offset: offset, length: length)
    }

    public func unmap(deviceAddress: UInt64) { memory.unmap(deviceAddress) }

    public func configLoad(offset: UInt32, width: UInt32) -> UInt32 {
        config.setInterruptStatus(interrupts.pending != 0)
        return config.load(offset, width)
    }

    public func configStore(offset: UInt32, width: UInt32, value: UInt32) {
        config.store(offset, width, value)
        if config.isMaster { resumeMastering() }
        updateLine()
    }

    /// It may master the bus (again): what is missing is reported anew.
    func resumeMastering() {
        rx.busMasterReported = false
        for queue in transmitters.indices { transmitters[queue].busMasterReported = false }
    }

    public func regionLength(_ region: UInt32) -> UInt64 {
        switch region {
        case ConfigSpace.memoryRegion: UInt64(ConfigSpace.memoryOctets)
        case ConfigSpace.ioRegion: UInt64(ConfigSpace.ioOctets)
        case ConfigSpace.vectorRegion where pcie != nil: UInt64(ConfigSpace.vectorOctets)
        default: 0
        }
    }

    public func setCarrier(_ up: Bool) {
        carrier = up
        phy.setCarrier(up, now: now)
        updateLink()
        updateLine()
    }

    public func service(now time: UInt64) -> UInt64? {
        now = max(now, time)
        memory.now = now
        if let due = resetUntil, due <= now { resetUntil = nil }
        if let due = pcie?.reloadUntil, due <= now { pcie?.reloadUntil = nil }
        if let due = eepromReady, due <= now { finishEEPROMRead() }
        if management.isDue(now) { finishManagement() }
        phy.expire(now: now)
        updateLink()
        interrupts.expire(now: now)
        drainReceive()
        let more = transmit()
        goOnWriting()
        updateLine()
        if more { return now }
        let waits = [defect?.due, resetUntil, eepromReady, management.readyAt, phy.deadline, interruptDeadline, pauseDeadline, pcie?.reloadUntil]
        return waits.compactMap(\.self).min()
    }

    /// The NIC as it is now.
    public func status() -> ModelStatus {
        let speed = STATUS().speed.get(statusRegister)
        return ModelStatus(
            title: title, mac: currentMAC, isClaimed: memory.isClaimed, claims: ledger.claims,
            memoryDecoded: config.memoryDecoded, busMaster: config.isMaster, carrier: carrier, linkUp: linkUp,
            megabits: linkUp ? (speed == 0 ? 10 : speed == 1 ? 100 : 1000) : 0,
            fullDuplex: linkUp && STATUS().fd.isSet(statusRegister),
            receiverEnabled: RCTL().en.isSet(registers[.rctl]), transmitterEnabled: TCTL().en.isSet(registers[.tctl]),
            framesArrived: ledger.arrived, framesDelivered: ledger.delivered, framesWaiting: UInt64(rx.fifo.count),
            framesSent: ledger.sent, interrupts: ledger.interrupts, dropped: ledger.drops, violations: ledger.rules)
    }

    private var currentMAC: MACAddress {
        let (low, high) = (registers[.ral], registers[.rah])
        return MACAddress(octets: [6 of UInt8] { index in
            UInt8(truncatingIfNeeded: index < 4 ? low >> UInt32(8 * index) : high >> UInt32(8 * (index - 4)))
        })
    }

    /// The driver broke a rule: counted, and told to the host.
    func violate(_ rule: Violation.Rule, _ subject: String, _ value: UInt64, _ section: String, _ text: String) {
        ledger.violated(rule)
        let cited = pcie == nil ? section : PCIeUnit.section(section)
        host?.report(Violation(rule: rule, subject: subject, value: value, section: cited, text: text))
    }

    /// CTRL.RST: everything but the PHY and configuration space is as after power-on. 8254x §13.4.1, §14.2
    func resetDevice() {
        rememberBuffer()
        registers.reset()
        interrupts = InterruptUnit()
        statistics.reset()
        filter.reset()
        management = ManagementBus()
        microwire = Microwire()
        (eepromReady, ioAddress, pausedUntil) = (nil, 0, 0)
        if rx.progress > 0 || !rx.fifo.isEmpty { ledger.drop(.receiveFlushed, rx.fifo.flush()) }
        rx.reset()
        for queue in transmitters.indices {
            if transmitters[queue].inFrame { ledger.drop(.transmitAborted) }
            transmitters[queue].reset()
        }
        pcie?.reset(now: now)
        linkUp = false
        resetUntil = now + Self.resetNanoseconds
        loadAddress()
    }

    /// The EEPROM's address goes into the first exact filter. 8254x §13.5.2
    func loadAddress() {
        registers[.ral] = UInt32(eeprom.word(0)) | UInt32(eeprom.word(1)) << 16
        registers[.rah] = UInt32(eeprom.word(2)) | RAH().av.mask
        filter.setExact(0, low: registers[.ral], high: registers[.rah])
    }

    /// The MAC sees the link when the PHY has one and CTRL.SLU lets it. 8254x §13.4.1
    func updateLink() {
        let up = phy.link != nil && CTRL().slu.isSet(registers[.ctrl])
        guard up != linkUp else { return }
        linkUp = up
        interrupts.raise(Causes().lsc.mask)
    }

    /// Moves the interrupt line, or sends a message, as the causes say.
    func updateLine() {
        let interval = ITR().interval.get(registers[.itr])
        if config.vectorsEnabled { return sendVectors() }
        _ = interrupts.settle(interval: interval, now: now)
        if config.messagesEnabled {
            // Once per burst of causes: not again until ICR is read. 8254x §4.1.3
            let sends = interrupts.asserted && !messageSent && config.isMaster
            messageSent = interrupts.asserted && (messageSent || sends)
            if sends {
                ledger.interrupts += 1
                host?.interrupt(vector: 0, asserted: true)
            }
        } else {
            messageSent = false
        }
        // With messages on the pin is not driven.
        let isPin = !config.messagesEnabled && !config.command.contains(.interruptDisable)
        let level = interrupts.asserted && isPin
        guard level != lineAsserted else { return }
        lineAsserted = level
        if level { ledger.interrupts += 1 }
        host?.interrupt(vector: 0, asserted: level)
    }
}
