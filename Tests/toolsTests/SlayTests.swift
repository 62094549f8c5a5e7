import Glibc
import Host
import Testing

@testable import tools

struct SlayTests {
    let scratch = Scratch()

    static func instance(_ prefix: String, _ supervisor: Int32, name: String = "io-pkt-v6-hc") -> Census.Instance {
        .init(number: nil, prefix: prefix, arguments: [name], supervisor: supervisor, stack: supervisor + 1, waiting: [])
    }
    static let census = Census(
        instances: [instance("/sock1", 10), instance("/sock2", 20), instance("", 30, name: "io-pkt-v4")],
        servers: [.init(kind: "nic", name: "em-a", pid: 40)],
        processes: [PidinTests.process(21, 20, ["drydock-netd"], []), PidinTests.process(20, 1, ["io-pkt-v6-hc"], [])])

    @Test func `SOCK selects among stacks of one name`() throws {
        let found = try Victim.find("io-pkt-v6-hc", Self.census, selected: "/sock2", all: false)
        #expect(found == [Victim(title: "io-pkt-v6-hc /sock2", owner: 20, worker: 21)])
        #expect(try Victim.find("io-pkt-v4", Self.census, selected: nil, all: false).map(\.owner) == [30])
        #expect(try Victim.find("io-pkt-v6-hc", Self.census, selected: nil, all: true).map(\.owner) == [10, 20])
        #expect(try Victim.find("em-a", Self.census, selected: nil, all: false).map(\.owner) == [40])
        #expect(try Victim.find("21", Self.census, selected: nil, all: false).map(\.owner) == [20])
    }

    @Test(arguments: [
        ("io-pkt-v6-hc", nil,
         "io-pkt-v6-hc: there are 2: /sock1 (pid 10), /sock2 (pid 20); select one with SOCK= or its pid, or all with -f"),
        ("io-pkt-v6-hc", "/sock9", "io-pkt-v6-hc: no such process at /sock9; see: pidin"),
        ("nobody", nil, "nobody: no such process; see: pidin"),
        ("1", nil, "1: that is no process of a stack or NIC of ours; see: pidin"),
    ] as [(String, String?, String)])
    func `what is not clear is not slain, and the count is 0`(target: String, sock: String?, line: String) {
        #expect {
            try Victim.find(target, Self.census, selected: sock, all: false)
        } throws: {
            ($0 as? ToolFailure)?.text("slay") == "slay: \(line)\n" && ($0 as? ToolFailure)?.exit == 0
        }
    }

    @Test func `a NIC's process is ended, waited for and counted`() throws {
        let sleeper = try Spawn.start("/bin/sleep", arguments: ["sleep", "60"], descriptors: [-1, -1, -1])
        defer { try? sleeper.signal(.kill) }
        let folder = try imposter(scratch, "em-a", sleeper.pid)
        let run = runTool("slay", ["-v", "em-a"], in: scratch)
        #expect(run == ToolRunOutcome(exit: 1, output: "nic em-a (pid \(sleeper.pid)): SIGTERM\n", complaint: ""))
        #expect(sleeper.reap() == .killed(.terminate))
        _ = folder.lock.raw
    }

    @Test func `hold and unhold stop a process and let it go on`() throws {
        let sleeper = try Spawn.start("/bin/sleep", arguments: ["sleep", "60"], descriptors: [-1, -1, -1])
        defer { try? sleeper.signal(.kill) }
        let folder = try imposter(scratch, "em-a", sleeper.pid)
        func state() -> Character? { FileSystem.text("/proc/\(sleeper.pid)/stat").flatMap(StatLine.init)?.state }
        func settles(_ wanted: Character) -> Bool {
            let deadline = Deadline(in: .seconds(5))
            while state() != wanted, !deadline.hasPassed { usleep(500) }
            return state() == wanted
        }
        #expect(runTool("slay", ["-h", "em-a"], in: scratch).exit == 1)
        #expect(settles("T"))
        #expect(runTool("slay", ["-u", "em-a"], in: scratch).exit == 1)
        #expect(settles("S"))
        try sleeper.signal(.kill)
        #expect(settles("Z"))
        #expect(sleeper.reap() == .killed(.kill))
        _ = folder.lock.raw
    }

    @Test(arguments: [
        (["-s", "NOPE", "x"], "slay: -s NOPE: no such signal; give a name or number, as in: -s TERM\n"),
        (["-h", "-u", "x"], "slay: -s, -h and -u exclude each other; see: slay --help\n"),
    ])
    func `wrong words are refused in one line`(words: [String], line: String) {
        #expect(runTool("slay", words, in: scratch) == ToolRunOutcome(exit: 64, output: "", complaint: line))
    }
}

/// A live NIC folder whose lock names another process.
private func imposter(_ scratch: Scratch, _ name: String, _ pid: Int32) throws -> ClaimedFolder {
    let folder = try ClaimedFolder.claim(RuntimeDirectory(path: scratch.path), .nic, FolderName(name)!)
    let text = Array("\(pid)".utf8)
    #expect(ftruncate(folder.lock.raw, 0) == 0)
    #expect(unsafe pwrite(folder.lock.raw, text, text.count, 0) == text.count)
    return folder
}
