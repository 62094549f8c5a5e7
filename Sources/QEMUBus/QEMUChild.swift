import CLinux
import Glibc
import Host
import NICModels

/// A QEMU process of ours. It never outlives the thread that started it, however that ends.
final class QEMUChild {
    private let handle: ProcessHandle
    /// How the process ended; nil while it runs.
    private(set) var ending: Ending?

    /// Starts `path`; `descriptors` become 3, 4, … in the child, `output` its standard output and error.
    init(path: String, arguments: [String], descriptors: [Int32], output: Int32) throws(NICFailure) {
        // SAFETY: strdup makes private terminated copies, freed below when the child has its own.
        var words: [UnsafeMutablePointer<CChar>?] = unsafe ([path] + arguments).map { unsafe strdup($0) } + [nil]
        let child = unsafe clinux_spawn_bound(path, &words, descriptors, Int32(descriptors.count), output)
        let why = Errno.last
        for unsafe word in unsafe words { unsafe free(word) }
        guard child > 0 else { throw .system("\(path) was not started", SystemError("exec", why)) }
        do { handle = try ProcessHandle(child) } catch {
            // Not reaped yet, so the number is still its own.
            kill(child, SIGKILL)
            waitpid(child, nil, 0)
            throw .system("no handle of QEMU's process", error)
        }
    }

    deinit { end() }

    var processID: Int32 { handle.pid }
    /// Readable once the process has ended.
    var descriptor: Int32 { handle.raw }

    /// Whether the process is gone; does not wait.
    func hasEnded() -> Bool {
        if ending == nil { ending = handle.reap() }
        return ending != nil
    }

    /// The process's own part in a closed socket, in words: it closes them a moment before it can be reaped.
    var partInIt: String {
        if !hasEnded(), handle.waitForEnd(Deadline(in: .milliseconds(100))) { _ = hasEnded() }
        return switch ending {
        case .exited(let code): "exit code \(code)"
        case .killed(let signal): "killed by \(signal)"
        case .unknown: "reaped by somebody else"
        case nil: "its process still runs"
        }
    }

    /// Kills the process: it has nothing to save. Waits for its end, unless told not to, for two seconds at most.
    func end(waiting: Bool = true) {
        guard !hasEnded() else { return }
        do { try handle.signal(Signal(rawValue: SIGKILL)) } catch { /* It has just ended by itself. */ }
        guard waiting else { return }
        // The kernel takes at most this long to close what the process held; a report that comes later is taken later.
        if handle.waitForEnd(Deadline(in: .seconds(2))) { _ = hasEnded() }
    }
}
