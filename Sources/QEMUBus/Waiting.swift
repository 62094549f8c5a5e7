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

/// Waits until one of `events` (POLLIN, POLLOUT, together if need be) holds on `descriptor`, until `other` has something
/// to read, or until the deadline.
///
/// - Returns: the events that hold, POLLHUP and POLLERR among them, and whether `other` is readable; nothing when the
///   time is up.
func waitFor(_ events: Int32, on descriptor: Int32, orReading other: Int32? = nil, until deadline: Deadline) -> (events: Int32, other: Bool) {
    while !deadline.hasPassed {
        // A negative number is no entry. poll(2).
        var entries: [2 of pollfd] = [
            pollfd(fd: descriptor, events: Int16(events), revents: 0), pollfd(fd: other ?? -1, events: Int16(POLLIN), revents: 0),
        ]
        let patience = Int32(min(deadline.left / 1_000_000 + 1, 60_000))
        // SAFETY: an InlineArray of two entries is two of them in a row; poll reads and writes no more.
        let count = unsafe withUnsafeMutableBytes(of: &entries) { room in
            unsafe poll(room.assumingMemoryBound(to: pollfd.self).baseAddress, 2, patience)
        }
        if count > 0 { return (Int32(entries[0].revents), entries[1].revents != 0) }
        if count < 0 && errno != EINTR { break }
    }
    return (0, false)
}

/// How a read that does not wait went.
enum Filled: Equatable { case octets, nothing, closed }

/// Send flags: a peer that has closed is an error to handle, not a signal to die of.
let withoutSignal = Int32(MSG_NOSIGNAL)
