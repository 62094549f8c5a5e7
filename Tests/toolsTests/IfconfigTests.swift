import Host
import Messages
import Testing

@testable import tools

struct IfconfigTests {
    let scratch = Scratch()

    @Test(arguments: [
        (["em0", "-alias"], ["--", "em0", "-alias"]), (["-a"], ["-a"]), (["-s", "em0"], ["-s", "--", "em0"]),
        (["em0", "--json"], ["--json", "--", "em0"]), (["em0", "-tcp4csum", "-v"], ["-v", "--", "em0", "-tcp4csum"]),
    ])
    func `words behind the interface are ours, dashes or not`(given: [String], normalised: [String]) {
        #expect(Ifconfig.normalised(given) == normalised)
    }

    @Test func `shows one interface of the stack that SOCK selects`() throws {
        let stack = try FakeStack(in: scratch, Samples.interfaces)
        defer { stack.end() }
        let run = runTool("ifconfig", ["em0"], in: scratch, sock: "/sock2")
        #expect(run == ToolRunOutcome(exit: 0, output: IfconfigText.render(Samples.em0), complaint: ""))
        #expect(stack.requests == [.interfaces])
    }

    @Test func `configures with the article's words`() throws {
        let stack = try FakeStack(in: scratch, Samples.interfaces)
        defer { stack.end() }
        let run = runTool("ifconfig", ["em0", "10.1.0.2/24"], in: scratch, sock: "/sock2")
        #expect(run == ToolRunOutcome(exit: 0, output: "", complaint: ""))
        #expect(stack.requests == [
            .configure(interface: "em0", changes: [.addAddress(IfconfigWordsTests.v4), .up(true)]),
        ])
    }

    @Test func `lists names, and only those that are down`() throws {
        let stack = try FakeStack(in: scratch, Samples.interfaces)
        defer { stack.end() }
        #expect(runTool("ifconfig", ["-l"], in: scratch, sock: "/sock2").output == "lo0 em0\n")
        #expect(runTool("ifconfig", ["-l", "-d"], in: scratch, sock: "/sock2").output == "\n")
        #expect(runTool("ifconfig", ["-C"], in: scratch).output == "vlan\n")
    }

    @Test func `status is told by the exit code alone`() throws {
        let stack = try FakeStack(in: scratch) { _ in
            var down = Samples.em0
            down.name = "em1"
            down.media?.linkUp = false
            return .reply(.interfaces([Samples.em0, down]))
        }
        defer { stack.end() }
        #expect(runTool("ifconfig", ["-s", "em0"], in: scratch, sock: "/sock2") == ToolRunOutcome(exit: 0, output: "", complaint: ""))
        #expect(runTool("ifconfig", ["-s", "em1"], in: scratch, sock: "/sock2").exit == 1)
    }

    @Test func `an interface created for words that are refused is destroyed again`() throws {
        let stack = try FakeStack(in: scratch) { request in
            guard case .configure = request else { return .reply(.done) }
            return .refuse(Failure(.noInterface, what: "em9", why: "no such interface", fix: "mount its driver"))
        }
        defer { stack.end() }
        let run = runTool("ifconfig", ["vlan0", "create", "vlan", "5", "vlanif", "em9"], in: scratch, sock: "/sock2")
        #expect(run == ToolRunOutcome(exit: 1, output: "", complaint: "ifconfig: em9: no such interface; mount its driver\n"))
        #expect(stack.requests == [
            .createInterface(name: "vlan0"), .configure(interface: "vlan0", changes: [.vlan(tag: 5, parent: "em9")]),
            .destroyInterface(name: "vlan0"),
        ])
    }

    @Test func `an unknown interface is named beside those that exist`() throws {
        let stack = try FakeStack(in: scratch, Samples.interfaces)
        defer { stack.end() }
        let run = runTool("ifconfig", ["em7"], in: scratch, sock: "/sock2")
        #expect(run.exit == 1 && run.complaint == "ifconfig: em7: no such interface in /sock2; the interfaces are: lo0, em0\n")
    }

    @Test func `JSON holds every field`() throws {
        let stack = try FakeStack(in: scratch, Samples.interfaces)
        defer { stack.end() }
        let run = runTool("ifconfig", ["em0", "--json"], in: scratch, sock: "/sock2")
        #expect(run.output.contains("\"linkAddress\" : \"02:00:00:00:00:01\""))
    }
}
