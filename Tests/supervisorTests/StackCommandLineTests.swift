import Host
import Messages
import Testing
import supervisor

struct StackCommandLineTests {
    private func plan(_ line: String) throws -> StackPlan {
        guard case .start(let plan) = try StackCommandLine.read(.v6Full, line.split(separator: " ").map(String.init)) else {
            Issue.record("no plan")
            throw Failure(.invalid, what: line, why: "help")
        }
        return plan
    }

    private func refusal(_ line: String) -> Failure? {
        do { _ = try StackCommandLine.read(.v6Full, line.split(separator: " ").map(String.init)) } catch { return error }
        return nil
    }

    @Test(arguments: [
        ("", 0, ""), ("-i2", 2, ""), ("-i 2", 2, ""), ("-ptcpip prefix=/sock2", 0, "/sock2"), ("-p tcpip prefix=/sock2", 0, "/sock2"),
        ("-i2 -ptcpip prefix=/sock2", 2, "/sock2"), ("-p/lib/tcpip-v6 prefix=/x", 0, "/x"), ("-vSi3 -ptcpip random,prefix=/a/b,cache=0", 3, "/a/b"),
        ("-ptcpip prefix=/a -ptcpip prefix=/b", 0, "/b"), ("-i0", 0, ""), ("-ptcpip", 0, ""),
    ])
    func `glued and separate words say the same`(line: String, instance: Int, prefix: String) throws {
        let plan = try plan(line)
        #expect(plan.instance == instance)
        #expect(plan.prefix == prefix)
    }

    @Test func `a driver's options are the next word that is no option, and drivers may repeat`() throws {
        let plan = try plan("-d e1000 mac=020000000001,verbose -de1000 -d /opt/devnp-x.so pci=0 -i1 -dvirtio")
        #expect(plan.drivers == [
            .init(name: "e1000", options: "mac=020000000001,verbose"), .init(name: "e1000", options: ""),
            .init(name: "/opt/devnp-x.so", options: "pci=0"), .init(name: "virtio", options: ""),
        ])
        #expect(plan.instance == 1)
    }

    @Test func `other protocols are modules`() throws {
        let plan = try plan("-p autoip -pqnet max=4 -ptcpip forward")
        #expect(plan.modules == [.init(name: "autoip", options: ""), .init(name: "qnet", options: "max=4")])
        #expect(plan.options == ["forward": "1"])
    }

    @Test func `switches are switches`() throws {
        let set = try plan("-S -v -D -t4 -P 30"), unset = try plan("")
        #expect(!set.notesFaults && set.isVerbose && set.hasDedicatedThread && set.threads == 4 && set.priority == 30)
        #expect(unset.notesFaults && !unset.isVerbose && !unset.hasDedicatedThread && unset.threads == nil && unset.priority == 21)
    }

    @Test(arguments: [
        ("-ptcpip threads_min=4", "threads_min", "4"), ("-ptcpip recv_ctxt=128K", "recv_ctxt", "131072"), ("-ptcpip mclbytes=4096", "mclbytes", "4096"),
        ("-ptcpip fastforward=0", "fastforward", "0"), ("-ptcpip fastforward", "fastforward", "1"), ("-ptcpip pkt_typed_mem=ram/below4G", "pkt_typed_mem", "ram/below4G"),
        ("-ptcpip bigstack=1m", "bigstack", "1048576"),
    ])
    func `an option of the protocol is kept in one form`(line: String, name: String, value: String) throws {
        #expect(try plan(line).options[name] == value)
    }

    @Test(arguments: [
        ("-ptcpip nonsense", #"tcpip: unrecognized option: "nonsense""#), ("-ptcpip bogus=3,forward", #"tcpip: unrecognized option: "bogus""#),
        ("-P 0", "-P 0: the priority is from 1 to 255; ignored"), ("-Pmuch", "-P much: the priority is from 1 to 255; ignored"),
        ("-D -t1", "-D: a thread for the stack alone needs another for packets (-t1); ignored"),
    ])
    func `what is ignored gets a line in the log`(line: String, note: String) throws {
        let plan = try plan(line)
        #expect(plan.notes == [note])
        #expect(plan.priority == 21)
        #expect(!plan.hasDedicatedThread)
    }

    @Test(arguments: [
        "-i two", "-i", "-i -2", "-i2x", "-i 99999999999999999999", "-i1000", "-x", "-", "stray", "-d", "-p", "-d -v", "-t many", "-ptcpip prefix",
        "-ptcpip prefix=", "-ptcpip prefix=sock2", "-ptcpip prefix=/../x", "-ptcpip prefix=/a%b", "-ptcpip mclbytes=3000", "-ptcpip mclbytes=32768",
        "-ptcpip recv_ctxt=1", "-ptcpip threads_min=abc", "-ptcpip forward=2", "-ptcpip stacksize=99999999999999999999K", "-ptcpip pkt_typed_mem=",
    ])
    func `what cannot be meant is refused in one line that says what to do`(line: String) throws {
        let failure = try #require(refusal(line))
        #expect(!failure.what.isEmpty && !failure.why.isEmpty && !failure.fix.isEmpty)
        #expect(!failure.description.contains("\n"))
    }

    @Test(arguments: ["--help", "-?", "-h", "-i2 --help"]) func `help is given for the asking`(line: String) throws {
        let order = try StackCommandLine.read(.v4, line.split(separator: " ").map(String.init))
        guard case .help(let text) = order else { Issue.record("no help"); return }
        #expect(text.contains("io-pkt-v4 -i2 -ptcpip prefix=/sock2"))
    }

    @Test func `the plan knows the command that starts it again`() throws {
        let order = try StackCommandLine.read(.v6Full, ["-i2", "-d", "e1000", "name=it's", "-ptcpip", "prefix=/sock2"])
        guard case .start(let plan) = order else { Issue.record("no plan"); return }
        #expect(plan.command == #"io-pkt-v6-hc -i2 -d e1000 'name=it'\''s' -ptcpip prefix=/sock2"#)
        #expect(plan.mountType == "io-pkt2")
        #expect(try self.plan("").mountType == "io-pkt")
    }

    @Test func `random words are read or refused, never more`() {
        var state: UInt64 = 88_172_645_463_325_252
        func random(_ below: Int) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % UInt64(below))
        }
        let parts = ["-", "d", "i", "p", "tcpip", "=", ",", "prefix", "/", "2", "99999999999999999999", "K", "é", "--help", " ", "%", "P", "t", "v"]
        for _ in 0..<2000 {
            let words = (0..<random(6)).map { _ in (0..<random(5)).map { _ in parts[random(parts.count)] }.joined() }
            do throws(Failure) { _ = try StackCommandLine.read(.v6Full, words) } catch { #expect(!error.why.isEmpty) }
        }
    }
}
