import Glibc
import Host
import Messages
import Testing
@testable import supervisor

@Suite(.serialized) struct RestartTests {
    @Test func `a stack that dies is followed by another one under the same supervisor`() throws {
        let starter = try StackStarter(stack: SupervisorTests.obedient)
        #expect(starter.start(2, "/sock2", options: ["restart": "on-failure"]) == nil)
        let first = try starter.report("sock2")
        #expect(first.generation == 1)
        #expect(kill(first.stack, SIGKILL) == 0)
        #expect(starter.wait { (try? starter.report("sock2"))?.generation == 2 && (try? starter.report("sock2"))?.state == .running })
        let second = try starter.report("sock2")
        #expect(second.supervisor == first.supervisor && second.stack != first.stack)
        let log = try #require(FileSystem.text(starter.folder("sock2") + "/log"))
        #expect(log.contains("instance 2 (/sock2) died: SIGKILL; it is started again"))
        #expect(log.contains("instance 2 answers again, pid \(second.stack)"))
        let answer = try starter.connect("sock2").send(SupervisorRequest.stop(seconds: 5), expecting: SupervisorReply.self, timeout: .seconds(5))
        #expect(answer.reply == .done)
        #expect(!FileSystem.exists(starter.folder("sock2")))
    }

    @Test func `a stack that dies again and again stays down, with its tombstone`() throws {
        let starter = try StackStarter(stack: "ready; exit 3")
        #expect(starter.start(2, "/sock2", options: ["restart": "always", "restart_budget": "3/60"]) == nil)
        #expect(starter.wait { starter.live("sock2") == nil })
        let log = try #require(FileSystem.text(starter.folder("sock2") + "/log"))
        #expect(log.contains("died: exit code 3; it has died 4 times within 60 s; start it again: io-pkt-v6-hc -i2"))
        #expect(FileSystem.exists(starter.folder("sock2") + "/died.json"))
    }

    @Test func `a stop that comes while nothing runs is obeyed`() throws {
        let starter = try StackStarter(stack: "ready; exit 3")
        #expect(starter.start(2, "/sock2", options: ["restart": "on-failure", "restart_budget": "100/60"]) == nil)
        #expect(starter.wait { (try? starter.report("sock2").generation).map { $0 > 6 } ?? false })
        let answer = try starter.connect("sock2").send(SupervisorRequest.stop(seconds: 5), expecting: SupervisorReply.self, timeout: .seconds(5))
        #expect(answer.reply == .done)
        #expect(!FileSystem.exists(starter.folder("sock2")))
    }
}
