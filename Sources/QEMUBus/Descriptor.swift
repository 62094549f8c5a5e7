import CLinux
import Glibc
import NICModels

/// A file descriptor that closes itself.
struct Descriptor: ~Copyable {
    let number: Int32

    init(adopting number: Int32) { self.number = number }
    deinit { close(number) }

    /// A descriptor over `octets`, at offset 0, in memory of its own: a file that has no name.
    static func memory(_ name: String, _ octets: [UInt8]) throws(NICFailure) -> Descriptor {
        let closeOnExec: UInt32 = 1  // MFD_CLOEXEC
        let file = Descriptor(adopting: unsafe clinux_memfd_create(name, closeOnExec))
        guard file.number >= 0 else { throw .system("no memory file for QEMU's ROM") }
        // SAFETY: write reads the array's octets only, and keeps no pointer.
        let written = unsafe write(file.number, octets, octets.count)
        guard written == octets.count else { throw .system("QEMU's ROM was not written") }
        return file
    }
}

/// Two connected descriptors: ours, which never blocks, and the one that the child inherits.
struct DescriptorPair: ~Copyable {
    let ours: Descriptor
    let theirs: Descriptor

    /// A stream socket pair: nothing in the file system, nobody else can connect.
    static func sockets() throws(NICFailure) -> DescriptorPair {
        var ends: [Int32] = [-1, -1]
        // SAFETY: socketpair fills the two elements that the array has.
        guard unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw .system("no socket pair for QEMU")
        }
        _ = clinux_fcntl(ends[0], F_SETFL, Int(O_NONBLOCK))
        return DescriptorPair(ours: Descriptor(adopting: ends[0]), theirs: Descriptor(adopting: ends[1]))
    }

    /// A pipe that the child writes. Its end does not block: a log that nobody reads loses lines, QEMU never waits.
    static func log() throws(NICFailure) -> DescriptorPair {
        var ends: [Int32] = [-1, -1]
        // SAFETY: clinux_pipe fills the two elements that the array has.
        guard unsafe clinux_pipe(&ends, 1 << 18) == 0 else { throw .system("no pipe for QEMU's log") }
        return DescriptorPair(ours: Descriptor(adopting: ends[0]), theirs: Descriptor(adopting: ends[1]))
    }

    /// Gives the child's end up (closes it here) and keeps ours.
    consuming func keepOurs() -> Descriptor { ours }
}

extension NICFailure {
    /// `what`, and why the system call just made refused.
    static func system(_ what: String) -> NICFailure {
        // SAFETY: strerror returns a terminated string that lives until the next call on this thread.
        .cannotStart("\(what): \(unsafe String(cString: strerror(errno))); free descriptors or memory and try again")
    }
}

/// Monotonic nanoseconds, as `NICBackend.service` is told them.
func monotonicNow() -> UInt64 {
    var time = timespec()
    // SAFETY: clock_gettime fills the structure that it is handed.
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
}

/// Waits until one of `events` (POLLIN, POLLOUT) holds on `descriptor`, or until `deadline` in monotonic nanoseconds.
///
/// - Returns: the events that hold, POLLHUP and POLLERR among them; 0 when the time is up.
func waitFor(_ events: Int32, on descriptor: Int32, until deadline: UInt64) -> Int32 {
    while true {
        let now = monotonicNow()
        guard now < deadline else { return 0 }
        var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        // SAFETY: poll reads and writes the one entry that it is told of.
        let count = unsafe poll(&entry, 1, Int32(min((deadline - now) / 1_000_000 + 1, 60_000)))
        if count > 0 { return Int32(entry.revents) }
        if count < 0 && errno != EINTR { return 0 }
    }
}

/// How a read that does not wait went.
enum Filled: Equatable { case octets, nothing, closed }

/// Send flags: a peer that has closed is an error to handle, not a signal to die of.
let withoutSignal = Int32(MSG_NOSIGNAL)
