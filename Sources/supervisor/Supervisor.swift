internal import Cores
internal import Host
internal import Messages

/// The process that holds what must outlive its stack. It parses no packet and runs no driver: all it does is wait, answer,
/// start a stack that died again, and tell.
struct Supervisor: ~Copyable {
    /// How long a stack may take to begin, and to end in order (Q-27).
    static let mostToStart = Duration.seconds(8), mostToStop = Duration.seconds(15)

    /// How often the log's size is looked at, in nanoseconds.
    private static let logRound: UInt64 = 30_000_000_000

    enum Token: UInt64 { case stack, signals, port, ready, fault, news, guardian }

    let instance: Instance
    let port: Port
    /// The stack process that runs, or that died last.
    var generation: Generation
    private(set) var state = SupervisorReport.State.starting
    var stoppers: [Sender] = []
    var hangWatch: HangWatch
    /// Those who write dossiers of deaths, until they have ended.
    var writers: [DossierChild] = []
    /// Drivers' processes that died, until what is known of them is kept.
    var hostCrashes: [HostCrash] = []
    /// Shells that have asked for memory.
    var shells = 0
    var hostBudget = HostCrashBudget()
    var hostRecorders = HostRecorders()
    var unexplained: [Unexplained] = []
    /// What those who watch the instance are told: ``InstanceEvent/file``.
    var events: [InstanceEvent] = []
    private(set) var policy: RestartPolicy
    private let signals: SignalDescriptor
    let loop: EventLoop
    /// Who watches this process, where that is wished.
    var guardian: Guardian?
    /// Until it has been told that the first stack answers.
    private var starter: FileDescriptor?
    /// When patience ends: of a start, or of an orderly stop.
    private var limit: Deadline?
    /// A stack process that waits for its turn.
    var next: Generation?
    /// When it is to be started; nil: not by the clock.
    var preparation: Deadline?
    /// While no stack process is there: the last one's death, and when the next one begins.
    private var pause: (death: Death, until: Deadline)?
    private var failure: Failure?
    private var nextLogRound = Deadline(in: .zero)
    /// What the next stack process is given.
    var plan: InstancePlan?
    /// nil: no builds are kept.
    var proven: ProvenBuilds?

    init(
        instance: consuming Instance, port: Port, generation: consuming Generation, signals: consuming SignalDescriptor,
        loop: consuming EventLoop
    ) {
        policy = RestartPolicy(instance.plan)
        hangWatch = HangWatch(HangWatch.Limits(instance.plan))
        proven = instance.proven
        self.instance = instance
        self.port = port
        self.generation = generation
        self.signals = signals
        self.loop = loop
        starter = nil
        limit = Deadline(in: Self.mostToStart)
    }

    /// Watches until no stack is left. The start command is told through `starter`.
    mutating func run(telling starter: consuming FileDescriptor) -> Death {
        self.starter = consume starter
        do {
            try loop.add(signals.raw, token: Token.signals.rawValue)
            try loop.add(port.raw, token: Token.port.rawValue)
            try watchStack()
            return try run()
        } catch {
            instance.log.write("the supervisor cannot go on: \(error)")
            // Its end, and not only ours, is what the folder's next owner waits for.
            try? generation.stack.signal(.kill)
            _ = generation.stack.waitForEnd(Deadline(in: .seconds(5)))
            return pause?.death ?? generation.death(generation.stack.reap() ?? .unknown)
        }
    }

    private mutating func run() throws(SystemError) -> Death {
        var events = ReadyEvents(capacity: 8)
        while true {
            let due = min(limit?.left ?? .max, pause?.until.left ?? .max, preparation?.left ?? .max)
            try loop.wait(&events, nanoseconds: min(due, nextLook, nextHostCrash, nextProof, Self.logRound))
            keepLogBounded()
            writers.removeAll { $0.hasEnded }
            for index in 0..<events.count { try handle(events[index]) }
            keepHostCrashes()
            if let last = try follow() { return last }
            prepareNextInTime()
            proveInTime()
            watchProgress()
        }
    }

    private mutating func keepLogBounded() {
        guard nextLogRound.hasPassed else { return }
        nextLogRound = Deadline(at: MonotonicClock.now() + Self.logRound)
        instance.log.keepBounded()
    }

    private func watchStack() throws(SystemError) {
        try loop.add(generation.stack.raw, token: Token.stack.rawValue)
        try loop.add(generation.ready.raw, token: Token.ready.rawValue)
        try loop.add(generation.bell.raw, token: Token.fault.rawValue)
        try loop.add(generation.news.raw, token: Token.news.rawValue)
    }

    private mutating func handle(_ event: Ready) throws(SystemError) {
        switch Token(rawValue: event.token) {
        case .signals: while let signal = signals.take() { heard(signal) }
        case .port: serve()
        case .ready: try hearStack()
        case .fault: hearFault()
        case .news:
            hearNews()
            // Nothing comes any more, and the end would be told for ever.
            if event.isHungUp { try? loop.remove(generation.news.raw) }
        case .guardian: replaceGuardian()
        case .stack, nil: break
        }
    }

    /// What time, and the stack's end, have brought. - Returns: the death after which nothing is started any more.
    private mutating func follow() throws(SystemError) -> Death? {
        if let pause {
            if state == .stopping { return pause.death }
            return pause.until.hasPassed ? try startNext(after: pause.death) { _, _ in } : nil
        }
        if let ending = generation.ending() { return try mourn(generation.death(ending)) }
        if let limit, limit.hasPassed { kill() }
        return nil
    }

    /// Everything that follows a death, in its order. - Returns: the death, when it was the last.
    private mutating func mourn(_ death: Death) throws(SystemError) -> Death? {
        try loop.remove(generation.stack.raw)
        try? loop.remove(generation.ready.raw)
        try loop.remove(generation.bell.raw)
        try? loop.remove(generation.news.raw)
        limit = nil
        proven?.forget()
        explain()
        let inOrder = isInOrder(death), had = InstancePlan.read(instance.folder.path)
        if !inOrder || death.report.fault != nil { instance.log.write("critical: \(instance.obituary(death).faultLine)") }
        if !inOrder || generation.crash != nil {
            instance.quietHardware(of: &generation)
            instance.setImagesAside()
            _ = instance.crashPlace(of: &generation, at: death.at)
        }
        // Its drivers' processes died with it, or before it.
        hearNews()
        keepHostCrashes(atOnce: true)
        hostRecorders.forget()
        // A stack that never began is the start command's affair.
        guard starter == nil, state != .stopping else { return end(death, had, nil) }
        return try answer(death, had, inOrder)
    }

    /// - Parameter had: what the stack had been told to; nil: that cannot be read.
    private mutating func answer(_ death: Death, _ had: InstancePlan?, _ inOrder: Bool) throws(SystemError) -> Death? {
        plan = had
        if had == nil { instance.log.write("\(InstancePlan.file) cannot be read: what was set is lost") }
        let decision = leaveOut(policy.decide(death, now: MonotonicClock.now()), death)
        if decision.changesDriver { generation.consequence = instance.obituary(death).consequence(decision) }
        if !inOrder {
            announce(death, decision)
            tell(instance.obituary(death).sentence(decision) + (generation.crash.map { "; why: drydock postmortem \($0.path)" } ?? ""))
        }
        guard let after = decision.wait else { return end(death, had, inOrder ? nil : decision) }
        unexplained += explanation(of: death, inOrder ? nil : decision)
        state = .restarting
        if after == .zero { return try startNext(after: death) { instance, dead in instance.keep(death, of: &dead, had, isFollowed: inOrder ? nil : true) } }
        instance.keep(death, of: &generation, had, isFollowed: inOrder ? nil : true)
        explain()
        pause = (death, Deadline(in: after))
        return nil
    }

    /// The last death. - Returns: it.
    ///
    /// - Parameter decision: nil: it ended in order, or nobody but its starter is told.
    private mutating func end(_ death: Death, _ had: InstancePlan?, _ decision: RestartPolicy.Decision?) -> Death {
        instance.keep(death, of: &generation, had, isFollowed: decision.map(\.restarts))
        unexplained += explanation(of: death, decision)
        explain()
        return death
    }

    /// Takes a driver that has died too often out of the plan. - Returns: what is really done.
    private mutating func leaveOut(_ decision: RestartPolicy.Decision, _ death: Death) -> RestartPolicy.Decision {
        guard case .restart(_, without: let driver?) = decision else { return decision }
        if let back = goBack(from: driver, death) { return back }
        guard let rest = plan?.leavingOut(driver: driver, interface: death.report.interface) else {
            return .conclude("\(driver) dies again and again, and cannot be left out")
        }
        plan = rest
        return decision
    }

    private func isInOrder(_ death: Death) -> Bool { death.ending == .exited(0) || state == .stopping }

    /// To the log, and to the terminal of whoever started the instance.
    private func tell(_ sentence: String) {
        instance.log.write(sentence)
        Console.write(sentence + "\n", to: SupervisorBoot.Descriptor.console.rawValue)
    }

    /// - Parameter keep: what is done about the dead one, while the next one begins.
    private mutating func startNext(after death: Death, _ keep: (borrowing Instance, inout Generation) -> Void) throws(SystemError) -> Death? {
        defer { pause = nil }
        do throws(Failure) {
            var other = try takeNext()
            try other.begin(death.generation + 1, restoring: plan?.aged(to: MonotonicClock.now()).steps)
            swap(&generation, &other)
            limit = Deadline(in: Self.mostToStart)
            hangWatch = HangWatch(hangWatch.limits)
            keep(instance, &other)
        } catch {
            tell("\(instance.plan.variant.rawValue): cannot be started again: \(error)")
            announce(.gaveUp, why: "cannot be started again: \(error)")
            keep(instance, &generation)
            explain()
            return death
        }
        try watchStack()
        return nil
    }

    /// The stack's first word, or the end of its pipe.
    private mutating func hearStack() throws(SystemError) {
        try loop.remove(generation.ready.raw)
        explain()
        switch try? StartReport.read(from: generation.ready, timeout: .milliseconds(500)) {
        case .ready:
            if state == .starting || state == .restarting { (state, limit, preparation) = (.running, nil, Deadline(in: Self.calmBeforeNext)) }
            let again = generation.number == 1 ? "" : " again"
            instance.log.write("instance \(instance.plan.instance) answers\(again), pid \(generation.stack.pid)")
            if generation.number > 1 { announce(.restored) }
            if let starter = starter.take() {
                StartReport.ready(pid: generation.stack.pid).write(to: starter)
                beGuarded()
            }
        case .failed(let why):
            failure = why
            end(after: .seconds(2))
        case nil: end(after: .seconds(2))
        }
    }

    /// A stack that does not begin: the first one is the instance's end, a later one a death like others.
    private mutating func end(after time: Duration) {
        guard state == .restarting else { return stop(after: time) }
        if let failure { instance.log.write("does not start again: \(failure)") }
        try? generation.stack.signal(.kill)
    }

    private mutating func heard(_ signal: Signal) {
        // These tell of a write that failed, which has said so itself.
        guard signal != .pipe, signal != .fileSize else { return }
        instance.log.write("\(signal): stopping")
        stop(after: Self.mostToStop)
    }

    /// Asks the stack to end; it has this long to do so.
    mutating func stop(after time: Duration) {
        let sooner = Deadline(in: time)
        if state == .stopping, let limit, limit.at <= sooner.at { return }
        (state, limit) = (.stopping, sooner)
        try? generation.stack.signal(.terminate)
    }

    /// A stack that was told to end otherwise than by a stop has this long.
    mutating func end(by time: Duration) { limit = Deadline(in: time) }

    private mutating func kill() {
        if state == .starting {
            failure = Failure(.timedOut, what: "start", why: "the stack did not answer within \(Self.mostToStart)", fix: "see its log with -v, try again")
        }
        instance.log.write("\(state == .stopping ? "does not stop" : state == .running ? "does not end" : "does not start"): killed")
        try? generation.stack.signal(.kill)
        limit = nil
        if state == .starting { state = .stopping }
    }

    /// After the last death: tells whoever waits, and leaves nothing but, after a failure, the tombstone and the log.
    ///
    /// - Returns: the exit code.
    consuming func conclude(_ death: Death) -> Int32 {
        let inOrder = isInOrder(death)
        if let guardian = guardian.take() { guardian.dismiss() }
        dismissNext()
        if let starter = starter.take() {
            let why = failure ?? Failure(
                .io, what: "the stack ended while it was starting", why: instance.obituary(death).cause, fix: "try again with -v")
            instance.folder.remove()
            StartReport.failed(why).write(to: starter)
            return 1
        }
        if inOrder { proven?.remove() }
        instance.folder.remove(keeping: inOrder ? [] : [Tombstone.file, Tombstone.recorderFile, InstancePlan.file, InstanceEvent.file, "log", LogFile.older("log")])
        for sender in stoppers { _ = try? port.reply(to: sender, SupervisorReply.done) }
        return inOrder ? 0 : 1
    }
}
