/// What the supervisor of an instance is asked, over `supervisor` in its folder. It answers even while the stack hangs.
public enum SupervisorRequest: Codable, Sendable, Equatable {
    case report
    /// End the stack in order; after `seconds` (at most 15) it is killed. Answered once it is gone.
    case stop(seconds: Double)
    /// The flight recorder's memory; its descriptor, for reading only, comes along.
    case recorder
    /// The flight recorders of isolated drivers' processes, the newest of each interface; their descriptors, for reading only, come along.
    case driverRecorders
    /// A signal for the stack process.
    case signal(Int32)
    /// A core of the stack as it is; it goes on afterwards. Comes with the descriptor of an empty file to write it to.
    ///
    /// `most`: octets of memory, 0 for the usual; `packets`: packet memory, too; `process`: one of the stack's driver hosts in its place;
    /// `isGlance`: it is to be looked at now, not kept, and neither the log nor a copy of the stack says anything.
    case dump(most: UInt64, packets: Bool, process: Int32? = nil, isGlance: Bool = false)
    /// What the stack would answer, told by a copy of its process: the descriptor of a file comes along, a ``Testimony``. Also while the stack hangs.
    case testimony
    /// The memory of the stack's process, or of one of its driver hosts, as a file: its descriptor comes along. It needs nothing of that process.
    case memory(writing: Bool, process: Int32?)
    /// Runs a function in that process, whose threads stand meanwhile; the stack goes on afterwards, whatever became of the function.
    case call(FunctionCall)
    /// Waits for a place in the stack's process by a breakpoint of the processor. A socket comes along, on which the packets of
    /// `clinux_debug_word` tell what passes; when it is closed, the breakpoint is gone, and what stands goes on.
    case breakpoint(Breakpoint)
}

/// What it answers.
public enum SupervisorReply: Codable, Sendable, Equatable {
    case report(SupervisorReport)
    case recorder(octets: Int)
    /// Whose they are, in the order of the descriptors. Nobody believes what stands in them.
    case driverRecorders([HostBirth])
    case done
    /// Octets of the core, and of those that are no holes; seconds that the stack stood still.
    case dumped(length: UInt64, stored: UInt64, threads: Int, shortened: Int, held: Double)
    /// Whose memory it is, and how many have asked before: who asks has a part of the process's scratch memory by that number.
    case memory(pid: Int32, session: Int)
    case called(CallOutcome)
    case testified
    /// The breakpoint is being set.
    case watching
}

public struct SupervisorReport: Codable, Sendable, Equatable {
    public enum State: String, Codable, Sendable {
        case starting, running, stopping
        /// Its stack died, and another one is on its way.
        case restarting
    }

    public var instance: Int
    public var prefix: String
    public var variant: String
    public var supervisor: Int32
    /// The stack process.
    public var stack: Int32
    public var state: State
    /// Seconds since start.
    public var uptime: Double
    /// Octets of packet memory, and of the stack process that are in memory now.
    public var packetMemory: Int, residentMemory: Int
    /// Of the stack process.
    public var threads: Int
    /// Which of the instance's stack processes it is, from 1.
    public var generation: Int
    /// The command line that started it.
    public var command: [String]

    public init(
        plan: StackPlan, supervisor: Int32, stack: Int32, state: State, uptime: Double, packetMemory: Int, residentMemory: Int, threads: Int,
        generation: Int = 1
    ) {
        (instance, prefix, variant, command) = (plan.instance, plan.prefix, plan.variant.rawValue, plan.words)
        (self.supervisor, self.stack, self.state, self.uptime) = (supervisor, stack, state, uptime)
        (self.packetMemory, self.residentMemory, self.threads) = (packetMemory, residentMemory, threads)
        self.generation = generation
    }
}
