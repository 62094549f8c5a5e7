internal import CLinux
internal import Glibc
package import Host

/// A process that stands still for as long as this value lives: all of its threads, held by ptrace.
///
/// One of our descendants, or one of our user where the system allows that, or any for root. All of its use is one thread's:
/// the kernel gives the right to the thread that attached. The process goes on when this value goes, or when we die.
///
/// - Source: ptrace(2), PTRACE_SEIZE.
package struct StoppedProcess: ~Copyable {
    package struct Held: Equatable, Sendable {
        package let tid: Int32
        /// A signal that it was about to take, and takes when it goes on; 0: none.
        let signal: Int32
    }

    package let pid: Int32
    package let threads: [Held]
    /// When it was asked to stand, monotonic nanoseconds.
    package let since = MonotonicClock.now()
    private let memory: FileDescriptor

    /// Stops every thread, those that are made meanwhile too.
    ///
    /// - Parameter patience: for all of them together. A thread that the kernel does not let go of, as in an uninterruptible
    ///   wait, is then left out.
    /// - Throws: `.noProcess`, or `.notPermitted` when it may not be held.
    package init(_ pid: Int32, within patience: Duration = .seconds(1)) throws(SystemError) {
        let pages = try FileDescriptor.open("/proc/\(pid)/pagemap", O_RDONLY)
        threads = try Self.hold(pid, Deadline(in: patience))
        memory = pages
        self.pid = pid
    }

    /// Holds threads until no new one is found. On a failure all go on.
    private static func hold(_ pid: Int32, _ deadline: Deadline) throws(SystemError) -> [Held] {
        var known: Set<Int32> = [], held: [Held] = []
        while true {
            let fresh = FileSystem.names(in: "/proc/\(pid)/task").compactMap(Int32.init).filter { !known.contains($0) }
            guard !fresh.isEmpty else { break }
            known.formUnion(fresh)
            var asked: [Int32] = [], failure: SystemError?
            for tid in fresh {
                // A thread may end before it is held; what may not be held at all is said.
                if clinux_trace_hold(tid) == 0 { asked.append(tid) } else if Errno.last != .noProcess { failure = .last("ptrace") }
            }
            for tid in asked { held.append(Held(tid: tid, signal: wait(tid, deadline))) }
            if let failure {
                for thread in held { clinux_trace_let_go(pid, thread.tid, thread.signal) }
                throw failure
            }
        }
        guard !held.isEmpty else { throw SystemError("ptrace", .noProcess) }
        return held
    }

    deinit { for thread in threads { clinux_trace_let_go(pid, thread.tid, thread.signal) } }

    /// Waits until a thread stands. - Returns: the signal that it is to have later.
    private static func wait(_ tid: Int32, _ deadline: Deadline) -> Int32 {
        var signal: Int32 = 0, pause: UInt32 = 20
        while unsafe clinux_trace_stands(tid, &signal) == 0, !deadline.hasPassed {
            usleep(pause)
            pause = min(pause * 2, 2000)
        }
        return signal
    }

    /// A set of a thread's registers, by the type of its note; empty when there is none.
    package borrowing func registers(_ tid: Int32, _ type: Int) -> [UInt8] {
        var room = [UInt8](repeating: 0, count: 16384)
        let octets = unsafe room.withUnsafeMutableBytes { unsafe clinux_trace_registers(tid, UInt32(type), $0.baseAddress!, $0.count) }
        return Array(room.prefix(max(octets, 0)))
    }

    /// Up to `count` octets at `address`; fewer where the memory ends.
    package borrowing func read(_ address: UInt64, _ count: Int) -> [UInt8] {
        var room = [UInt8](repeating: 0, count: count)
        let got = unsafe room.withUnsafeMutableBytes { unsafe read(address, into: $0) }
        return Array(room.prefix(max(got, 0)))
    }

    /// Octets that were read, or -1.
    package borrowing func read(_ address: UInt64, into room: UnsafeMutableRawBufferPointer) -> Int {
        var piece = unsafe clinux_their_piece(address, UInt64(room.count))
        return unsafe clinux_program_read(pid, &piece, 1, room.baseAddress, room.count)
    }

    /// The mappings, in order of address.
    package borrowing func mappings() throws(SystemError) -> [Mapping] {
        Mapping.all(try FileDescriptor.open("/proc/\(pid)/maps", O_RDONLY).readAll(limit: 32 << 20))
    }

    /// Which pages of a mapping have contents; of one that is no reservation.
    package borrowing func pages(_ mapping: Mapping) -> PageMap {
        let count = Int(mapping.octets / PageMap.pageOctets)
        var entries = [UInt64](repeating: 0, count: count)
        let got = unsafe entries.withUnsafeMutableBytes {
            unsafe pread(memory.raw, $0.baseAddress, $0.count, off_t(mapping.range.lowerBound / PageMap.pageOctets * 8))
        }
        return got == count * 8 ? PageMap(entries: entries) : PageMap(unknownPages: count)
    }

    /// A file of `/proc/PID`, at most 64 KiB; empty when it cannot be read.
    package borrowing func file(_ name: String) -> [UInt8] {
        (try? FileDescriptor.open("/proc/\(pid)/\(name)", O_RDONLY).readAll(limit: 65536)) ?? []
    }
}
