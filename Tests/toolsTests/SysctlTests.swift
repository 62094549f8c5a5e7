import Messages
import Testing

@testable import tools

struct SysctlTests {
    let scratch = Scratch()

    private func stack() throws -> FakeStack {
        try FakeStack(in: scratch, prefix: "/sock2") { request in
            switch request {
            case .tunables: .reply(.tunables([
                TunableReport(name: "net.inet.tcp.keepidle", value: 7200, text: "seconds of silence before the first probe", least: 1, greatest: 32767),
                TunableReport(name: "net.inet.tcp.streams", value: 16384, text: "streams that can be open", least: nil, greatest: nil),
                TunableReport(name: "net.inet.ip.forwarding", value: 0, text: "packets for others are passed on", least: 0, greatest: 1),
            ]))
            case .setTunable: .reply(.tunable(7200))
            default: .reply(.done)
            }
        }
    }

    @Test func `a name, the beginning of several, or all of them print with their values`() throws {
        let stack = try stack()
        defer { stack.end() }
        #expect(runTool("sysctl", ["net.inet.ip.forwarding"], in: scratch, sock: "/sock2").output == "net.inet.ip.forwarding = 0\n")
        #expect(runTool("sysctl", ["-n", "net.inet.tcp"], in: scratch, sock: "/sock2").output == "7200\n16384\n")
        #expect(runTool("sysctl", ["-a"], in: scratch, sock: "/sock2").output.split(separator: "\n").count == 3)
        #expect(runTool("sysctl", ["-d", "net.inet.tcp"], in: scratch, sock: "/sock2").output == """
            net.inet.tcp.keepidle: seconds of silence before the first probe (1 to 32767)
            net.inet.tcp.streams: streams that can be open (fixed)

            """)
    }

    @Test func `a change prints what was and what is`() throws {
        let stack = try stack()
        defer { stack.end() }
        #expect(runTool("sysctl", ["-w", "net.inet.tcp.keepidle=60"], in: scratch, sock: "/sock2").output == "net.inet.tcp.keepidle: 7200 -> 60\n")
        #expect(stack.requests == [.tunables, .setTunable(name: "net.inet.tcp.keepidle", value: 60)])
    }

    @Test(arguments: [
        (["net.inet.tcp.keepidl=3"], "net.inet.tcp.keepidl: this stack has no such tunable; the nearest is net.inet.tcp.keepidle"),
        (["net.inet.tcp=3"], "net.inet.tcp=3: that names several; give the whole name: net.inet.tcp.keepidle"),
        (["net.inet.tcp.keepidle=soon"], "net.inet.tcp.keepidle=soon: a value is a whole number; as in: sysctl -w net.inet.tcp.keepidle=7200"),
    ])
    func `a wrong word changes nothing, and says what is right`(words: [String], complaint: String) throws {
        let stack = try stack()
        defer { stack.end() }
        let outcome = runTool("sysctl", ["net.inet.ip.forwarding=1"] + words, in: scratch, sock: "/sock2")
        #expect(outcome.exit == 1 && outcome.complaint.contains(complaint), "\(outcome)")
        #expect(stack.requests == [.tunables])
    }
}
