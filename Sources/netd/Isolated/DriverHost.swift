import Bus
import CDriver
import CLinux
import Glibc
import Host
import Logging
import Messages
import Recorder
import Rings

/// The driver's side of an isolated device: loads the image, serves the stack's requests, the device's interrupts and the driver's
/// timers, and moves buffers between the rings and the driver. One thread; the contract's callouts as a stack makes them.
// SAFETY: `table` is the image's and `instance` the driver's; `image` and `context` outlive them. `batch` holds `burst` buffers, and
// every count is cut to it.
@safe final class DriverHost {
    static let burst = Attachment.burst

    let image: DriverImage
    let memory: PacketMemory
    let channel: HostChannel
    let words: IsolationWords
    var mark: CalloutMark
    let logger: Logger
    let batch = UnsafeMutablePointer<drydock_buffer>.allocate(capacity: DriverHost.burst)
    private let boot: HostBoot

    /// What the driver says of its registers: asked once, while the process waits.
    private(set) lazy var registers = describe()
    var context: DeviceContext?
    var bus: NICConnection?
    var instance: UnsafeMutableRawPointer?
    var isRunning = false
    var isEnding = false
    /// The driver said that there is more, or a callout filled its batch.
    var isBusy = false
    /// Tokens that the driver would not take when it was offered them last; it is asked again after something has changed.
    var refusedReceive = 0, refusedTransmit = 0
    private var refusals = SandboxRefusals()
    /// The stack's bell for us, its hang-up, then the device's interrupts.
    private var watched: [pollfd] = []

    var given: TokenConsumer, sending: TokenConsumer
    var received: TokenProducer, sent: TokenProducer

    private init(_ boot: consuming HostBoot, _ image: DriverImage) {
        let base = unsafe boot.rings.base
        (self.image, memory, channel) = (image, boot.memory, boot.channel)
        words = unsafe IsolationWords(base)
        unsafe (given, sending) = (TokenConsumer(base, .provideReceive), TokenConsumer(base, .provideTransmit))
        unsafe (received, sent) = (TokenProducer(base, .returnReceive), TokenProducer(base, .returnTransmit))
        mark = unsafe CalloutMark(word: boot.note.calloutWord, slot: 0)
        let log = HostLog(channel, words)
        logger = Logger(label: "host") { _ in log }
        self.boot = boot
        watch([])
    }

    func watch(_ interrupts: [Int32]) {
        watched = [pollfd(fd: boot.hostBell.raw, events: Int16(POLLIN), revents: 0), pollfd(fd: channel.socket.raw, events: 0, revents: 0)]
            + interrupts.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    }

    /// Confines the process, loads the image and tells the stack how that went.
    static func load(_ boot: consuming HostBoot) -> DriverHost? {
        let channel = boot.channel
        for callout in Callout.allCases { boot.note.name(callout: Int(callout.rawValue), callout.name) }
        var hello = HostHello()
        do throws(DriverFailure) {
            guard let confinement = Sandbox.enter(.loading) else { throw Self.unconfined(boot.path) }
            hello.confinement = confinement
            // By our number: a debugger looks for the image under this name, and its own descriptor of that number may be a pipe.
            let image = try DriverImage(path: boot.path, opening: "/proc/\(CurrentProcess.pid)/fd/\(boot.image.raw)", mapped: HostStock.memoryName)
            boot.note.name(slot: 0, driver: "devnp-\(image.name).so", interface: "", code: image.codeRange)
            (hello.name, hello.prefix, hello.version, hello.help) = (image.name, image.prefix, image.version, image.help)
            (hello.contract, hello.needsNoDevice) = (image.contract, image.needsNoDevice)
            guard Sandbox.enter(.running) != nil else { throw Self.unconfined(boot.path) }
            let host = DriverHost(boot, image)
            host.say(hello)
            host.rehearse()
            return host
        } catch {
            hello.failure = error.failure
            channel.send(HostMessage(.hello, body: (try? Body.encode(hello)) ?? []))
            return nil
        }
    }

    private static func unconfined(_ path: String) -> DriverFailure {
        .badOption("isolated", why: "the process for \(path) cannot be confined: this kernel has no seccomp filters")
    }

    private func say(_ hello: HostHello) { channel.send(HostMessage(.hello, body: (try? Body.encode(hello)) ?? [])) }

    /// Serves until it is told to detach, or the stack is gone.
    func run() -> Int32 {
        while !isEnding {
            sayAwake()
            if words.lower(IsolationLayout.hostMail) { serveRequests() }
            runTimers()
            moveBuffers()
            tellStack()
            wait()
        }
        tellStack()
        return 0
    }

    // MARK: Waiting

    /// Whether the stack has put something into a ring that was not refused already, or into the socket.
    private var hasNews: Bool {
        isBusy || words.load(IsolationLayout.hostMail) != 0 || isRunning
            && ((given.ready ?? 0) > refusedReceive || (sending.ready ?? 0) > refusedTransmit)
    }

    /// Looks at the descriptors; sleeps when there is nothing to do.
    private func wait() {
        words.raise(IsolationLayout.hostAsleep)
        drydock_full_fence() // Pairs with the fence in IsolationWords.mustWake.
        let patience: Int64 = hasNews ? 0 : context?.timers.lazy.filter { $0 != 0 }.min().map { end in
            let now = MonotonicClock.now()
            return end > now ? Int64(clamping: end - now) : 0
        } ?? -1
        if patience == 0 { words.store(IsolationLayout.hostAsleep, 0) }
        _ = unsafe clinux_poll(&watched, UInt32(watched.count), patience)
        sayAwake()
        words.store(IsolationLayout.hostAsleep, 0)
        if watched[0].revents != 0 { boot.hostBell.take() }
        if watched[1].revents != 0 { isEnding = true }
        for place in 2..<watched.count where watched[place].revents != 0 { interrupt(place - 2) }
    }

    /// A round begins: what takes too long is counted from here.
    private func sayAwake() { words.store(IsolationLayout.heartbeat, HostWatch.beat(now: MonotonicClock.now())) }

    private func interrupt(_ vector: Int) {
        guard let bus, let instance = unsafe instance, bus.takeInterrupt(vector: vector) else { return }
        mark.trace.interrupted(vector: vector)
        let entry = mark.enter(.interrupt)
        let events = unsafe image.table.pointee.interrupt(instance, UInt32(vector))
        mark.leave(entry, .interrupt, argument: UInt32(vector), result: Int32(bitPattern: events))
        follow(events)
        bus.unmask(vector: vector)
    }

    private func runTimers() {
        guard let context, let instance = unsafe instance else { return }
        let now = MonotonicClock.now()
        for number in context.timers.indices where context.timers[number] != 0 && context.timers[number] <= now {
            context.timers[number] = 0
            let entry = mark.enter(.timer)
            let events = unsafe image.table.pointee.timer(instance, UInt32(number))
            mark.leave(entry, .timer, argument: UInt32(number), result: Int32(bitPattern: events))
            follow(events)
        }
    }

    private func follow(_ events: UInt32) {
        if events & DRYDOCK_EVENT_LINK != 0 { context?.linkChanged = true }
        (isBusy, refusedReceive, refusedTransmit) = (true, 0, 0)
    }

    // MARK: News for the stack

    /// What the driver said since the last time, and the bell when the stack wants it.
    private func tellStack() {
        if let context {
            if context.linkChanged {
                context.linkChanged = false
                mail(HostMessage(.link))
            }
            if let reason = context.failure {
                context.failure = nil
                mail(HostMessage(.failed, text: reason))
            }
        }
        for line in refusals.news() { mail(HostMessage(.notice, text: line)) }
        if words.load(IsolationLayout.stackMail) != 0 { ringStack() }
    }

    func mail(_ message: HostMessage) {
        channel.send(message)
        words.raise(IsolationLayout.stackMail)
    }

    /// What is recorded of a device that is attached from now on, in this process's own recorder. Frames are not: the stack's has them.
    func record(as interface: String?) -> DeviceTrace {
        let writer = unsafe interface == nil ? nil : RecorderWriter(memory: boot.recorder.base, length: boot.recorder.length)
        let trace = DeviceTrace(writer: writer, slot: 0, level: .events)
        mark = unsafe CalloutMark(word: boot.note.calloutWord, slot: 0, trace: trace)
        return trace
    }

    func ringStack() { if words.mustWake(IsolationLayout.stackArmed) { boot.stackBell.signal() } }
}
