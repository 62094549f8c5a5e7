internal import Glibc
internal import Host
internal import Messages

/// The process that outlives a supervisor, where `guardian` is given. All it does is wait, and start the instance again, with what it
/// had, when its supervisor has ended without a word.
///
/// Each of the two sees the other's end: the guardian by a pipe that only the supervisor can write to, the supervisor by a pidfd.
struct Guardian: ~Copyable {
    static let processName = "drydock-guard"
    /// What is said through the pipe when the instance ends in order, or is given up.
    private static let atEase: UInt8 = 1

    enum Descriptor: Int32, CaseIterable { case null, log, log2, boot, line }

    let process: ProcessHandle
    private let line: FileDescriptor
    private let started = MonotonicClock.now()

    /// Starts one: the supervisor's side.
    static func start(_ instance: borrowing Instance) throws(Failure) -> Guardian {
        let octets: [UInt8]
        do { octets = try Body.encode(instance.boot) } catch { throw error.failure("start", of: processName) }
        do throws(SystemError) {
            let words = try SharedMemory.holding(octets, named: "drydock-boot"), pipe = try FileDescriptor.pipe()
            let process = try Spawn.start(
                Spawn.ourselves, arguments: [processName, instance.plan.prefix].filter { !$0.isEmpty },
                environment: Spawn.environment(removing: SupervisorBoot.variable),
                descriptors: [-1, instance.log.raw, instance.log.raw, words.raw, pipe.first.raw])
            return Guardian(process, pipe.hangUpReader())
        } catch { throw Failure(error, what: processName, fix: "check the limits of this user") }
    }

    private init(_ process: consuming ProcessHandle, _ line: consuming FileDescriptor) {
        self.process = process
        self.line = line
    }

    /// Whether another one is worth a try when this one has ended.
    var livedLong: Bool { MonotonicClock.now() &- started > 1_000_000_000 }

    /// The instance ends: so does its guardian.
    consuming func dismiss() {
        try? line.write([Self.atEase])
        _ = process.waitForEnd(Deadline(in: .seconds(1)))
    }

    /// What it has heard. - Returns: whether its supervisor has ended without a word. Blocks until it has ended, or said it.
    static func hears(_ line: borrowing FileDescriptor) -> Bool {
        while !Poll.readable(line.raw, Deadline(in: .seconds(60))) {}
        return (try? line.readAll(limit: 1)) != [atEase]
    }
}

/// How often an instance may be taken over by its guardians: what kills one supervisor may kill the next. Pure.
struct Takeovers: Codable, Equatable {
    static let most = 3, span: UInt64 = 60_000_000_000

    /// When the last ones were, in nanoseconds on the monotonic clock.
    private(set) var times: [UInt64] = []

    /// - Returns: whether there may be another one now.
    mutating func take(now: UInt64) -> Bool {
        times.removeAll { now &- $0 >= Self.span }
        guard times.count < Self.most else { return false }
        times.append(now)
        return true
    }
}

/// Waits for a supervisor's end, and starts another where it was none in order.
///
/// - Returns: 0 when nothing was to be done, or it is done.
public func guardianMain() -> Int32 {
    guard Guardian.Descriptor.allCases.allSatisfy({ FileDescriptor.isOpen($0.rawValue) }),
        var boot = try? Body.decode(SupervisorBoot.self, SharedMemory.octets(of: FileDescriptor(owning: Guardian.Descriptor.boot.rawValue)))
    else {
        Console.write("\(Guardian.processName): is started by a supervisor and cannot be started by hand; say: io-pkt-v6-hc -ptcpip prefix=/sock2,guardian\n", to: 2)
        return 1
    }
    Spawn.setName(Guardian.processName)
    let log = LogFile(FileDescriptor(owning: Guardian.Descriptor.log.rawValue), name: Guardian.processName)
    let line = FileDescriptor(owning: Guardian.Descriptor.line.rawValue)
    line.closeOnExec()
    guard Guardian.hears(line) else { return 0 }
    guard boot.takeovers.take(now: MonotonicClock.now()) else {
        log.write("the supervisor has died \(Takeovers.most + 1) times within \(Takeovers.span / 1_000_000_000) s: the instance stays down; start it again: \(boot.plan.command),recover")
        return 1
    }
    return revive(boot, log)
}

/// Starts the instance with all that it had.
private func revive(_ boot: SupervisorBoot, _ log: borrowing LogFile) -> Int32 {
    var plan = boot.plan
    plan.options["recover"] = "1"
    let note = "the supervisor had died: its guardian has started this one"
    if !plan.notes.contains(note) { plan.notes.append(note) }
    let failure: Failure?
    do throws(FolderRefusal) {
        let directory = try RuntimeDirectory(path: boot.directory)
        if let name = FolderName(prefix: plan.prefix) { awaitEnd(of: directory.folder(.stack, name)) }
        failure = StartCommand.start(plan, directory: directory, program: boot.program, takeovers: boot.takeovers)
    } catch { failure = Failure(error, starting: plan.variant.rawValue) }
    guard let failure else { return 0 }
    log.write("the supervisor has died, and its instance cannot be started again: \(failure)")
    return 1
}

/// Its stack dies with it, and holds the folder until it is gone.
private func awaitEnd(of folder: String) {
    let patience = Deadline(in: .seconds(5))
    while FolderLock.isHeld(folder), !patience.hasPassed { usleep(5000) }
}

// The supervisor's side.
extension Supervisor {
    /// Starts the guardian, where one is wished; again when it has died.
    mutating func beGuarded() {
        guard instance.plan.flag("guardian") else { return }
        do {
            let guardian = try Guardian.start(instance)
            try loop.add(guardian.process.raw, token: Token.guardian.rawValue)
            self.guardian = consume guardian
        } catch { instance.log.write("nobody watches the supervisor: \(error)") }
    }

    /// The guardian has ended.
    mutating func replaceGuardian() {
        guard let old = guardian.take() else { return }
        try? loop.remove(old.process.raw)
        _ = old.process.reap()
        guard old.livedLong else {
            instance.log.write("the guardian has died at once: nobody watches the supervisor")
            return
        }
        instance.log.write("the guardian has died: another one is started")
        beGuarded()
    }
}
