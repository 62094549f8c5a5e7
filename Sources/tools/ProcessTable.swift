internal import Glibc
internal import Host

/// A thread, as the host's kernel sees it.
struct ThreadFigures: Codable, Equatable {
    var tid: Int32
    var name: String
    /// `RUNNING`, `RECEIVE`, … in QNX's words.
    var state: String
    /// Priority and policy: `20o`, `50f`.
    var priority: String
    /// What it waits for, where that is known.
    var blocked = ""
    /// Seconds of processor time, and the processor that it ran on last.
    var processorTime: Double?
    var processor: Int?
    /// nil: it waits for none, or nobody may know.
    var lock: ThreadLock?
    /// nil: it runs, or nobody may know.
    var stack: StackUse?
}

/// A process, as the host's kernel sees it.
struct ProcessFigures: Codable, Equatable {
    var pid: Int32
    var parent: Int32
    var arguments: [String]
    /// Octets.
    var residentMemory: UInt64
    var virtualMemory: UInt64
    /// Seconds since it was started.
    var uptime: Double
    /// Seconds of processor time.
    var processorTime: Double
    var threads: [ThreadFigures]

    /// The last part of its first word.
    var name: String { arguments.first.map(Paths.name(of:)) ?? "?" }
}

/// What `/proc/PID/stat` says. proc(5).
struct StatLine: Equatable {
    var name: String
    var state: Character
    var parent: Int32
    /// Clock ticks of processor time, user and system.
    var ticks: UInt64
    var priority: Int
    var threads: Int
    /// Clock ticks after the machine's start.
    var start: UInt64
    /// Octets and pages.
    var virtualMemory: UInt64, residentPages: UInt64
    /// The one it ran on last.
    var processor: Int
    var realtimePriority: Int, policy: Int

    /// Nil when the text is no such line. The name may contain anything, parentheses too.
    init?(_ text: String) {
        guard let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")"), open < close else { return nil }
        name = String(text[text.index(after: open)..<close])
        let fields = text[text.index(after: close)...].split(whereSeparator: \.isWhitespace)
        func number<T: FixedWidthInteger>(_ field: Int, _: T.Type = T.self) -> T { fields.indices.contains(field - 3) ? T(fields[field - 3]) ?? 0 : 0 }
        guard fields.count >= 22, let letter = fields[0].first else { return nil }
        state = letter
        (parent, ticks) = (number(4), number(14, UInt64.self) &+ number(15, UInt64.self))
        (priority, threads, start) = (number(18), number(20), number(22))
        (virtualMemory, residentPages) = (number(23), number(24))
        (processor, realtimePriority, policy) = (number(39), number(40), number(41))
    }

    /// `20o`: the policy's letter behind the priority, as pidin prints it.
    var priorityText: String {
        switch policy {
        case 1: "\(realtimePriority)f"
        case 2: "\(realtimePriority)r"
        default: "\(priority)o"
        }
    }
}

/// Looks at `/proc`.
struct ProcessTable {
    private let ticksPerSecond: Double
    private let pageOctets: UInt64
    private let sinceStart: Double

    init() {
        ticksPerSecond = Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
        pageOctets = UInt64(max(1, sysconf(Int32(_SC_PAGESIZE))))
        sinceStart = Double(MonotonicClock.now()) / 1e9
    }

    /// Nil when there is no such process.
    func process(_ pid: Int32) -> ProcessFigures? {
        guard let line = FileSystem.text("/proc/\(pid)/stat").flatMap(StatLine.init) else { return nil }
        let words = (FileSystem.text("/proc/\(pid)/cmdline") ?? "").split(separator: "\0").map(String.init)
        return ProcessFigures(
            pid: pid, parent: line.parent, arguments: words.isEmpty ? [line.name] : words,
            residentMemory: line.residentPages &* pageOctets, virtualMemory: line.virtualMemory,
            uptime: max(0, sinceStart - Double(line.start) / ticksPerSecond), processorTime: Double(line.ticks) / ticksPerSecond,
            threads: threads(pid))
    }

    private func threads(_ pid: Int32) -> [ThreadFigures] {
        FileSystem.names(in: "/proc/\(pid)/task").compactMap { Int32($0) }.sorted().compactMap { tid in
            let folder = "/proc/\(pid)/task/\(tid)"
            guard let line = FileSystem.text("\(folder)/stat").flatMap(StatLine.init) else { return nil }
            let call = FileSystem.text("\(folder)/syscall")?.split(separator: " ").first.flatMap { Int($0) }
            // Whoever may not see the call may see the kernel's function, where the kernel tells it.
            let place = call == nil ? FileSystem.text("\(folder)/wchan") : nil
            var thread = ThreadFigures(tid: tid, name: line.name, state: ThreadState.name(line.state, call, place: place), priority: line.priorityText)
            (thread.processorTime, thread.processor) = (Double(line.ticks) / ticksPerSecond, line.processor)
            return thread
        }
    }

    /// `roots` and all their descendants, in order of process id.
    func family(of roots: Set<Int32>) -> [ProcessFigures] {
        var parents: [Int32: Int32] = [:]
        for pid in FileSystem.names(in: "/proc").compactMap({ Int32($0) }) {
            parents[pid] = FileSystem.text("/proc/\(pid)/stat").flatMap(StatLine.init)?.parent
        }
        let wanted = parents.keys.filter { pid in
            var (next, steps) = (pid, 0)
            while next > 0, steps < 64 {
                if roots.contains(next) { return true }
                (next, steps) = (parents[next] ?? 0, steps + 1)
            }
            return false
        }
        return wanted.sorted().compactMap(process)
    }

    /// The files that a process has open, by number.
    static func files(_ pid: Int32) -> [(number: Int, target: String)] {
        FileSystem.names(in: "/proc/\(pid)/fd").compactMap { Int($0) }.sorted().map { number in
            (number, Paths.link("/proc/\(pid)/fd/\(number)") ?? "?")
        }
    }
}

/// The states of QNX for those of Linux.
enum ThreadState {
    /// System calls by number: what a sleeping thread waits for.
    private static let calls: [Int: String] = {
        #if arch(x86_64)
            [232: "RECEIVE", 281: "RECEIVE", 441: "RECEIVE", 202: "CONDVAR", 7: "RECEIVE", 271: "RECEIVE", 47: "RECEIVE",
             45: "RECEIVE", 0: "RECEIVE", 35: "NANOSLEEP", 230: "NANOSLEEP", 61: "WAITTHREAD", 247: "WAITTHREAD", 46: "SEND",
             44: "SEND", 128: "SIGWAITINFO"]
        #elseif arch(arm64)
            [22: "RECEIVE", 441: "RECEIVE", 98: "CONDVAR", 73: "RECEIVE", 212: "RECEIVE", 207: "RECEIVE", 63: "RECEIVE",
             101: "NANOSLEEP", 115: "NANOSLEEP", 260: "WAITTHREAD", 95: "WAITTHREAD", 211: "SEND", 206: "SEND", 137: "SIGWAITINFO"]
        #else
            [:]
        #endif
    }()

    /// Calls whose first argument is the descriptor that is waited on.
    static func takesDescriptor(_ call: Int) -> Bool {
        #if arch(x86_64)
            [0, 44, 45, 46, 47, 232, 281, 441].contains(call)
        #elseif arch(arm64)
            [22, 63, 206, 207, 211, 212, 441].contains(call)
        #else
            false
        #endif
    }

    /// Beginnings of the names of the kernel's functions in which threads wait.
    private static let places = [
        ("futex", "CONDVAR"), ("ep_poll", "RECEIVE"), ("do_epoll", "RECEIVE"), ("do_poll", "RECEIVE"), ("poll_", "RECEIVE"), ("do_select", "RECEIVE"),
        ("unix_", "RECEIVE"), ("__skb_wait", "RECEIVE"), ("sk_wait", "RECEIVE"), ("pipe_", "RECEIVE"), ("anon_pipe", "RECEIVE"), ("eventfd", "RECEIVE"),
        ("hrtimer_nanosleep", "NANOSLEEP"), ("do_nanosleep", "NANOSLEEP"), ("do_wait", "WAITTHREAD"), ("do_sigtimedwait", "SIGWAITINFO"),
    ]

    /// - Parameter place: the kernel's function that it waits in, where the call is not known.
    static func name(_ letter: Character, _ call: Int?, place: String? = nil) -> String {
        switch letter {
        case "R": "RUNNING"
        case "D": "IO"
        case "T", "t": "STOPPED"
        case "Z", "X": "DEAD"
        default: call.flatMap { calls[$0] } ?? places.first { place?.hasPrefix($0.0) ?? false }?.1 ?? "SLEEPING"
        }
    }
}
