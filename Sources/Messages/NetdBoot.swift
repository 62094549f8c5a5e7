public import Host

/// What a stack process is started with. Made by the supervisor, taken over by the stack in its first breath.
public struct NetdBoot: ~Copyable {
    /// The part that is said in words.
    public struct Words: Codable, Equatable, Sendable {
        public var plan: StackPlan
        /// The instance's folder; its `dev/` is where the stack listens.
        public var folder: String
        public var packetMemoryOctets: Int
        public var recorderOctets: Int
        /// The supervisor.
        public var parent: Int32
        public init(plan: StackPlan, folder: String, packetMemoryOctets: Int, recorderOctets: Int, parent: Int32) {
            (self.plan, self.folder, self.parent) = (plan, folder, parent)
            (self.packetMemoryOctets, self.recorderOctets) = (packetMemoryOctets, recorderOctets)
        }
    }

    /// Where the stack finds what it was given.
    public enum Descriptor: Int32, CaseIterable, Sendable {
        case null, log, log2, boot, packetMemory, ready, crashNote, lock, console, recorder, bell, news, orders, turn
    }

    /// The argument that nobody types; behind it stands the prefix, for whoever reads a process list.
    public static let argument = "--started-by-supervisor"
    public static let processName = "drydock-netd"
    /// What one that waits for its turn is called.
    public static let waitingName = "drydock-waiting"

    public let words: Words
    public var plan: StackPlan { words.plan }
    /// `words.packetMemoryOctets` octets of zeros.
    public let packetMemory: SharedMemory
    /// Keep it mapped for as long as the process lives. The fault handler is installed unless `-S` was given.
    public let crashNote: CrashNote
    /// The flight recorder's memory, which outlives the stack. Keep it mapped for as long as the process lives.
    public let recorder: SharedMemory
    public let log: LogFile
    /// What `-v` means by console: a terminal or a file; `/dev/null` when the starter had neither.
    public let console: FileDescriptor
    /// Where the supervisor is told of drivers' processes: ``HostNews``.
    public let news: FileDescriptor
    let ready: FileDescriptor
    let orders: StackOrders
    /// Held open so that the folder counts as alive until this process is gone, too.
    let lock: FileDescriptor

    /// Takes over what the supervisor handed down; from here on this process dies with it. For the thread that will run
    /// the stack: faults are noted on a stack of its own.
    ///
    /// - Throws: a sentence for a user who started the process by hand.
    public static func receive(_ arguments: [String]) throws(Failure) -> NetdBoot {
        guard arguments.first == argument, Descriptor.allCases.allSatisfy({ FileDescriptor.isOpen($0.rawValue) }) else {
            throw Failure(.notPermitted, what: processName, why: "is started by io-pkt-v6-hc and cannot be started by hand",
                fix: "io-pkt-v6-hc -ptcpip prefix=/sock2")
        }
        let words: Words
        do { words = try Body.decode(Words.self, SharedMemory.octets(of: descriptor(.boot))) } catch {
            throw Failure(.invalid, what: processName, why: "the supervisor's instructions cannot be read", fix: "start it again")
        }
        do throws(SystemError) {
            guard Spawn.dieWithParent(words.parent) else { throw SystemError("prctl", .noProcess) }
            Spawn.setName(waitingName)
            Scheduling.takeShortTurns()
            let memory = try SharedMemory(received: descriptor(.packetMemory), length: words.packetMemoryOctets)
            let note = try CrashNote.map(descriptor(.crashNote))
            let bell = descriptor(.bell)
            // Open for as long as the process lives: it is rung at its end.
            if words.plan.notesFaults { try note.installFaultHandler(ringing: bell.surrender()) }
            let recorder = try SharedMemory(received: descriptor(.recorder), length: words.recorderOctets)
            let log = LogFile(descriptor(.log), name: words.plan.variant.rawValue, path: "\(words.folder)/log")
            let orders = try StackOrders(memory: descriptor(.orders), bell: descriptor(.turn))
            return NetdBoot(
                words: words, packetMemory: memory, crashNote: note, recorder: recorder, log: log, console: descriptor(.console),
                news: descriptor(.news), ready: descriptor(.ready), orders: orders, lock: descriptor(.lock))
        } catch { throw Failure(error, what: processName, fix: "start it again") }
    }

    private static func descriptor(_ which: Descriptor) -> FileDescriptor {
        let taken = FileDescriptor(owning: which.rawValue)
        taken.closeOnExec()
        return taken
    }

    /// Waits until it is this process's turn.
    ///
    /// - Returns: what it does before it answers, because the stack before it had been told to; nil: it is the first.
    public borrowing func awaitTurn() throws(Failure) -> [StackRequest]? {
        StackOrders.rehearse()
        let steps = try orders.take()
        Spawn.setName(Self.processName)
        return steps
    }

    /// Says, once, that the stack answers on its sockets: the start command returns.
    public borrowing func reportReady() { StartReport.ready(pid: CurrentProcess.pid).write(to: ready) }

    /// Says why it cannot; exit after it.
    public borrowing func reportFailure(_ failure: Failure) { StartReport.failed(failure).write(to: ready) }

    /// Starts a stack process: the supervisor's side.
    ///
    /// - Parameter program: what to run, as `drydock-netd`.
    /// - Parameter console: a terminal or file, or -1.
    /// - Parameter news: a socket on which the process tells of drivers' processes.
    /// - Parameter bell: an event counter that the process rings when it faults; it waits then for ``CrashNote/letGo()``.
    /// - Parameter orders: what it waits for before anybody sees it.
    public static func start(
        _ words: Words, program: String, environment: [String]? = nil, packetMemory: Int32, ready: Int32, crashNote: Int32, log: Int32, lock: Int32, console: Int32,
        recorder: Int32, bell: Int32, news: Int32, orders: borrowing StackOrders
    ) throws(Failure) -> ProcessHandle {
        let octets: [UInt8]
        do { octets = try Body.encode(words) } catch { throw error.failure("start", of: processName) }
        do throws(SystemError) {
            let boot = try SharedMemory.holding(octets, named: "drydock-boot")
            return try Spawn.start(
                program, arguments: [processName, argument, words.plan.prefix].filter { !$0.isEmpty }, environment: environment,
                descriptors: [
                    -1, log, log, boot.raw, packetMemory, ready, crashNote, lock, console, recorder, bell, news, orders.descriptors.memory,
                    orders.descriptors.bell,
                ])
        } catch { throw Failure(error, what: "cannot start \(processName)", fix: "try again") }
    }
}
