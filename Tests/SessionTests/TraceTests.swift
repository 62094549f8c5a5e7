import Foundation
import Testing

/// The flight recorder as a user reads it: of a stack that lives, and of one that its driver has killed.
@Suite(.serialized) struct TraceTests {
    @Test func `after a driver's crash the trace shows its last register accesses by name`() throws {
        let dock = try Dock()
        defer { dock.close() }
        try dock.good("nic", "add", "em-a", "sim:82540em", "--cable", "peer:10.1.0.1/24")
        try dock.good("io-pkt-v6-hc", "-i2", "-ptcpip", "prefix=/sock2")
        try dock.good("mount", "-Tio-pkt2", "-o", "after=3", try Drivers.path("e1000-faulty"))
        try dock.good("ifconfig", "em0", "10.1.0.2/24", sock: "/sock2")
        let live = try dock.good("drydock", "trace", "em0", "--kind", "register", "-n", "0", sock: "/sock2")
        #expect(live.contains("store RCTL"), "\(live.suffix(2000))")
        _ = try dock.run("ping", "-c", "20", "-i", "0.05", "-w", "5", "10.1.0.1", sock: "/sock2")
        #expect(try eventually { try !dock.run("drydock", "instances").out.contains("running") })
        let dead = try dock.good("drydock", "trace", "em0", sock: "/sock2")
        #expect(dead.contains("store TDT"), "\(dead)")
        #expect(dead.contains("frame sent"), "\(dead)")
        #expect(dead.contains("-- /sock2 died: SIGSEGV"), "\(dead)")
        try exports(dock)
    }

    /// What other tools read of the dead stack, by name and from the crash that is kept.
    private func exports(_ dock: Dock) throws {
        let file = dock.folder.appending(path: "trace.json")
        try dock.good("drydock", "trace", "--perfetto", file.path(), sock: "/sock2")
        let document = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
        let events = try #require(document["traceEvents"] as? [[String: Any]])
        let names = Set(events.compactMap { ($0["args"] as? [String: Any])?["name"] as? String })
        #expect(names.isSuperset(of: ["em0 callouts", "em0 interrupts", "em0 registers", "em0 rings", "em0 wire", "em0 notes"]), "\(names)")
        let open = events.filter { $0["ph"] as? String == "B" }
        let cause = (open.first?["args"] as? [String: Any])?["unfinished"] as? String ?? ""
        #expect(open.count == 1 && cause.contains("in \(open.first?["name"] ?? "?") of driver devnp-e1000-faulty.so"), "\(open)")
        // The crash's folder appears when the dossier's files are in place.
        #expect(try eventually { try dock.run("drydock", "postmortem", "--list").out.contains("sock2") })
        // Its log outlived it, and its end is kept.
        for words in [["sloginfo", "-s", "1"], ["sloginfo", "-s", "1", "--from", "/sock2"]] {
            let log = try dock.good(words, sock: "/sock2").split(separator: "\n")
            #expect(log.count == 2 && log[1].contains("  1 io-pkt-v6-hc[") && log[1].contains("run fault pid "), "\(log)")
        }
        let capture = dock.folder.appending(path: "frames.pcapng").path()
        try dock.good("drydock", "trace", "--from", "/sock2", "--pcapng", capture)
        guard FileManager.default.isExecutableFile(atPath: "/usr/bin/tcpdump") else { return }
        let read = try dock.run("tcpdump", "-nr", capture)
        #expect(read.status == 0 && read.out.contains("ICMP echo request") && read.out.contains("ARP"), "\(read.all)")
        // Standard output is no terminal here.
        let piped = try dock.run("drydock", "trace", "--from", "/sock2", "--perfetto", "-")
        #expect(piped.status == 0 && piped.out.hasPrefix("{") && piped.out.hasSuffix("]}\n"), "\(piped.out.prefix(200))")
    }

    @Test func `a file in another tool's form is not written to a terminal`() throws {
        let dock = try Dock()
        defer { dock.close() }
        try dock.good("io-pkt-v6-hc", "-i2", "-ptcpip", "prefix=/sock2")
        let typist = try dock.typist("drydock", "trace", "--perfetto", "-", sock: "/sock2")
        defer { typist.close() }
        #expect(typist.sees("standard output is a terminal; give a file"), "\(typist.shown)")
        typist.process.waitUntilExit()
        #expect(typist.process.terminationStatus == 64)
    }

    @Test func `the log of a stack is followed to its end, beside that of its NIC`() throws {
        let dock = try Dock()
        defer { dock.close() }
        try dock.good("nic", "add", "em-a", "sim:82540em", "--cable", "peer:10.1.0.1/24")
        try dock.good("io-pkt-v6-hc", "-i2", "-ptcpip", "prefix=/sock2")
        let follower = try dock.start(["sloginfo", "-w"], sock: "/sock2")
        try dock.good("mount", "-Tio-pkt2", try Drivers.path("e1000"))
        #expect(try eventually { try dock.run("sloginfo", sock: "/sock2").out.contains("em0: ") })
        #expect(try dock.good("sloginfo", "--nic", "em-a").contains(" nicd["))
        // Its status is how many it ended.
        #expect(try dock.run("slay", "io-pkt-v6-hc").status == 1)
        #expect(follower.finish(within: 10))
        #expect(follower.outcome.status == 0 && follower.outcome.out.contains("em0: "), "\(follower.outcome.all)")
    }

    @Test func `trace-diff of a bus with itself finds no difference, and leaves nothing`() throws {
        let dock = try Dock()
        defer { dock.close() }
        let driver = try Drivers.path("e1000")
        let outcome = try dock.run("drydock", "trace-diff", driver, "--on", "sim:82540em", "--on", "sim:82540em", "--scenario", "attach", seconds: 60)
        #expect(outcome.status == 0 && outcome.out.contains("no difference in "), "\(outcome.all)")
        #expect(dock.processes().isEmpty)
    }
}
