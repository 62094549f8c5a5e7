internal import Bus
internal import Cables
internal import Host
internal import Messages
internal import NICModels
internal import Wire

/// One NIC as a process: the hardware, its cable, and the stack that has claimed it, joined by one loop.
///
/// Hardware keeps running when software dies: a stack's end, however sudden, only ends its claim.
final class NICProcess: NICHost {
    let name: String
    let boot: NICBoot
    let model: ModelSpecification
    let slot: NICSlot
    /// The hardware as whoever claims it meets it: the card in its slot.
    var backend: NICSlot { slot }
    let cable: Cable
    let control: Port
    let port: CablePort
    let log: ProcessLog
    let recorder: HardwareRecorder?
    let started = MonotonicClock.now()
    var claim: Claim?
    /// Connections that have claimed it once: whoever holds one drives a device, and administers nothing.
    var claimants: Set<Sender.Client> = []
    /// Captures by the connections that asked for them.
    var streams: [Sender.Client: CaptureStream] = [:]
    var violations = ViolationLog()
    /// What was done when a claim last ended without a word.
    var lastQuiet: QuietReport?
    /// What was found when drivers' processes had died, the last of them last.
    var bequeathed: [(report: QuietReport, readings: [ChipMap.Reading])] = []
    var linkEnabled = true
    private var carrier = false
    /// Switches that this process started, to be reaped.
    var children = Children()
    /// The one who asked for the end, to be answered when nothing is left.
    var removal: Sender?
    var isEnding = false
    /// How long frames may lie in the cable while the hardware takes none, in nanoseconds.
    private static let deafRound: UInt64 = 5_000_000
    /// Until then the cable is let be; 0: it is not.
    private(set) var cableRestsUntil: UInt64 = 0
    /// Frames that the hardware sent while one was being delivered to it: sent right after.
    private var deferred: [[UInt8]] = []
    private var isDelivering = false
    private var now: UInt64 = 0
    /// A frame went onto the cable: it may have something for us, or hold the frame back until some time.
    var cableTouched = false
    /// The cable brought the hardware something since it last ran.
    private(set) var hardwareTouched = false
    var linkDownDropped: UInt64 = 0, deferredDropped: UInt64 = 0

    init(_ boot: NICBoot, directory: RuntimeDirectory, folder: String, log: ProcessLog) throws(Failure) {
        (name, self.boot, self.log) = (boot.name, boot, log)
        model = try ModelSpecification(boot.model, name: boot.name)
        slot = NICSlot(try model.make())
        recorder = HardwareRecorder(nic: boot.name, specification: boot.model)
        let children = children
        cable = Cable(site: CableSite(name: boot.name, directory: directory) { children.startSwitch($0) })
        do throws(SystemError) {
            port = try CablePort(path: "\(folder)/port")
            control = try Port(path: "\(folder)/control")
        } catch { throw Failure(error, what: "NIC \(boot.name)", fix: "check the folder \(folder)") }
        slot.host = self
        cable.lossAtNIC = { [slot] in slot.takeLoss() }
        if model.bus == .vfio, boot.cable != nil || boot.capture != nil {
            backend.shutDown()
            throw Self.realCable(name)
        }
        do throws(CableFailure) {
            if let text = boot.cable { try cable.plug(try CableSpecification(text)) }
            if let capture = boot.capture { try cable.startCapture(capture) }
        } catch {
            cable.close()
            throw Failure(error)
        }
    }

    /// What is asked of a cable that is not ours.
    static func realCable(_ name: String) -> Failure {
        Failure(.notSupported, what: "NIC \(name)", why: "it is a real card: its cable and its frames are out of this program's reach",
            fix: "plug it by hand; capture at the other end, or on a NIC of sim: or qemu:")
    }

    // MARK: The hardware's side

    func interrupt(vector: Int, asserted: Bool) {
        guard let claim else { return }
        if claim.lines.change(vector: vector, asserted: asserted) { claim.signal(vector) }
    }

    func transmit(_ frame: UnsafeRawBufferPointer) {
        guard linkEnabled else {
            linkDownDropped &+= 1
            return unsafe cable.record(lost: frame.bytes, now: now, because: "the link is held down (nic link \(name) down)")
        }
        if isDelivering {
            // The cable is busy handing us a frame. Bounded by what one burst of frames can make the hardware send.
            if deferred.count < CableLimits.queuedFrames { deferred.append(unsafe [UInt8](frame)) } else {
                deferredDropped &+= 1
                unsafe cable.record(lost: frame.bytes, now: now, because: "too many frames at once, while the cable delivered one")
            }
            return
        }
        cableTouched = true
        unsafe cable.send(frame.bytes, now: now)
    }

    func note(_ text: String) {
        log.note(text)
        recorder?.note(text)
    }

    func report(_ violation: Violation) {
        recorder?.report(violation)
        if claim == nil, violation.rule == .strayDMA { lastQuiet?.refusedAfter &+= 1 }
        guard violations.note(violation) else { return }
        log.line("violation: \(violation.subject) = 0x\(String(violation.value, radix: 16)): \(violation.text) (\(violation.section))")
    }

    /// Then there is nothing left to be a process for: the stack hears of it by its connection's end.
    func deviceGone(_ why: String) {
        endClaim(why)
        log.line("gone: \(why)")
        isEnding = true
    }

    // MARK: Turns of the loop

    /// Performs what the stack asked for. - Returns: how many accesses.
    func serveAccesses(atMost limit: Int) -> Int {
        guard let claim else { return 0 }
        var count = 0
        while count < limit, let access = claim.access.next() {
            claim.access.retire(answer: perform(access, claim))
            count += 1
        }
        return count
    }

    private func perform(_ access: Access, _ claim: Claim) -> UInt32? {
        switch access.kind {
        case .load: return load(access)
        case .store: store(access)
        case .unmask:
            if backend.signalsBells { backend.unmaskLine() } else if claim.lines.unmask() { claim.signal(0) }
        }
        return nil
    }

    private func load(_ access: Access) -> UInt32 {
        if access.space == Access.configuration {
            guard access.offset <= 4096 - access.width else { return .max }
            return backend.configLoad(offset: access.offset, width: access.width)
        }
        guard isInside(access) else { return .max }
        return backend.load(region: access.space, offset: access.offset, width: access.width)
    }

    private func store(_ access: Access) {
        if access.space == Access.configuration {
            guard access.offset <= 4096 - access.width else { return }
            return backend.configStore(offset: access.offset, width: access.width, value: access.value)
        }
        guard isInside(access) else { return }
        backend.store(region: access.space, offset: access.offset, width: access.width, value: access.value)
    }

    /// Whether the access lies in its region, whatever a driver wrote as offset.
    private func isInside(_ access: Access) -> Bool {
        UInt64(access.offset) + UInt64(access.width) <= backend.regionLength(access.space)
    }

    /// Runs the hardware. - Returns: when to do so again.
    func serviceBackend(now: UInt64) -> UInt64? {
        self.now = now
        hardwareTouched = false
        return backend.service(now: now)
    }

    /// Moves frames between cable and hardware. - Returns: when to do so again.
    func serviceCable(now: UInt64) -> UInt64? {
        self.now = now
        var due = port.service(now: now, as: name, { cable.objection(to: $0) }) { cable.take($0) }
        let later = backend.isListening ? moveFrames(now) : discardFrames(now)
        for frame in deferred { cable.send(unsafe frame.span.bytes, now: now) }
        cableTouched = !deferred.isEmpty
        deferred.removeAll(keepingCapacity: true)
        followCarrier()
        if let later { due = min(due ?? .max, later) }
        return due
    }

    /// One burst from the cable. - Returns: when to do so again.
    private func moveFrames(_ now: UInt64) -> UInt64? {
        cableRestsUntil = 0
        isDelivering = true
        defer { isDelivering = false }
        return cable.service(now: now) { frame in
            hardwareTouched = true
            unsafe frame.withUnsafeBytes { unsafe backend.deliver($0) }
            // A burst takes as long as a hundred accesses: who waits for one is not to wait for the other.
            if deferred.isEmpty, claim?.access.isAwaited == true { _ = serveAccesses(atMost: Self.accessBurst) }
        }
    }

    /// A burst of what lies in the cable, for the hardware to count as lost, and then none for a while: no card needs a processor for frames
    /// that it does not take, and whoever is about to switch its receiver on wants this one. The far side waits meanwhile, or loses and counts.
    private func discardFrames(_ now: UInt64) -> UInt64? {
        guard now >= cableRestsUntil || cableTouched else { return cableRestsUntil }
        let before = cable.counters.received, later = moveFrames(now)
        guard cable.counters.received != before else { return later }
        cableRestsUntil = now &+ Self.deafRound
        return cableRestsUntil
    }

    /// Tells the hardware when the cable's state differs from what it was told last.
    func followCarrier() {
        let present = cable.carrier && linkEnabled
        guard present != carrier else { return }
        carrier = present
        hardwareTouched = true
        backend.setCarrier(present)
        log.line("carrier \(present ? "up" : "down"): \(linkEnabled ? cable.state : "held down by nic link down")")
    }
}
