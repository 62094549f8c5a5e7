import Glibc
import Host
import NICModels

extension NICFailure {
    /// `what`, and which system call refused and why.
    static func system(_ what: String, _ failure: SystemError) -> NICFailure {
        .cannotStart("\(what): \(failure); free descriptors or memory and try again")
    }
}

/// Runs `body`; a system call that fails becomes the reason why `what` could not be had.
func need<Made: ~Copyable>(_ what: String, _ body: () throws(SystemError) -> Made) throws(NICFailure) -> Made {
    do { return try body() } catch { throw .system(what, error) }
}

/// Waits until one of `events` (POLLIN, POLLOUT, together if need be) holds on `descriptor`, or until the deadline.
///
/// - Returns: the events that hold, POLLHUP and POLLERR among them; 0 when the time is up.
func waitFor(_ events: Int32, on descriptor: Int32, until deadline: Deadline) -> Int32 {
    while !deadline.hasPassed {
        var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        // SAFETY: poll reads and writes the one entry that it is told of.
        let count = unsafe poll(&entry, 1, Int32(min(deadline.left / 1_000_000 + 1, 60_000)))
        if count > 0 { return Int32(entry.revents) }
        if count < 0 && errno != EINTR { return 0 }
    }
    return 0
}

/// How a read that does not wait went.
enum Filled: Equatable { case octets, nothing, closed }

/// Send flags: a peer that has closed is an error to handle, not a signal to die of.
let withoutSignal = Int32(MSG_NOSIGNAL)
