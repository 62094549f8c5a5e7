import AbcRegisters
import DriverKit
import Wire

/// The teaching NIC, as its datasheet docs/ABC.md (cited as ABC) describes it, and strict about it.
///
/// Time is what ``service(now:)`` last said. A reset takes 10 µs of it. Frames are sent in `service`, received ones are put
/// into memory at once.
public final class AbcNIC: NICModel {
    /// An identity that no NIC on sale bears: emulators use this vendor for devices that exist nowhere. ABC §2
    static let vendor: UInt16 = 0x1234, device: UInt16 = 0x0abc
    /// ABC §3.2
    static let resetNanoseconds: UInt64 = 10_000
    static let megabits: UInt32 = 100
    /// Frames a call of `service`.
    static let transmitBudget = 64
    /// Octets of received frames that wait for descriptors. ABC §5.1
    static let fifoOctets = 24 * 1024

    public let title = "ABC teaching NIC (model)"
    public var host: (any NICHost)?

    let permanentMAC: MACAddress
    var now: UInt64 = 0
    var config = FunctionSpace(vendor: vendor, device: device, revision: 1, regionOctets: AbcRegister.regionLength)
    var memory = DeviceMemory()
    var control: UInt32 = 0
    var cause: UInt32 = 0, mask: UInt32 = 0
    var addressLow: UInt32 = 0, addressHigh: UInt32 = 0
    var hash: UInt64 = 0
    var missed: UInt32 = 0, long: UInt32 = 0
    var receiveRing = AbcRing("RX"), transmitRing = AbcRing("TX")
    var fifo = ReceiveFIFO()
    /// The frame on its way in or out.
    var frame = FrameBuffer()
    /// The bell has been rung and the end of what it announced not been seen.
    var transmitAsked = false
    var busMasterReported = false
    var ledger = Ledger()
    var carrier = false
    var resetUntil: UInt64?
    private var lineAsserted = false, messageArmed = true

    init(_ options: ModelOptions) {
        permanentMAC = options.mac
        loadAddress()
    }

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
        resetUntil = nil
        memory.release()
        updateInterrupt()
    }

    public func map(offset: UInt64, length: UInt64) throws(NICFailure) -> UInt64 { try memory.map(offset: offset, length: length) }
    public func unmap(deviceAddress: UInt64) { memory.unmap(deviceAddress) }

    public func vectorLimit(_ kind: InterruptKind) -> Int { kind == .line || kind == .msi ? 1 : 0 }

    public func setInterrupts(_ kind: InterruptKind, vectors: Int, bells: [Int32]) throws(NICFailure) -> Int {
        guard kind != .msix else { throw .notSupported("it has no MSI-X") }
        config.setMessages(enabled: kind == .msi)
        messageArmed = true
        updateInterrupt()
        return kind == .none ? 0 : 1
    }

    public func configLoad(offset: UInt32, width: UInt32) -> UInt32 {
        config.setInterruptStatus(cause & mask != 0)
        return config.load(offset, width)
    }

    public func configStore(offset: UInt32, width: UInt32, value: UInt32) {
        config.store(offset, width, value)
        if config.isMaster { busMasterReported = false }
        updateInterrupt()
    }

    public func regionLength(_ region: UInt32) -> UInt64 { region == 0 ? UInt64(AbcRegister.regionLength) : 0 }

    public func setCarrier(_ up: Bool) {
        guard up != carrier else { return }
        carrier = up
        raise(Causes().link)
        updateInterrupt()
    }

    public func service(now time: UInt64) -> UInt64? {
        now = max(now, time)
        if let due = resetUntil, due <= now { resetUntil = nil }
        drainReceive()
        let more = transmit()
        updateInterrupt()
        return more ? now : resetUntil
    }

    public func status() -> ModelStatus {
        ModelStatus(
            title: title, mac: currentMAC, isClaimed: memory.isClaimed, claims: ledger.claims, memoryDecoded: config.memoryDecoded,
            busMaster: config.isMaster, carrier: carrier, linkUp: carrier, megabits: carrier ? Self.megabits : 0, fullDuplex: carrier,
            receiverEnabled: CTRL().rxen.isSet(control), transmitterEnabled: CTRL().txen.isSet(control), framesArrived: ledger.arrived,
            framesDelivered: ledger.delivered, framesWaiting: UInt64(fifo.count), framesSent: ledger.sent, interrupts: ledger.interrupts,
            dropped: ledger.drops, violations: ledger.rules)
    }

    private var currentMAC: MACAddress {
        let (low, high) = (addressLow, addressHigh)
        return MACAddress(octets: [6 of UInt8] { index in
            UInt8(truncatingIfNeeded: index < 4 ? low >> UInt32(8 * index) : high >> UInt32(8 * (index - 4)))
        })
    }

    /// The driver broke a rule: counted, and told to the host.
    func violate(_ rule: Violation.Rule, _ subject: String, _ value: UInt64, _ section: String, _ text: String) {
        ledger.violated(rule)
        host?.report(Violation(rule: rule, subject: subject, value: value, section: "ABC §" + section, text: text))
    }

    /// CTRL.RESET: every register but the identity as after power-on. ABC §3.2
    func resetDevice() {
        (control, cause, mask, hash, missed, long) = (0, 0, 0, 0, 0, 0)
        (transmitAsked, busMasterReported) = (false, false)
        ledger.drop(.receiveFlushed, fifo.flush())
        receiveRing = AbcRing("RX")
        transmitRing = AbcRing("TX")
        loadAddress()
        resetUntil = now + Self.resetNanoseconds
    }

    private func loadAddress() {
        let octets = permanentMAC.octets
        addressLow = (0..<4).reduce(UInt32(0)) { $0 | UInt32(octets[$1]) << UInt32(8 * $1) }
        addressHigh = UInt32(octets[4]) | UInt32(octets[5]) << 8
    }

    func raise(_ field: Field) { cause |= field.mask }

    /// Moves the line, or sends the message. ABC §6
    func updateInterrupt() {
        let pending = cause & mask != 0
        if !pending { messageArmed = true }
        if config.messagesEnabled, pending, messageArmed, config.isMaster {
            messageArmed = false
            ledger.interrupts += 1
            host?.interrupt(vector: 0, asserted: true)
        }
        let level = pending && !config.messagesEnabled && !config.pinDisabled
        guard level != lineAsserted else { return }
        lineAsserted = level
        if level { ledger.interrupts += 1 }
        host?.interrupt(vector: 0, asserted: level)
    }

    /// A write to CAUSE or MASK: what is still pending is announced once more. ABC §6
    func rearm() { messageArmed = true }
}

/// One ring as the device holds it. ABC §3.10, §4
struct AbcRing {
    let direction: String
    var base: UInt64 = 0
    var size = 0
    var head = 0
    /// It could not be reached, or was nonsense: nothing happens until the unit is enabled anew.
    var halted = false
    /// Descriptors from the head that the device has been given, as they were then.
    var shadow = OwnershipShadow()
    var known = 0

    init(_ direction: String) { self.direction = direction }

    var isSound: Bool { size > 0 && !halted }
    func address(_ index: Int) -> UInt64 { base &+ UInt64(index * AbcDescriptor.octets) }
    func position(_ steps: Int) -> Int { (head + steps) % size }

    mutating func advance(_ steps: Int) {
        for step in 0..<steps { shadow.giveBack(position(step)) }
        head = position(steps)
        known = max(0, known - steps)
    }

    /// As when the unit is switched on: at descriptor 0, with nothing known.
    mutating func restart() {
        (head, known, halted) = (0, 0, false)
        shadow.resize(size)
    }
}
