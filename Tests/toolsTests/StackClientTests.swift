import Host
import Messages
import Testing

@testable import tools

struct StackClientTests {
    let scratch = Scratch()

    @Test func `no stack at all names the command that starts one`() {
        #expect(runTool("ifconfig", [], in: scratch, sock: "/sock2") == ToolRunOutcome(
            exit: 1, output: "",
            complaint: "ifconfig: no stack at /sock2: no stack is running; start one: io-pkt-v6-hc -i2 -ptcpip prefix=/sock2\n"))
        #expect(runTool("ifconfig", [], in: scratch).complaint
            == "ifconfig: no default stack: no stack is running; start one: io-pkt-v6-hc -ptcpip\n")
    }

    @Test func `another stack that runs is named, and its number not proposed again`() throws {
        let stack = try FakeStack(in: scratch, prefix: "/sock1", number: 2) { _ in .reply(.done) }
        defer { stack.end() }
        #expect(runTool("nicinfo", [], in: scratch, sock: "/sock2").complaint
            == "nicinfo: no stack at /sock2: running: SOCK=/sock1; start one: io-pkt-v6-hc -i3 -ptcpip prefix=/sock2\n")
    }

    @Test(arguments: ["sock2", "/a//b", "/../x"]) func `what is no prefix is refused`(sock: String) {
        #expect(runTool("ifconfig", [], in: scratch, sock: sock) == ToolRunOutcome(
            exit: 1, output: "",
            complaint: "ifconfig: SOCK=\(sock): that is not a prefix; it begins with a slash, as in: SOCK=/sock2\n"))
    }

    @Test func `a stack that hangs is named with exit code 3`() throws {
        let stack = try FakeStack(in: scratch) { _ in .silence }
        defer { stack.end() }
        let run = runTool("ifconfig", [], in: scratch, sock: "/sock2", patience: .milliseconds(200))
        #expect(run.exit == 3)
        #expect(run.complaint.hasPrefix("ifconfig: /sock2: the stack (pid "))
        #expect(run.complaint.hasSuffix(") did not answer within 0.2 s; see pidin; to end it: SOCK=/sock2 slay -f -s KILL io-pkt-v6-hc\n"))
    }

    /// Of the stack that is asked, which is this process: an earlier one's is nobody's answer.
    static let tombstone = """
        {"when": 1.5, "pid": \(CurrentProcess.pid), "signal": 11, "address": 16, "driver": "faulty", "callout": "provide_transmit",
         "interface": "em0", "command": ["io-pkt-v6-hc", "-i2", "-ptcpip", "prefix=/sock2"]}
        """

    @Test func `a stack that dies while it is asked is told of with its tombstone, then and later`() throws {
        let stack = try FakeStack(in: scratch) { _ in .die(tombstone: Self.tombstone) }
        defer { stack.end() }
        let line = """
            ifconfig: /sock2: the stack (pid \(CurrentProcess.pid)) died: SIGSEGV at address 0x10, in provide_transmit of driver faulty (em0); \
            start it again: io-pkt-v6-hc -i2 -ptcpip prefix=/sock2

            """
        #expect(runTool("ifconfig", [], in: scratch, sock: "/sock2") == ToolRunOutcome(exit: 1, output: "", complaint: line))
        #expect(runTool("ifconfig", [], in: scratch, sock: "/sock2") == ToolRunOutcome(exit: 1, output: "", complaint: line))
    }

    @Test func `the stack's own refusal is printed as it is`() throws {
        let stack = try FakeStack(in: scratch) { _ in .refuse(Failure(.noInterface, what: "em9", why: "no such interface", fix: "see: ifconfig")) }
        defer { stack.end() }
        #expect(runTool("nicinfo", ["em9"], in: scratch, sock: "/sock2")
            == ToolRunOutcome(exit: 1, output: "", complaint: "nicinfo: em9: no such interface; see: ifconfig\n"))
    }

    @Test func `an answer to another question is not taken for one`() throws {
        let stack = try FakeStack(in: scratch) { _ in .reply(.done) }
        defer { stack.end() }
        let run = runTool("ifconfig", [], in: scratch, sock: "/sock2")
        #expect(run.exit == 1 && run.complaint.contains("the stack's answer does not fit the question"))
    }
}
