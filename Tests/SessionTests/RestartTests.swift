import Foundation
import Testing

/// A stack that dies comes back with everything its user had.
@Suite(.serialized) struct RestartTests {
    let dock: Dock
    init() throws { dock = try Dock() }

    /// A neighbour at 10.1.0.1, and a stack with one of everything that can be set.
    private func harbour(_ options: String, driver: String = "e1000", mount: String = "nic=em-a") throws {
        try dock.good("nic", "add", "em-a", "sim:82540em", "--cable", "nic:em-b")
        try dock.good("nic", "add", "em-b", "sim:82540em")
        try dock.good("io-pkt-v6-hc", "-ptcpip", "prefix=/sock1")
        try dock.good("mount", "-Tio-pkt", "-o", "nic=em-b", try Drivers.path("e1000"), sock: "/sock1")
        try dock.good("ifconfig", "em0", "10.1.0.1/24", sock: "/sock1")
        try dock.good("io-pkt-v6-hc", "-i2", "-ptcpip", "prefix=/sock2,\(options)")
        try dock.good("mount", "-Tio-pkt2", "-o", mount, try Drivers.path(driver))
        try dock.good("ifconfig", "em0", "10.1.0.2/24", sock: "/sock2")
    }

    private func furnish() throws {
        let lines = """
            ifconfig em0 inet6 fd00::2/64 alias
            ifconfig em0 10.1.0.3/24 alias
            ifconfig em0 10.1.0.4/24 alias
            ifconfig em0 10.1.0.4 delete
            ifconfig em0 mtu 1400
            ifconfig em0 promisc
            ifconfig em0 -udp4csum
            ifconfig em0 -accept_rtadv
            ifconfig vlan0 create
            ifconfig vlan0 vlan 5 vlanif em0
            ifconfig vlan0 10.5.0.2/24
            ifconfig vlan3 create
            route add default 10.1.0.1
            route add 10.9.0.0/16 -interface em0
            route add -inet6 fd01::/64 fd00::1
            route add 10.8.0.0/16 -reject
            route add 10.7.0.0/16 10.1.0.1
            route delete 10.7.0.0/16
            arp -s 10.1.0.77 02:00:00:00:00:77
            sysctl net.inet.tcp.ttl=33
            """
        for line in lines.split(separator: "\n") { try dock.good(line.split(separator: " ").map(String.init), sock: "/sock2") }
    }

    private func plan() throws -> String { try dock.good("drydock", "plan", "/sock2") }
    private func log() -> String { (try? String(contentsOf: dock.folder.appending(path: "stack/sock2/log"), encoding: .utf8)) ?? "" }

    private func kill(_ signal: Int32) throws {
        let pid = try dock.instancePids("sock2").stack
        #expect(Foundation.kill(pid, signal) == 0)
        #expect(eventually { Dock.isGone(pid) })
    }

    @Test(arguments: [SIGSEGV, SIGKILL])
    func `what was set is there again without a command, and what was taken back is not`(signal: Int32) throws {
        defer { dock.close() }
        try harbour("restart=on-failure")
        try furnish()
        let before = try plan()
        #expect(before.contains("10.1.0.3/24") && !before.contains("10.1.0.4") && !before.contains("10.7.0.0"), "\(before)")
        try kill(signal)
        let ping = try dock.good("ping", "-c", "3", "-i", "0.1", "-w", "10", "10.1.0.1", sock: "/sock2")
        #expect(ping.contains(" 0% packet loss"), "\(ping)")
        let after = try plan()
        #expect(after == before, "\(after)\n-- instead of --\n\(before)")
        let shown = try dock.good("ifconfig", "em0", sock: "/sock2")
        #expect(shown.contains("10.1.0.3") && shown.contains("PROMISC") && shown.contains("mtu 1400"), "\(shown)")
        #expect(try dock.good("arp", "-a", sock: "/sock2").contains("02:00:00:00:00:77"))
        #expect(try dock.good("sysctl", "net.inet.tcp.ttl", sock: "/sock2").contains("33"))
        #expect(log().contains("it is started again"), "\(log())")
    }

    @Test func `a plan's commands make another stack the same`() throws {
        defer { dock.close() }
        try harbour("restart=on-failure")
        try furnish()
        let before = try plan()
        #expect(try dock.run("slay", "io-pkt-v6-hc", sock: "/sock2").status == 1)
        #expect(try dock.run("drydock", "plan", "/sock2").status != 0)
        try dock.good("sh", "-e", "-c", before)
        let after = try plan()
        #expect(after == before, "\(after)\n-- instead of --\n\(before)")
    }

    @Test func `a ping goes on over the death, and a command that comes meanwhile waits`() throws {
        defer { dock.close() }
        try harbour("restart=on-failure")
        let ping = try dock.start(["ping", "-i", "0.05", "-c", "40", "-w", "20", "10.1.0.1"], sock: "/sock2")
        Thread.sleep(forTimeInterval: 0.4)
        try kill(SIGSEGV)
        try dock.good("ifconfig", "em0", sock: "/sock2")
        #expect(ping.finish(within: 25))
        #expect(ping.outcome.status == 0 && ping.outcome.err.contains("it is started again"), "\(ping.outcome.all)")
    }

    @Test func `a driver that dies again and again is named and left out, and the rest of the instance lives`() throws {
        defer { dock.close() }
        try harbour("restart=on-failure,restart_budget=2/60", driver: "e1000-faulty", mount: "nic=em-a,after=3")
        try dock.good("route", "add", "10.8.0.0/16", "-reject", sock: "/sock2")
        #expect(try eventually(within: 20) {
            _ = try dock.run("ping", "-c", "10", "-i", "0.02", "-w", "2", "10.1.0.1", sock: "/sock2")
            return log().contains("it is started again without devnp-e1000-faulty.so")
        }, "\(log())")
        #expect(try eventually { try dock.run("ifconfig", "-l", sock: "/sock2").out.split(separator: "\n").first == "lo0" })
        let left = try plan()
        #expect(!left.contains("mount") && left.contains("10.8.0.0/16"), "\(left)")
        // The NIC is free, and a better driver can have it.
        try dock.good("mount", "-Tio-pkt2", "-o", "nic=em-a", try Drivers.path("e1000"))
        try dock.good("ifconfig", "em0", "10.1.0.2/24", sock: "/sock2")
        let ping = try dock.good("ping", "-c", "3", "-i", "0.1", "-w", "10", "10.1.0.1", sock: "/sock2")
        #expect(ping.contains("3 packets received"), "\(ping)")
    }

    @Test func `a build that dies again and again gives way to the last one that ran for long enough, with all that was set`() throws {
        defer { dock.close() }
        let file = dock.folder.appending(path: "devnp-mine.so")
        func build(_ driver: String) throws {
            try? FileManager.default.removeItem(at: file)
            try FileManager.default.copyItem(at: URL(filePath: try Drivers.path(driver)), to: file)
        }
        try build("e1000")
        try harbour("restart=on-failure,restart_budget=1/60,restart_proven=1")
        try dock.good("mount", "--reload", "em0", file.path(), sock: "/sock2")
        try dock.good("ifconfig", "em0", "10.1.0.3/24", "alias", sock: "/sock2")
        #expect(eventually(within: 20) { log().contains("devnp-mine.so has run for 1 s: this build is kept") }, "\(log())")
        try build("e1000-faulty")
        try dock.good("mount", "--reload", "em0", file.path(), sock: "/sock2")
        #expect(try eventually(within: 30) {
            _ = try dock.run("ping", "-c", "10", "-i", "0.02", "-w", "2", "10.1.0.1", sock: "/sock2")
            return log().contains("it is started again with the build of devnp-mine.so of 2")
        }, "\(log())")
        let ping = try dock.good("ping", "-c", "10", "-i", "0.02", "-w", "10", "10.1.0.1", sock: "/sock2")
        #expect(ping.contains("10 packets received"), "\(ping)\n\(log())")
        let shown = try dock.good("ifconfig", "em0", sock: "/sock2"), left = try plan()
        #expect(shown.contains("10.1.0.2") && shown.contains("10.1.0.3"), "\(shown)")
        #expect(left.contains("/.proven/sock2/build-") && left.contains("nic=em-a"), "\(left)")
        #expect(try dock.good("drydock", "events", "--past", "/sock2").contains("it is started again with the build of devnp-mine.so"))
        try explains("; it is started again with the build of devnp-mine.so of 2")
        // A supervisor that dies takes no build along.
        let pids = try dock.instancePids("sock2")
        #expect(Foundation.kill(pids.supervisor, SIGKILL) == 0)
        #expect(eventually { Dock.isGone(pids.stack) })
        try dock.good("io-pkt-v6-hc", "-i2", "-ptcpip", "prefix=/sock2,restart=on-failure,recover,restart_proven=1")
        #expect(try dock.good("ping", "-c", "1", "-w", "10", "10.1.0.1", sock: "/sock2").contains("1 packets received"))
        #expect(try dock.run("slay", "io-pkt-v6-hc", sock: "/sock2").status == 1)
        #expect(eventually { !FileManager.default.fileExists(atPath: dock.folder.appending(path: "stack/.proven/sock2").path()) }, "an orderly end leaves none")
    }

    @Test func `an instance that its guardian starts again finds the builds that were proven before`() throws {
        defer { dock.close() }
        let file = dock.folder.appending(path: "devnp-mine.so")
        func build(_ driver: String) throws {
            try? FileManager.default.removeItem(at: file)
            try FileManager.default.copyItem(at: URL(filePath: try Drivers.path(driver)), to: file)
        }
        try build("e1000")
        try harbour("restart=on-failure,restart_budget=1/60,restart_proven=1,guardian")
        try dock.good("mount", "--reload", "em0", file.path(), sock: "/sock2")
        #expect(eventually(within: 20) { log().contains("devnp-mine.so has run for 1 s: this build is kept") }, "\(log())")
        let before = try dock.instancePids("sock2")
        #expect(Foundation.kill(before.supervisor, SIGKILL) == 0)
        #expect(eventually(within: 20) { (try? dock.instancePids("sock2").stack).map { $0 != before.stack } ?? false }, "its guardian has started another")
        #expect(try eventually(within: 20) { try dock.run("ifconfig", "em0", sock: "/sock2").out.contains("10.1.0.2") })
        try build("e1000-faulty")
        try dock.good("mount", "--reload", "em0", file.path(), sock: "/sock2")
        #expect(try eventually(within: 30) {
            _ = try dock.run("ping", "-c", "10", "-i", "0.02", "-w", "2", "10.1.0.1", sock: "/sock2")
            return log().contains("it is started again with the build of devnp-mine.so of 2")
        }, "\(log())")
        let ping = try dock.good("ping", "-c", "5", "-i", "0.02", "-w", "10", "10.1.0.1", sock: "/sock2")
        #expect(ping.contains("5 packets received"), "\(ping)\n\(log())")
    }

    @Test func `a driver of which no build has run for long enough is left out`() throws {
        defer { dock.close() }
        try harbour("restart=on-failure,restart_budget=1/60,restart_proven=600", driver: "e1000-faulty", mount: "nic=em-a,after=3")
        #expect(try eventually(within: 20) {
            _ = try dock.run("ping", "-c", "10", "-i", "0.02", "-w", "2", "10.1.0.1", sock: "/sock2")
            return log().contains("it is started again without devnp-e1000-faulty.so")
        }, "\(log())")
        try explains("; it is started again without devnp-e1000-faulty.so.")
    }

    /// The dossier of the last death says what followed from it.
    private func explains(_ words: String) throws {
        var said = ""
        #expect(try eventually(within: 30) {
            said = String(try dock.run("drydock", "postmortem", "/sock2").out.prefix { $0 != "\n" })
            return said.contains(words)
        }, "\(said)")
    }

    @Test func `somebody who watches sees a death and a restoration once, and the end`() throws {
        defer { dock.close() }
        try harbour("restart=on-failure")
        let watch = try dock.start(["drydock", "events", "/sock2"])
        let pid = try dock.instancePids("sock2").stack
        try kill(SIGKILL)
        #expect(eventually(within: 20) { log().contains("answers again") }, "\(log())")
        let next = try dock.instancePids("sock2").stack
        let past = try dock.good("drydock", "events", "--past", "/sock2").split(separator: "\n")
        // Where it was when it died is said, too, if it was anywhere.
        #expect(past.count == 2 && past[0].hasPrefix("died pid \(pid): SIGKILL") && past[0].contains("; why: drydock postmortem /"), "\(past)")
        #expect(past.last == "restored pid \(next)", "\(past)")
        #expect(try dock.run("slay", "io-pkt-v6-hc", sock: "/sock2").status == 1)
        #expect(watch.finish(within: 20))
        #expect(watch.outcome.status == 0 && watch.outcome.out.split(separator: "\n") == past, "\(watch.outcome.all)")
    }

    @Test func `a callout that never ends is named, and ended, and the stack comes back`() throws {
        defer { dock.close() }
        try harbour("restart=on-failure,hang_kill=500", driver: "e1000-faulty", mount: "nic=em-a,fault=hang,after=3")
        let first = try dock.instancePids("sock2").stack
        _ = try dock.run("ping", "-c", "10", "-i", "0.02", "-w", "2", "10.1.0.1", sock: "/sock2")
        #expect(eventually { Dock.isGone(first) }, "\(log())")
        #expect(eventually { log().contains("answers again") }, "\(log())")
        #expect(log().contains("hang: thread \(first), in callout interrupt of em0 (devnp-e1000-faulty.so), has made no progress for "), "\(log())")
        #expect(log().contains("died: no progress for ") && log().contains("devnp-e1000-faulty.so, callout interrupt of em0; it is started again"), "\(log())")
        #expect(try dock.good("ifconfig", "em0", sock: "/sock2").contains("10.1.0.2"))
    }

    @Test func `a stack that is held is no hang`() throws {
        defer { dock.close() }
        try harbour("restart=on-failure,hang_kill=300")
        let pid = try dock.instancePids("sock2").stack
        let traffic = try dock.start(["ping", "-f", "-c", "100000", "-w", "3", "10.1.0.1"], sock: "/sock2")
        Thread.sleep(forTimeInterval: 0.2)
        Foundation.kill(pid, SIGSTOP)
        Thread.sleep(forTimeInterval: 1)
        Foundation.kill(pid, SIGCONT)
        #expect(traffic.finish(within: 10))
        #expect(try dock.instancePids("sock2").stack == pid, "\(log())")
    }

    @Test func `what could not be restored stays in the plan, and is there when it can be`() throws {
        defer { dock.close() }
        try harbour("restart=on-failure")
        // A driver whose file is away when the stack comes back, as while it is being built.
        let file = dock.folder.appending(path: "devnp-mine.so"), away = dock.folder.appending(path: "away.so")
        try FileManager.default.copyItem(at: URL(filePath: try Drivers.path("e1000")), to: file)
        try dock.good("mount", "--reload", "em0", file.path(), sock: "/sock2")
        try dock.good("route", "add", "10.9.0.0/16", "10.1.0.1", sock: "/sock2")
        try FileManager.default.moveItem(at: file, to: away)
        try kill(SIGKILL)
        #expect(eventually(within: 20) { log().contains("not restored: ") && log().contains("answers again") }, "\(log())")
        #expect(try dock.good("ifconfig", "-l", sock: "/sock2").split(separator: "\n").first == "lo0")
        let left = try plan()
        for word in [file.path(), "10.1.0.2/24", "10.9.0.0/16"] { #expect(left.contains(word), "\(word): \(left)") }
        try FileManager.default.moveItem(at: away, to: file)
        try kill(SIGKILL)
        let ping = try dock.good("ping", "-c", "1", "-w", "10", "10.1.0.1", sock: "/sock2")
        #expect(ping.contains("1 packets received"), "\(ping)\n\(log())")
        let shown = try dock.good("netstat", "-r", "-n", sock: "/sock2")
        #expect(shown.contains("10.9"), "\(shown)")
        // Somebody who brings the interface says what it is to have.
        try FileManager.default.moveItem(at: file, to: away)
        try kill(SIGKILL)
        #expect(try eventually(within: 20) { try dock.run("ifconfig", "-l", sock: "/sock2").out.split(separator: "\n").first == "lo0" })
        try dock.good("mount", "-Tio-pkt2", "-o", "nic=em-a", try Drivers.path("e1000"))
        let other = try plan()
        #expect(!other.contains(file.path()) && !other.contains("10.1.0.2") && other.contains("10.9.0.0/16"), "\(other)")
    }

    @Test func `when the supervisor dies, the next start can recover what there was`() throws {
        defer { dock.close() }
        try harbour("restart=on-failure")
        try furnish()
        let before = try plan(), pids = try dock.instancePids("sock2")
        #expect(Foundation.kill(pids.supervisor, SIGKILL) == 0)
        #expect(eventually { Dock.isGone(pids.stack) })
        try dock.good("io-pkt-v6-hc", "-i2", "-ptcpip", "prefix=/sock2,restart=on-failure,recover")
        let ping = try dock.good("ping", "-c", "1", "-w", "10", "10.1.0.1", sock: "/sock2")
        #expect(ping.contains("1 packets received"), "\(ping)")
        let after = try plan()
        #expect(after == before, "\(after)\n-- instead of --\n\(before)")
    }

    @Test func `a guardian starts the instance again when its supervisor dies, and is replaced when it dies itself`() throws {
        defer { dock.close() }
        try harbour("guardian")
        try furnish()
        let before = try plan(), first = try dock.instancePids("sock2")
        func guardian() -> Int32? {
            dock.processes().first { (try? String(contentsOfFile: "/proc/\($0)/comm", encoding: .utf8)) == "drydock-guard\n" }
        }
        #expect(eventually(within: 10) { guardian() != nil })
        let killed = try #require(guardian())
        // One that dies at once is not replaced: something would be wrong with it.
        Thread.sleep(forTimeInterval: 1.1)
        #expect(Foundation.kill(killed, SIGKILL) == 0)
        #expect(eventually(within: 10) { guardian().map { $0 != killed } ?? false }, "another one watches")
        #expect(Foundation.kill(first.supervisor, SIGKILL) == 0)
        #expect(eventually(within: 20) { (try? dock.instancePids("sock2").supervisor).map { $0 != first.supervisor } ?? false }, "another supervisor")
        let ping = try dock.good("ping", "-c", "1", "-w", "10", "10.1.0.1", sock: "/sock2")
        #expect(ping.contains("1 packets received"), "\(ping)")
        let after = try plan()
        #expect(after == before, "\(after)\n-- instead of --\n\(before)")
        #expect(log().contains("its guardian has started this one"), "\(log())")
        #expect(try dock.run("slay", "io-pkt-v6-hc", sock: "/sock2").status == 1)
        #expect(eventually(within: 10) { guardian() == nil }, "an instance that is stopped takes its guardian along")
    }
}
