internal import CLinux
internal import Glibc

/// The `lock` of a folder: held while its instance lives, by every process that has the descriptor.
public enum FolderLock {
    static func path(_ folder: String) -> String { "\(folder)/lock" }

    /// Whether somebody lives in `folder`. Looks with a shared lock, which is let go at once.
    public static func isHeld(_ folder: String) -> Bool {
        guard let file = try? FileDescriptor.open(path(folder), O_RDONLY | O_NOFOLLOW) else { return false }
        return flock(file.raw, LOCK_SH | LOCK_NB) != 0
    }

    /// The process that wrote itself into the lock; it may be dead.
    public static func holder(_ folder: String) -> Int32? { FileSystem.text(path(folder), limit: 32).flatMap { Int32($0) } }

    /// Whether a process runs. One that has ended and whose parent has not asked for it yet does not.
    public static func isAlive(_ pid: Int32) -> Bool {
        guard pid > 0, kill(pid, 0) == 0 || Errno.last == .notPermitted else { return false }
        guard let process = try? ProcessHandle(pid) else { return false }
        return !process.waitForEnd(Deadline(in: .zero))
    }

    /// Takes a lock file, made where it is missing. - Returns: nil while somebody else has it.
    static func take(_ file: String) throws(SystemError) -> FileDescriptor? {
        let lock = try FileDescriptor.open(file, O_RDWR | O_CREAT | O_NOFOLLOW)
        guard flock(lock.raw, LOCK_EX | LOCK_NB) == 0 else { return nil }
        // The last owner may have removed the file between our open and our lock: then this one guards nothing.
        guard FileSystem.Identity(lock.raw) == FileSystem.Identity(path: file) else { return nil }
        return lock
    }

    /// Tries again for a short while: who holds it may be looking only, or dying.
    package static func take(_ file: String, _ deadline: Deadline) throws(SystemError) -> FileDescriptor? {
        while true {
            if let lock = try take(file) { return lock }
            if deadline.hasPassed { return nil }
            usleep(2000)
        }
    }
}
