import Glibc
import Testing

@testable import tools

struct ProcessTableTests {
    static let line = "4711 (a (b) c) S 17 4711 4711 0 -1 4194304 100 0 0 0 25 75 0 0 20 0 3 0 5000 123456 789 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 50 1 0"

    @Test func `a line of proc is read, whatever the name contains`() throws {
        let stat = try #require(StatLine(Self.line))
        #expect(stat.name == "a (b) c" && stat.state == "S" && stat.parent == 17)
        #expect(stat.ticks == 100 && stat.threads == 3 && stat.start == 5000)
        #expect(stat.virtualMemory == 123456 && stat.residentPages == 789)
        #expect(stat.priorityText == "50f")
    }

    @Test(arguments: ["", "4711", "4711 (x", "4711 (x) S 1"]) func `what is no such line is refused`(text: String) {
        #expect(StatLine(text) == nil)
    }

    @Test func `this process is found with its threads and memory`() throws {
        let process = try #require(ProcessTable().process(getpid()))
        #expect(process.pid == getpid() && process.parent == getppid())
        #expect(process.residentMemory > 100_000 && process.threads.contains { $0.tid == getpid() })
        #expect(ProcessTable().family(of: [getpid()]).contains { $0.pid == getpid() })
        #expect(ProcessTable().process(0) == nil)
    }

    @Test(arguments: [("R", nil, "RUNNING"), ("T", 1, "STOPPED"), ("D", 0, "IO"), ("Z", nil, "DEAD"), ("S", nil, "SLEEPING"), ("S", 99999, "SLEEPING")]
        as [(Character, Int?, String)])
    func `states are named in QNX's words`(letter: Character, call: Int?, name: String) { #expect(ThreadState.name(letter, call) == name) }
}
