import Glibc
import Host
import Messages
import Testing
@testable import supervisor

@Suite(.serialized) struct SupervisorTests {
    static let obedient = "trap 'exit 0' TERM; ready; live"

    @Test func `a start returns when the stack answers, and the supervisor knows all about it`() throws {
        let starter = try StackStarter(stack: Self.obedient)
        #expect(starter.start(2, "/sock2") == nil)
        let report = try starter.report("sock2")
        #expect(report.instance == 2 && report.prefix == "/sock2" && report.variant == "io-pkt-v6-hc")
        #expect(report.state == .running)
        #expect(report.supervisor == starter.live("sock2")?.pid)
        #expect(report.stack != report.supervisor && report.threads == 1 && report.residentMemory > 0)
        #expect(report.packetMemory > 1 << 20)
        #expect(starter.directory.stack(number: 2)?.name.text == "sock2")
        for name in ["clients", "lock", "log", "number", "supervisor", "dev/socket"] {
            #expect(FileSystem.exists(starter.folder("sock2") + "/" + name), "\(name)")
        }
        let words = FileSystem.text("/proc/\(report.supervisor)/cmdline")?.split(separator: "\0").map(String.init)
        #expect(words?.suffix(3) == ["-i2", "-ptcpip", "prefix=/sock2"])
    }

    @Test func `a second start of the same prefix or number is refused by name`() throws {
        let starter = try StackStarter(stack: Self.obedient)
        #expect(starter.start(2, "/sock2") == nil)
        let pid = try #require(starter.live("sock2")?.pid)
        #expect(starter.start(3, "/sock2")?.description
            == "/sock2: is in use by instance 2 (pid \(pid)); use another prefix=, or stop it: SOCK=/sock2 slay io-pkt-v6-hc")
        #expect(starter.start(2, "/other")?.description
            == "instance 2: is in use by /sock2 (pid \(pid)); use another -i, or stop it: SOCK=/sock2 slay io-pkt-v6-hc")
        #expect(starter.live("sock2")?.pid == pid)
        #expect(starter.start(3, "/other") == nil)
        #expect(starter.directory.live(.stack).count == 2)
    }

    @Test func `an orderly stop leaves nothing`() throws {
        let starter = try StackStarter(stack: Self.obedient)
        #expect(starter.start(2, "/sock2") == nil)
        let stack = try starter.report("sock2").stack
        let answer = try starter.connect("sock2").send(SupervisorRequest.stop(seconds: 5), expecting: SupervisorReply.self, timeout: .seconds(5))
        #expect(answer.reply == .done)
        #expect(!FileSystem.exists(starter.folder("sock2")))
        #expect(!FolderLock.isAlive(stack))
    }

    @Test(arguments: [SIGTERM, SIGINT, SIGHUP]) func `a signal to the supervisor is an orderly stop`(signal: Int32) throws {
        let starter = try StackStarter(stack: Self.obedient)
        #expect(starter.start(2, "/sock2") == nil)
        let pid = try #require(starter.live("sock2")?.pid)
        #expect(kill(pid, signal) == 0)
        #expect(starter.wait { !FileSystem.exists(starter.folder("sock2")) })
    }

    @Test func `a stack that does not stop is killed after its time`() throws {
        let starter = try StackStarter(stack: "trap '' TERM; ready; live")
        #expect(starter.start(2, "/sock2") == nil)
        let stack = try starter.report("sock2").stack
        _ = try starter.connect("sock2").send(SupervisorRequest.stop(seconds: 0.1), expecting: SupervisorReply.self, timeout: .seconds(5))
        #expect(!FolderLock.isAlive(stack))
        #expect(!FileSystem.exists(starter.folder("sock2")))
    }

    @Test func `a stack that is killed leaves a tombstone, and the same command starts it again`() throws {
        let starter = try StackStarter(stack: Self.obedient)
        #expect(starter.start(2, "/sock2") == nil)
        let stack = try starter.report("sock2").stack
        #expect(kill(stack, SIGKILL) == 0)
        #expect(starter.wait { starter.live("sock2") == nil })
        #expect(FileSystem.names(in: starter.folder("sock2")) == ["died.json", "events", "log", "recorder"])
        let text = try #require(FileSystem.text(starter.folder("sock2") + "/died.json"))
        let stone = try Body.decode(Tombstone.self, Array(text.utf8))
        #expect(stone.signal == SIGKILL && stone.pid == stack)
        #expect(stone.command == ["io-pkt-v6-hc", "-i2", "-ptcpip", "prefix=/sock2"])
        let log = try #require(FileSystem.text(starter.folder("sock2") + "/log"))
        #expect(log.contains("run fault pid \(stack) tid \(stack) signal 9 code 0 ip 0x0 /"))
        #expect(log.contains("instance 2 (/sock2) died: SIGKILL; start it again: io-pkt-v6-hc -i2 -ptcpip prefix=/sock2"))
        #expect(starter.start(2, "/sock2") == nil)
        #expect(!FileSystem.exists(starter.folder("sock2") + "/died.json"))
    }

    @Test func `a killed supervisor leaves a stale folder that the next start takes over`() throws {
        let starter = try StackStarter(stack: Self.obedient)
        #expect(starter.start(2, "/sock2") == nil)
        let report = try starter.report("sock2")
        #expect(kill(report.supervisor, SIGKILL) == 0)
        #expect(starter.start(2, "/sock2") == nil)
        #expect(!FolderLock.isAlive(report.stack))
        #expect(try starter.report("sock2").stack != report.stack)
    }

    @Test func `a stack that cannot start says why, and nothing is left`() throws {
        let starter = try StackStarter(stack: #"printf '{"failed":{"_0":{"code":12,"what":"lo0","why":"no room","fix":"make some"}}}\n' >&5; exit 1"#)
        #expect(starter.start(2, "/sock2") == Failure(.noMemory, what: "lo0", why: "no room", fix: "make some"))
        #expect(!FileSystem.exists(starter.folder("sock2")))
    }

    @Test(arguments: ["exit 3", "kill -SEGV $$", "echo rubbish >&5; live"])
    func `a stack that dies while it starts is told, and nothing is left`(stack: String) throws {
        let starter = try StackStarter(stack: stack)
        let failure = try #require(starter.start(2, "/sock2"))
        #expect(!failure.why.isEmpty && !failure.fix.isEmpty)
        #expect(!FileSystem.exists(starter.folder("sock2")))
        #expect(starter.directory.live(.stack).isEmpty)
    }

    @Test func `a request it does not know is refused, and a signal is passed on`() throws {
        let starter = try StackStarter(stack: "trap 'exit 0' TERM; trap 'exit 9' USR1; ready; live")
        #expect(starter.start(2, "/sock2") == nil)
        #expect(throws: MessageFailure.self) {
            _ = try starter.connect("sock2").send(["no": "such"], expecting: SupervisorReply.self, timeout: .seconds(2))
        }
        _ = try starter.connect("sock2").send(SupervisorRequest.signal(SIGUSR1), expecting: SupervisorReply.self, timeout: .seconds(2))
        #expect(starter.wait { starter.live("sock2") == nil })
        let text = try #require(FileSystem.text(starter.folder("sock2") + "/died.json"))
        #expect(try Body.decode(Tombstone.self, Array(text.utf8)).exitCode == 9)
    }
}
