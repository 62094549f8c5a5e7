import Messages
import Testing

@testable import tools

struct NicinfoTests {
    let scratch = Scratch()

    static let page = """
        em0:
          Intel 82540EM Gigabit Ethernet Controller

          Driver ..................................... e1000 1.0
          Hardware ................................... em-b (sim)
          Physical Node ID ........................... 020000 000001
          Current Physical Node ID ................... 020000 00000A
          Current Operation Rate ..................... 1000.00 Mb/s full-duplex
          Active Interface Type ...................... MII
            Active PHY address ....................... 1
          Maximum Transmittable data Unit ............ 1500
          Maximum Receivable data Unit ............... 16110
          Hardware Interrupt ......................... MSI-X, 5 vectors
          Memory Aperture ............................ 0x0 - 0x1ffff (region 0)
          Promiscuous Mode ........................... Off
          Multicast Support .......................... Enabled

          Packets Transmitted OK ..................... 1245
          Bytes Transmitted OK ....................... 106543

          Packets Received OK ........................ 7

          Received packets with CRC errors ........... 0

        """

    @Test func `the page has QNX's labels, and only counters that are kept`() {
        #expect(NicinfoText.render(Samples.hardware) == Self.page)
    }

    @Test func `a link that is down is told in the head`() {
        var report = Samples.hardware
        report.media = MediaReport(automatic: true, megabits: 0, fullDuplex: false, linkUp: false)
        let text = NicinfoText.render(report)
        #expect(text.hasPrefix("em0:\n  Intel 82540EM Gigabit Ethernet Controller\n  Link is DOWN\n\n"))
        #expect(text.contains("Current Operation Rate ..................... Unknown\n"))
    }

    @Test func `callouts that took too long are told by name, at the page's end`() {
        var report = Samples.hardware
        report.slowCallouts = [.init(callout: "interrupt", count: 3, longestMilliseconds: 251)]
        #expect(NicinfoText.render(report) == Self.page + """

              Slow callouts: interrupt ................... 3 (longest 251 ms)

            """)
    }

    @Test func `every counter of the contract has its line, once`() {
        let names = NicinfoText.groups.joined().map(\.counter)
        #expect(Set(names).count == names.count)
        var report = Samples.hardware
        report.counters = Dictionary(uniqueKeysWithValues: names.map { ($0, 1) })
        let lines = NicinfoText.render(report).split(separator: "\n").filter { $0.hasSuffix("... 1") }
        // The PHY's address is 1 too.
        #expect(lines.count == names.count + 1)
    }

    @Test func `without a name all interfaces with hardware are shown`() throws {
        let stack = try FakeStack(in: scratch) { request in
            guard case .hardware = request else { return .reply(.interfaces([Samples.lo0, Samples.em0])) }
            return .reply(.hardware(Samples.hardware))
        }
        defer { stack.end() }
        #expect(runTool("nicinfo", [], in: scratch, sock: "/sock2") == ToolRunOutcome(exit: 0, output: Self.page, complaint: ""))
        #expect(stack.requests == [.interfaces, .hardware(interface: "em0")])
    }
}
