public import Host
public import Messages

/// The command that a user types: starts a supervisor and returns once the stack answers.
public enum StartCommand {
    /// Longer than a supervisor waits for its stack, so that its words are heard.
    static let patience = Duration.seconds(12)

    /// - Parameter program: what runs as supervisor and stack; ourselves but in tests.
    /// - Returns: nil when it runs; else what went wrong, with nothing left behind.
    public static func start(_ plan: StackPlan, directory: RuntimeDirectory, program: String = Spawn.ourselves) -> Failure? {
        start(plan, directory: directory, program: program, takeovers: Takeovers())
    }

    /// - Parameter takeovers: those of the instance's guardians before this start.
    static func start(_ plan: StackPlan, directory: RuntimeDirectory, program: String, takeovers: Takeovers) -> Failure? {
        do {
            let pipe = try FileDescriptor.pipe()
            let boot = SupervisorBoot(
                plan: plan, directory: directory.path, program: program, steps: left(by: plan, directory), takeovers: takeovers)
            let supervisor = try spawn(boot, ready: pipe.second.raw)
            let readEnd = pipe.hangUpWriter()
            return wait(readEnd, supervisor, plan, directory)
        } catch let error as SystemError {
            return Failure(error, what: "cannot start the supervisor", fix: "try again")
        } catch let error as Failure { return error } catch { return Failure(.io, what: "start", why: "\(error)") }
    }

    private static func spawn(_ boot: SupervisorBoot, ready: Int32) throws -> ProcessHandle {
        let words = try SharedMemory.holding(Body.encode(boot), named: "drydock-boot")
        // Somebody may wait for the end of a pipe on our standard error; a terminal or a file can be kept for a last message.
        let console: Int32 = FileSystem.isTerminalOrFile(2) ? 2 : -1
        return try Spawn.start(
            boot.program, arguments: boot.plan.words,
            environment: Spawn.environment(adding: "\(SupervisorBoot.variable)=\(CurrentProcess.pid)"),
            descriptors: [-1, -1, console, words.raw, ready])
    }

    /// With `recover`: what a supervisor that died here, or a stack that was not started again, has left.
    private static func left(by plan: StackPlan, _ directory: RuntimeDirectory) -> [StackRequest]? {
        guard plan.flag("recover"), let name = FolderName(prefix: plan.prefix) else { return nil }
        return InstancePlan.read(directory.folder(.stack, name))?.aged(to: MonotonicClock.now()).steps
    }

    private static func wait(
        _ pipe: borrowing FileDescriptor, _ supervisor: borrowing ProcessHandle, _ plan: StackPlan, _ directory: RuntimeDirectory
    ) -> Failure? {
        let why: MessageFailure
        do {
            switch try StartReport.read(from: pipe, timeout: patience) {
            case .ready: return nil
            case .failed(let failure):
                // It cleans up before it ends, and a second start must find nothing.
                _ = supervisor.waitForEnd(Deadline(in: .seconds(5)))
                return failure
            }
        } catch { why = error }
        // Its end takes the stack along.
        try? supervisor.signal(.kill)
        _ = supervisor.waitForEnd(Deadline(in: .seconds(5)))
        if let name = FolderName(prefix: plan.prefix), FolderLock.holder(directory.folder(.stack, name)) == supervisor.pid {
            ClaimedFolder.removeStale(directory.folder(.stack, name))
        }
        return why.failure("start", of: "the new stack")
    }
}

extension DescriptorPair {
    /// The first, with the second closed.
    consuming func hangUpWriter() -> FileDescriptor { first }
    /// The second, with the first closed.
    consuming func hangUpReader() -> FileDescriptor { second }
}

/// Whether `name` is one of the three that start a stack.
public func isStackCommand(_ name: String) -> Bool { StackPlan.Variant(rawValue: name) != nil }

/// Runs `io-pkt-v6-hc …`: the user's command, or, in the process that it starts, the supervisor.
///
/// - Parameter arguments: the words behind the name.
/// - Returns: the exit code: 0 started, 1 refused, 64 wrong words.
public func stackCommandMain(name: String, arguments: [String]) -> Int32 {
    guard let variant = StackPlan.Variant(rawValue: name) else { return 64 }
    let order: StackCommandLine.Order
    do { order = try StackCommandLine.read(variant, arguments) } catch { return complain(name, error, 64) }
    switch order {
    case .help(let text):
        Console.write(text, to: 1)
        return 0
    case .start(var plan):
        plan.drivers = plan.drivers.map { .init(name: FileSystem.absolute($0.name), options: $0.options) }
        do {
            let failure = StartCommand.start(plan, directory: try RuntimeDirectory())
            return failure.map { complain(name, $0, 1) } ?? 0
        } catch { return complain(name, Failure(error, starting: name), 1) }
    }
}

private func complain(_ name: String, _ failure: Failure, _ code: Int32) -> Int32 {
    Console.write("\(name): \(failure)\n", to: 2)
    return code
}

/// Text for a descriptor that we do not own.
enum Console {
    static func write(_ text: String, to raw: Int32) {
        let borrowed = FileDescriptor(owning: raw)
        try? borrowed.write(Array(text.utf8))
        _ = borrowed.surrender()
    }
}
