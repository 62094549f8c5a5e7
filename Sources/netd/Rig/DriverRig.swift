package import Bus
package import CDriver
import Glibc
import Host
import Logging
import Messages
package import Rings

/// A driver on a device without a stack around it: every callout by hand, and every rule of the contract watched.
///
/// What a driver does against the contract (drydock_driver.h) is noted as a breach, in one sentence, and the run goes on.
// SAFETY: `table` and `instance` are the image's and the driver's; `image` and `context` outlive them. `batch` holds
// `burst` buffers, and every count is cut to it.
@safe package final class DriverRig {
    static let burst = Attachment.burst

    package let image: DriverImage
    package let bus: any DeviceBus
    let context: DeviceContext
    let arena: SharedArena
    let memory: PacketMemory
    let mark: CalloutMark
    let instance: UnsafeMutableRawPointer
    let batch = UnsafeMutablePointer<drydock_buffer>.allocate(capacity: DriverRig.burst)
    package let interface: drydock_interface
    package private(set) var isRunning = false
    package var breaches: [String] = []
    /// Slots that the driver has, by direction.
    var receiveHeld = Set<UInt32>(), transmitHeld = Set<UInt32>()
    /// Frames received and not yet looked at.
    package var received: [RigFrame] = []
    /// Frames that came back as unsent.
    package var unsent = 0
    /// The longest time a callout took, by callout.
    package private(set) var longest: [String: UInt64] = [:]
    package var linkChanges = 0
    private var isDetached = false

    /// Loads an image for rigs: once, used by many.
    package static func load(_ path: String, folder: String, generation: Int) throws(DriverFailure) -> DriverImage {
        try DriverImage(path: path, generation: generation, folder: folder)
    }

    /// Attaches the driver to a device.
    ///
    /// - Parameter mark: where the running callout is written down, for whoever looks after a crash.
    /// - Throws: with what `attach` said; the device is released and what was left behind is in `remains`.
    package init(
        image: DriverImage, bus: any DeviceBus, memory: PacketMemory, options: String, mark: CalloutMark, log: RigLog, remains: inout [String]
    ) throws(DriverFailure) {
        (self.image, self.bus, self.memory, self.mark) = (image, bus, memory, mark)
        arena = SharedArena(layout: memory.layout)
        context = try DeviceContext(bus: bus, memory: memory, arena: arena, log: DriverLog(log.logger, driver: image.name))
        var made: UnsafeMutableRawPointer?
        var filled = drydock_interface()
        context.speak(contract: image.contract)
        let begin = MonotonicClock.now()
        let entry = mark.enter(.attach)
        let status = unsafe image.table.pointee.attach(context.services, options, &made, &filled)
        mark.leave(entry, .attach, result: status)
        longest["attach"] = MonotonicClock.now() - begin
        let fault = status == 0 ? Attachment.fault(in: filled) : nil
        guard status == 0, fault == nil, let made = unsafe made else {
            if status == 0, let made = unsafe made { unsafe image.table.pointee.detach(made) }
            if status != 0, unsafe made != nil { remains.append("attach failed and still wrote an instance") }
            remains += Self.leftBehind(context, arena)
            let said = context.said?.text
            context.close()
            unsafe batch.deallocate()
            if status == 0 { throw .badAttachment(driver: image.name, why: fault ?? "attach succeeded without an instance") }
            throw .attachFailed(driver: image.name, nic: bus.name, errno: status < 0 ? -status : EIO, said: said)
        }
        unsafe instance = made
        interface = filled
    }

    deinit { if !isDetached { unsafe batch.deallocate() } }

    /// What a driver that has let go must not leave.
    private static func leftBehind(_ context: DeviceContext, _ arena: SharedArena) -> [String] {
        var found: [String] = []
        if arena.value.octetsTaken > 0 { found.append("\(arena.value.octetsTaken) octets of DMA memory were not freed") }
        if context.timers.contains(where: { $0 != 0 }) { found.append("a timer is still set") }
        if context.bus.kind == "host", context.bus.interruptDescriptors.contains(where: { $0 >= 0 }) { found.append("a descriptor is still watched") }
        if context.bus.regionLength(0) + context.bus.regionLength(1) > 0, context.bus.goneReason == nil {
            let command = context.bus.configLoad(offset: 0x04, width: 2)
            if command != 0xFFFF, command & 4 != 0 { found.append("bus mastering is still on") }
        }
        return found
    }

    /// Runs a callout inside its mark, with its time taken.
    func timed<R>(_ callout: Callout, _ body: () -> R) -> R {
        let begin = MonotonicClock.now()
        let entry = mark.enter(callout)
        let result = body()
        mark.leave(entry, callout)
        let took = MonotonicClock.now() - begin
        if took > longest[callout.name] ?? 0 { longest[callout.name] = took }
        return result
    }

    private func status(_ callout: Callout, _ body: () -> Int32) -> Int32 {
        let status = timed(callout, body)
        if status > 0 { breaches.append("\(callout.name) returned \(status): a status is 0 or a negative errno") }
        return status < 0 ? -status : status
    }

    // MARK: Life

    /// - Returns: errno, 0: runs.
    package func start() -> Int32 {
        let code = status(.start) { unsafe image.table.pointee.start(instance) }
        if code == 0 { isRunning = true; refill() }
        return code
    }

    /// Stops the driver and takes every buffer back; those that it keeps are a breach.
    package func stop() -> Int32 {
        let code = status(.stop) { unsafe image.table.pointee.stop(instance) }
        isRunning = false
        while takeReceived() > 0 {}
        while takeSent() > 0 {}
        if !receiveHeld.isEmpty { breaches.append("stop kept \(receiveHeld.count) receive buffers") }
        if !transmitHeld.isEmpty { breaches.append("stop kept \(transmitHeld.count) transmit buffers") }
        for slot in receiveHeld.union(transmitHeld) { _ = memory.adopt(slot: slot) }
        receiveHeld = []
        transmitHeld = []
        return code
    }

    /// Detaches the driver and lets go of the device. - Returns: breaches of the whole life, what was left included.
    package func detach() -> [String] {
        if isRunning { _ = stop() }
        timed(.detach) { unsafe image.table.pointee.detach(instance) }
        breaches += Self.leftBehind(context, arena)
        context.close()
        unsafe batch.deallocate()
        isDetached = true
        return breaches
    }

    package func quiesce() { timed(.quiesce) { unsafe image.table.pointee.quiesce(instance) } }

    // MARK: Configuration

    package func setFilter(mac: [UInt8], promiscuous: Bool = false, allMulticast: Bool = false, groups: [[UInt8]] = [], vlans: [UInt16] = []) -> Int32 {
        let filter = DriverFilter(promiscuous: promiscuous, allMulticast: allMulticast, mac: mac, multicast: groups, vlans: vlans)
        return unsafe filter.withCStruct { pointer in status(.setFilter) { unsafe image.table.pointee.set_filter(instance, pointer) } }
    }

    package func media() -> drydock_media? {
        var media = drydock_media()
        return status(.getMedia) { unsafe image.table.pointee.get_media(instance, &media) } == 0 ? media : nil
    }

    package var isLinkUp: Bool { (media()?.flags ?? 0) & DRYDOCK_MEDIA_LINK_UP != 0 }
    package func setOffloads(_ enabled: UInt32) -> Int32 { status(.setOffloads) { unsafe image.table.pointee.set_offloads(instance, enabled) } }
    package func setMTU(_ mtu: UInt32) -> Int32 { status(.setMTU) { unsafe image.table.pointee.set_mtu(instance, mtu) } }

    package func statistics() -> drydock_statistics? {
        var statistics = drydock_statistics()
        return status(.statistics) { unsafe image.table.pointee.statistics(instance, &statistics) } == 0 ? statistics : nil
    }

    // MARK: What the device and the clock want

    /// Why the driver gave its device up; nil: it did not.
    package var failure: String? { context.failure }

    /// Serves interrupts and timers that are due, and moves buffers. - Returns: whether anything happened.
    @discardableResult package func turn() -> Bool {
        var any = false
        for vector in bus.interruptDescriptors.indices where bus.takeInterrupt(vector: vector) {
            any = true
            follow(timed(.interrupt) { unsafe image.table.pointee.interrupt(instance, UInt32(vector)) })
            bus.unmask(vector: vector)
        }
        let now = MonotonicClock.now()
        for number in context.timers.indices where context.timers[number] != 0 && context.timers[number] <= now {
            context.timers[number] = 0
            any = true
            follow(timed(.timer) { unsafe image.table.pointee.timer(instance, UInt32(number)) })
        }
        if context.linkChanged { context.linkChanged = false; linkChanges += 1; any = true }
        return any
    }

    private func follow(_ events: UInt32) {
        if events & ~(DRYDOCK_EVENT_RECEIVE | DRYDOCK_EVENT_TRANSMIT | DRYDOCK_EVENT_LINK | DRYDOCK_EVENT_AGAIN | DRYDOCK_EVENT_FOREIGN) != 0 {
            breaches.append("interrupt or timer returned unknown events 0x\(String(events, radix: 16))")
        }
        guard isRunning else { return }
        move()
    }

    /// Takes what arrived and what was sent, and gives the driver empty buffers again.
    package func move() {
        guard isRunning else { return }
        while !Attachment.wasAll(takeReceived()) {}
        while !Attachment.wasAll(takeSent()) {}
        refill()
    }

    /// Slots of packet memory that are free now.
    package var freeSlots: Int { memory.freeSmall + memory.freeLarge }
}

/// A received frame.
package struct RigFrame {
    package var octets: [UInt8]
    /// `DRYDOCK_BUFFER_*` of its first buffer.
    package var flags: UInt16
    package var vlan: UInt16
}

/// What one frame to be sent asks of the device.
package struct RigRequest {
    package var octets: [UInt8]
    package var flags: UInt16 = 0
    package var vlan: UInt16 = 0
    package var checksumStart: UInt16 = 0, checksumOffset: UInt16 = 0
    package var segment: UInt16 = 0, headers: UInt16 = 0
    package init(_ octets: [UInt8]) { self.octets = octets }
}

extension DriverRig {
    /// Whether `description` has a text that ends.
    package var hasDescription: Bool {
        unsafe withUnsafeBytes(of: interface.description) { octets in unsafe octets.first != 0 && octets.contains(0) }
    }
}

extension DriverImage {
    /// Whether `match` takes a device.
    package func wants(_ identity: drydock_identity) -> Bool {
        var identity = identity
        return unsafe table.pointee.match(&identity) > 0
    }
}

extension DriverRig {
    /// Claims a NIC for a rig.
    package static func claim(_ name: String, on bus: NICBus, for stack: String, memory: Int32) throws -> any DeviceBus {
        let identity = try bus.identify(name)
        return NICConnection(try bus.claim(name, for: stack, memory: memory), identity: identity)
    }
}
