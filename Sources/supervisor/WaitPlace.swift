internal import Host

/// Where a thread is that makes no progress, as far as the kernel tells.
enum WaitPlace {
    static func thread(_ pid: Int32) -> HangWatch.Thread {
        let times = (FileSystem.text("/proc/\(pid)/task/\(pid)/schedstat") ?? "").split { $0 == " " || $0 == "\n" }
        return HangWatch.Thread(
            delay: times.count > 1 ? UInt64(times[1]) ?? 0 : 0, isHeld: ["T", "t"].contains(state(pid)))
    }

    /// `R`, `S`, `D`, `T`, …; empty when it is gone. The name before it may contain anything.
    private static func state(_ pid: Int32) -> String {
        guard let stat = FileSystem.text("/proc/\(pid)/task/\(pid)/stat"), let end = stat.lastIndex(of: ")") else { return "" }
        return String(stat[end...].dropFirst(2).prefix(1))
    }

    /// `running`, or what it waits in: `waiting in hrtimer_nanosleep`, `waiting for the lock at 0x7f…, which thread 4711 holds`.
    static func sentence(_ pid: Int32) -> String {
        guard state(pid) != "R" else { return "running" }
        let words = (FileSystem.text("/proc/\(pid)/task/\(pid)/syscall") ?? "").split { $0 == " " || $0 == "\n" }
        if words.count > 1, Int(words[0]) == futex, let lock = UInt64(words[1].dropFirst(2), radix: 16) {
            return "waiting for the lock at 0x\(words[1].dropFirst(2))" + (owner(pid, lock).map { ", which thread \($0) holds" } ?? "")
        }
        let channel = FileSystem.text("/proc/\(pid)/task/\(pid)/wchan") ?? "0"
        if channel != "0", !channel.isEmpty { return "waiting in \(channel)" }
        return words.first.flatMap { Int($0) }.map { "waiting in system call \($0)" } ?? "waiting"
    }

    #if arch(x86_64)
    private static let futex = 202
    #else
    private static let futex = 98
    #endif

    /// The C library's mutex begins with the futex's word, its depth and its owner's number. A word that is no mutex has no thread there.
    private static func owner(_ pid: Int32, _ lock: UInt64) -> Int32? {
        guard let octets = try? ProcessMemory.read(pid, lock, 12), octets.count == 12 else { return nil }
        let tid = octets[8..<12].reversed().reduce(Int32(0)) { $0 << 8 | Int32($1) }
        return tid > 0 && FileSystem.exists("/proc/\(pid)/task/\(tid)") ? tid : nil
    }
}
