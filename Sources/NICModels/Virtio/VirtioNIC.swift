import DriverKit
import VirtioNetRegisters
import VirtioRegisters
import Wire

/// A register-level model of a virtio network device over PCI (modern interface), strict about "Virtual I/O Device (VIRTIO)
/// Version 1.2" (cited as virtio 1.2).
///
/// Notified queues are worked on in ``service(now:)``, received frames at once. What breaks a queue (a chain in a loop, an
/// index that jumps) is reported, and the device then needs a reset, as §2.1.2 has it. Frames that find no buffers are
/// dropped and counted.
public final class VirtioNIC: NICModel {
    /// Chains a call of `service`.
    static let budget = 512
    static let pairs = 4
    static let mtu: UInt32 = 9000

    public let title = "virtio network device (model)"
    public var host: (any NICHost)?

    let permanentMAC: MACAddress
    var config = VirtioConfigSpace()
    var memory = DeviceMemory()
    var ledger = Ledger()
    var carrier = false

    // Common configuration.
    var deviceStatus: UInt32 = 0
    var driverFeatures: UInt64 = 0
    var deviceSelect: UInt32 = 0, driverSelect: UInt32 = 0
    var queueSelect = 0
    var configVector = VirtioCapability.noVector
    var generation: UInt32 = 0
    var queues = (0...2 * VirtioNIC.pairs).map { VirtioQueue(index: $0) }

    /// Messages granted; 0: the line.
    var messages = 0
    /// Causes that the interrupt status register shows. §4.1.4.5
    var causes: UInt32 = 0
    var lineAsserted = false

    var filter: VirtioFilter
    /// Queue pairs in use, and which one a flow's answers go to. §5.1.6.5.6
    var activePairs = 1
    var flows = [UInt8](repeating: 0, count: 256)
    /// The packet at hand, header first; a frame for the wire.
    var packet: [UInt8] = []
    var outbound = FrameBuffer()
    var inbound = FrameBuffer()

    init(_ options: ModelOptions) {
        permanentMAC = options.mac
        filter = VirtioFilter(options.mac)
        packet.reserveCapacity(70_000)
    }

    /// What the device can do.
    static let offered: VirtioFeatures = [
        .checksum, .guestChecksum, .mtu, .mac, .hostTSO4, .hostTSO6, .mergeable, .status, .control, .controlReceive, .controlVLAN,
        .multiqueue, .controlAddress, .eventIndex, .version1, .speedDuplex,
    ]

    /// Behind all pairs with MQ, behind the first without. §5.1.2
    var controlIndex: Int { features.contains(.multiqueue) ? 2 * Self.pairs : 2 }

    var features: VirtioFeatures { VirtioFeatures(rawValue: driverFeatures) }
    var isRunning: Bool { DeviceStatus().driverOK.isSet(deviceStatus) && !DeviceStatus().needsReset.isSet(deviceStatus) }

    public var descriptors: [Int32] { [] }
    public func shutDown() { release() }

    public func claim(memory claimed: DMAMemory) throws(NICFailure) {
        guard !memory.isClaimed else { throw .alreadyClaimed }
        memory.claim(claimed)
        ledger.claims += 1
    }

    public func release() {
        config.reset()
        resetDevice()
        messages = 0
        memory.release()
        updateLine()
    }

    public func reset() throws(NICFailure) {
        resetDevice()
        updateLine()
    }

    public func map(offset: UInt64, length: UInt64) throws(NICFailure) -> UInt64 { try memory.map(offset: offset, length: length) }
    public func unmap(deviceAddress: UInt64) { memory.unmap(deviceAddress) }

    public func vectorLimit(_ kind: InterruptKind) -> Int {
        switch kind {
        case .none, .msi: 0
        case .line: 1
        case .msix: VirtioConfigSpace.vectors
        }
    }

    public func setInterrupts(_ kind: InterruptKind, vectors: Int, bells: [Int32]) throws(NICFailure) -> Int {
        guard kind != .msi else { throw .notSupported("it has MSI-X and its line, no MSI") }
        messages = kind == .msix ? min(max(vectors, 1), VirtioConfigSpace.vectors) : 0
        config.setMessages(enabled: messages > 0)
        updateLine()
        return kind == .none ? 0 : kind == .line ? 1 : messages
    }

    public func configLoad(offset: UInt32, width: UInt32) -> UInt32 {
        config.setInterruptStatus(causes != 0)
        return config.load(offset, width)
    }

    public func configStore(offset: UInt32, width: UInt32, value: UInt32) {
        config.store(offset, width, value)
        updateLine()
    }

    public func regionLength(_ region: UInt32) -> UInt64 {
        switch region {
        case VirtioConfigSpace.region: UInt64(VirtioRegister.regionLength)
        case VirtioConfigSpace.messageRegion: UInt64(VirtioConfigSpace.messageOctets)
        default: 0
        }
    }

    public func setCarrier(_ up: Bool) {
        guard up != carrier else { return }
        carrier = up
        if isRunning, features.contains(.status) { configurationChanged() }
    }

    public func service(now: UInt64) -> UInt64? {
        var left = Self.budget
        for index in queues.indices where queues[index].notified {
            if index == controlIndex {
                control(index)
            } else if index % 2 == 1 {
                left -= transmit(index, budget: left)
            } else {
                // Receive buffers are looked at when a frame is there.
                queues[index].notified = false
            }
        }
        return left > 0 ? nil : now
    }

    public func status() -> ModelStatus {
        let running = isRunning
        return ModelStatus(
            title: title, mac: filter.mac, isClaimed: memory.isClaimed, claims: ledger.claims, memoryDecoded: config.memoryDecoded,
            busMaster: config.isMaster, carrier: carrier, linkUp: carrier, megabits: carrier ? 1000 : 0, fullDuplex: carrier,
            receiverEnabled: running, transmitterEnabled: running, framesArrived: ledger.arrived, framesDelivered: ledger.delivered,
            framesWaiting: 0, framesSent: ledger.sent, interrupts: ledger.interrupts, dropped: ledger.drops, violations: ledger.rules)
    }

    func violate(_ rule: Violation.Rule, _ subject: String, _ value: UInt64, _ section: String, _ text: String) {
        ledger.violated(rule)
        host?.report(Violation(rule: rule, subject: subject, value: value, section: "virtio 1.2 §" + section, text: text))
    }

    /// Zero written to device_status. §2.4, §4.1.4.3.1
    func resetDevice() {
        (deviceStatus, driverFeatures, deviceSelect, driverSelect, queueSelect) = (0, 0, 0, 0, 0)
        (configVector, causes, activePairs) = (VirtioCapability.noVector, 0, 1)
        for index in queues.indices { queues[index].reset() }
        filter = VirtioFilter(permanentMAC)
        flows = [UInt8](repeating: 0, count: 256)
    }

    /// The device cannot go on, and says so. §2.1.2
    func needReset(_ index: Int) {
        queues[index].broken = true
        guard !DeviceStatus().needsReset.isSet(deviceStatus) else { return }
        deviceStatus |= DeviceStatus().needsReset.mask
        if DeviceStatus().driverOK.isSet(deviceStatus) { configurationChanged() }
    }

    func configurationChanged() {
        generation = (generation + 1) & 0xFF
        notify(configVector, InterruptStatus().config.mask)
    }

    /// A message of `vector`, or the line. §4.1.5
    func notify(_ vector: UInt32, _ cause: UInt32) {
        if messages > 0 {
            guard vector < UInt32(messages), config.isMaster else { return }
            ledger.interrupts += 1
            host?.interrupt(vector: Int(vector), asserted: true)
        } else {
            causes |= cause
            updateLine()
        }
    }

    func updateLine() {
        let level = causes != 0 && messages == 0 && !config.interruptDisabled
        guard level != lineAsserted else { return }
        lineAsserted = level
        if level { ledger.interrupts += 1 }
        host?.interrupt(vector: 0, asserted: level)
    }
}
