internal import CLinux
internal import Glibc

/// How a process ended.
public enum Ending: Equatable, Sendable {
    case exited(Int32)
    case killed(Signal)
    /// Somebody else took the report.
    case unknown
}

/// A process that we may watch and signal, whatever becomes of its number: a pidfd.
public struct ProcessHandle: ~Copyable, Sendable {
    public let pid: Int32
    /// Readable once the process has ended.
    public let descriptor: FileDescriptor

    /// - Throws: `.noProcess` when there is none.
    public init(_ pid: Int32) throws(SystemError) {
        self.pid = pid
        descriptor = try FileDescriptor("pidfd_open", clinux_pidfd_open(pid))
    }

    public var raw: Int32 { descriptor.raw }

    /// - Throws: `.noProcess` when it has ended.
    public borrowing func signal(_ signal: Signal) throws(SystemError) {
        guard clinux_pidfd_signal(descriptor.raw, signal.rawValue) == 0 else { throw .last("pidfd_send_signal") }
    }

    /// Ends a child that leads a session or a group of its own, as `Spawn.start` makes it, with what it has started in it. Before its report is
    /// taken: its number is its own until then.
    public borrowing func killGroup() { _ = kill(-pid, SIGKILL) }

    /// Waits for its end. - Returns: false when it still runs at the deadline.
    public borrowing func waitForEnd(_ deadline: Deadline) -> Bool { Poll.readable(descriptor.raw, deadline) }

    /// Stops a child where it stands, whatever it does; only a SIGKILL is answered after this. - Returns: false when it has ended, or does
    /// not stand at the deadline.
    public borrowing func freeze(_ deadline: Deadline) -> Bool {
        guard clinux_pidfd_signal(descriptor.raw, SIGSTOP) == 0 else { return false }
        var pause: UInt32 = 10
        while true {
            switch clinux_is_stopped(pid) {
            case 1: return true
            case 0 where !deadline.hasPassed: usleep(pause)
            default: return false
            }
            pause = min(pause * 2, 500)
        }
    }

    /// Takes the report of a child that has ended; nil while it runs.
    public borrowing func reap() -> Ending? {
        var status: Int32 = 0
        switch unsafe clinux_wait(pid, &status) {
        case 0: return nil
        case 1:
            let code = clinux_exit_code(status), signal = clinux_ending_signal(status)
            return signal > 0 ? .killed(Signal(rawValue: signal)) : code >= 0 ? .exited(code) : .unknown
        default: return .unknown
        }
    }
}

/// Starting other programs, and what a started one says about itself.
public enum Spawn {
    /// Starts `path` as `arguments[0]`, in a session of its own, with nothing open but what is given.
    ///
    /// - Parameter descriptors: element i becomes descriptor i of the child; -1 stands for `/dev/null`. At most 32.
    /// - Parameter environment: `NAME=value` words; nil hands ours on.
    /// - Parameter ownSession: without it the child leads a process group in ours, and shares what we are given of the processors.
    public static func start(
        _ path: String, arguments: [String], environment: [String]? = nil, descriptors: [Int32], ownSession: Bool = true
    ) throws(SystemError) -> ProcessHandle {
        let words = CStrings(arguments)
        let names = environment.map { CStrings($0) }
        defer {
            words.free()
            names?.free()
        }
        let pid = unsafe clinux_start(path, words.pointers, names?.pointers, descriptors, Int32(descriptors.count), ownSession ? 1 : 0)
        guard pid > 0 else { throw .last("posix_spawn") }
        return try ProcessHandle(pid)
    }

    /// Our environment with another word, `NAME=value`, and without `removed`.
    public static func environment(adding word: String? = nil, removing removed: String? = nil) -> [String] {
        var words: [String] = []
        var next = unsafe clinux_environment()
        // SAFETY: the vector ends with NULL, and nothing here changes the environment meanwhile.
        while let entry = unsafe next?.pointee {
            words.append(unsafe String(cString: entry))
            unsafe next = next?.successor()
        }
        let old = word.map { String($0.prefix { $0 != "=" }) + "=" }
        return words.filter { entry in
            !(old.map { entry.hasPrefix($0) } ?? false) && !(removed.map { entry.hasPrefix($0 + "=") } ?? false)
        } + (word.map { [$0] } ?? [])
    }

    /// Becomes another program, with our number, descriptors, terminal and signals.
    ///
    /// - Parameter environment: `NAME=value` words.
    /// - Throws: why it cannot be executed; this one goes on.
    public static func become(_ path: String, arguments: [String], environment: [String]) throws(SystemError) -> Never {
        let words = CStrings(arguments), names = CStrings(environment)
        defer {
            words.free()
            names.free()
        }
        _ = unsafe execve(path, words.pointers, names.pointers)
        throw .last("execve")
    }

    /// The running program, whatever has become of its name since.
    public static let ourselves = "/proc/self/exe"

    /// What a process list calls the calling thread: 15 octets.
    public static func setName(_ name: String) { unsafe clinux_set_name(name) }

    /// Files made from now on are for us alone.
    public static func keepFilesPrivate() { umask(0o077) }

    /// Asks the kernel to kill this process when the thread that started it ends.
    ///
    /// - Parameter parent: who started it. It may have died before the kernel was asked.
    /// - Returns: false when it has: end now.
    public static func dieWithParent(_ parent: Int32) -> Bool {
        clinux_die_with_parent(SIGKILL) == 0 && getppid() == parent
    }
}

/// A NULL-terminated vector of C strings, as exec takes it.
// SAFETY: every pointer but the last is from strdup; `free` is called once, after the last use.
@safe package struct CStrings {
    package let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    let count: Int

    package init(_ words: [String]) {
        count = words.count
        unsafe pointers = .allocate(capacity: count + 1)
        for (index, word) in words.enumerated() { unsafe (pointers + index).initialize(to: strdup(word)) }
        unsafe (pointers + count).initialize(to: nil)
    }

    package func free() {
        for index in 0..<count { unsafe Glibc.free(pointers[index]) }
        unsafe pointers.deallocate()
    }
}
