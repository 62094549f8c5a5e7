import Foundation

/// From the command to a stack that answers; from `mount` to an attached interface; what an idle instance keeps in memory.
enum Start {
    static func run(binary: String, driver: String, rounds: Int) throws -> [(String, Double)] {
        let shell = try Shell(binary: binary, driver: driver)
        defer { shell.close() }
        var ready: [Double] = [], mount: [Double] = [], memory: [Double] = []
        try shell.run(["nic", "add", "em-a", "sim:82540em"])
        defer { _ = try? shell.run(["nic", "remove", "em-a"], mayFail: true) }
        for _ in 0..<rounds {
            ready.append(try shell.run(["io-pkt-v6-hc", "-i2", "-ptcpip", "prefix=/bench"]).milliseconds)
            defer { _ = try? shell.run(["slay", "io-pkt-v6-hc"], sock: "/bench", mayFail: true) }
            memory.append(try residentMegabytes(shell))
            mount.append(try shell.run(["mount", "-Tio-pkt2", driver]).milliseconds)
        }
        return [("start.ready_ms_p50", ready.median), ("start.mount_ms_p50", mount.median), ("start.rss_mb", memory.median)]
    }

    /// Both processes of the instance: what each has alone, and its share of the pages that others map too (Pss).
    private static func residentMegabytes(_ shell: Shell) throws -> Double {
        let lock = try String(contentsOfFile: shell.folder + "/stack/bench/lock", encoding: .utf8)
        guard let supervisor = Int(lock.split(whereSeparator: \.isWhitespace).first ?? "") else { throw BenchFailure("no supervisor") }
        let children = try String(contentsOfFile: "/proc/\(supervisor)/task/\(supervisor)/children", encoding: .utf8)
        let pids = [supervisor] + children.split(separator: " ").compactMap { Int($0) }
        return pids.map { pid in Self.kilobytes(pid) }.reduce(0, +) / 1024
    }

    private static func kilobytes(_ pid: Int) -> Double {
        let text = (try? String(contentsOfFile: "/proc/\(pid)/smaps_rollup", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("Pss:") } ?? ""
        return Double(line.split(whereSeparator: { !$0.isNumber }).first ?? "0") ?? 0
    }
}
