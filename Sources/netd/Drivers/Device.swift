import CDriver
import Host
import Messages
import Rings
import Stack
import Wire

/// One attached device: its interface in the stack, and its driver.
///
/// The object is the cold handle; the frame path works on `attachment`, which stays at one address.
// SAFETY: `attachment` is initialised from init or `install` to `close`, which `isClosed` says; nobody asks in between.
@safe final class Device {
    /// Its place in the process's table and in the crash note.
    let slot: Int
    let interface: String
    let index: InterfaceIndex
    let attachment: UnsafeMutablePointer<Attachment>
    /// The driver said that there is more to do.
    var isBusy = false
    /// What the driver last said of its link.
    var hasLink = false
    var transmitWatch = TransmitWatch()
    private(set) var isClosed = false
    /// The options that its mount was given, as they were written.
    var options = ""
    /// As the driver brought them.
    private(set) var firstMTU: Int, firstMAC: MACAddress, firstEnabled: UInt32
    /// Where the driver is that a plan is to name for the moment, while another one is tried; nil: the present one's file.
    var fallback: String?
    /// What drivers had counted that are no more.
    private var carried = drydock_statistics()
    private var lost = AttachmentDrops()

    init(slot: Int, interface: String, index: InterfaceIndex, attachment: consuming Attachment) {
        (self.slot, self.interface, self.index) = (slot, interface, index)
        (firstMTU, firstMAC, firstEnabled) = (Int(attachment.interface.mtu), attachment.mac, attachment.interface.enabled)
        unsafe self.attachment = .allocate(capacity: 1)
        unsafe self.attachment.initialize(to: attachment)
        show()
    }

    deinit { unsafe attachment.deallocate() }

    /// Takes the driver out and leaves the interface: ``install(_:)`` puts another one in, before anything else is asked of us.
    func retire() {
        unsafe attachment.pointee.stop()
        (carried, lost) = (statistics, unsafe attachment.pointee.drops)
        close()
    }

    func install(_ attachment: consuming Attachment) {
        (firstMTU, firstMAC, firstEnabled) = (Int(attachment.interface.mtu), attachment.mac, attachment.interface.enabled)
        unsafe self.attachment.initialize(to: attachment)
        unsafe self.attachment.pointee.drops = lost
        isClosed = false
        show()
    }

    /// To shells; what runs in a process of its own is shown there.
    private func show() {
        guard image.stock == nil else { return }
        unsafe ShownDriver.show(slot, interface, instance: attachment.pointee.instance, attachment.pointee.context, image)
    }

    /// What this driver, and those before it, have counted.
    var statistics: drydock_statistics {
        var sum = carried
        if let now = unsafe attachment.pointee.statistics() { sum.add(now) }
        return sum
    }

    var context: DeviceContext { unsafe attachment.pointee.context }
    var image: DriverImage { unsafe attachment.pointee.image }

    /// Detaches the driver; the object is empty afterwards.
    func close() {
        guard !isClosed else { return }
        isClosed = true
        ShownDriver.hide(slot)
        let last = unsafe attachment.move()
        last.detach()
    }

    /// The driver's interrupt callout, and what follows from its answer.
    func interrupt(vector: Int, stack: inout Stack, now: Instant) {
        guard context.bus.takeInterrupt(vector: vector) else { return }
        context.trace.interrupted(vector: vector)
        let events = unsafe attachment.pointee.interrupt(vector: UInt32(vector))
        follow(events, stack: &stack, now: now)
        context.bus.unmask(vector: vector)
    }

    func follow(_ events: UInt32, stack: inout Stack, now: Instant) {
        if events & DRYDOCK_EVENT_LINK != 0 { context.linkChanged = true }
        if events & DRYDOCK_EVENT_AGAIN != 0 { isBusy = true }
        move(stack: &stack, now: now)
    }

    /// Moves frames both ways, within a budget.
    func move(stack: inout Stack, now: Instant) {
        let budget = 256
        if unsafe attachment.pointee.receive(into: &stack, on: index, now: now, budget: budget) >= budget { isBusy = true }
        // A driver that held none, and that nothing has arrived at, is given some: another process may have taken over.
        unsafe attachment.pointee.refill()
        send(stack: &stack)
    }

    /// Hands waiting frames to the driver, after taking sent ones back.
    func send(stack: inout Stack) {
        _ = unsafe attachment.pointee.reclaim()
        unsafe attachment.pointee.transmit(from: &stack, on: index)
    }

    /// Runs the driver's timers that are due.
    func runTimers(stack: inout Stack, now: Instant) {
        for number in context.timers.indices where context.timers[number] != 0 && context.timers[number] <= now.nanoseconds {
            context.timers[number] = 0
            follow(unsafe attachment.pointee.timer(UInt32(number)), stack: &stack, now: now)
        }
    }

    /// When the next timer ends, or the transmitter is to be looked at; nil: nothing is set.
    var nextTimer: UInt64? {
        let timer = unsafe attachment.pointee.nextTimer
        guard let due = transmitWatch.due else { return timer }
        return min(timer ?? due, due)
    }

    func watchTransmitter(_ options: MountOptions) {
        transmitWatch.limit = options.transmitWatch.map { UInt64($0) * 1_000_000_000 } ?? TransmitWatch.usual
    }

    /// - Returns: for how many nanoseconds it has stood still, when that is too long.
    func lookAtTransmitter(now: UInt64) -> UInt64? {
        unsafe transmitWatch.look(
            held: attachment.pointee.transmitHeld &+ attachment.pointee.waitingCount, returned: attachment.pointee.transmitReturned,
            hasLink: hasLink, now: now)
    }

    /// Frames with the driver, frames that it has not taken, and how many it has places for; for how long none has come back.
    func transmitter(now: UInt64) -> HardwareReport.Transmitter {
        unsafe .init(
            frames: attachment.pointee.transmitHeld, waiting: attachment.pointee.waitingCount,
            places: Int(attachment.pointee.interface.transmit_slots), standsMilliseconds: transmitWatch.standing(now: now) / 1_000_000,
            stalls: transmitWatch.stalls)
    }
}

extension Attachment {
    /// The address that the driver brought.
    var mac: MACAddress {
        let m = interface.mac
        return MACAddress(octets: [m.0, m.1, m.2, m.3, m.4, m.5])
    }
}
