internal import Host
internal import Messages

/// The process that holds what must outlive its stack. It parses no packet and runs no driver: all it does is wait, answer
/// and, at the end, tell.
struct Supervisor: ~Copyable {
    /// How long a stack may take to begin, and to end in order (Q-27).
    static let mostToStart = Duration.seconds(8), mostToStop = Duration.seconds(15)

    /// How often the log's size is looked at, in nanoseconds.
    private static let logRound: UInt64 = 30_000_000_000

    private enum Token: UInt64 { case stack, signals, port, ready }

    let instance: Instance
    let port: Port
    private let stack: ProcessHandle
    private let signals: SignalDescriptor
    private let loop: EventLoop
    /// The stack's word arrives here, and goes on to the start command.
    private let ready: FileDescriptor
    private var starter: FileDescriptor?
    private var state = SupervisorReport.State.starting
    /// When patience ends: of a start, or of an orderly stop.
    private var limit: Deadline?
    private var stoppers: [Sender] = []
    private var failure: Failure?

    init(
        instance: consuming Instance, port: Port, stack: consuming ProcessHandle, signals: consuming SignalDescriptor, loop: consuming EventLoop,
        ready: consuming FileDescriptor
    ) {
        self.instance = instance
        self.port = port
        self.stack = stack
        self.signals = signals
        self.loop = loop
        self.ready = ready
        starter = nil
        limit = Deadline(in: Self.mostToStart)
    }

    /// Watches until the stack is gone. The start command is told through `starter`.
    mutating func run(telling starter: consuming FileDescriptor) -> Ending {
        self.starter = consume starter
        do { return try run() } catch {
            instance.log.write("the supervisor cannot go on: \(error)")
            // Its end, and not only ours, is what the folder's next owner waits for.
            try? stack.signal(.kill)
            _ = stack.waitForEnd(Deadline(in: .seconds(5)))
            return stack.reap() ?? .unknown
        }
    }

    private mutating func run() throws(SystemError) -> Ending {
        try watch()
        var events = ReadyEvents(capacity: 8)
        while true {
            try loop.wait(&events, nanoseconds: min(limit?.left ?? .max, Self.logRound))
            instance.log.keepBounded()
            for index in 0..<events.count { try handle(events[index].token) }
            if let ending = stack.reap() { return ending }
            if let limit, limit.hasPassed { kill() }
        }
    }

    private func watch() throws(SystemError) {
        try loop.add(stack.raw, token: Token.stack.rawValue)
        try loop.add(signals.raw, token: Token.signals.rawValue)
        try loop.add(port.raw, token: Token.port.rawValue)
        try loop.add(ready.raw, token: Token.ready.rawValue)
    }

    private mutating func handle(_ token: UInt64) throws(SystemError) {
        switch Token(rawValue: token) {
        case .signals: while let signal = signals.take() { heard(signal) }
        case .port: serve()
        case .ready: try hearStack()
        case .stack, nil: break
        }
    }

    /// The stack's first word, or the end of its pipe.
    private mutating func hearStack() throws(SystemError) {
        try loop.remove(ready.raw)
        switch try? StartReport.read(from: ready, timeout: .milliseconds(500)) {
        case .ready:
            if state == .starting { (state, limit) = (.running, nil) }
            instance.log.write("instance \(instance.plan.instance) answers, pid \(stack.pid)")
            if let starter = starter.take() { StartReport.ready(pid: stack.pid).write(to: starter) }
        case .failed(let why):
            failure = why
            stop(after: .seconds(2))
        case nil:
            stop(after: .seconds(2))
        }
    }

    private mutating func heard(_ signal: Signal) {
        guard signal != .pipe else { return }
        instance.log.write("\(signal): stopping")
        stop(after: Self.mostToStop)
    }

    /// Asks the stack to end; it has this long to do so.
    private mutating func stop(after time: Duration) {
        let sooner = Deadline(in: time)
        if state == .stopping, let limit, limit.at <= sooner.at { return }
        (state, limit) = (.stopping, sooner)
        try? stack.signal(.terminate)
    }

    private mutating func kill() {
        if state == .starting {
            failure = Failure(.timedOut, what: "start", why: "the stack did not answer within \(Self.mostToStart)", fix: "see its log with -v, try again")
        }
        instance.log.write("\(state == .starting ? "does not start" : "does not stop"): killed")
        try? stack.signal(.kill)
        (state, limit) = (.stopping, nil)
    }

    private mutating func serve() {
        // Bounded: the stack's end must be noticed whatever clients do.
        for _ in 0..<16 {
            guard let event = port.next() else { return }
            guard case .request(let received) = consume event else { continue }
            answer(received)
        }
    }

    private mutating func answer(_ received: borrowing Received) {
        let request: SupervisorRequest
        do { request = try received.decode() } catch {
            port.reply(to: received.sender, Failure(.invalid, what: "request", why: "the supervisor does not know it"))
            return
        }
        switch request {
        case .report: _ = try? port.reply(to: received.sender, SupervisorReply.report(report))
        case .stop(let seconds):
            stoppers.append(received.sender)
            let bounded = seconds.isFinite ? min(max(seconds, 0), 15) : 15
            stop(after: .milliseconds(Int(bounded * 1000)))
        case .recorder: giveRecorder(received.sender)
        case .signal(let number):
            do {
                guard (1...64).contains(number) else { throw SystemError("kill", .invalid) }
                try stack.signal(Signal(rawValue: number))
                _ = try? port.reply(to: received.sender, SupervisorReply.done)
            } catch { port.reply(to: received.sender, Failure(.invalid, what: "signal \(number)", why: "\(error)")) }
        }
    }

    private mutating func giveRecorder(_ sender: Sender) {
        do throws(SystemError) {
            let readOnly = try instance.recorder.readOnlyDescriptor()
            _ = try? port.reply(to: sender, SupervisorReply.recorder(octets: instance.recorder.length), descriptors: [readOnly.raw])
        } catch { port.reply(to: sender, Failure(error, what: "the flight recorder", fix: "try again")) }
    }

    private var report: SupervisorReport {
        let (resident, threads) = ProcessFigures.of(stack.pid)
        return SupervisorReport(
            plan: instance.plan, supervisor: CurrentProcess.pid, stack: stack.pid, state: state, uptime: instance.uptime,
            packetMemory: instance.memory.length, residentMemory: resident, threads: threads)
    }

    /// After the stack's end: tells whoever waits, and leaves nothing but, after a death, the tombstone and the log.
    ///
    /// - Returns: the exit code.
    consuming func conclude(_ ending: Ending) -> Int32 {
        let began = starter == nil
        let inOrder = ending == .exited(0) || state == .stopping
        let obituary = Obituary(
            plan: instance.plan, pid: stack.pid, ending: ending, report: instance.note.read(), at: MonotonicClock.calendar(),
            program: CurrentProcess.path)
        if !inOrder || obituary.report.fault != nil { instance.log.write(obituary.faultLine) }
        if let starter = starter.take() {
            let why = failure ?? Failure(
                .io, what: "the stack ended while it was starting", why: obituary.cause, fix: "try again with -v")
            instance.folder.remove()
            StartReport.failed(why).write(to: starter)
            return 1
        }
        if began, !inOrder {
            instance.log.write(obituary.sentence)
            Console.write(obituary.sentence + "\n", to: SupervisorBoot.Descriptor.console.rawValue)
            if let stone = try? Body.encode(obituary.tombstone) {
                try? FileSystem.replace("\(instance.folder.path)/\(Tombstone.file)", with: stone)
            }
            instance.keepRecorder()
            instance.folder.remove(keeping: [Tombstone.file, Tombstone.recorderFile, "log", LogFile.older("log")])
        } else {
            instance.folder.remove()
        }
        for sender in stoppers { _ = try? port.reply(to: sender, SupervisorReply.done) }
        return inOrder ? 0 : 1
    }
}

/// What `/proc` says of a process.
enum ProcessFigures {
    /// Octets in memory and number of threads; zeros when it is gone.
    static func of(_ pid: Int32) -> (resident: Int, threads: Int) {
        var resident = 0, threads = 0
        for line in (FileSystem.text("/proc/\(pid)/status") ?? "").split(separator: "\n") {
            let words = line.split { $0 == "\t" || $0 == " " || $0 == ":" }
            guard words.count > 1, let number = Int(words[1]) else { continue }
            if words[0] == "VmRSS" { resident = number * 1024 }
            if words[0] == "Threads" { threads = number }
        }
        return (resident, threads)
    }
}
