internal import Cores
internal import Host
internal import Messages
internal import Recorder
internal import Rings

/// One stack process of an instance, and all the memory that it can write to.
///
/// Each gets memory of its own, fresh from the kernel: whatever a wild driver left in the old one, or a device that is not yet quiet
/// still writes, stays there, for whoever looks into the death.
struct Generation: ~Copyable {
    /// 1 is the one that the start command waits for.
    var number = 1
    let stack: ProcessHandle
    let memory: SharedMemory
    let note: CrashNote
    let recorder: SharedMemory
    /// Rings when the stack has faulted and waits.
    let bell: EventCounter
    /// Where it tells of drivers' processes.
    let news: FileDescriptor
    /// Where what is known of its death is kept, once there is anything.
    var crash: CrashStore.Place?
    /// What the limit of size has left out of its core; nil: nothing.
    var coreCut: String?
    /// What was done about the driver that has died too often: a build that was gone back to, or that it was left out; nil: neither.
    var consequence: String?
    /// It has faulted, and stands where it was for as long as it is looked into: to everybody else it is dead.
    private(set) var stands: CrashNote.Report.Fault?
    /// For how many nanoseconds it had made no progress when it was ended for that.
    var hung: UInt64?
    /// What became of its NICs when they were quieted, which is done once; nil: it has not been.
    var quieted: [QuietReport]?
    /// The stack's first word arrives here.
    let ready: FileDescriptor
    private let orders: StackOrders
    private(set) var started = MonotonicClock.now()

    /// Starts the first stack process.
    ///
    /// - Parameter steps: what it is told before it answers; nil: it begins with its command line.
    static func start(_ instance: borrowing Instance, restoring steps: [StackRequest]?) throws(Failure) -> Generation {
        var first = try prepare(instance)
        try first.begin(1, restoring: steps)
        return first
    }

    /// It is its turn.
    ///
    /// - Parameter steps: as those of the first.
    mutating func begin(_ number: Int, restoring steps: [StackRequest]?) throws(Failure) {
        try orders.give(steps)
        (self.number, started) = (number, MonotonicClock.now())
    }

    /// Starts a stack process that waits for its turn, seen by nobody.
    static func prepare(_ instance: borrowing Instance) throws(Failure) -> Generation {
        do {
            let memory = try SharedMemory(named: "drydock-packets", length: PacketMemoryLayout().length)
            memory.leaveOutOfCores()
            let note = try CrashNote.create(), recorder = try makeRecorder(instance.plan), bell = try EventCounter()
            let pipe = try FileDescriptor.pipe(), news = try UnixSocket.pair(), orders = try StackOrders()
            let words = NetdBoot.Words(
                plan: instance.plan, folder: instance.folder.path, packetMemoryOctets: memory.length, recorderOctets: recorder.length,
                parent: CurrentProcess.pid)
            let stack = try NetdBoot.start(
                words, program: instance.program, environment: Spawn.environment(removing: SupervisorBoot.variable),
                packetMemory: memory.descriptor.raw, ready: pipe.second.raw, crashNote: note.memory.descriptor.raw,
                log: instance.log.raw, lock: instance.folder.lock.raw, console: FileSystem.isTerminalOrFile(2) ? 2 : -1,
                recorder: recorder.descriptor.raw, bell: bell.raw, news: news.second.raw, orders: orders)
            return Generation(
                stack: stack, memory: memory, note: note, recorder: recorder, bell: bell, news: news.hangUpWriter(), ready: pipe.hangUpWriter(),
                orders: orders)
        } catch let error as Failure { throw error } catch {
            throw Failure(.noMemory, what: instance.folder.path, why: "a stack process cannot be started: \(error)", fix: "check the limits of this user")
        }
    }

    /// The flight recorder's memory: here, and so it is still there when the stack is not.
    private static func makeRecorder(_ plan: StackPlan) throws(SystemError) -> SharedMemory {
        let ring = plan.number("trace_size") ?? RecorderLayout.standardRing
        let memory = try SharedMemory(named: "drydock-recorder", length: RecorderLayout.length(ring: ring))
        unsafe RecorderLayout.format(memory.base, ring: ring)
        return memory
    }

    /// Stops it where it waits after its fault, for good. - Returns: whether it stands.
    mutating func stand(after fault: CrashNote.Report.Fault) -> Bool {
        guard stack.freeze(Deadline(in: .milliseconds(200))) else { return false }
        stands = fault
        return true
    }

    /// It has been looked into.
    mutating func fall() {
        guard stands != nil else { return }
        stands = nil
        try? stack.signal(.kill)
        _ = stack.waitForEnd(Deadline(in: .seconds(1)))
        _ = stack.reap()
    }

    /// How it ended; nil: it has not.
    func ending() -> Ending? { stands.map { .killed($0.signal) } ?? stack.reap() }

    /// What its end was.
    func death(_ ending: Ending) -> Death {
        Death(
            generation: number, pid: stack.pid, ending: ending, report: note.read(), at: MonotonicClock.calendar(),
            hung: hung, uptime: Double(MonotonicClock.now() &- started) / 1e9)
    }
}
