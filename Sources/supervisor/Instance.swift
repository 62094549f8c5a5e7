internal import Host
internal import Messages
internal import Recorder
internal import Rings

/// What a supervisor holds for as long as its instance lives: the folder, the memory, the note, the log.
struct Instance: ~Copyable {
    let plan: StackPlan
    let program: String
    let folder: ClaimedFolder
    let memory: SharedMemory
    let note: CrashNote
    let recorder: SharedMemory
    let log: LogFile
    let started = MonotonicClock.now()

    /// Claims everything, or nothing.
    static func make(_ boot: SupervisorBoot) throws(Failure) -> Instance {
        let plan = boot.plan, command = plan.variant.rawValue
        guard let name = FolderName(prefix: plan.prefix) else { throw Failure(.invalid, what: "prefix=\(plan.prefix)", why: "is no prefix") }
        let folder: ClaimedFolder
        do {
            folder = try ClaimedFolder.claim(RuntimeDirectory(path: boot.directory), .stack, name, number: plan.instance)
        } catch { throw Failure(error, starting: command) }
        do throws(SystemError) {
            let log = try LogFile.open("\(folder.path)/log", name: command)
            for part in ["dev", "dev/socket"] { try FileSystem.makeFolder("\(folder.path)/\(part)") }
            try ClientTable.create("\(folder.path)/clients")
            let memory = try SharedMemory(named: "drydock-packets", length: PacketMemoryLayout().length)
            memory.leaveOutOfCores()
            return Instance(
                plan: plan, program: boot.program, folder: folder, memory: memory, note: try CrashNote.create(),
                recorder: try makeRecorder(plan), log: log)
        } catch {
            let path = folder.path
            folder.remove()
            throw Failure(error.number, what: path, why: "the instance cannot be set up: \(error)", fix: "check the folder and the limits of this user")
        }
    }

    /// The flight recorder's memory: here, and so it is still there when the stack is not.
    private static func makeRecorder(_ plan: StackPlan) throws(SystemError) -> SharedMemory {
        let ring = plan.number("trace_size") ?? RecorderLayout.standardRing
        let memory = try SharedMemory(named: "drydock-recorder", length: RecorderLayout.length(ring: ring))
        unsafe RecorderLayout.format(memory.base, ring: ring)
        return memory
    }

    /// Keeps what the recorder holds as a file, for whoever asks after the death.
    borrowing func keepRecorder() {
        unsafe RecorderLayout.calibrate(recorder.base)
        do throws(SystemError) {
            let octets = unsafe UnsafeRawBufferPointer(start: recorder.base, count: recorder.length)
            try FileSystem.replace("\(folder.path)/\(Tombstone.recorderFile)", with: unsafe Array(octets))
        } catch { log.write("the flight recorder cannot be kept: \(error)") }
    }

    /// Starts the stack process. `ready` is the pipe's end that it reports through.
    borrowing func startStack(ready: Int32) throws(Failure) -> ProcessHandle {
        let words = NetdBoot.Words(plan: plan, folder: folder.path, packetMemoryOctets: memory.length, recorderOctets: recorder.length, parent: CurrentProcess.pid)
        return try NetdBoot.start(
            words, program: program, environment: Spawn.environment(removing: SupervisorBoot.variable), packetMemory: memory.descriptor.raw, ready: ready, crashNote: note.memory.descriptor.raw,
            log: log.raw, lock: folder.lock.raw, console: FileSystem.isTerminalOrFile(2) ? 2 : -1,
            recorder: recorder.descriptor.raw)
    }

    /// Seconds.
    var uptime: Double { Double(MonotonicClock.now() &- started) / 1e9 }
}
