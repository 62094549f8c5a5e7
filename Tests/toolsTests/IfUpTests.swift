import Messages
import Testing

@testable import tools

struct IfUpTests {
    let scratch = Scratch()

    static func interface(_ change: (inout InterfaceReport) -> Void = { _ in }) -> InterfaceReport {
        var report = InterfaceReport(name: "em0", index: 1, flags: ["UP"], mtu: 1500, linkAddress: nil)
        report.media = MediaReport(automatic: true, megabits: 1000, fullDuplex: true, linkUp: true)
        change(&report)
        return report
    }

    @Test func `it is there once it is up, and the stack may come late`() throws {
        #expect(runTool("if_up", ["-r", "2", "-m", "5", "em0"], in: scratch, sock: "/sock2").exit == 1)
        let stack = try FakeStack(in: scratch) { _ in .reply(.interfaces([Self.interface()])) }
        defer { stack.end() }
        #expect(runTool("if_up", ["em0"], in: scratch, sock: "/sock2") == ToolRunOutcome(exit: 0, output: "", complaint: ""))
        #expect(runTool("if_up", ["-l", "em0"], in: scratch, sock: "/sock2").exit == 0)
    }

    @Test(arguments: [
        (["em0"], "em0: it is down; ifconfig em0 up"), (["-l", "em0"], "em0: no carrier; plug its NIC in: nic plug NAME CABLE"),
        (["-a", "em0"], "em0: no address; give it one: ifconfig em0 10.1.0.2/24"),
        (["-p", "em0", "em1"], "em1: no such interface; mount its driver: mount -T io-pkt FILE"),
    ])
    func `what is missing after the last look is said`(words: [String], line: String) throws {
        let stack = try FakeStack(in: scratch) { _ in
            .reply(.interfaces([Self.interface { report in
                report.flags = []
                report.media?.linkUp = false
                // An address that is still being probed is none.
                report.addresses = [AddressReport(family: .inet, address: "10.1.0.2", prefixLength: 24, broadcast: nil, scope: nil, flags: ["tentative"])]
            }]))
        }
        defer { stack.end() }
        #expect(runTool("if_up", ["-r", "1", "-m", "1"] + words, in: scratch, sock: "/sock2")
            == ToolRunOutcome(exit: 1, output: "", complaint: "if_up: \(line)\n"))
        #expect(stack.requests.count == 2)
    }
}
