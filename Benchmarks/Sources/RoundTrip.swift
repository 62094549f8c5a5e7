import Foundation

/// Round trips of `ping`: two stacks on two models, back to back, and the host kernel over a veth pair, in turns.
enum RoundTrip {
    static func run(binary: String, driver: String, rounds: Int) throws -> [(String, Double)] {
        let shell = try Shell(binary: binary, driver: driver)
        defer { shell.close() }
        try harbour(shell)
        defer { take(down: shell) }
        let kernel = try? Veth(shell)
        defer { kernel?.close() }
        var ours: [Double] = [], theirs: [Double] = []
        for _ in 0..<rounds {
            ours += times(try shell.run(["ping", "-c", "200", "-i", "0.002", "10.1.0.1"], sock: "/two").text)
            if let kernel { theirs += times(try kernel.ping()) }
        }
        var figures = [("path.ping_us_p50", ours.median * 1000), ("path.ping_us_p99", ours.percentile(99) * 1000)]
        if !theirs.isEmpty {
            figures += [("path.ping_kernel_us_p50", theirs.median * 1000), ("path.ping_kernel_us_p99", theirs.percentile(99) * 1000)]
        }
        return figures
    }

    private static func harbour(_ shell: Shell) throws {
        try shell.run(["nic", "add", "em-a", "sim:82540em", "--cable", "nic:em-b"])
        try shell.run(["nic", "add", "em-b", "sim:82540em"])
        for (number, name, nic) in [(1, "one", "em-b"), (2, "two", "em-a")] {
            try shell.run(["io-pkt-v6-hc", "-i\(number)", "-ptcpip", "prefix=/\(name)"])
            try shell.run(["mount", "-Tio-pkt\(number)", "-o", "nic=\(nic)", shell.driver])
            try shell.run(["ifconfig", "em0", "10.1.0.\(number)/24"], sock: "/\(name)")
        }
        try shell.run(["if_up", "-l", "em0"], sock: "/two")
        try shell.run(["ping", "-c", "3", "-i", "0.1", "10.1.0.1"], sock: "/two")
    }

    private static func take(down shell: Shell) {
        for name in ["one", "two"] { _ = try? shell.run(["slay", "io-pkt-v6-hc"], sock: "/\(name)", mayFail: true) }
        for name in ["em-a", "em-b"] { _ = try? shell.run(["nic", "remove", name], mayFail: true) }
    }

    /// Milliseconds from lines like `64 bytes from 10.1.0.1: icmp_seq=0 ttl=64 time=0.123 ms`.
    private static func times(_ text: String) -> [Double] {
        text.split(separator: "\n").compactMap { line in
            guard let range = line.range(of: "time=") else { return nil }
            return Double(line[range.upperBound...].prefix { $0.isNumber || $0 == "." })
        }
    }
}

/// Two network namespaces of our own, joined by a veth pair: the host kernel's path.
final class Veth {
    private let names: (String, String)
    private let shell: Shell

    init(_ shell: Shell) throws {
        self.shell = shell
        names = ("dd-bench-a\(getpid())", "dd-bench-b\(getpid())")
        guard getuid() == 0 else { throw BenchFailure("namespaces need root") }
        try shell.run(["ip", "netns", "add", names.0])
        try shell.run(["ip", "netns", "add", names.1])
        try shell.run(["ip", "-n", names.0, "link", "add", "v0", "type", "veth", "peer", "name", "v1", "netns", names.1])
        for (space, link, address) in [(names.0, "v0", "10.9.0.1/24"), (names.1, "v1", "10.9.0.2/24")] {
            try shell.run(["ip", "-n", space, "addr", "add", address, "dev", link])
            try shell.run(["ip", "-n", space, "link", "set", link, "up"])
        }
    }

    func ping() throws -> String {
        try shell.run(["ip", "netns", "exec", names.0, "/bin/ping", "-c", "200", "-i", "0.002", "10.9.0.2"]).text
    }

    func close() {
        for name in [names.0, names.1] { _ = try? shell.run(["ip", "netns", "del", name], mayFail: true) }
    }
}
