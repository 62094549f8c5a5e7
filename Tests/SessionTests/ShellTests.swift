import Foundation
import Testing

private let hasTypes = unsafe dlopen("libdw.so.1", RTLD_NOW) != nil

/// `drydock shell` on real stacks: what it sees, changes and calls, of the living and of the dead.
@Suite(.serialized, .enabled(if: hasTypes, "libdw.so.1 is not installed")) struct ShellTests {
    @Test func `a driver's variables are read, changed, written down and put back`() throws {
        let dock = try Dock()
        defer { dock.close() }
        try dock.stackWithCard()
        let seen = try dock.shell("em0", "em0.verbose = 1", "em0.verbose", "journal", "undo", "em0.verbose")
        #expect(seen.status == 0 && seen.out.contains("struct e1000 em0") && seen.out.contains("hangs"), "\(seen.all)")
        #expect(seen.out.contains("(em0.verbose): 0x0 -> 0x1   by: em0.verbose = 1"), "\(seen.all)")
        #expect(seen.out.contains("(em0.verbose): 0x0 -> 0x1\nvalue = 0 = 0x0\n"), "\(seen.all)")
        let locked = try dock.shell("em0.hangs = 3", "em0.hangs")
        #expect(locked.status == 1 && locked.err == "shell: em0.hangs can be looked at, not changed: its driver says so\n", "\(locked.all)")
        #expect(locked.out == "value = 0 = 0x0\n", "the shell goes on")
        let only = try dock.shell("em0.verbose = 1", "getpid()", "em0.verbose", words: ["-r", "/sock2"])
        #expect(only.status == 1 && only.out == "value = 0 = 0x0\n" && only.err.contains("nothing is called"), "\(only.all)")
    }

    @Test func `registers are seen past the driver, changed by the field, and put back`() throws {
        let dock = try Dock()
        defer { dock.close() }
        try dock.stackWithCard()
        #expect(try dock.reachesPeer())
        let seen = try dock.shell("regs em0 RCTL", "reg em0.CTRL.SLU", "ring em0.rx", "reg em0.RCTL.EN = 0", "why em0", "undo", "reg em0.RCTL.EN", "why em0")
        #expect(seen.status == 0 && seen.out.contains("em0.CTRL.SLU = 1 = 0x1"), "\(seen.all)")
        #expect(seen.out.contains("receive: at device address 0x") && seen.out.contains("DD EOP"), "\(seen.all)")
        #expect(seen.out.contains("1. the receiver is off\n     reg em0.RCTL.EN = 0\n"), "\(seen.all)")
        #expect(seen.out.contains("em0.RCTL.EN = 1 = 0x1\n") && !seen.out.hasSuffix("RCTL.EN = 0\n"), "\(seen.all)")
        #expect(try dock.reachesPeer(), "it receives again")
        let wrong = try dock.shell("reg em0.CTRL.SLA", "reg em0.CTLR", "reg em7.CTRL", "reg em0.CTRL.SLU = 2")
        #expect(wrong.status == 1 && wrong.err.contains("nearest: SLU") && wrong.err.contains("nearest: CTRL") && wrong.err.contains("em7 has no device here; there are: em0"), "\(wrong.all)")
        #expect(wrong.err.contains("2 does not fit into em0.CTRL.SLU: it has 1 bit"), "\(wrong.all)")
    }

    @Test func `a line that cannot be done is one line, and what comes behind it is done`() throws {
        let dock = try Dock()
        defer { dock.close() }
        try dock.stackWithCard()
        let bad = try dock.shell("1/0", "*(int *)8", "clinux_hide_drivr", "(", "nothing.at(all)", "1 + 1")
        #expect(bad.status == 1 && bad.out == "value = 2 = 0x2\n" && bad.err.split(separator: "\n").count == 5, "\(bad.all)")
        #expect(bad.err.contains("division by zero") && bad.err.contains("address 0x8 is not mapped") && bad.err.contains("nearest: clinux_hide_driver"), "\(bad.all)")
        let json = try dock.shell("em0.hangs", "1/0", words: ["--json", "/sock2"])
        #expect(json.out.split(separator: "\n").count == 2 && json.out.contains(#""ok":true"#) && json.out.contains(#""error":"division by zero""#), "\(json.all)")
        let none = try dock.shell("1", words: ["/sock9"])
        #expect(none.status == 1 && none.err.contains("no stack at /sock9"), "\(none.all)")
    }

    @Test func `a person types, completes, looks back and leaves`() throws {
        let dock = try Dock()
        defer { dock.close() }
        try dock.stackWithCard()
        let person = try dock.typist("drydock", "shell", "/sock2")
        defer { person.close() }
        #expect(person.sees("-> "), "\(person.shown)")
        try person.type("1 + 41\n")
        #expect(person.sees("value = 42 = 0x2a"), "\(person.shown)")
        try person.type("1/0\n")
        #expect(person.sees("division by zero"), "\(person.shown)")
        try person.type("em0.hangs\n")
        #expect(person.sees("value = 0 = 0x0"), "\(person.shown)")
        try person.type("m 0\n")
        #expect(person.sees("address 0x0 is not mapped"), "\(person.shown)")
        try person.type("em0.verbose = 7\nm &em0.verbose\n")
        #expect(person.sees("0x00000007 - "), "it asks for the new value: \(person.shown)")
        try person.type("9\n.\nem0.verbose\n")
        #expect(person.sees("value = 9 = 0x9"), "\(person.shown)")
        // Completion and history are the editor's, which may not be there.
        if FileManager.default.fileExists(atPath: "/usr/lib/x86_64-linux-gnu/libedit.so.2") {
            try person.type("reg em0.CTRL.SL\t\n")
            #expect(person.sees("em0.CTRL.SLU = 1 = 0x1"), "\(person.shown)")
        }
        try person.type("exit\n")
        #expect(eventually(within: 60) { !person.process.isRunning }, "\(person.shown)")
    }

    #if arch(x86_64)
        @Test func `a called function that faults or stays away is stopped, and the stack goes on`() throws {
            let dock = try Dock()
            defer { dock.close() }
            try dock.stackWithCard()
            let pid = try #require(try dock.stackPid())
            let called = try dock.shell("getpid()", "s = \"hello\"", "((unsigned long (*)())&clinux_is_zero)(s, 5)")
            #expect(called.status == 0 && called.out.hasPrefix("value = \(pid) = "), "\(called.all)")
            #expect(called.out.hasSuffix("value = 0 = 0x0\n"), "\(called.all)")
            let stopped = try dock.shell("((int (*)())0x10)(1)", "abort()", "sleep(30)")
            let lines = stopped.err.split(separator: "\n")
            #expect(stopped.status == 1 && lines.count == 3, "\(stopped.all)")
            #expect(lines.first?.contains("SIGSEGV at 0x10") == true && lines.last?.contains("did not return in its time") == true, "\(stopped.all)")
            #expect(try dock.reachesPeer() && dock.stackPid() == pid, "the same process goes on")
        }
    #endif

    @Test func `a stack that hangs is looked into as any other`() throws {
        let dock = try Dock()
        defer { dock.close() }
        try dock.stackWithCard(driver: "e1000-faulty", options: "fault=hang,after=3", protocol: ",hang_kill=60000")
        let ping = try dock.start(["ping", "-c", "20", "-i", "0.05", "-w", "5", "10.1.0.1"], sock: "/sock2")
        defer { ping.kill() }
        var seen = Dock.Outcome(status: 0, out: "", err: "")
        let isSeen = try eventually(within: 30) {
            seen = try dock.shell("em0", "tt", "regs em0 CTRL")
            return seen.out.contains("waitForEver")
        }
        #expect(isSeen && seen.status == 0 && seen.out.contains("struct e1000-faulty em0") && seen.out.contains("SLU=1"), "\(seen.all)")
    }

    @Test(arguments: [
        ("slow", "the driver's interrupt takes long: the stack does nothing else meanwhile"),
        ("lost-irq", "the driver finds nothing to do when it is interrupted, though the device has something"),
        ("deaf-transmit", "the transmitter stands still: frames that the driver was given to send do not come back"),
        ("wild-dma", "the driver breaks a rule of the datasheet"),
    ])
    func `what an example faulty driver does wrong is the first answer to why`(fault: String, answer: String) throws {
        let dock = try Dock()
        defer { dock.close() }
        try dock.stackWithCard(driver: "e1000-faulty", options: "fault=\(fault),after=3")
        var said = ""
        let isFound = try eventually(within: 90) {
            _ = try dock.run("ping", "-c", "300", "-i", "0.002", "-w", "3", "10.1.0.1", sock: "/sock2")
            said = try dock.shell("why em0").all
            return said.hasPrefix("1. \(answer)")
        }
        #expect(isFound, "\(said)")
    }

    @Test func `the process of an isolated driver is looked into by the name of its interface`() throws {
        let dock = try Dock()
        defer { dock.close() }
        try dock.stackWithCard(options: "isolated")
        let told = try dock.shell("em0", "devs", "lkup \"drydock_driver_entry\"", words: ["--driver", "em0", "/sock2"])
        #expect(told.status == 0 && told.out.contains("struct e1000 em0") && told.out.contains("(libdevnp-e1000.so)") && told.out.contains("instance 0x"), "\(told.all)")
        let stack = try dock.shell("devs", "em0.hangs")
        #expect(stack.out.contains("in a process of its own: --driver em0") && stack.err.contains("look there: drydock shell --driver em0"), "\(stack.all)")
    }

    @Test func `a driver's methods, faults of the cable, and other tools are words of the shell`() throws {
        let dock = try Dock()
        defer { dock.close() }
        try dock.stackWithCard()
        let told = try dock.shell("method", "ifconfig em0", "repeat 2, 1 + 1", "fault em0 down", "why em0", "fault em0 up", "memShow", "printErrno 22", "spy")
        #expect(told.status == 0 && told.out.contains("em0.recover") && told.out.contains("inet 10.1.0.2") && told.out.contains("value = 2 = 0x2\nvalue = 2 = 0x2\n2 times"), "\(told.all)")
        #expect(told.out.contains("1. the carrier is held down\n") && told.out.contains("[vvar]") == false && told.out.contains("22: Invalid argument") && told.out.contains("NIC em-a"), "\(told.all)")
        let changed = try dock.shell("unld em0", "ld \"\(try Drivers.path("e1000"))\", \"nic=em-a\"", "devs", "mount nonsense", "method em0.recovr")
        #expect(changed.status == 1 && changed.out.contains("em0      devnp-e1000.so") && changed.err.contains("nearest: recover"), "\(changed.all)")
        let only = try dock.shell("fault em0 down", "ifconfig em0 down", "ts", words: ["-r", "/sock2"])
        #expect(only.status == 1 && only.err.split(separator: "\n").count == 3, "\(only.all)")
    }

    @Test func `of a stack that stands still, its core gives the answers that it gives itself`() throws {
        let dock = try Dock()
        defer { dock.close() }
        try dock.stackWithCard()
        #expect(try dock.reachesPeer())
        let pid = try #require(try dock.stackPid())
        kill(pid, SIGSTOP)
        defer { kill(pid, SIGCONT) }
        try dock.good("dumper", "-d", dock.folder.path(), sock: "/sock2")
        let core = dock.folder.appending(path: "io-pkt-v6-hc.core").path()
        let commands = [
            "em0", "em0.interrupts", "&drydock_shown", "drydock_shown.driver[0]", "d &drydock_shown, 64", "d clinux_hide_driver, 32", "l clinux_hide_driver, 5",
            "lkup \"clinux_page\"", "lkup 0", "lkAddr clinux_hide_driver", "moduleShow", "i", "ti", "tt", "w", "sizeof(struct clinux_shown)", "em0.nothing", "*(int *)8",
            "x = 5", "clinux_hide_driver + 4", "ifShow", "endShow em0", "muxShow", "netPoolShow", "inetstatShow", "routeShow", "arpShow", "ndpShow",
            "tcpstatShow", "udpstatShow", "icmpstatShow", "ipstatShow", "dropShow", "ifShow em7",
        ]
        func answers(_ words: String...) throws -> [Substring] {
            let given = commands.flatMap { ["-e", $0] }
            let told = try dock.run(["drydock", "shell", "--json"] + words + given, seconds: 120)
            // Of a process that stands time goes on.
            return told.out.replacing(/("expires":|expires in )[0-9]+/, with: "").split(separator: "\n")
        }
        let live = try answers("/sock2"), dead = try answers("--core", core)
        #expect(live.count == commands.count && dead.count == commands.count, "each answers something")
        for (command, (live, dead)) in zip(commands, zip(live, dead)) {
            // A new symbol lies on the shell's own side where nothing is to be changed.
            if command == "x = 5" { #expect(live.contains("value = 5 = 0x5") && dead.contains("value = 5 = 0x5")) } else { #expect(live == dead, "\(command)") }
        }
        #expect(live.contains { $0.contains("\"line\":\"arpShow\"") && $0.contains("10.1.0.1") && $0.contains("\"ok\":true") }, "a copy of the process answers")
    }

    @Test func `a stack whose driver hangs says what it knows by a copy of it, and is none the worse`() throws {
        let dock = try Dock()
        defer { dock.close() }
        try dock.stackWithCard(driver: "e1000-faulty", options: "fault=hang,after=20", protocol: ",hang_kill=60000")
        _ = try dock.run("ping", "-c", "50", "-i", "0.02", "-w", "5", "10.1.0.1", sock: "/sock2")
        let pid = try #require(try dock.stackPid()), told = try dock.shell("ifShow em0", "arpShow", "inetstatShow")
        #expect(told.status == 0 && told.out.contains("inet 10.1.0.2") && told.out.contains("(10.1.0.1) at 02:00:0a:01:00:01"), "\(told.all)")
        #expect(told.err.contains("did not answer within") && told.err.split(separator: "\n").count == 1, "\(told.all)")
        #expect(try dock.shell("tt").out.contains("waitForEver"), "it hangs where it hung")
        let wild = try dock.shell("*(long *)&testimony = 16", "ifShow", "undo", "ifShow em0")
        #expect(wild.status == 1 && wild.err.contains("its copy died of what it found") && wild.out.contains("inet 10.1.0.2"), "\(wild.all)")
        #expect(try #require(try dock.stackPid()) == pid && !FileManager.default.fileExists(atPath: "\(dock.folder.path())/testimony"))
    }

    @Test func `of a stack that has died, registers and rings are those that it had`() throws {
        let dock = try Dock()
        defer { dock.close() }
        try dock.stackWithCard()
        #expect(try dock.reachesPeer())
        let pid = try #require(try dock.stackPid())
        kill(pid, SIGSTOP)
        // Nobody may ask for the crash's folder before it is whole.
        let live = try dock.shell("regs em0", "ring em0.rx", "ring em0.tx").all
        kill(pid, SIGSEGV)
        kill(pid, SIGCONT)
        #expect(try eventually { try !dock.run("drydock", "instances").out.contains("running") })
        var dead = ""
        let isSame = try eventually(within: 60) {
            dead = try dock.shell("regs em0", "ring em0.rx", "ring em0.tx", words: ["--core", "/sock2"]).all
            return dead == live
        }
        #expect(isSame, "\(live) \(dead)")
        let why = try dock.shell("why", "ifShow", "em0.verbose = 1", words: ["--core", "/sock2"])
        #expect(why.status == 1 && why.out.contains("SIGSEGV") && why.out.contains("inet 10.1.0.2") && why.err.contains("a core is not changed"), "\(why.all)")
    }
}
