import Foundation
import Testing

/// Programs that measure and join wires.
@Suite(.serialized) struct WireProgramTests {
    /// A client that reads its input from a file.
    private func pipe(_ dock: ProgramDock, _ text: String, into command: String) throws -> String {
        let input = try dock.file("input", text)
        return try dock.dock.good("sh", "-c", "drydock run -- \(command) < \(input)", sock: "/sock2", seconds: 30)
    }

    @Test(.programs("nc")) func `netcat says and hears`() throws {
        let dock = try Programs.prepare()
        defer { dock.close() }
        let words = try dock.file("answer", "answered\n")
        let server = try dock.serve("sh", "-c", "nc -l -p 7000 < \(words)", port: 7000)
        #expect(try pipe(dock, "asked\n", into: "nc -q 2 10.8.0.1 7000") == "answered\n")
        #expect(eventually { server.outcome.out == "asked\n" }, "\(server.outcome.all)")
    }

    @Test(.programs("nc")) func `netcat says and hears by datagrams`() throws {
        let dock = try Programs.prepare()
        defer { dock.close() }
        let server = try dock.serve("nc", "-u", "-l", "-p", "7001", port: 7001, udp: true)
        _ = try pipe(dock, "a datagram\n", into: "nc -u -q 1 10.8.0.1 7001")
        #expect(eventually { server.outcome.out == "a datagram\n" }, "\(server.outcome.all)")
    }

    @Test(.programs("socat")) func `socat forks a child for each connection`() throws {
        let dock = try Programs.prepare()
        defer { dock.close() }
        _ = try dock.serve("socat", "TCP4-LISTEN:7002,reuseaddr,fork", "EXEC:tr a-z A-Z", port: 7002)
        for _ in 0..<3 { #expect(try pipe(dock, "echo\n", into: "socat -t 3 - TCP4:10.8.0.1:7002") == "ECHO\n") }
    }

    @Test(.programs("iperf3"), arguments: [[], ["-R"], ["-P", "8"], ["-u", "-b", "4M"], ["-u", "-b", "4M", "-R"]])
    func `iperf3 measures in every direction`(how: [String]) throws {
        let dock = try Programs.prepare()
        defer { dock.close() }
        _ = try dock.serve("iperf3", "-s", "-1", port: 5201)
        let said = try dock.dock.good(["drydock", "run", "--", "iperf3", "-c", "10.8.0.1", "-t", "1", "-J"] + how, sock: "/sock2", seconds: 60)
        let report = try #require(try JSONSerialization.jsonObject(with: Data(said.utf8)) as? [String: Any])
        let end = try #require(report["end"] as? [String: Any])
        let sum = try #require((end[how.contains("-u") ? "sum" : "sum_received"]) as? [String: Any])
        #expect((sum["bytes"] as? Double ?? 0) > 100_000, "\(said)")
    }

    @Test(.programs("dig", "dnsmasq")) func `dig asks dnsmasq by datagrams and by a stream`() throws {
        let dock = try Programs.prepare()
        defer { dock.close() }
        _ = try dock.serve("dnsmasq", "-d", "-C", "/dev/null", "--port=5353", "--no-resolv", "--no-hosts", "--address=/example.test/10.9.9.9",
                           "--listen-address=10.8.0.1", "--bind-interfaces", "-u", "root", port: 5353)
        for more in [[], ["+tcp"]] {
            let said = try dock.dock.good(["drydock", "run", "--", "dig", "+time=3", "+tries=2"] + more + ["@10.8.0.1", "-p", "5353", "www.example.test", "+short"],
                                          sock: "/sock2")
            #expect(said == "10.9.9.9\n", "\(more)")
        }
    }
}
