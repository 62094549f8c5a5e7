import Host
import Messages
import Testing

@testable import tools

struct InstancesTests {
    let scratch = Scratch()

    @Test func `living, hung and dead stacks are told apart`() {
        let rows = [
            InstanceRow(number: nil, prefix: "", variant: "io-pkt-v4", pid: 10, state: "running", uptime: 5, interfaces: ["lo0", "em0"]),
            InstanceRow(number: 2, prefix: "/sock2", variant: "io-pkt-v6-hc", pid: 12, state: "hung", uptime: 3725),
            InstanceRow(number: nil, prefix: "/sock3", variant: "io-pkt-v6-hc", pid: 0, state: "dead", uptime: nil, cause: "SIGSEGV at address 0x10"),
        ]
        #expect(InstanceRow.table(rows) == """
            INSTANCE PREFIX           VARIANT       PID      STATE     UPTIME       INTERFACES
            -        (default)        io-pkt-v4     10       running   5s           lo0 em0
            2        /sock2           io-pkt-v6-hc  12       hung      1h02m05s
            -        /sock3           io-pkt-v6-hc  -        dead      -            SIGSEGV at address 0x10

            """)
        #expect(InstanceRow.table([]) == "no stack is running; start one: io-pkt-v6-hc -ptcpip\n")
    }

    @Test func `a stack that has died is listed with its cause`() throws {
        let stack = try FakeStack(in: scratch) { _ in .die(tombstone: StackClientTests.tombstone) }
        defer { stack.end() }
        _ = runTool("ifconfig", [], in: scratch, sock: "/sock2")
        let output = runTool("drydock", ["instances"], in: scratch).output
        #expect(output.contains("/sock2           io-pkt-v6-hc  -        dead      -            SIGSEGV at address 0x10, in provide_transmit"))
    }
}
