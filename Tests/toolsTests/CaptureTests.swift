import Dossier
import Glibc
import Host
import Messages
import Testing

@testable import tools

struct CaptureTests {
    let scratch = Scratch()

    // MARK: Words

    @Test(arguments: [
        ([], "nothing to capture is named; see: drydock capture --list"),
        (["em0", "--json"], "--json belongs to --list; a capture is pcapng\n"),
        (["em0", "-c", "0"], "-c 0: give a number from 1; see: capture --help"),
        (["em0", "-s", "-1"], "Missing value for '-s"),
        (["em0", "--duration", "soon"], "--duration soon: give a number and us, ms, s or m, as in 10s; see: capture --help"),
        ((0..<17).map { "em\($0)" }, "17 names: at most 16 are captured at once; see: capture --help"),
    ])
    func `what makes no sense is refused in one line`(words: [String], line: String) {
        let outcome = runTool("capture", words, in: scratch)
        #expect(outcome.exit == 64 && outcome.output.isEmpty)
        #expect(outcome.complaint.contains(line) && outcome.complaint.split(separator: "\n").count == 1, "\(outcome.complaint)")
    }

    @Test func `without stacks and NICs there is nothing, and what to do is said`() {
        #expect(runTool("capture", ["--list"], in: scratch).output == "there is nothing to capture; make a NIC: nic add em-a sim:82540em\n")
        #expect(runTool("capture", ["em0", "-w", "/dev/null"], in: scratch) == ToolRunOutcome(
            exit: 1, output: "",
            complaint: "capture: em0: no NIC has that name, and the default stack does not run; see: drydock capture --list\n"))
    }

    @Test func `an interface is found by its stack, and one that was mistyped is guessed`() throws {
        var report = InterfaceReport(name: "em0", index: 2, flags: ["UP"], mtu: 1500, linkAddress: nil)
        report.media = MediaReport(automatic: true, megabits: 1000, fullDuplex: true, linkUp: true)
        var vlan = InterfaceReport(name: "vlan0", index: 3, flags: ["UP"], mtu: 1500, linkAddress: nil)
        (vlan.media, vlan.vlan) = (report.media, VLANReport(tag: 5, parent: "em0"))
        let list = [report, vlan, InterfaceReport(name: "lo0", index: 1, flags: ["UP"], mtu: 33212, linkAddress: nil)]
        let stack = try FakeStack(in: scratch) { request in
            if case .interfaces = request { return .reply(.interfaces(list)) }
            return .refuse(Failure(.notSupported, what: "hardware", why: "not here"))
        }
        defer { withExtendedLifetime(stack) {} }
        func refusal(_ name: String) -> String { runTool("capture", [name, "-w", "/dev/null"], in: scratch, sock: "/sock2").complaint }
        #expect(refusal("em1").hasPrefix("capture: em1: neither an interface of /sock2 nor a NIC; "))
        #expect(refusal("vlan0") == "capture: vlan0: its frames are on em0's cable; capture em0; the filter is: vlan 5\n")
        #expect(refusal("lo0") == "capture: lo0: it has no cable: its frames never leave the stack; see: drydock capture --list\n")
        #expect(refusal("/sock2:lo0").hasPrefix("capture: lo0: it has no cable"), "by another name")
        #expect(refusal("sock3:em0").hasPrefix("capture: no stack at /sock3: running: SOCK=/sock2"))
    }

    @Test(arguments: [
        ("sock2:em0", "/sock2", "em0"), ("/sock2:em0", "/sock2", "em0"), ("default:em0", "", "em0"), ("a%b:em0", "/a/b", "em0"), ("/a/b:em0", "/a/b", "em0"),
    ])
    func `a stack and its interface are one word`(word: String, prefix: String, interface: String) throws {
        let (stack, name) = try #require(CaptureTargets.parts(word))
        #expect(stack.prefix == prefix && name == interface)
    }

    @Test(arguments: ["em0", ":em0", "sock2:", "../x:em0", "/default:em0"]) func `other words are not`(word: String) {
        #expect(CaptureTargets.parts(word) == nil)
    }

    // MARK: Several NICs in one file

    private static func words(_ values: [UInt32]) -> [UInt8] {
        values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.littleEndian >> UInt32(8 * $0)) } }
    }

    private static func block(_ type: UInt32, _ body: [UInt32]) -> [UInt8] {
        let length = UInt32(12 + 4 * body.count)
        return words([type, length] + body + [length])
    }

    private static let section = block(0x0A0D_0D0A, [0x1A2B_3C4D, 1, .max, .max])
    private static func interface(_ snaplen: UInt32 = 0) -> [UInt8] { block(1, [1, snaplen]) }
    private static func packet(_ interface: UInt32, at time: UInt32, _ content: UInt32) -> [UInt8] { block(6, [interface, 0, time, 4, 4, content]) }
    private static func end(_ interface: UInt32, seen: UInt32, lost: UInt32) -> [UInt8] {
        block(5, [interface, 0, 9, 8 << 16 | 4, seen, 0, 8 << 16 | 5, lost, 0, 0])
    }

    @Test(arguments: [1, 5, 64, 4096]) func `one NIC's stream comes out as it went in, however it comes`(piece: Int) throws {
        let whole = Self.section + Self.interface() + Self.packet(0, at: 5, 7) + Self.packet(0, at: 4, 8) + Self.end(0, seen: 3, lost: 1)
        var merger = CaptureMerger(streams: 1), out: [UInt8] = []
        for start in stride(from: 0, to: whole.count, by: piece) {
            try merger.feed(0, whole[start..<min(start + piece, whole.count)])
            out += merger.take()
        }
        #expect(out == whole)
        #expect(merger.frames == 2 && merger.counts(of: 0) == CaptureMerger.Counts(seen: 3, lost: 1))
    }

    @Test func `two streams become one section with two interfaces, frames by their times`() throws {
        var merger = CaptureMerger(streams: 2)
        try merger.feed(0, Self.section + Self.interface(1) + Self.packet(0, at: 5, 7) + Self.packet(0, at: 9, 8))
        try merger.feed(1, Self.section + Self.interface(2) + Self.packet(0, at: 6, 9) + Self.end(0, seen: 1, lost: 0))
        let expected = Self.section + Self.interface(1) + Self.interface(2) + Self.packet(0, at: 5, 7) + Self.packet(1, at: 6, 9)
            + Self.packet(0, at: 9, 8) + Self.end(1, seen: 1, lost: 0)
        #expect(merger.take() == expected)
    }

    @Test func `no more frames come out than were wanted, but the counts do`() throws {
        var merger = CaptureMerger(streams: 1, CaptureMerger.Wish(most: 1))
        try merger.feed(0, Self.section + Self.interface() + Self.packet(0, at: 1, 7) + Self.packet(0, at: 2, 8) + Self.end(0, seen: 2, lost: 0))
        #expect(merger.isEnough && merger.frames == 1)
        #expect(merger.take() == Self.section + Self.interface() + Self.packet(0, at: 1, 7) + Self.end(0, seen: 2, lost: 0))
    }

    @Test func `frames that go the other way are left out`() throws {
        func directed(_ way: UInt32) -> [UInt8] { Self.block(6, [0, 0, 1, 4, 4, 7, 4 << 16 | 2, way, 0]) }
        var merger = CaptureMerger(streams: 1, CaptureMerger.Wish(direction: .sent))
        try merger.feed(0, Self.section + Self.interface() + directed(1) + directed(2) + Self.packet(0, at: 1, 7))
        #expect(merger.take() == Self.section + Self.interface() + directed(2) && merger.frames == 1)
    }

    @Test(arguments: [
        block(0x0A0D_0D0A, []).map { $0 == 12 ? 13 : $0 }, packet(0, at: 1, 2), section + interface() + block(6, [0]), words([1, 1 << 30, 0]),
    ])
    func `a stream that makes no sense is refused`(octets: [UInt8]) {
        var merger = CaptureMerger(streams: 1)
        #expect(throws: CaptureMerger.Nonsense.self) { try merger.feed(0, octets) }
    }

    @Test(arguments: [("", []), ("0a", [10]), ("0aFF10", [10, 255, 16]), ("0af", [10])] as [(String, [UInt8])])
    func `recorded octets are read`(text: String, octets: [UInt8]) {
        #expect(TraceRecord.octets(text) == octets)
    }

    // MARK: Where it goes

    private func close(_ descriptor: consuming FileDescriptor) {}

    @Test func `a pipe that is full is come back to, and one without a reader is an error`() throws {
        _ = signal(SIGPIPE, SIG_IGN)
        let pair = try FileDescriptor.pipe()
        let sink = CaptureSink(pair.second)
        let octets = (0..<200_000).map { UInt8(truncatingIfNeeded: $0) }
        sink.add(octets)
        var read: [UInt8] = []
        while sink.waiting > 0 {
            let before = sink.waiting
            try sink.flush(hasRoom: true)
            if sink.waiting == before { read += try pair.first.readAll(limit: 70_000) }
        }
        read += try pair.first.readAll(limit: 1 << 20)
        #expect(read == octets)
        sink.add([1])
        close(pair.first)
        #expect { try sink.flush(hasRoom: true) } throws: { ($0 as? SystemError)?.number == .brokenPipe }
    }

    @Test func `a file that cannot be made is refused in one line, and a pipe waits for its reader`() throws {
        #expect { try CaptureSink.file("\(scratch.path)/none/x", patience: .milliseconds(1)) } throws: { ($0 as? ToolFailure)?.fix.isEmpty == false }
        let path = "\(scratch.path)/fifo"
        #expect(unsafe mkfifo(path, 0o600) == 0)
        #expect { try CaptureSink.file(path, patience: .milliseconds(10)) } throws: { ($0 as? ToolFailure)?.why == "nobody reads this pipe" }
        let reader = try FileDescriptor.open(path, O_RDONLY | O_NONBLOCK)
        let sink = try CaptureSink.file(path, patience: .seconds(5))
        #expect(sink.isPipe && reader.raw >= 0)
    }
}
