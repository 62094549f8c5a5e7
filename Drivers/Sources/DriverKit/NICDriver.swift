public import CDriver

/// The driver of a device that sends and receives. Its life (bring-up, stop, hangs, removal, the shell's questions) is the same for
/// all chips, and written here; what a chip is, it says in the requirements. Whatever differs for one chip it writes itself.
public protocol NICDriver: NetDriver, ~Copyable where Variables: NICVariables {
    var core: DriverCore<Variables> { get set }

    /// Brings a device that has been reset, or attached, to where frames flow, with the filters, MTU and offloads of the core.
    mutating func bringUp() throws(DriverFailure)
    /// Ends all that the device does, in the regular way. What it has counted is fetched before.
    mutating func reset() throws(DriverFailure)
    /// After a reset: takes what was to be sent off the rings, into the core's `done`. With `keepingReceived`, frames that are complete
    /// go up with the next `returnReceive`; otherwise they are lost, and counted.
    mutating func abandon(keepingReceived: Bool)
    /// No interrupt, no DMA, as far as registers say; nothing is waited for. Bus mastering goes off besides.
    func silence()
    /// Whether all that a stop left in the rings has gone home.
    var isIdle: Bool { get }
    /// Whether the link is up; nil: the device has left the bus.
    var link: Bool? { get }
    var progress: TransmitProgress { get }
    /// Once a tick of the watchdog, besides the link and the transmitter. A lost interrupt costs at most one tick.
    mutating func look() -> Events
    /// What the log is to say of the device besides the reason, when it must be reset: `: TDH 3, TDT 9`.
    func diagnose(_ line: inout LogLine)
    /// Adds up what the device has counted. Called before counters are read.
    mutating func collect()
    /// The counters that are kept, as bits.
    static var counts: UInt64 { get }
}

extension NICDriver where Self: ~Copyable {
    public var services: Services { core.services }
    public mutating func collect() {}
    public func diagnose(_ line: inout LogLine) {}
    public mutating func look() -> Events { [.receive, .transmit] }
    public static var counts: UInt64 { CounterSet.usual }

    public mutating func start() throws(DriverFailure) {
        guard core.state != .gone else { throw .gone }
        guard core.state != .running else { return }
        guard core.done.isEmpty, core.state == .attached || isIdle else { throw .busy }
        try services.command(set: PCICommand.busMaster)
        do throws(DriverFailure) { try bringUp() } catch {
            silenceAll()
            throw error
        }
        core.state = .running
        startWatch()
    }

    public mutating func stop() throws(DriverFailure) {
        guard core.state == .running else { return }
        services.setTimer(0, microseconds: 0)
        core.state = .stopped
        defer { abandon(keepingReceived: true) }
        try reset()
    }

    public consuming func detach() {
        if core.state == .running { try? stop() }
        silenceAll()
        services.disableInterrupts()
    }

    public mutating func quiesce() {
        silenceAll()
        core.state = .gone
    }

    /// Bus mastering off is what counts when a device no longer obeys.
    private func silenceAll() {
        silence()
        services.ground()
    }

    private mutating func startWatch() {
        core.linkUp = link ?? false
        core.watch = TransmitProgress(isBusy: false, finished: 0)
        services.setTimer(0, microseconds: UInt64(core.live.value.usual.watchdogMicroseconds))
    }
}

// The watchdog, and what follows from it.
extension NICDriver where Self: ~Copyable {
    public mutating func timer(_ number: UInt32) -> Events {
        guard core.state == .running else { return [] }
        guard number == 0 else { return [.receive, .transmit] }
        var events = lookAtLink()
        if core.state == .running { events.formUnion(look()) }
        guard core.state == .running else { return events }
        let now = progress
        if now.isBusy, core.watch.isBusy, now.finished == core.watch.finished, core.linkUp {
            core.live.value.usual.hangs &+= 1
            recover("the transmitter hangs")
            events.formUnion([.receive, .transmit, .link])
        }
        guard core.state == .running else { return events }
        core.watch = progress
        services.setTimer(0, microseconds: UInt64(max(core.live.value.usual.watchdogMicroseconds, 10_000)))
        return events
    }

    /// Reads the link, and tells the stack when it changed, or when the device has gone.
    public mutating func lookAtLink() -> Events {
        guard let up = link else {
            fail(.gone)
            return []
        }
        guard up != core.linkUp else { return [] }
        core.linkUp = up
        if core.live.value.usual.verbose > 0 {
            services.log(.info) { line in
                line.text(Self.name)
                line.text(up ? ": link up" : ": link down")
            }
        }
        services.linkChanged()
        return .link
    }

    /// Resets the device and brings it back to where it was. Frames that were not sent come back as failed, received ones that were
    /// not yet returned are lost; both are counted.
    public mutating func recover(_ reason: StaticString) {
        services.log(.warning) { line in
            line.text(Self.name)
            line.text(": ")
            line.text(reason)
            diagnose(&line)
            line.text("; resetting")
        }
        do throws(DriverFailure) {
            try reset()
            abandon(keepingReceived: false)
            try bringUp()
            startWatch()
        } catch { fail(error) }
    }

    /// The device cannot be used any more; said once. All buffers can be had back.
    public mutating func fail(_ failure: DriverFailure) { fail { failure.describe(to: &$0) } }

    public mutating func fail(_ reason: (inout LogLine) -> Void) {
        guard core.state != .gone else { return }
        core.state = .gone
        services.setTimer(0, microseconds: 0)
        silenceAll()
        abandon(keepingReceived: false)
        services.fail { line in
            line.text(Self.name)
            line.text(": ")
            reason(&line)
        }
    }
}

// What the stack asks of any device.
extension NICDriver where Self: ~Copyable {
    public mutating func setMTU(_ octets: UInt32) throws(DriverFailure) { try core.takeMTU(octets) }
    public mutating func setOffloads(_ enabled: UInt32) throws(DriverFailure) { try core.takeOffloads(enabled) }

    /// For a device that leaves nothing to choose: automatic is what it is.
    public mutating func setMedia(_ media: drydock_media) throws(DriverFailure) {
        guard core.state != .gone else { throw .gone }
        guard media.flags & DRYDOCK_MEDIA_AUTO != 0 || media.megabits == 0 else { throw .unsupported }
    }

    public mutating func statistics(into out: inout drydock_statistics) throws(DriverFailure) {
        if core.state == .running { collect() }
        core.counters[DRYDOCK_TX_HANGS] = UInt64(core.live.value.usual.hangs)
        core.counters[DRYDOCK_INTERRUPTS] = core.live.value.usual.interrupts
        core.counters.report(Self.counts, into: &out)
    }
}

extension Services {
    /// Lets a device answer, runs `attach`, which resets it, and only then lets it reach memory: what an earlier driver left running would
    /// write into memory that is somebody else's by now. When `attach` throws, the device is quiet again: `silence` is called, bus mastering
    /// and interrupts are off.
    public func claim<Driver: ~Copyable>(silence: () -> Void, _ attach: () throws(DriverFailure) -> Driver) throws(DriverFailure) -> Driver {
        try command(set: PCICommand.memory, clear: PCICommand.interruptDisable)
        do throws(DriverFailure) {
            let driver = try attach()
            try command(set: PCICommand.busMaster)
            return driver
        } catch {
            silence()
            ground()
            disableInterrupts()
            throw error
        }
    }

    /// Takes the device's way to memory from it.
    func ground() { try? command(set: 0, clear: PCICommand.busMaster) }
}

extension Thunks where D: NICDriver, D: ~Copyable {
    /// The shell's method `recover`: reset and bring up again, as after a hang.
    public static func recover(_ instance: UnsafeMutableRawPointer?) -> Int64 {
        unsafe method(instance, nil, 0, needs: 0) { (driver, _, _) throws(DriverFailure) in
            guard driver.core.state == .running else { throw .busy }
            driver.recover("asked from the shell")
            return 0
        }
    }
}
