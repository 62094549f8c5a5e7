import Foundation
import Messages
import Testing

/// Full connections and such of question and answer, over a driver in a process of its own. What is heard is compared, octet by octet, by
/// the program that the benchmark uses (`Benchmarks/Peers/steady.c`).
@Suite(.serialized) struct IsolatedTrafficTests {
    /// Half of sixteen connections full, half in turns, between two stacks of which one's driver is isolated, while `disturb` runs.
    private func traffic(_ disturb: (Dock) throws -> Void) throws {
        let dock = try Dock()
        defer { dock.close() }
        try dock.good("nic", "add", "em-a", "sim:82540em", "--cable", "nic:em-b")
        try dock.good("nic", "add", "em-b", "sim:82540em")
        for (number, nic) in [(1, "em-a"), (2, "em-b")] {
            try dock.good("io-pkt-v4-hc", "-i\(number)", "-ptcpip", "prefix=/sock\(number)")
            let options = number == 1 ? "isolated,nic=\(nic)" : "nic=\(nic)"
            try dock.good("mount", "-Tio-pkt\(number)", "-o", options, try Drivers.path("e1000"), sock: "/sock\(number)")
            try dock.good("ifconfig", "em0", "10.9.0.\(number)/24", sock: "/sock\(number)")
        }
        #expect(try eventually { try dock.run("ping", "-c", "1", "-w", "1", "10.9.0.2", sock: "/sock1").status == 0 })
        let steady = dock.folder.appending(path: "steady").path()
        try dock.good("clang", "-O2", "-w", Dock.package.appending(path: "Benchmarks/Peers/steady.c").path(), "-o", steady, "-lpthread")
        let server = try dock.start(["drydock", "run", "--by", "notify", "--", steady, "serve", "10.9.0.2", "7900"], sock: "/sock2")
        #expect(try eventually { try dock.good("netstat", "-a", "-n", "-p", "tcp", sock: "/sock2").contains("LISTEN") }, "\(server.outcome.all)")
        let client = try dock.start(["drydock", "run", "--by", "notify", "--", steady, "ask", "10.9.0.2", "7900", "8", "8"], sock: "/sock1")
        #expect(eventually { client.outcome.out.contains("open") }, "\(client.outcome.all)")
        try disturb(dock)
        Foundation.kill(client.pid, SIGTERM)
        #expect(client.finish(within: 60), "\(client.outcome.all)")
        let said = client.outcome.out.split(separator: "\n").last ?? "", words = said.split(separator: " ")
        #expect(said.hasPrefix("lost 0 wrong 0 octets "), "\(client.outcome.all)")
        let octets = words.count > 7 ? Int(words[5]) ?? 0 : 0, exchanges = words.count > 7 ? Int(words[7]) ?? 0 : 0
        #expect(octets > 0 && exchanges > 0, "\(said)")
        server.kill()
    }

    @Test func `sixteen connections over an isolated driver end whole`() throws {
        try traffic { _ in Thread.sleep(forTimeInterval: 3) }
    }

    @Test func `sixteen connections outlive twenty deaths of their driver, and no octet is wrong`() throws {
        try traffic { dock in
            for _ in 0..<20 {
                // One that died young would be taken for hopeless.
                Thread.sleep(forTimeInterval: 0.25)
                try IsolatedDriverTests().kill(dock, sock: "/sock1")
            }
        }
    }
}
