internal import Host

/// What `/proc` says of a process.
enum ProcessFigures {
    /// Octets in memory and number of threads; zeros when it is gone.
    static func of(_ pid: Int32) -> (resident: Int, threads: Int) {
        var resident = 0, threads = 0
        for line in (FileSystem.text("/proc/\(pid)/status") ?? "").split(separator: "\n") {
            let words = line.split { $0 == "\t" || $0 == " " || $0 == ":" }
            guard words.count > 1, let number = Int(words[1]) else { continue }
            if words[0] == "VmRSS" { resident = number * 1024 }
            if words[0] == "Threads" { threads = number }
        }
        return (resident, threads)
    }
}
