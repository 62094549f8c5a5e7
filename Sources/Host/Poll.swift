internal import CLinux
internal import Glibc

/// Waiting for one descriptor; for many there is `EventLoop`.
public enum Poll {
    /// - Returns: false when nothing came before the deadline. An end or error of the descriptor counts as something.
    public static func readable(_ raw: Int32, _ deadline: Deadline) -> Bool { wait(raw, Int16(POLLIN), deadline) }
    public static func writable(_ raw: Int32, _ deadline: Deadline) -> Bool { wait(raw, Int16(POLLOUT), deadline) }

    /// The same for either of two.
    public static func readable(_ raw: Int32, or other: Int32, _ deadline: Deadline) -> Bool {
        var watched = [pollfd(fd: raw, events: Int16(POLLIN), revents: 0), pollfd(fd: other, events: Int16(POLLIN), revents: 0)]
        return unsafe wait(&watched, 2, deadline)
    }

    private static func wait(_ raw: Int32, _ events: Int16, _ deadline: Deadline) -> Bool {
        var watched = pollfd(fd: raw, events: events, revents: 0)
        return unsafe wait(&watched, 1, deadline)
    }

    // SAFETY: `watched` has `number` elements for the length of the call.
    private static func wait(_ watched: UnsafeMutablePointer<pollfd>, _ number: nfds_t, _ deadline: Deadline) -> Bool {
        while true {
            let count = unsafe poll(watched, number, deadline.milliseconds)
            if count > 0 { return true }
            // A signal, or a wait longer than poll can express: begin again with what is left.
            if count < 0, Errno.last != .interrupted { return true }
            if deadline.hasPassed { return false }
        }
    }
}
