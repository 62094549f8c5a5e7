import Foundation
import Testing

#if arch(x86_64)
    private let hasTypes = unsafe dlopen("libdw.so.1", RTLD_NOW) != nil

    /// `break`, `c` and `dprintf` of `drydock shell`, on a stack that is at work.
    @Suite(.serialized, .enabled(if: hasTypes, "libdw.so.1 is not installed")) struct BreakpointTests {
        /// Work for the driver, for a minute.
        private static func traffic(_ dock: Dock) throws -> Task {
            try dock.start(["ping", "-c", "1200", "-i", "0.05", "-w", "60", "10.1.0.1"], sock: "/sock2")
        }

        /// Whether so many breakpoints come to be told of in the log: another shell that asked might take the place of the one that is waited for.
        private static func isWaiting(_ dock: Dock, times: Int = 1) throws -> Bool {
            try eventually(within: 30) { try dock.run("sloginfo", sock: "/sock2").out.components(separatedBy: "a shell waits at").count > times }
        }

        @Test func `the stack stands where the driver stores into a register, is looked into, and goes on`() throws {
            let dock = try Dock()
            defer { dock.close() }
            try dock.stackWithCard(protocol: ",restart=on-failure")
            let work = try Self.traffic(dock)
            defer { work.kill() }
            let seen = try dock.shell("break em0.TDT write", "em0.hangs", "i", "c")
            #expect(seen.status == 0 && seen.out.contains("is about to write em0.TDT 0x0000"), "\(seen.all)")
            #expect(seen.out.contains("DriverE1000") && seen.out.contains("Attachment.transmit") && seen.out.contains(".swift:"), "with the driver's function and the way there: \(seen.all)")
            #expect(seen.out.contains("value = 0 = 0x0") && seen.out.contains("goes on\n"), "\(seen.all)")
            #expect(try dock.reachesPeer())
        }

        @Test func `a place that nobody comes by is an error, and what one session waits for is told to another`() throws {
            let dock = try Dock()
            defer { dock.close() }
            try dock.stackWithCard(protocol: ",restart=on-failure")
            let none = try dock.shell("break em0.TDT write if value == 99999, 1", "c", "break 0x10", "break em0.TDD")
            let lines = none.err.split(separator: "\n")
            #expect(none.status == 1 && lines.count == 4, "\(none.all)")
            #expect(none.err.contains("was not met within 1 s: nothing stands") && none.err.contains("is no code") && none.err.contains("nearest"), "\(none.all)")
            let only = try dock.shell("break em0.TDT", words: ["-r", "/sock2"])
            #expect(only.status == 1 && only.err.contains("only looks (-r)"), "\(only.all)")
            let waiting = try dock.start(["drydock", "shell", "/sock2", "-e", "break em0.TDT write if value == 99999, 30"])
            defer { waiting.kill() }
            #expect(try Self.isWaiting(dock, times: 2))
            let second = try dock.shell("break em0.TDT, 1")
            #expect(second.status == 1 && second.err.contains("another session has one"), "\(second.all)")
            #expect(try dock.reachesPeer(), "who waits is in nobody's way")
        }

        @Test func `a stack goes on when the shell is killed where it stands, and by itself after its time`() throws {
            let dock = try Dock()
            defer { dock.close() }
            try dock.stackWithCard(protocol: ",restart=on-failure")
            let work = try Self.traffic(dock)
            defer { work.kill() }
            let person = try dock.typist("drydock", "shell", "/sock2")
            defer { person.close() }
            try person.type("break em0.TDT write\n")
            #expect(person.sees("c lets it go on"), "\(person.shown)")
            kill(person.process.processIdentifier, SIGKILL)
            #expect(try dock.reachesPeer())
            let late = try dock.shell("break -t 1 em0.TDT write", "ping -c 1 -w 10 10.1.0.1", "c")
            #expect(late.status == 0 && late.out.contains("it had gone on by itself"), "\(late.all)")
        }

        @Test func `what stands goes on by lines, by instructions, over calls and out of its function`() throws {
            let dock = try Dock()
            defer { dock.close() }
            try dock.stackWithCard(protocol: ",restart=on-failure")
            let work = try Self.traffic(dock)
            defer { work.kill() }
            let seen = try dock.shell("break em0.TDT write", "s 2", "cret", "so", "step", "em0.hangs", "tt", "c", "step")
            let places = seen.out.split(separator: "\n").filter { $0.contains(" is at ") }
            #expect(places.count == 4 && seen.err.contains("nothing stands"), "\(seen.all)")
            #expect(places.dropFirst().allSatisfy { $0.contains(".swift:") && !$0.contains(":0)") } && Set(places).count == 4, "\(seen.all)")
            #expect(places.count > 1 && places[1].contains("DriverE1000"), "back in the driver: \(seen.all)")
            #expect(seen.out.contains("value = 0 = 0x0") && seen.out.contains("goes on\n"), "\(seen.all)")
            #expect(try dock.reachesPeer())
        }

        @Test func `a function that is called and memory that is written are waited for, too`() throws {
            let dock = try Dock()
            defer { dock.close() }
            try dock.stackWithCard(protocol: ",restart=on-failure")
            let work = try Self.traffic(dock)
            defer { work.kill() }
            let seen = try dock.shell("break &em0.interrupts write", "cret", "c", "break drydock_driver_sysctl_nothing")
            #expect(seen.out.contains("has written &em0.interrupts, at ") && seen.out.contains("goes on\n"), "\(seen.all)")
            #expect(seen.status == 1, "\(seen.all)")
            #expect(try dock.reachesPeer())
        }

        @Test func `dprintf prints what passes, and counts what it does not print`() throws {
            let dock = try Dock()
            defer { dock.close() }
            try dock.stackWithCard(protocol: ",restart=on-failure")
            let work = try Self.traffic(dock)
            defer { work.kill() }
            let seen = try dock.shell("dprintf -n 5 em0.TDT write, \"tail %d of %x\\n\", value, $3 + 0")
            #expect(seen.status == 0 && seen.out.split(separator: "\n").count == 6, "\(seen.all)")
            #expect(seen.out.hasPrefix("tail ") && seen.out.contains(" of 3818\n") && seen.out.contains("em0.TDT: passed "), "\(seen.all)")
            #expect(try dock.reachesPeer())
        }

        @Test func `a fault while somebody waits leaves a core, and the stack is started again`() throws {
            let dock = try Dock()
            defer { dock.close() }
            try dock.stackWithCard(protocol: ",restart=on-failure")
            let pid = try #require(try dock.stackPid())
            let waiting = try dock.start(["drydock", "shell", "/sock2", "-e", "break em0.TDT write if value == 99999, 30"])
            defer { waiting.kill() }
            #expect(try Self.isWaiting(dock))
            kill(pid, SIGSEGV)
            #expect(waiting.finish(within: 30) && waiting.outcome.err.contains("the stack took SIGSEGV"), "\(waiting.outcome.all)")
            #expect(try eventually(within: 30) { try dock.reachesPeer() }, "another one")
            let why = try dock.shell("tt", words: ["--core", "/sock2"])
            #expect(why.status == 0, "\(why.all)")
        }
    }
#endif
