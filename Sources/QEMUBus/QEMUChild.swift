import CLinux
import Glibc
import NICModels

/// A QEMU process of ours. It never outlives the thread that started it, however that ends.
final class QEMUChild {
    let processID: pid_t
    /// Readable once the process has ended.
    private let handle: Descriptor
    private var reaped = false

    /// Starts `path`; `descriptors` become 3, 4, … in the child, `output` its standard output and error.
    init(path: String, arguments: [String], descriptors: [Int32], output: Int32) throws(NICFailure) {
        // SAFETY: strdup makes private terminated copies, freed below when the child has its own.
        var words: [UnsafeMutablePointer<CChar>?] = unsafe ([path] + arguments).map { unsafe strdup($0) } + [nil]
        let child = unsafe clinux_spawn_bound(path, &words, descriptors, Int32(descriptors.count), output)
        let why = errno
        for unsafe word in unsafe words { unsafe free(word) }
        errno = why
        guard child > 0 else { throw .system("\(path) was not started") }
        processID = child
        handle = Descriptor(adopting: clinux_pidfd_open(child))
        guard handle.number >= 0 else {
            let failure = NICFailure.system("no handle of QEMU's process")
            end()
            throw failure
        }
    }

    deinit { end() }

    var descriptor: Int32 { handle.number }

    /// Whether the process is gone; does not wait.
    func hasEnded() -> Bool {
        guard !reaped else { return true }
        var status: Int32 = 0
        // SAFETY: the status word is ours.
        reaped = unsafe clinux_reap(processID, &status) == 1
        return reaped
    }

    /// Asks the kernel to end the process now, without waiting for it.
    func kill() {
        // Until it is reaped, the number cannot belong to another process.
        if !hasEnded() { Glibc.kill(processID, SIGKILL) }
    }

    /// Kills the process and reaps it; two seconds at most.
    func end() {
        kill()
        let deadline = monotonicNow() &+ 2_000_000_000
        while !hasEnded() && monotonicNow() < deadline {
            if handle.number >= 0 { _ = waitFor(POLLIN, on: handle.number, until: deadline) } else { usleep(1000) }
        }
    }
}
