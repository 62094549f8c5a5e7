import Bus
import Glibc
import Host
import Logging
import Messages
import Recorder
import Rings
import Stack

/// The process of one stack: joins the protocol core to drivers, tools and sockets. One thread owns all of it.
// SAFETY: `stack` is initialised from init until the process ends; nothing else holds the pointer but parts of this
// object on the same thread.
@safe final class Netd {
    let boot: NetdBoot
    let logger: Logger
    let memory: PacketMemory
    let arena: SharedArena
    let stack: UnsafeMutablePointer<Stack>
    let bus: NICBus
    let loop: EventLoop
    let port: Port
    let sockets: SocketService
    /// Sockets of programs that were not written for us.
    let streams: StreamService
    let calls: CallService
    /// The flight recorder's pen; nil: the stack was started without one.
    let recorder: RecorderWriter?
    /// What of a device is recorded when its mount does not say.
    let traceLevel: DeviceTrace.Level
    /// Builds that are to be gone back to at the end of this turn; interfaces whose proven build did not attach.
    var returns: [Return] = [], refused: Set<String> = []
    let started = MonotonicClock.now()
    var ready = ReadyEvents(capacity: 64)
    private var alertness = Alertness()
    /// Attached devices by slot; a slot's number is in the crash note and in event tokens.
    var devices: [Device?] = .init(repeating: nil, count: CrashNote.slots)
    /// Interfaces by index: what the process knows of them beside the stack.
    var interfaces: [InterfaceIndex: InterfaceState] = [.loopback: InterfaceState(name: "lo0")]
    /// Tagged interfaces that were created and have no tag yet.
    var pendingVLANs: Set<String> = []
    /// Generations of driver images loaded so far.
    var generation = 0
    var isStopping = false
    /// Drivers' processes that stand still until they have been looked into.
    var graves = HostGraves()
    /// What the stack that follows this one will be given.
    var plan = PlanKeeper()
    /// What it was to restore and could not, until somebody says something else of the same.
    var unrestored: [StackRequest] = []
    /// Tunables as the command line made them.
    let firstTunables: [String: Int]
    /// When the stack wants to be called next.
    private var deadline: Instant?

    init(boot: consuming NetdBoot, logger: Logger) throws {
        let layout = PacketMemoryLayout()
        guard boot.packetMemory.length == layout.length else {
            throw Failure(.invalid, what: "packet memory", why: "it has \(boot.packetMemory.length) octets, not \(layout.length)", fix: "use one build for all")
        }
        self.logger = logger
        memory = unsafe PacketMemory(mapped: boot.packetMemory.base, layout: layout)
        arena = SharedArena(layout: memory.layout)
        unsafe stack = .allocate(capacity: 1)
        unsafe stack.initialize(to: Stack(StackSettings.configuration(boot.plan, logger), memory: memory))
        bus = NICBus(try RuntimeDirectory(path: RuntimeDirectory.chosenPath))
        loop = try EventLoop()
        port = try Port()
        sockets = unsafe SocketService(stack: stack)
        streams = unsafe StreamService(stack: stack, ends: ProgramEnds(), port: port)
        calls = unsafe CallService(stack: stack, streams: streams, sockets: sockets, port: port)
        traceLevel = boot.plan.options["trace"].flatMap(DeviceTrace.Level.init(rawValue:)) ?? .frames
        recorder = unsafe RecorderWriter(memory: boot.recorder.base, length: boot.recorder.length)
        boot.recorder.leaveOutOfCores()
        self.boot = boot
        firstTunables = unsafe Dictionary(uniqueKeysWithValues: stack.pointee.listTunables().map { ($0.name, $0.value) })
        for callout in Callout.allCases {
            self.boot.crashNote.name(callout: Int(callout.rawValue), callout.name)
            recorder?.name(callout: Int(callout.rawValue), callout.name)
        }
    }

    /// `io-pkt2`; instance 0 is plain `io-pkt`.
    var typeName: String { boot.plan.mountType }
    var prefixForPeople: String { NICBus.holder(prefix: boot.plan.prefix) }
    var now: Instant { Instant(nanoseconds: MonotonicClock.now()) }

    /// Serves until told to stop.
    func run() throws {
        while !isStopping {
            let limit = timeout()
            // What this thread does while it is awake is watched by the supervisor: a turn that does not end is a hang.
            unsafe boot.crashNote.awakeWord.pointee = 0
            try wait(limit)
            let now = self.now
            unsafe boot.crashNote.awakeWord.pointee = now.nanoseconds
            for position in 0..<ready.count { dispatch(ready[position], now: now) }
            turn(now: now)
        }
    }

    /// Waits for what comes next: alert in an exchange of single frames. A stream gains by being let alone, and a
    /// program that has been given something to do may need this processor for it.
    private func wait(_ limit: UInt64?) throws {
        var traffic = 0
        for case let device? in devices { traffic += unsafe device.attachment.pointee.takeTraffic() }
        let isExchange = traffic <= Alertness.exchange && !streams.isProgramsTurn
        streams.isProgramsTurn = false
        if isExchange { return try loop.wait(&ready, nanoseconds: limit, &alertness) }
        try loop.wait(&ready, nanoseconds: limit)
    }

    /// Nanoseconds until something is due; nil: only a descriptor can wake us.
    private func timeout() -> UInt64? {
        if devices.contains(where: { $0?.isBusy == true }) { return 0 }
        if unsafe stack.pointee.hasStreamToServe { return 0 }
        let stackDeadline = deadline?.nanoseconds
        let driverDeadline = devices.lazy.compactMap { $0?.nextTimer }.min()
        let planDeadline = plan.isStale ? plan.due : nil
        let now = MonotonicClock.now()
        guard let next = [stackDeadline, driverDeadline, planDeadline, graves.next(now: now)].compactMap({ $0 }).min() else { return nil }
        return next > now ? next - now : 0
    }

    private func dispatch(_ event: Ready, now: Instant) {
        switch Token(rawValue: event.token) {
        case .signals: isStopping = true
        case .supervisor: if event.isHungUp { isStopping = true }
        case .requests:
            serveRequests()
            streams.isProgramsTurn = true
        case .interrupt(let slot, let vector):
            unsafe devices[slot]?.interrupt(vector: vector, stack: &stack.pointee, now: now)
        case .life(let slot): hungUp(slot)
        case .socket(let id): sockets.serve(id, event, loop: loop, now: now)
        case .stream(let id): streams.serve(id, event, loop: loop, now: now)
        case nil: break
        }
    }

    /// One round of everything that is not a descriptor.
    private func turn(now: Instant) {
        if !graves.isEmpty { graves.tend(now: now.nanoseconds) }
        for case let device? in devices {
            if device.isBusy {
                device.isBusy = false
                unsafe device.move(stack: &stack.pointee, now: now)
            }
            unsafe device.runTimers(stack: &stack.pointee, now: now)
            if device.context.linkChanged { linkChanged(device) }
            if let reason = device.context.failure { failed(device, reason) }
        }
        if plan.isStale { keepPlan() }
        deadline = unsafe stack.pointee.advance(to: now)
        drainEvents()
        for case let device? in devices {
            unsafe device.send(stack: &stack.pointee)
            watchTransmitter(device, now: now.nanoseconds)
        }
        if !returns.isEmpty { goBack() }
    }

    /// What the stack wants the process to know.
    func drainEvents() {
        while let event = unsafe stack.pointee.nextEvent() {
            switch event {
            case .readable(let endpoint):
                sockets.deliver(endpoint, loop: loop)
                streams.isProgramsTurn = true
            case .writable(let endpoint): sockets.resume(endpoint, loop: loop, now: now)
            case .failed(let endpoint): sockets.fail(endpoint)
            case .streamConnected(let stream): streams.connected(stream, loop: loop, now: now)
            case .streamAcceptable(let listener):
                streams.acceptable(listener, loop: loop, now: now)
                streams.isProgramsTurn = true
            case .streamReadable(let stream): streams.readable(stream, loop: loop, now: now)
            case .streamWritable(let stream): streams.writable(stream, loop: loop, now: now)
            case .streamAdvised: break // No program can be told yet.
            case .multicastChanged(let index): applyFilter(index)
            case .addressConflict(let index, let address, let mac, let stillOurs):
                logger.error("\(name(index)): \(mac) claims \(address.text): \(stillOurs ? "defended" : "given up")")
            case .addressReady(let index, let address):
                // An address is looked after anew when the link comes; that is no news while it was there all the time.
                guard interfaces[index]?.ready.insert(address).inserted ?? true else { continue }
                logger.info("\(name(index)): \(address.text) is ready")
            case .linkChanged(let index, let up):
                if !up { interfaces[index]?.ready = [] }
                logger.notice("\(name(index)): link \(up ? "up" : "down")")
            case .neighborFailed(let index, let address): logger.info("\(name(index)): \(address.text) does not answer")
            }
        }
    }

    /// The NIC's process is gone: as when a card is pulled out.
    private func hungUp(_ slot: Int) {
        guard let device = devices[slot] else { return }
        device.context.bus.noteHangUp()
        device.context.trace.text(.note, "NIC \(device.context.bus.name) is gone")
        logger.error("\(device.interface): NIC \(device.context.bus.name) is gone")
        destroy(device)
        plan.changed()
    }

    private func failed(_ device: Device, _ reason: String) {
        device.context.failure = nil
        logger.error("\(device.interface): the driver gave its device up: \(reason)")
        setUp(device.index, false)
    }

    /// Everything is left in order: devices quiet, drivers detached.
    func shutDown() {
        for case let device? in devices { destroy(device) }
    }
}
