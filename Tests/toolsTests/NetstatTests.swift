import Messages
import Testing

@testable import tools

struct NetstatTests {
    let scratch = Scratch()

    private func stack() throws -> FakeStack {
        try FakeStack(in: scratch) { request in
            switch request {
            case .interfaces: .reply(.interfaces([Samples.lo0, Samples.em0]))
            case .routes: .reply(.routes(Samples.routes))
            case .memory: .reply(.memory(MemoryReport(
                pools: [.init(slotOctets: 2048, slots: 1024, owners: ["free": 1000, "driver": 20, "stack": 4])], exhausted: 3)))
            case .statistics: .reply(.statistics([
                StatisticsGroup(name: "ip", counters: [.init(name: "packets received", value: 12), .init(name: "bad checksums", value: 0)]),
                StatisticsGroup(name: "udp", counters: [.init(name: "datagrams received", value: 5)]),
            ]))
            case .sockets: .reply(.sockets([
                SocketReport(id: 1, protocol: "udp", local: SocketAddress(address: "0.0.0.0", port: 7), remote: nil, receiveQueue: 0,
                             sendQueue: 0, dropped: 0, pid: 4711),
                SocketReport(id: 2, protocol: "icmp", local: SocketAddress(address: "10.1.0.2"),
                             remote: SocketAddress(address: "10.1.0.1", port: 9), receiveQueue: 12, sendQueue: 0, dropped: 1, pid: 4712),
                SocketReport(id: 3, protocol: "tcp", local: SocketAddress(address: "0.0.0.0", port: 80), remote: nil, receiveQueue: 0,
                             sendQueue: 128, dropped: 0, pid: 4711, state: "LISTEN"),
                SocketReport(id: 4, protocol: "tcp", local: SocketAddress(address: "10.1.0.2", port: 80),
                             remote: SocketAddress(address: "10.1.0.1", port: 49152), receiveQueue: 5, sendQueue: 0, dropped: 0, pid: 4711,
                             state: "ESTABLISHED", connection: ConnectionReport()),
                SocketReport(id: 0, protocol: "tcp", local: SocketAddress(address: "10.1.0.2", port: 80),
                             remote: SocketAddress(address: "10.1.0.1", port: 49151), receiveQueue: 0, sendQueue: 0, dropped: 0, pid: 0,
                             state: "TIME_WAIT"),
            ]))
            default: .reply(.done)
            }
        }
    }

    @Test func `interfaces print one line a link and one an address`() throws {
        let stack = try stack()
        defer { stack.end() }
        #expect(runTool("netstat", ["-in"], in: scratch, sock: "/sock2").output == """
            Name  Mtu   Network            Address                       Ipkts  Ierrs  Idrop     Opkts  Oerrs  Odrop  Colls
            lo0   33192 <Link>                                               0      0      0         0      0      0      0
            lo0   33192 127.0.0.0/8        127.0.0.1                         0      0      0         0      0      0      0
            em0   1500  <Link>             02:00:00:00:00:01                12      0      1         7      0      0      0
            em0   1500  10.1.0.0/24        10.1.0.2                         12      0      1         7      0      0      0
            em0   1500  10.1.0.3/32        10.1.0.3                         12      0      1         7      0      0      0
            em0   1500  fe80::/64          fe80::ff:fe00:1%em0              12      0      1         7      0      0      0

            """)
        #expect(runTool("netstat", ["-ib", "-I", "lo0"], in: scratch, sock: "/sock2").output == """
            Name  Mtu   Network            Address                         Ibytes       Obytes
            lo0   33192 <Link>                                                  0            0
            lo0   33192 127.0.0.0/8        127.0.0.1                            0            0

            """)
    }

    @Test func `routes are the table of route`() throws {
        let stack = try stack()
        defer { stack.end() }
        #expect(runTool("netstat", ["-rn"], in: scratch, sock: "/sock2").output == RouteTests.table)
        #expect(runTool("netstat", ["-r", "-f", "inet6"], in: scratch, sock: "/sock2").exit == 0)
        #expect(stack.requests == [.routes(nil), .routes(.inet6)])
    }

    @Test func `counters print by protocol, and given twice without zeros`() throws {
        let stack = try stack()
        defer { stack.end() }
        #expect(runTool("netstat", ["-s"], in: scratch, sock: "/sock2").output
            == "ip:\n\t12 packets received\n\t0 bad checksums\nudp:\n\t5 datagrams received\n")
        #expect(runTool("netstat", ["-ss", "-p", "ip"], in: scratch, sock: "/sock2").output == "ip:\n\t12 packets received\n")
        #expect(runTool("netstat", ["-s", "-p", "tcp"], in: scratch, sock: "/sock2")
            == ToolRunOutcome(exit: 1, output: "", complaint: "netstat: -p tcp: no such protocol; this stack counts: ip, udp\n"))
    }

    @Test func `memory prints slots by owner`() throws {
        let stack = try stack()
        defer { stack.end() }
        #expect(runTool("netstat", ["-m"], in: scratch, sock: "/sock2").output == """
             octets   slots    free   stack  driver  device  socket
               2048    1024    1000       4      20       0       0
            3 times a slot was wanted and none was free

            """)
    }

    @Test func `sockets print in BSD's columns`() throws {
        let stack = try stack()
        defer { stack.end() }
        #expect(runTool("netstat", ["-an"], in: scratch, sock: "/sock2").output == """
            Active Internet connections (including servers)
            Proto Recv-Q Send-Q  Local Address                Foreign Address              (state)      Dropped     PID
            udp        0      0  *.7                          *.*                                             0    4711
            icmp      12      0  10.1.0.2.*                   10.1.0.1.9                                      1    4712
            tcp        0    128  *.80                         *.*                          LISTEN             0    4711
            tcp        5      0  10.1.0.2.80                  10.1.0.1.49152               ESTABLISHED        0    4711
            tcp        0      0  10.1.0.2.80                  10.1.0.1.49151               TIME_WAIT          0       -

            """)
        let connected = runTool("netstat", [], in: scratch, sock: "/sock2").output
        #expect(!connected.contains("udp") && !connected.contains("LISTEN") && !connected.contains("TIME_WAIT"))
        #expect(connected.contains("ESTABLISHED"))
        #expect(runTool("netstat", ["-a", "-p", "tcp"], in: scratch, sock: "/sock2").output.split(separator: "\n").count == 5)
    }

    @Test func `watching prints differences, as often as wanted`() throws {
        let stack = try stack()
        defer { stack.end() }
        let run = runTool("netstat", ["-I", "em0", "-w", "0.1", "-q", "2"], in: scratch, sock: "/sock2")
        let head = """
                      em0 in                 em0 out         total in               total out
              packets   errs   packets   errs  colls   packets   errs   packets   errs  colls

            """
        let row = "        0      0         0      0      0         0      0         0      0      0\n"
        #expect(run == ToolRunOutcome(exit: 0, output: head + row + row, complaint: ""))
    }

    @Test func `a counter that began anew counts from zero`() {
        var old = InterfaceCounters(), new = InterfaceCounters()
        (old.packetsIn, new.packetsIn) = (100, 7)
        (old.packetsOut, new.packetsOut) = (100, 130)
        let difference = new.since(old)
        #expect(difference.packetsIn == 7 && difference.packetsOut == 30)
    }

    @Test(arguments: [
        (["-w", "0"], "netstat: -w 0.0: give 0.1 to 86400 seconds; see: netstat --help\n"),
        (["-f", "ipx"], "netstat: -f ipx: the families are inet and inet6; see: netstat --help\n"),
        (["-r", "-m"], "netstat: -i, -r, -s and -m exclude each other; see: netstat --help\n"),
    ])
    func `wrong words are refused in one line`(words: [String], line: String) {
        #expect(runTool("netstat", words, in: scratch) == ToolRunOutcome(exit: 64, output: "", complaint: line))
    }
}
