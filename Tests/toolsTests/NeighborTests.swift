import Messages
import Testing

@testable import tools

struct NeighborTests {
    let scratch = Scratch()

    private func stack() throws -> FakeStack {
        try FakeStack(in: scratch) { request in
            switch request {
            case .neighbors(.inet): .reply(.neighbors(Samples.neighbors))
            case .neighbors(.inet6): .reply(.neighbors(Samples.neighbors6))
            case .discovery: .reply(.discovery(DiscoveryReport(
                routers: [.init(address: "fe80::1%em0", interface: "em0", lifetime: 1790)],
                prefixes: [.init(prefix: "fd00::/64", interface: "em0", validLifetime: 2_592_000, preferredLifetime: nil)])))
            default: .reply(.done)
            }
        }
    }

    @Test func `arp lists who is where`() throws {
        let stack = try stack()
        defer { stack.end() }
        #expect(runTool("arp", ["-an"], in: scratch, sock: "/sock2").output == """
            ? (10.1.0.1) at 02:00:00:00:00:02 on em0 expires in 1199 s
            ? (10.1.0.9) at (incomplete) on em0
            ? (10.1.0.7) at 02:00:00:00:00:07 on em1 permanent

            """)
        #expect(runTool("arp", ["-a", "-i", "em1"], in: scratch, sock: "/sock2").output == "? (10.1.0.7) at 02:00:00:00:00:07 on em1 permanent\n")
        #expect(runTool("arp", ["10.1.0.8"], in: scratch, sock: "/sock2")
            == ToolRunOutcome(exit: 1, output: "10.1.0.8 -- no entry\n", complaint: ""))
    }

    @Test func `arp sets, deletes and flushes`() throws {
        let stack = try stack()
        defer { stack.end() }
        #expect(runTool("arp", ["-s", "10.1.0.1", "02:00:00:00:00:02", "temp"], in: scratch, sock: "/sock2").exit == 0)
        #expect(runTool("arp", ["-d", "10.1.0.1"], in: scratch, sock: "/sock2").exit == 0)
        #expect(runTool("arp", ["-d", "-a", "-i", "em0"], in: scratch, sock: "/sock2").exit == 0)
        #expect(stack.requests == [
            .setNeighbor(NeighborSetting(family: .inet, address: "10.1.0.1", linkAddress: "02:00:00:00:00:02", temporary: true)),
            .deleteNeighbor(.inet, address: "10.1.0.1", interface: nil), .flushNeighbors(.inet, interface: "em0"),
        ])
    }

    @Test func `ndp prints neighbours with their state, routers and prefixes`() throws {
        let stack = try stack()
        defer { stack.end() }
        #expect(runTool("ndp", ["-a"], in: scratch, sock: "/sock2").output == """
            Neighbor                        Linklayer Address Netif  Expire    S Flags
            fe80::1%em0                     02:00:00:00:00:02 em0    23h59m59s S R
            fd00::9                         (incomplete)      em0    2s        I

            """)
        #expect(runTool("ndp", ["-r"], in: scratch, sock: "/sock2").output == "fe80::1%em0 if=em0, expire=29m50s\n")
        #expect(runTool("ndp", ["-p"], in: scratch, sock: "/sock2").output == "fd00::/64 if=em0\n  vltime=30d00h00m00s, pltime=infinity\n")
    }

    @Test func `ndp sets, deletes and clears`() throws {
        let stack = try stack()
        defer { stack.end() }
        #expect(runTool("ndp", ["-s", "fd00::1", "02:00:00:00:00:02"], in: scratch, sock: "/sock2").exit == 0)
        #expect(runTool("ndp", ["-d", "fe80::1%em0"], in: scratch, sock: "/sock2").exit == 0)
        #expect(runTool("ndp", ["-c"], in: scratch, sock: "/sock2").exit == 0)
        #expect(stack.requests == [
            .setNeighbor(NeighborSetting(family: .inet6, address: "fd00::1", linkAddress: "02:00:00:00:00:02")),
            .deleteNeighbor(.inet6, address: "fe80::1%em0", interface: nil), .flushNeighbors(.inet6, interface: nil),
        ])
    }

    @Test(arguments: [
        ("arp", [], "arp: no address: give one, or -a for all; see: arp --help\n"),
        ("arp", ["fd00::1"], "arp: fd00::1: that is not an IPv4 address; as in: arp 10.1.0.1\n"),
        ("arp", ["-s", "10.1.0.1"], "arp: -s takes an address and a link address; as in: arp -s 10.1.0.1 02:00:00:00:00:01 [temp]\n"),
        ("ndp", ["-a", "-c"], "ndp: -a, -c, -r, -p, -d and -s exclude each other; see: ndp --help\n"),
        ("ndp", ["10.1.0.1"], "ndp: 10.1.0.1: that is not an IPv6 address; as in: ndp fe80::1%em0\n"),
    ])
    func `wrong words are refused in one line`(tool: String, words: [String], line: String) {
        #expect(runTool(tool, words, in: scratch) == ToolRunOutcome(exit: 64, output: "", complaint: line))
    }
}
