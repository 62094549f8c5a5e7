internal import Bus
internal import CDriver
internal import Glibc
internal import Host
internal import Messages
internal import Rings
internal import netd

/// The place where one driver meets one device: packet memory, the device's wire, and the rig of the hour.
// SAFETY: `shared` is mapped for the life of the bench; packet memory and the callout word lie inside.
@safe final class Bench {
    let order: CheckOrder
    let image: DriverImage
    let wire: any Wire
    let log = RigLog()
    private let shared: SharedMemory
    let memory: PacketMemory
    private let mark: CalloutMark
    private let makeBus: () throws -> any DeviceBus
    private let device: CheckedDevice
    let freeAtStart: Int
    let descriptorsAtStart: Int
    /// What rigs that are gone left or broke; asked by `leaks`.
    var leftovers: [String] = []

    /// - Parameter note: a word that outlives this process: which callout was running.
    init(_ order: CheckOrder, folder: String, note: UnsafeMutablePointer<UInt32>) throws {
        self.order = order
        image = try DriverRig.load(order.driver, folder: folder, generation: 1)
        guard image.needsNoDevice == order.isHostLink else {
            throw image.needsNoDevice ? Failure(.invalid, what: order.bus, why: "this driver drives no NIC", fix: "choose host:veth, host:tap, or host: and the name of an interface")
                : Failure(.invalid, what: order.bus, why: "this driver drives a NIC", fix: "choose one, as in: --on sim:82540em")
        }
        let layout = PacketMemoryLayout(smallSlots: 4096, largeSlots: 64, dmaOctets: 2 << 20)
        shared = try SharedMemory(named: "drydock check", length: layout.length)
        memory = unsafe PacketMemory(mapped: shared.base, layout: layout)
        mark = unsafe CalloutMark(word: note, slot: 0)
        device = try CheckedDevice(order, memory: shared.descriptor.raw)
        wire = device.wire
        makeBus = device.makeBus
        freeAtStart = memory.freeSmall + memory.freeLarge
        // The cable's connection is made when both ends have seen each other.
        let end = Deadline(in: .seconds(3))
        while let cable = wire as? CableWire, !cable.isConnected, !end.hasPassed {
            _ = cable.take()
            usleep(1000)
        }
        descriptorsAtStart = Bench.openDescriptors
    }

    func close() { device.close() }

    var freeSlots: Int { memory.freeSmall + memory.freeLarge }

    static var openDescriptors: Int { FileSystem.names(in: "/proc/self/fd").count }

    /// Where a driver without a NIC sits; nil: it has one.
    var host: HostPlace? { device.host }
    var violations: [NICViolation] { device.violations }
    var unjudged: String? { device.unjudged }
    var lostOnWire: String { device.lostOnWire }

    // MARK: Rigs

    /// Attaches the driver to the device.
    func attach(_ bend: BentBus.Bend = .none, options: String? = nil) throws -> (rig: DriverRig, bus: BentBus) {
        let bus = BentBus(try makeBus(), bend)
        let rig = try attach(to: bus, options: options)
        return (rig, bus)
    }

    private func attach(to bus: BentBus, options: String?) throws -> DriverRig {
        var remains: [String] = []
        defer { leftovers += remains.map { "after a failed attach: \($0)" } }
        let words = options ?? order.options
        let rig = try DriverRig(
            image: image, bus: bus, memory: memory, options: host?.options(words) ?? words, mark: mark, log: log, remains: &remains)
        do { try wire.attached() } catch {
            leftovers += rig.detach()
            throw error
        }
        return rig
    }

    /// What an attach to a bad device must come to: a refusal with a reason. Nil: it worked.
    func refusal(_ bend: BentBus.Bend) throws -> String? {
        log.clear()
        let before = leftovers.count
        do {
            let (rig, _) = try attach(bend)
            let breaches = rig.detach()
            if let first = breaches.first { throw CaseFailure(first) }
            return nil
        } catch let failure as DriverFailure {
            if leftovers.count > before { throw CaseFailure(leftovers[before]) }
            return "\(failure)"
        }
    }

    /// A running device with its link up, for one case; detached at its end, with its breaches as failures.
    func withRunning(_ body: (DriverRig) throws -> Void) throws {
        let (rig, _) = try attach()
        var failure: (any Error)?
        do {
            try start(rig)
            try body(rig)
        } catch { failure = error }
        let breaches = rig.detach()
        if let failure { throw failure }
        if let first = breaches.first { throw CaseFailure(breaches.count == 1 ? first : "\(first) (and \(breaches.count - 1) more)") }
    }

    /// Starts the driver and waits for link.
    func start(_ rig: DriverRig) throws {
        let code = rig.start()
        guard code == 0 else { throw CaseFailure("start failed: errno \(code)") }
        guard rig.setFilter(mac: rig.mac) == 0 else { throw CaseFailure("set_filter with its own address failed") }
        guard pump(rig, seconds: 8, until: { rig.isLinkUp }) else { throw CaseFailure("no link within 8 s") }
        try settle(rig)
    }

    /// Some devices take no frame for a while after link or a filter changes: asked until one comes through. Frames arrive in
    /// order, so what somebody sent before and a wire has kept is behind us then.
    func settle(_ rig: DriverRig) throws {
        let end = Deadline(in: .seconds(8))
        var tries: UInt32 = 0, came = false
        while !came, !end.hasPassed {
            tries += 1
            let hello = Frames.make(to: rig.mac, from: Frames.peer, number: .max - tries, octets: 60)
            wire.send(hello)
            // The last of those sent, or a late one would meet the frames of a case.
            came = pump(rig, seconds: 0.1 * Double(tries), until: { rig.received.contains { Frames.difference(hello, $0.octets) == nil } })
        }
        pump(rig, seconds: 0.02, until: { false })
        guard came else { throw CaseFailure("no frame came in within 8 s of link") }
        rig.received = []
        arrived = []
    }

    // MARK: Time

    /// Frames of ours that came out of the device.
    var arrived: [[UInt8]] = []

    /// Lets device, driver and wire run until `done`. - Returns: false when the time was up first.
    @discardableResult func pump(_ rig: DriverRig, seconds: Double, until done: () -> Bool) -> Bool {
        let end = Deadline(in: .milliseconds(Int64(seconds * 1000)))
        while true {
            let busy = rig.turn()
            rig.move()
            // A host's own words, on a wire that is not ours alone.
            if host != nil { rig.received.removeAll { !Frames.isFromPeer($0.octets) } }
            let frames = wire.take()
            for frame in frames where Frames.isOurs(frame) { arrived.append(frame) }
            if done() { return true }
            if end.hasPassed { return false }
            if !busy && frames.isEmpty { usleep(100) }
        }
    }
}

extension DriverRig {
    var mac: [UInt8] { let m = interface.mac; return [m.0, m.1, m.2, m.3, m.4, m.5] }
    func can(_ capability: UInt32) -> Bool { interface.capabilities & capability != 0 }
}
