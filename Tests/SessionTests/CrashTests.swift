import Foundation
import Testing

/// A driver kills its stack, and a debugger shows where: the core that the supervisor keeps, whatever the host does with cores.
@Suite(.serialized) struct CrashTests {
    static let hasGDB = ["/usr/bin/gdb", "/usr/local/bin/gdb"].contains { FileManager.default.isExecutableFile(atPath: $0) }

    /// Mounts a driver that dies of the third frame that it gets, and sends frames. - Returns: the crash's folder.
    private func crash(_ dock: Dock, _ driver: String, options: String) throws -> URL {
        try dock.good("nic", "add", "em-a", "sim:82540em", "--cable", "peer:10.1.0.1/24")
        try dock.good("io-pkt-v6-hc", "-i2", "-ptcpip", "prefix=/sock2")
        try dock.good("mount", "-Tio-pkt2", "-o", options, driver)
        _ = try dock.run("ifconfig", "em0", "10.1.0.2/24", sock: "/sock2")
        _ = try dock.run("ping", "-c", "20", "-i", "0.05", "-w", "5", "10.1.0.1", sock: "/sock2")
        #expect(try eventually { try !dock.run("drydock", "instances").out.contains("running") })
        return try #require(crashes(dock).first, "there is a crash")
    }

    private func crashes(_ dock: Dock) -> [URL] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: dock.crashes.path())) ?? []
        return names.filter { $0.hasPrefix("sock2-") }.sorted().map { dock.crashes.appending(path: $0) }
    }

    private func gdb(_ folder: URL, _ commands: String...) throws -> String {
        let task = try Task(
            ["gdb", "-nx", "-batch", "-readnow", "-x", folder.appending(path: "gdb").path()] + commands.flatMap { ["-ex", $0] },
            environment: ProcessInfo.processInfo.environment)
        #expect(task.finish(within: 120), "gdb ends")
        // Of its warnings there are hundreds: each names a module that the compiler keeps in its cache.
        return String(task.outcome.out.prefix(20_000))
    }

    private func names(_ folder: URL) -> [String] { ((try? FileManager.default.contentsOfDirectory(atPath: folder.path())) ?? []).sorted() }

    @Test(.enabled(if: hasGDB, "gdb is not installed"))
    func `the core of a crashed driver shows its function, line and variables in gdb`() throws {
        let dock = try Dock()
        defer { dock.close() }
        let folder = try crash(dock, try Drivers.path("e1000-faulty"), options: "after=3")
        let kept = names(folder)
        for name in ["core", "died.json", "gdb", "log", "plan.json", "recorder"] { #expect(kept.contains(name), "\(name): \(kept)") }
        #expect(kept.contains { $0.hasPrefix("driver-") && $0.hasSuffix(".so") }, "the driver's image: \(kept)")
        let mode = try FileManager.default.attributesOfItem(atPath: folder.path())[.posixPermissions] as? Int
        #expect(mode == 0o700)
        let said = try gdb(folder, "bt", "frame 2", "info args", "info locals", "info threads")
        #expect(said.contains("touchMissingFrame"), "\(said)")
        #expect(said.contains("Faults.swift:") || said.contains("FaultyE1000.swift:"), "\(said)")
        #expect(said.contains("returnReceive") && said.contains("self="), "the driver's state: \(said)")
        #expect(said.contains("Program terminated with signal SIGSEGV"), "\(said)")
        let log = try String(contentsOf: folder.appending(path: "log"), encoding: .utf8)
        #expect(log.contains("run fault pid ") && log.contains("core in "), "\(log)")
    }

    @Test(.enabled(if: hasGDB, "gdb is not installed"))
    func `a stack whose successor was waiting, and begins at once, has its core all the same`() throws {
        let dock = try Dock()
        defer { dock.close() }
        try dock.good("nic", "add", "em-a", "sim:82540em", "--cable", "peer:10.1.0.1/24")
        try dock.good("io-pkt-v6-hc", "-i2", "-ptcpip", "prefix=/sock2,restart=on-failure")
        try dock.good("mount", "-Tio-pkt2", "-o", "after=3", try Drivers.path("e1000-faulty"))
        let before = try dock.instancePids("sock2")
        let waits = eventually { children(of: before.supervisor).contains("drydock-waiting") }
        #expect(waits, "\(children(of: before.supervisor))")
        try dock.good("ifconfig", "em0", "10.1.0.2/24", sock: "/sock2")
        _ = try dock.run("ping", "-c", "4", "-i", "0.05", "-w", "3", "10.1.0.1", sock: "/sock2")
        let isKept = eventually { crashes(dock).first.map { names($0).contains("gdb") } ?? false }
        #expect(isKept)
        let after = try dock.instancePids("sock2")
        #expect(after.supervisor == before.supervisor && after.stack != before.stack && !children(of: before.supervisor).isEmpty)
        let said = try gdb(try #require(crashes(dock).first), "bt", "frame 2", "info args")
        #expect(said.contains("touchMissingFrame") && said.contains("Program terminated with signal SIGSEGV"), "\(said)")
    }

    /// What a process's children are called.
    private func children(of parent: Int32) -> [String] {
        let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc"))?.compactMap { Int32($0) } ?? []
        return processes.compactMap { pid in
            let words = (try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8))?.split(separator: " ") ?? []
            guard words.count > 3, words[3] == "\(parent)" else { return nil }
            return String(words[1].dropFirst().dropLast())
        }
    }

    @Test(.enabled(if: hasGDB, "gdb is not installed"), arguments: ["-O2", "-O0"])
    func `a driver in C is shown the same way, built for release and for debugging`(level: String) throws {
        let dock = try Dock()
        defer { dock.close() }
        let folder = try crash(dock, try faultyC(level, in: dock), options: "nic=em-a")
        let said = try gdb(folder, "bt", "frame function look_at_frame", "info args", "info locals")
        #expect(said.contains("look_at_frame (length="), "\(said)")
        #expect(said.contains("device.c:"), "\(said)")
        #expect(said.contains("planted = "), "\(said)")
    }

    /// The example driver in C with a mistake planted: a length is stored through no pointer.
    private func faultyC(_ level: String, in dock: Dock) throws -> String {
        let folder = dock.folder.appending(path: "c-driver"), example = Dock.package.appending(path: "Examples/devnp-e1000-c")
        try FileManager.default.copyItem(at: example, to: folder)
        let file = folder.appending(path: "device.c")
        var text = try String(contentsOf: file, encoding: .utf8)
        let call = try #require(text.firstMatch(of: /static uint32_t return_receive\([^{]*\{\n/), "the callout that hands frames over")
        let planted = """
            static unsigned seen;
            __attribute__((noinline)) static void look_at_frame(unsigned length) {
                volatile unsigned planted = length + 1;
                if (++seen == 10) *(volatile unsigned *)16 = planted;
            }

            """
        text.insert(contentsOf: "    look_at_frame(42);\n", at: call.range.upperBound)
        text.insert(contentsOf: planted, at: call.range.lowerBound)
        try text.write(to: file, atomically: true, encoding: .utf8)
        let include = Dock.package.appending(path: "Drivers/Sources/CDriver/include").path()
        let sources = try FileManager.default.contentsOfDirectory(atPath: folder.path()).filter { $0.hasSuffix(".c") }.map { folder.appending(path: $0).path() }
        let out = folder.appending(path: "devnp-e1000-c.so").path()
        let task = try Task(
            ["clang", "-g", level, "-fno-omit-frame-pointer", "-shared", "-fPIC", "-fvisibility=hidden", "-w", "-I", include] + sources + ["-o", out],
            environment: ProcessInfo.processInfo.environment)
        #expect(task.finish(within: 60) && task.outcome.status == 0, "\(task.outcome.all)")
        return out
    }

    @Test func `a stack that lives is dumped, goes on, and older cores are kept by number`() throws {
        let dock = try Dock()
        defer { dock.close() }
        try dock.good("io-pkt-v6-hc", "-i2", "-ptcpip", "prefix=/sock2")
        let out = dock.folder.appending(path: "cores")
        try FileManager.default.createDirectory(at: out, withIntermediateDirectories: false)
        for _ in 0..<3 {
            let said = try dock.good("dumper", "-v", "-n", "-N", "1", "-d", out.path(), sock: "/sock2")
            #expect(said.contains("threads") && said.contains("stack held for"), "\(said)")
        }
        #expect(names(out) == ["io-pkt-v6-hc.1.core", "io-pkt-v6-hc.core"])
        try dock.good("dumper", "-z", "1", "-d", out.path(), sock: "/sock2")
        #expect(names(out) == ["io-pkt-v6-hc.core.gz"])
        try dock.good("ping", "-c", "2", "-i", "0.05", "127.0.0.1", sock: "/sock2")
        #expect(try dock.run("dumper", "-t", sock: "/sock2").status == 64)
        #expect(try dock.run("dumper", "-s", "1", sock: "/sock2").status == 64)
        let nobody = try dock.run("dumper", "-p", "1", "-d", out.path())
        #expect(nobody.status == 1 && nobody.err.contains("that is no process of a stack of ours"), "\(nobody.all)")
    }

    @Test func `a signal from outside leaves a core, SIGKILL leaves the rest, and -S leaves cores to the host`() throws {
        let dock = try Dock()
        defer { dock.close() }
        for (words, signal, hasCore) in [([String](), "SEGV", true), ([], "ABRT", true), ([], "KILL", false), (["-S"], "SEGV", false)] {
            try? FileManager.default.removeItem(at: dock.crashes)
            try dock.good(["io-pkt-v6-hc", "-i2"] + words + ["-ptcpip", "prefix=/sock2"])
            _ = try dock.run("slay", "-s", signal, "io-pkt-v6-hc", sock: "/sock2")
            #expect(try eventually { try !dock.run("drydock", "instances").out.contains("running") })
            let folder = try #require(crashes(dock).first, "\(signal)")
            #expect(names(folder).contains("core") == hasCore, "\(signal) \(words): \(names(folder))")
            #expect(names(folder).contains("died.json"), "\(signal)")
        }
    }
}
