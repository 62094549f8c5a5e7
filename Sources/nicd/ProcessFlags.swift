internal import CLinux
internal import Glibc
internal import Host

/// The few calls that a daemon makes on itself.
enum ProcessFlags {
    static let freshLog = O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_NOFOLLOW

    /// Nobody has to reap this process from now on. Call it first in `main`. A broken pipe is an error, not an end.
    static func becomeDaemon() -> Bool {
        _ = signal(SIGPIPE, SIG_IGN)
        return clinux_detach() == 0
    }

    static var ownPID: Int32 { getpid() }

    /// Whether there is a process of that number, whoever's it is.
    static func isAlive(_ pid: Int32) -> Bool { pid > 0 && (kill(pid, 0) == 0 || errno == EPERM) }

    /// A line on standard error.
    static func complain(_ text: String) {
        write(text + "\n", to: 2)
    }

    /// What cannot be written is lost: there is nobody to tell.
    static func write(_ text: String, to raw: Int32) {
        let octets = Array(text.utf8)
        _ = unsafe Glibc.write(raw, octets, octets.count)
    }

    /// What goes to standard output and error (a crash message of the runtime) lands in the log.
    static func redirectOutput(to raw: Int32) {
        _ = dup2(raw, 1)
        _ = dup2(raw, 2)
    }
}

/// Descriptors to wait for, with nanosecond time-outs. Rebuilt for each wait: the set is small and changes often, and
/// nothing can be left in it that was closed.
struct WaitSet {
    private var entries: [pollfd] = []

    mutating func clear() { entries.removeAll(keepingCapacity: true) }

    mutating func add(_ descriptor: Int32, forWriting: Bool = false) {
        entries.append(pollfd(fd: descriptor, events: Int16(forWriting ? POLLIN | POLLOUT : POLLIN), revents: 0))
    }

    /// - Parameter nanoseconds: 0 looks only; nil waits until something comes.
    mutating func wait(nanoseconds: UInt64?) {
        let limit = nanoseconds.map { Int64(min($0, 3_600_000_000_000)) } ?? -1
        let count = unsafe clinux_poll(&entries, UInt32(entries.count), limit)
        if count < 0 { for index in entries.indices { entries[index].revents = 0 } }
    }

    /// Whether anything came for entries `range`, in the order of `add`.
    func isReady(_ range: Range<Int>) -> Bool { entries[range].contains { $0.revents != 0 } }
    var count: Int { entries.count }
}
