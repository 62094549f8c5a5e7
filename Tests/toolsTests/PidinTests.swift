import Glibc
import Host
import Messages
import Testing

@testable import tools

struct PidinTests {
    let scratch = Scratch()

    static func process(_ pid: Int32, _ parent: Int32, _ words: [String], _ threads: [ThreadFigures]) -> ProcessFigures {
        ProcessFigures(pid: pid, parent: parent, arguments: words, residentMemory: 12_582_912, virtualMemory: 104_857_600, uptime: 75,
                       processorTime: 1.25, threads: threads)
    }

    static let census = Census(
        instances: [
            .init(number: 2, prefix: "/sock2", arguments: ["io-pkt-v6-hc", "-i2", "-ptcpip", "prefix=/sock2"], supervisor: 100, stack: 101,
                  waiting: [.init(pid: 300, tid: 300, name: "ping", state: "REPLY", what: "ping 10.1.0.1", seconds: 2.25)]),
        ],
        servers: [.init(kind: "nic", name: "em-a", pid: 200)],
        processes: [
            process(100, 1, ["io-pkt-v6-hc", "-i2", "-ptcpip", "prefix=/sock2"], [ThreadFigures(tid: 100, name: "drydock", state: "RECEIVE", priority: "20o")]),
            process(101, 100, ["drydock-netd", "private word"], [
                ThreadFigures(tid: 101, name: "netd", state: "STOPPED", priority: "20o"),
                ThreadFigures(tid: 102, name: "log", state: "CONDVAR", priority: "10f"),
            ]),
            process(200, 1, ["drydock-nicd"], [ThreadFigures(tid: 200, name: "nicd", state: "RUNNING", priority: "20o")]),
        ])

    @Test func `threads print in QNX's columns, and clients blocked on a stack last`() {
        #expect(PidinText.threads(Self.census) == """
                 pid      tid name                      prio STATE       Blocked
                 100      100 supervisor                 20o RECEIVE
                 101      101 io-pkt-v6-hc /sock2        20o STOPPED
                 101      102 io-pkt-v6-hc /sock2        10f CONDVAR
                 200      200 nic em-a                   20o RUNNING
                 300      300 ping                           REPLY       101 (/sock2) for 2.3 s

            """)
    }

    @Test func `the thread view adds processor, time, stack, and who holds the lock`() {
        var census = Self.census
        census.processes[1].threads[1].state = "MUTEX"
        census.processes[1].threads[1].blocked = "thread 101 holds 0x7f0010"
        census.processes[1].threads[1].processor = 3
        census.processes[1].threads[1].processorTime = 0.5
        census.processes[1].threads[1].stack = StackUse(size: 8 << 20, current: 1024, deepest: 20_480)
        #expect(PidinText.details(census) == """
                 pid      tid thread name       prio STATE        cpu      time    stack  current  deepest Blocked
                 100      100 drydock            20o RECEIVE        -         -        -        -        -
                 101      101 netd               20o STOPPED        -         -        -        -        -
                 101      102 log                10f MUTEX          3     0.50s    8192K     1024      20K thread 101 holds 0x7f0010
                 200      200 nicd               20o RUNNING        -         -        -        -        -
                 300      300 ping 10.1.0.1          REPLY                                                 101 (/sock2) for 2.3 s

            """)
    }

    @Test func `arg, mem and info have their shapes`() {
        #expect(PidinText.arguments(Self.census) == """
                 pid Arguments
                 100 io-pkt-v6-hc -i2 -ptcpip prefix=/sock2
                 101 drydock-netd 'private word'
                 200 drydock-nicd

            """)
        #expect(PidinText.memory(Self.census) == """
                 pid name                     threads resident  virtual       cpu       uptime
                 100 supervisor                     1      12M     100M     1.25s        1m15s
                 101 io-pkt-v6-hc /sock2            2      12M     100M     1.25s        1m15s
                 200 nic em-a                       1      12M     100M     1.25s        1m15s

            """)
        #expect(PidinText.info(Self.census) == """
            io-pkt-v6-hc instance 2 at /sock2
            \tsupervisor 100, stack 101
            \tup 1m15s, resident 12M, cpu 1.25 s, 2 threads
            \t1 clients wait for it

            """)
    }

    @Test func `a client of a hung stack is seen without asking the stack`() throws {
        let stack = try FakeStack(in: scratch) { _ in .silence }
        defer { stack.end() }
        let live = try #require(RuntimeDirectory(path: scratch.path).live(.stack).first)
        let connection = try Connection(path: "\(live.path)/dev/socket/2", timeout: .seconds(1), table: "\(live.path)/clients")
        let waiting = Waiter(connection)
        defer { waiting.join() }
        var run = runTool("pidin", [], in: scratch)
        let deadline = Deadline(in: .seconds(5))
        while !run.output.contains("REPLY"), !deadline.hasPassed { run = runTool("pidin", [], in: scratch) }
        #expect(run.output.split(separator: "\n").contains { $0.contains("REPLY") && $0.contains("(/sock2) for ") })
        #expect(runTool("pidin", ["--json"], in: scratch).output.contains("\"what\" : \"test waits\""))
    }

    @Test func `net lists interfaces, and a stack that hangs as hung`() throws {
        let stack = try FakeStack(in: scratch) { request in
            switch request {
            case .interfaces: .reply(.interfaces([Samples.lo0, Samples.em0]))
            default: .reply(.instance(InstanceReport(
                hello: Hello(instance: 2, prefix: "/sock2", variant: "io-pkt-v6-hc"), pid: 1, uptime: 3,
                drivers: [.init(name: "e1000", version: "1.0", path: "/d.so", interfaces: ["em0"])])))
            }
        }
        defer { stack.end() }
        let output = runTool("pidin", ["net"], in: scratch).output
        #expect(output.hasSuffix(" /sock2: running\n\tinterfaces lo0 em0\n\tdriver e1000 1.0 /d.so: em0\n"))
    }

    @Test func `an unknown process is refused in one line`() {
        #expect(runTool("pidin", ["-p", "nobody"], in: scratch)
            == ToolRunOutcome(exit: 1, output: "", complaint: "pidin: -p nobody: no such process of ours; see: pidin\n"))
    }
}

/// Asks a stack in a thread of its own.
private final class Waiter {
    private var thread = pthread_t()

    init(_ connection: Connection) {
        let box = unsafe Unmanaged.passRetained(connection).toOpaque()
        unsafe pthread_create(&thread, nil, { raw in
            let connection = unsafe Unmanaged<Connection>.fromOpaque(raw!).takeRetainedValue()
            _ = try? connection.send(StackRequest.interfaces, expecting: StackReply.self, timeout: .seconds(3), what: "test waits")
            return nil
        }, box)
    }

    func join() { pthread_join(thread, nil) }
}
