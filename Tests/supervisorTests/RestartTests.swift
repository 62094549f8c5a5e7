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

    @Test func `somebody who watches is told of each death, each restoration and the end, once`() throws {
        let starter = try StackStarter(stack: "ready; exit 3")
        #expect(starter.start(2, "/sock2", options: ["restart": "on-failure", "restart_budget": "3/60"]) == nil)
        #expect(starter.wait { starter.live("sock2") == nil })
        let events = InstanceEvent.read(starter.folder("sock2"))
        #expect(events.map(\.number) == Array(1...8))
        #expect(events.map(\.kind) == [.died, .restored, .died, .restored, .died, .restored, .died, .gaveUp])
        #expect(events.map(\.generation) == [1, 2, 2, 3, 3, 4, 4, 4])
        #expect(events.first?.why == "exit code 3")
        #expect(events.last?.why?.hasPrefix("it has died 4 times within 60 s") == true)
    }

    @Test(arguments: ["never", "on-failure"])
    func `a death is answered by the user's command, which knows what died and where that is kept`(restart: String) throws {
        let starter = try StackStarter(stack: SupervisorTests.obedient)
        let base = starter.directory.path, script = base + "/answer", said = base + "/said"
        try FileSystem.replace(script, with: Array("""
            #!/bin/sh
            echo "$#:$1:$2 $SOCK $DRYDOCK_INSTANCE $DRYDOCK_PID $DRYDOCK_CAUSE; $DRYDOCK_NEXT; $(ls "$DRYDOCK_DOSSIER" | grep -c 'dossier.txt') $DRYDOCK_STARTER" >> \(said).part
            mv \(said).part \(said)
            """.utf8))
        unsafe chmod(script, 0o700)
        #expect(starter.start(2, "/sock2", options: ["restart": restart, "on_crash": "\(script) $HOME it;true"]) == nil)
        let pid = try starter.report("sock2").stack
        #expect(kill(pid, SIGKILL) == 0)
        #expect(starter.wait(20) { FileSystem.exists(said) })
        let text = try #require(FileSystem.text(said))
        let next = restart == "never" ? "start it again: io-pkt-v6-hc -i2 -ptcpip prefix=/sock2" : "it is started again"
        #expect(text == "2:$HOME:it;true /sock2 2 \(pid) SIGKILL; \(next); 1 \n")
    }

    @Test(arguments: [("/nonexistent/program", "cannot be run: "), ("/bin/sh -c false", "exit status 1")])
    func `a command that fails is told in the log, and the stack is started again all the same`(command: String, why: String) throws {
        let starter = try StackStarter(stack: SupervisorTests.obedient)
        #expect(starter.start(2, "/sock2", options: ["restart": "on-failure", "on_crash": command]) == nil)
        #expect(kill(try starter.report("sock2").stack, SIGKILL) == 0)
        func log() -> String { FileSystem.text(starter.folder("sock2") + "/log") ?? "" }
        #expect(starter.wait(20) { log().contains("answers again") && log().contains("on_crash: ") }, "\(log())")
        #expect(log().contains(why), "\(log())")
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
