import Foundation
import Testing

private let hasTShark = FileManager.default.isExecutableFile(atPath: "/usr/bin/tshark")
private let hasTCPDump = FileManager.default.isExecutableFile(atPath: "/usr/bin/tcpdump")

/// Frames of an interface in the hands of programs that were not written for us.
@Suite(.serialized) struct CaptureTests {
    let dock: Dock

    init() throws { dock = try Dock() }

    /// Two stacks on one cable: 10.7.0.1 on `em-1` asks, 10.7.0.2 on `em-2` answers.
    private func pair() throws {
        for number in 1...2 {
            try dock.good("nic", "add", "em-\(number)", "sim:82540em", "--cable", "nic:em-\(3 - number)")
            try dock.good("io-pkt-v6-hc", "-i\(number)", "-ptcpip", "prefix=/s\(number)")
            try dock.good("mount", "-Tio-pkt\(number)", try Drivers.path("e1000"))
            try dock.good("ifconfig", "em0", "10.7.0.\(number)/24", sock: "/s\(number)")
        }
        try ping("-c", "1", "-w", "5")
    }

    private func ping(_ words: String..., at place: SourceLocation = #_sourceLocation) throws {
        let outcome = try dock.run(["ping"] + words + ["10.7.0.2"], sock: "/s1", seconds: 30)
        #expect(outcome.status == 0 && outcome.out.contains(" 0% packet loss"), "\(outcome.all)", sourceLocation: place)
    }

    private func counter(_ name: String, of nic: String) throws -> Int {
        let page = try dock.good("nic", "show", nic)
        let line = try #require(page.split(separator: "\n").first { $0.hasSuffix(" \(name)") }, "\(page)")
        return try #require(line.split(whereSeparator: \.isWhitespace).first.flatMap { Int($0) })
    }

    /// A capture has begun when the NIC counts frames for it: `ping` until it does.
    private func begin(_ words: [String], sock: String? = "/s1") throws -> Task {
        let before = try counter("capture.seen", of: "em-1")
        let task = try dock.start(words, sock: sock)
        let hasBegun = try eventually {
            guard task.isRunning else { throw Problem(task.outcome.all) }
            try ping("-c", "1", "-w", "5")
            return try counter("capture.seen", of: "em-1") > before
        }
        #expect(hasBegun, "\(task.outcome.all)")
        return task
    }

    /// Frames pass until it has enough of them.
    private func ends(_ task: Task) throws -> Bool {
        try eventually {
            if task.isRunning { try ping("-c", "1", "-w", "5") }
            return !task.isRunning
        }
    }

    @Test(.enabled(if: hasTCPDump, "tcpdump is not installed"))
    func `tcpdump reads an interface through a pipe while frames pass`() throws {
        defer { dock.close() }
        try pair()
        let task = try begin(["sh", "-c", "exec drydock capture em0 | tcpdump -nlr - icmp"])
        try ping("-c", "3", "-i", "0.05", "-w", "5")
        let isPrinted = eventually { task.outcome.out.components(separatedBy: "ICMP echo reply").count > 3 }
        #expect(isPrinted, "\(task.outcome.all)")
        let out = task.outcome.out
        #expect(out.contains("IP 10.7.0.1 > 10.7.0.2: ICMP echo request") && out.contains("IP 10.7.0.2 > 10.7.0.1: ICMP echo reply"), "\(out)")
        #expect(!out.contains("ARP"), "the filter is tcpdump's")
        task.kill()
    }

    @Test(.enabled(if: hasTCPDump, "tcpdump is not installed"))
    func `tcpdump understands our interfaces, with its own options and filters`() throws {
        defer { dock.close() }
        try pair()
        let listed = try dock.good("drydock", "tcpdump", "-D", sock: "/s2")
        #expect(listed.contains(".em0 (sim:82540em, cable nic:em-1)") && listed.contains(".s1:em0 ("), "\(listed)")
        let task = try begin(["drydock", "tcpdump", "-nlQ", "in", "--sock", "/s1", "icmp"], sock: nil)
        try ping("-c", "3", "-i", "0.05", "-w", "5")
        let isPrinted = eventually { task.outcome.out.components(separatedBy: "ICMP echo reply").count > 3 }
        #expect(isPrinted && !task.outcome.out.contains("echo request"), "\(task.outcome.all)")
        task.interrupt()
        #expect(task.finish(within: 10) && task.outcome.status == 0, "\(task.outcome.all)")
        #expect(task.outcome.err.hasSuffix("frames of em0, none lost to the capture\n"), "\(task.outcome.err)")
    }

    @Test(.enabled(if: hasTCPDump, "tcpdump is not installed"))
    func `tcpdump's end is ours, with its status`() throws {
        defer { dock.close() }
        try pair()
        let task = try begin(["drydock", "tcpdump", "-ni", "em-1", "-c", "2", "icmp"], sock: nil)
        #expect(try ends(task) && task.outcome.status == 0, "\(task.outcome.all)")
        #expect(task.outcome.out.split(separator: "\n").count == 2, "\(task.outcome.out)")
        let wrong = try dock.run("drydock", "tcpdump", "-i", "em0", "icmpp", sock: "/s1")
        #expect(wrong.status == 1 && wrong.err.contains("syntax error"), "\(wrong.all)")
    }

    @Test(.enabled(if: hasTCPDump, "tcpdump is not installed"))
    func `extcap gives frames through a named pipe as Wireshark asks for them`() throws {
        defer { dock.close() }
        try pair()
        let pipe = dock.folder.appending(path: "fifo").path()
        #expect(unsafe mkfifo(pipe, 0o600) == 0)
        let listed = try dock.good("drydock", "extcap", "--extcap-interfaces", "--extcap-version=4.0")
        #expect(listed.contains("interface {value=drydock:s1:em0}{display=Drydock em0 of /s1: sim:82540em, cable nic:em-2}\n"), "\(listed)")
        #expect(listed.contains("interface {value=drydock:em-2}"), "\(listed)")
        let wrong = try dock.good("drydock", "extcap", "--extcap-interface", "drydock:s1:em0", "--extcap-capture-filter", "icmpp")
        #expect(wrong.contains("syntax error"))
        #expect(try dock.good("drydock", "extcap", "--extcap-interface", "drydock:s1:em0", "--extcap-capture-filter", "icmp") == "")
        let reader = try dock.start(["tcpdump", "-nlr", pipe])
        let task = try begin(["drydock", "extcap", "--capture", "--extcap-interface", "drydock:s1:em0", "--fifo", pipe, "--extcap-capture-filter", "icmp and inbound"])
        try ping("-c", "3", "-i", "0.05", "-w", "5")
        let isPrinted = eventually { reader.outcome.out.components(separatedBy: "ICMP echo reply").count > 3 }
        #expect(isPrinted && !reader.outcome.out.contains("request") && !reader.outcome.out.contains("ARP"), "\(reader.outcome.all)\(task.outcome.all)")
        reader.kill()
        #expect(task.finish(within: 10) && task.outcome.status == 0, "\(task.outcome.all)")
    }

    @Test(.enabled(if: hasTShark, "tshark is not installed"))
    func `Wireshark's tshark has our interfaces in its list, captures on one, and knows why a frame was lost`() throws {
        defer { dock.close() }
        try pair()
        let home = dock.folder.appending(path: "home").path()
        let installed = try dock.good("env", "HOME=\(home)", "drydock", "extcap", "--install")
        #expect(installed.split(separator: "\n").count == 2)
        let list = try dock.good("env", "HOME=\(home)", "tshark", "-D")
        #expect(list.contains("drydock:s1:em0 (Drydock em0 of /s1: sim:82540em, cable nic:em-2)"), "\(list)")
        let task = try dock.start(["env", "HOME=\(home)", "tshark", "-l", "-c", "200", "-i", "drydock:s2:em0", "-T", "fields", "-e", "icmp.type", "-e", "frame.comment"])
        let isSeen = try eventually(within: 30) {
            try ping("-c", "1", "-w", "5")
            return task.outcome.out.contains("8\t") && task.outcome.out.contains("0\t")
        }
        #expect(isSeen, "\(task.outcome.all)")
        try dock.good("nic", "impair", "em-2", "loss=100%")
        _ = try dock.run("ping", "-c", "1", "-w", "1", "10.7.0.2", sock: "/s1")
        let isTold = eventually { task.outcome.out.contains("8\tlost on the cable (loss)") }
        #expect(isTold, "\(task.outcome.all)")
        // It ends by its count: signals are blocked in what a test starts.
        _ = try dock.run("ping", "-c", "250", "-i", "0.01", "-w", "4", "10.7.0.2", sock: "/s1")
        #expect(task.finish(within: 20) && task.outcome.status == 0, "\(task.outcome.all)")
        let hasEnded = eventually { dock.processes().allSatisfy { pid in
            (try? String(contentsOfFile: "/proc/\(pid)/cmdline", encoding: .utf8))?.contains("extcap") != true
        } }
        #expect(hasEnded, "what Wireshark started ends with it")
    }

    @Test func `a file has a section, interfaces by their names, and what passed both of them`() throws {
        defer { dock.close() }
        try pair()
        let file = dock.folder.appending(path: "both.pcapng").path()
        let task = try begin(["drydock", "capture", "em0", "em-2", "-w", file])
        let seesBoth = try eventually {
            try ping("-c", "1", "-w", "5")
            return try counter("capture.seen", of: "em-2") > 0
        }
        #expect(seesBoth)
        try ping("-c", "1", "-w", "5")
        task.interrupt()
        #expect(task.finish(within: 10) && task.outcome.status == 0, "\(task.outcome.all)")
        #expect(task.outcome.err.contains("frames of em0, em-2, none lost to the capture"), "\(task.outcome.all)")
        let octets = try Data(contentsOf: URL(filePath: file))
        #expect(octets.prefix(4) == Data([0x0a, 0x0d, 0x0d, 0x0a]))
        #expect(octets.range(of: Data("NIC em-1, cable nic:em-2".utf8)) != nil && octets.range(of: Data("NIC em-2, cable nic:em-1".utf8)) != nil)
        let addresses = Data([10, 7, 0, 1, 10, 7, 0, 2])
        let first = try #require(octets.range(of: addresses))
        #expect(octets.range(of: addresses, in: first.upperBound..<octets.endIndex) != nil, "sent by the one, received by the other")
    }

    @Test(.enabled(if: hasTCPDump, "tcpdump is not installed"))
    func `the flight recorder's frames are a capture as well, cut, with their whole length`() throws {
        defer { dock.close() }
        try pair()
        let file = dock.folder.appending(path: "recorded.pcapng").path()
        let task = try dock.start(["drydock", "capture", "--recorded", "em0", "-w", file], sock: "/s1")
        // Its length tells when the first frames are there.
        let hasFrames = try eventually {
            guard task.isRunning else { throw Problem(task.outcome.all) }
            try ping("-c", "2", "-i", "0.05", "-s", "500", "-w", "5")
            return (FileManager.default.contents(atPath: file)?.count ?? 0) > 1000
        }
        #expect(hasFrames)
        task.interrupt()
        #expect(task.finish(within: 10) && task.outcome.status == 0, "\(task.outcome.all)")
        let text = try dock.good("tcpdump", "-nr", file)
        #expect(text.contains("IP 10.7.0.1 > 10.7.0.2: ICMP echo request") && text.contains("IP 10.7.0.2 > 10.7.0.1: ICMP echo reply"), "\(text)")
        #expect(try dock.good("tcpdump", "-nr", file, "greater 540").contains("ICMP"), "the length is the whole frame's")
        let nic = try dock.run("drydock", "capture", "--recorded", "em-1", "-w", "/dev/null")
        #expect(nic.status == 64 && nic.err == "capture: em-1: a NIC has no frames in a stack's flight recorder; name an interface\n", "\(nic.all)")
    }

    @Test func `as many frames as were wanted end it`() throws {
        defer { dock.close() }
        try pair()
        let file = dock.folder.appending(path: "two.pcapng").path()
        let task = try begin(["drydock", "capture", "em0", "-c", "2", "-s", "60", "-w", file])
        #expect(try ends(task) && task.outcome.status == 0, "\(task.outcome.all)")
        #expect(task.outcome.err == "capture: 2 frames of em0, none lost to the capture\n")
    }

    @Test func `a reader who stands still loses from the capture, and nobody else loses anything`() throws {
        defer { dock.close() }
        try pair()
        let task = try begin(["drydock", "capture", "em0", "-w", "/dev/null"])
        kill(task.pid, SIGSTOP)
        try ping("-c", "300", "-i", "0.004", "-s", "8000", "-w", "20")
        #expect(try counter("capture.lost", of: "em-1") > 0)
        for name in ["cable.noCarrier", "cable.congested", "cable.failed", "nic.dropped.missed"] { #expect(try counter(name, of: "em-1") == 0, "\(name)") }
        kill(task.pid, SIGCONT)
        task.interrupt()
        #expect(task.finish(within: 10))
        let lost = try counter("capture.lost", of: "em-1")
        #expect(task.outcome.err.contains("frames of em0; \(lost) more passed and are not in it: the reader was slow"), "\(task.outcome.all)")
    }

    @Test func `a reader that is killed leaves the NIC as it was, and its place to another`() throws {
        defer { dock.close() }
        try pair()
        let tasks = try (0..<4).map { _ in try begin(["drydock", "capture", "em0", "-w", "/dev/null"]) }
        let fifth = try dock.run("drydock", "capture", "em-1", "-w", "/dev/null")
        #expect(fifth.status == 1 && fifth.err == "capture: capture of em-1: 4 captures of it run already; end one of them\n", "\(fifth.all)")
        tasks.forEach { $0.kill() }
        try ping("-c", "5", "-i", "0.02", "-w", "5")
        let again = try begin(["drydock", "capture", "em0", "-c", "1", "-w", "/dev/null"])
        #expect(try ends(again) && again.outcome.status == 0, "\(again.outcome.all)")
    }

    @Test func `a capture ends with its NIC, and with whoever reads it`() throws {
        defer { dock.close() }
        try pair()
        let piped = try dock.start(["sh", "-c", "drydock capture em0 | head -c 100 > /dev/null"], sock: "/s1")
        #expect(piped.finish(within: 10), "nobody reads any more")
        let task = try begin(["drydock", "capture", "em-1", "-w", "/dev/null"], sock: nil)
        try dock.good("nic", "remove", "em-1")
        #expect(task.finish(within: 10) && task.outcome.status == 1, "\(task.outcome.all)")
        #expect(task.outcome.err.hasSuffix("capture: em-1: the NIC ended, and the capture with it; see: nic list\n"), "\(task.outcome.err)")
    }
}
