import Foundation
import Testing

/// A crash of one instance touches nothing else.
@Suite(.serialized) struct IsolationTests {
    /// Traffic of the stack that must not notice: numbered pings to a built-in peer.
    @Test func `200 deaths at random points under traffic touch nothing else`() throws {
        let dock = try Dock()
        defer { dock.close() }
        try dock.good("nic", "add", "em-s", "sim:82540em", "--cable", "peer:10.3.0.9/24")
        try dock.good("nic", "add", "em-v", "sim:82540em", "--cable", "peer:10.4.0.9/24")
        try dock.good("io-pkt-v6-hc", "-ptcpip", "prefix=/steady")
        try dock.good("mount", "-Tio-pkt", "-o", "nic=em-s", try Drivers.path("e1000"), sock: "/steady")
        try dock.good("ifconfig", "em0", "10.3.0.1/24", sock: "/steady")
        try dock.good("if_up", "-l", "em0", sock: "/steady")
        try dock.good("ping", "-c", "1", "-w", "5", "10.3.0.9", sock: "/steady")
        let traffic = try dock.start(["ping", "-i", "0.02", "-n", "10.3.0.9"], sock: "/steady")
        var random = SystemRandomNumberGenerator()
        var victims = 0
        // Two NICs, the steady stack's two processes, and its traffic.
        let living = 5
        for round in 0..<200 {
            try victim(dock, round: round, &random)
            victims += 1
        }
        #expect(victims == 200)
        // No process is left of the dead instances; the steady one has lost nothing.
        #expect(eventually(within: 10) { dock.processes().count <= living })
        traffic.interrupt()
        #expect(traffic.finish(within: 5))
        #expect(traffic.outcome.out.contains(" 0% packet loss"), "\(traffic.outcome.out.suffix(300))")
        let memory = try dock.good("netstat", "-m", sock: "/steady")
        #expect(!memory.isEmpty)
        // The same commands work again at once.
        try start(dock)
        try dock.good("if_up", "-l", "em0", sock: "/victim")
        let again = try dock.good("ping", "-c", "2", "-i", "0.1", "-w", "5", "10.4.0.9", sock: "/victim")
        #expect(again.contains(" 0% packet loss"), "\(again)")
    }

    func start(_ dock: Dock) throws {
        try dock.good("io-pkt-v6-hc", "-i7", "-ptcpip", "prefix=/victim")
        try dock.good("mount", "-Tio-pkt7", "-o", "nic=em-v", try Drivers.path("e1000"))
        try dock.good("ifconfig", "em0", "10.4.0.1/24", sock: "/victim")
    }

    /// Starts the victim, gives it traffic, and kills its stack (or, one time in four, its supervisor) somewhere in it.
    func victim(_ dock: Dock, round: Int, _ random: inout SystemRandomNumberGenerator) throws {
        try start(dock)
        let ping = try dock.start(["ping", "-f", "-c", "2000", "-w", "2", "10.4.0.9"], sock: "/victim")
        Thread.sleep(forTimeInterval: Double.random(in: 0.01...0.1, using: &random))
        let pids = try dock.instancePids("victim")
        kill(round % 4 == 3 ? pids.supervisor : pids.stack, SIGKILL)
        #expect(ping.finish(within: 10), "a client of a dead stack is released")
        let gone = eventually(within: 5) { Dock.isGone(pids.stack) && Dock.isGone(pids.supervisor) }
        #expect(gone, "round \(round): both processes of the instance are gone")
    }

    @Test func `a client of a stack that hangs is seen, and released when the stack dies`() throws {
        let dock = try Dock()
        defer { dock.close() }
        try dock.good("io-pkt-v6-hc", "-i7", "-ptcpip", "prefix=/victim")
        let stack = try dock.instancePids("victim").stack
        kill(stack, SIGSTOP)
        let client = try dock.start(["ifconfig", "-a"], sock: "/victim")
        #expect(try eventually(within: 4) {
            let line = try dock.good("pidin").split(separator: "\n").first { $0.contains("ifconfig") }
            return line?.contains("REPLY") == true && line?.contains("\(stack)") == true
        })
        // Its threads are seen without it: state, processor, and how much of which stack is in use.
        struct Census: Decodable {
            struct Process: Decodable { var pid: Int32, threads: [Thread] }
            struct Thread: Decodable { var tid: Int32, state: String, processor: Int, processorTime: Double, stack: Stack? }
            struct Stack: Decodable { var size: UInt64, current: UInt64, deepest: UInt64 }
            var processes: [Process]
        }
        let census = try JSONDecoder().decode(Census.self, from: Data(dock.good("pidin", "--json").utf8))
        let loop = try #require(census.processes.first { $0.pid == stack }?.threads.first { $0.tid == stack })
        let use = try #require(loop.stack)
        #expect(loop.state == "STOPPED" && loop.processorTime >= 0 && use.current > 0 && use.current <= use.size && use.deepest >= 4096, "\(loop)")
        kill(stack, SIGKILL)
        #expect(client.finish(within: 5))
        #expect(client.outcome.status != 0 && client.outcome.err.contains("/victim"), "\(client.outcome.err)")
    }

    @Test func `a NIC whose claimant died is quiet, and can be claimed again at once`() throws {
        let dock = try Dock()
        defer { dock.close() }
        try dock.good("nic", "add", "em-v", "sim:82540em", "--cable", "peer:10.4.0.9/24")
        try start(dock)
        kill(try dock.instancePids("victim").stack, SIGKILL)
        #expect(try eventually { try dock.good("nic", "show", "em-v").contains("stack none") })
        #expect(try eventually { try dock.run("io-pkt-v6-hc", "-i7", "-ptcpip", "prefix=/victim").status == 0 })
        try dock.good("mount", "-Tio-pkt7", "-o", "nic=em-v", try Drivers.path("e1000"))
    }
}

extension Dock {
    /// The two processes of an instance, by their lock and their parentage.
    func instancePids(_ name: String) throws -> (supervisor: Int32, stack: Int32) {
        let lock = try String(contentsOf: folder.appending(path: "stack/\(name)/lock"), encoding: .utf8)
        guard let supervisor = Int32(lock.split(whereSeparator: \.isWhitespace).first ?? ""),
              let children = try? String(contentsOfFile: "/proc/\(supervisor)/task/\(supervisor)/children", encoding: .utf8),
              // A crash's writer is a child of the supervisor, too.
              let stack = children.split(separator: " ").last(where: Self.isStack).flatMap({ Int32($0) }) else {
            throw Problem("instance \(name) has no processes")
        }
        return (supervisor, stack)
    }

    private static func isStack(_ pid: Substring) -> Bool {
        (try? String(contentsOfFile: "/proc/\(pid)/comm", encoding: .utf8))?.hasPrefix("drydock-netd") == true
    }
}
