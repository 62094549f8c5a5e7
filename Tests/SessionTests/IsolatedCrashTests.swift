import Foundation
import Testing

/// A driver's process dies, its stack goes on, and the death is explained as that of a stack would be.
@Suite(.serialized) struct IsolatedCrashTests {
    private func session(_ options: String, _ body: (Dock) throws -> Void) throws {
        let dock = try Dock()
        defer { dock.close() }
        try dock.good("nic", "add", "em-i", "sim:82540em", "--cable", "peer:10.5.0.9/24")
        try dock.good("io-pkt-v6-hc", "-i3", "-ptcpip", "prefix=/iso")
        try dock.good("mount", "-Tio-pkt3", "-o", "isolated,nic=em-i,\(options)", try Drivers.path("e1000-faulty"), sock: "/iso")
        try dock.good("ifconfig", "em0", "10.5.0.1/24", sock: "/iso")
        try dock.good("if_up", "-l", "em0", sock: "/iso")
        try body(dock)
    }

    /// Waits for a crash whose dossier is whole.
    private func folder(_ dock: Dock) throws -> URL {
        var found: URL?
        #expect(eventually(within: 30) {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: dock.crashes.path())) ?? []
            found = names.filter { $0.hasPrefix("iso-") }.sorted().map { dock.crashes.appending(path: $0) }.first
            return found.map { FileManager.default.fileExists(atPath: $0.appending(path: "frames.pcapng").path()) } ?? false
        }, "there is a crash, and its dossier")
        return try #require(found)
    }

    struct Hung: Error { let what = "gdb did not end" }

    private func names(_ folder: URL) -> Set<String> { Set((try? FileManager.default.contentsOfDirectory(atPath: folder.path())) ?? []) }
    private func first(_ folder: URL) throws -> String {
        String(try String(contentsOf: folder.appending(path: "dossier.txt"), encoding: .utf8).prefix { $0 != "\n" })
    }

    @Test func `a fault has a core that gdb reads, and a sentence that says that the stack went on`() throws {
        try session("after=3") { dock in
            let stack = try dock.instancePids("iso").stack
            _ = try dock.run("ping", "-c", "5", "-i", "0.2", "-w", "5", "10.5.0.9", sock: "/iso")
            let folder = try folder(dock), first = try first(folder), kept = names(folder)
            #expect(try dock.instancePids("iso").stack == stack)
            #expect(first.hasPrefix("devnp-e1000-faulty.so crashed in its return_receive callout on em0: "), "\(first)")
            #expect(first.contains("address 0x18 (24 octets into a structure behind a null pointer)"), "\(first)")
            #expect(first.contains("touchMissingFrame") && first.contains("; the stack went on, and process "), "\(first)")
            for name in ["core", "gdb", "died.json", "plan.json", "recorder", "log", "census.json", "nics"] { #expect(kept.contains(name), "\(name): \(kept)") }
            let mode = try FileManager.default.attributesOfItem(atPath: folder.path())[.posixPermissions] as? Int
            #expect(mode == 0o700)
            let text = try String(contentsOf: folder.appending(path: "dossier.txt"), encoding: .utf8)
            #expect(text.contains("as the device had them after the death") && text.contains("RDT"), "\(text)")
            #expect(try dock.good("drydock", "postmortem", "/iso").contains("devnp-e1000-faulty.so"))
            try events(folder, dock)
            guard CrashTests.hasGDB else { return }
            let words = ["gdb", "-nx", "-batch", "-readnow", "-x", folder.appending(path: "gdb").path(), "-ex", "bt", "-ex", "frame 2", "-ex", "info args"]
            let task = try Task(words, environment: ProcessInfo.processInfo.environment)
            guard task.finish(within: 120) else {
                task.kill()
                throw Hung()
            }
            let said = String(task.outcome.out.prefix(20_000))
            #expect(said.contains("touchMissingFrame"), "\(said)")
            #expect(said.contains("Fault.swift:") || said.contains("FaultyE1000.swift:"), "\(said)")
            #expect(said.contains("returnReceive") && said.contains("self="), "the driver's state: \(said)")
        }
    }

    /// What the dead process did to its device, by name, between what its stack did.
    private func events(_ folder: URL, _ dock: Dock) throws {
        struct Event: Decodable {
            var kind: String, action: String, interface: String, register: String?, process: Int32?, time: UInt64, length: UInt64?
        }
        struct Events: Decodable { var value: [Event]? }
        struct Page: Decodable { var events: Events }
        let page = try JSONDecoder().decode(Page.self, from: Data(contentsOf: folder.appending(path: "dossier.json")))
        let all = try #require(page.events.value), own = all.filter { $0.process != nil }
        #expect(own.contains { $0.kind == "register" && $0.register == "RDT" && $0.action == "store" }, "\(own.suffix(50))")
        #expect(own.contains { $0.kind == "dma" && $0.action == "allocate" && $0.length ?? 0 > 0 } && own.contains { $0.kind == "irq" })
        #expect(own.contains { $0.action == "interrupt" && $0.kind == "callout" } && all.contains { $0.process == nil && $0.kind == "frame" })
        #expect(all.allSatisfy { $0.interface == "em0" || $0.interface == "" || $0.process == nil })
        #expect(zip(all, all.dropFirst()).allSatisfy { $0.time <= $1.time + 1_000_000 }, "by their times")
        let lines = try dock.good("drydock", "trace", "--from", folder.path(), "--register", "RDT", "-n", "5")
        #expect(lines.contains("store RDT"), "\(lines)")
    }

    @Test func `a hang has the stack of the thread that hung`() throws {
        try session("fault=hang,after=3") { dock in
            _ = try dock.run("ping", "-c", "5", "-i", "0.2", "-w", "5", "10.5.0.9", sock: "/iso")
            let folder = try folder(dock), first = try first(folder)
            // 100 ms, or as long as a question had that nobody answered.
            #expect(first.contains(" hung in its ") && first.contains("made no progress for "), "\(first)")
            #expect(first.contains("waitForEver"), "\(first)")
            #expect(names(folder).contains("core"))
        }
    }

    @Test func `SIGKILL leaves everything but a core, and the dossier says so`() throws {
        try session("after=1000000") { dock in
            let report = try dock.good("nicinfo", "--json", "em0", sock: "/iso")
            let pid = try #require(try IsolatedDriverTests.pid(report))
            Foundation.kill(pid, SIGKILL)
            let folder = try folder(dock), first = try first(folder)
            #expect(first.contains("devnp-e1000-faulty.so was killed on em0: somebody sent SIGKILL"), "\(first)")
            #expect(!names(folder).contains("core"))
            let text = try String(contentsOf: folder.appending(path: "dossier.txt"), encoding: .utf8)
            #expect(text.contains("there is no core: the process had ended: SIGKILL leaves nothing to look into"), "\(text)")
        }
    }
}
