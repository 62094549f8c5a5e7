import Glibc
import Host
import NICModels
import Testing
@testable import QEMUBus

/// The links against a peer that is the test itself.
struct LinkTests {
    private static func pair() -> (Int32, Int32) {
        var ends: [Int32] = [-1, -1]
        unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends)
        _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
        return (ends[0], ends[1])
    }

    private static func say(_ text: String, on descriptor: Int32) {
        let octets = Array(text.utf8)
        _ = unsafe write(descriptor, octets, octets.count)
    }

    private static func isSilent(_ descriptor: Int32) -> Bool { waitFor(POLLIN, on: descriptor, until: Deadline(in: .milliseconds(1))).events == 0 }

    private static func hear(_ descriptor: Int32) -> String {
        var octets = [UInt8](repeating: 0, count: 4096)
        let count = unsafe read(descriptor, &octets, octets.count)
        return String(decoding: octets.prefix(max(0, count)), as: UTF8.self)
    }

    @Test func `answers are matched with what was posted before`() {
        let (ours, theirs) = Self.pair()
        defer { close(theirs) }
        let link = QTestLink(socket: FileDescriptor(owning: ours), replyLimit: 5_000_000_000)
        link.post("writel", 0xe000_0000, 0x1f)
        link.post("outb", 0xcfc, 0)
        #expect(Self.isSilent(theirs), "stores wait for company")
        link.flush()
        #expect(Self.hear(theirs) == "writel 0xe0000000 0x1f\noutb 0xcfc 0x0\n")
        Self.say("OK\nIRQ raise 20\nIRQ raise 3\nO", on: theirs)
        link.drain()
        #expect(link.unanswered == 1 && link.interrupts.take() == true && link.interrupts.take() == nil)
        Self.say("K\nIRQ lower 20\nOK 0x2a\nIRQ raise 20\n", on: theirs)
        #expect(link.ask("readl", 8) == 42)
        #expect(link.interrupts.take() == false)
        link.drain()
        #expect(link.interrupts.take() == true)
        #expect(link.settle() && link.failure == nil)
    }

    @Test(arguments: ["OK 0x1\n", "FAIL\n", "OK\n"]) func `an answer that nobody asked for ends the link`(text: String) {
        let (ours, theirs) = Self.pair()
        defer { close(theirs) }
        let link = QTestLink(socket: FileDescriptor(owning: ours), replyLimit: 1_000_000)
        Self.say(text, on: theirs)
        link.drain()
        #expect(link.failure?.contains("out of step") == true)
        #expect(link.ask("readl", 0) == nil)
    }

    @Test func `silence and a closed socket have different names`() {
        let (ours, theirs) = Self.pair()
        let silent = QTestLink(socket: FileDescriptor(owning: ours), replyLimit: 20_000_000)
        #expect(silent.ask("readl", 0) == nil && silent.failure == "QEMU did not answer for 20 ms")
        close(theirs)
        let (others, ends) = Self.pair()
        close(ends)
        let closed = QTestLink(socket: FileDescriptor(owning: others), replyLimit: 20_000_000)
        #expect(closed.ask("readl", 0) == nil && closed.failure == QEMUMachine.ended)
    }

    @Test func `lines are cut anywhere and overlong ones are skipped whole`() {
        let (ours, theirs) = Self.pair()
        defer {
            close(ours)
            close(theirs)
        }
        var reader = LineReader(capacity: 16), lines: [String] = []
        for piece in ["ab", "c\r\nde\n\n", "0123456789", "0123456789", "0123456789\nnext\n", "tail"] {
            Self.say(piece, on: theirs)
            while reader.fill(from: ours) == .octets {
                while let line = reader.next() { lines.append(String(decoding: line, as: UTF8.self)) }
            }
        }
        #expect(lines == ["abc", "de", "", "next"])
    }

    @Test func `neighbouring stray accesses are one violation and a flood is bounded`() throws {
        let pipe = try FileDescriptor.pipe()
        let writer = pipe.second.raw
        func stray(_ verb: String, _ address: Int) -> String {
            "Invalid \(verb) at addr 0x\(String(address, radix: 16, uppercase: true)), size 4, region '(null)', reason: rejected\n"
        }
        Self.say((0..<16).map { stray("read", 0x7fff_0000 + 4 * $0) }.joined() + stray("write", 0x7fff_0040) + "qemu: last words\n", on: writer)
        Self.say((0..<100).map { stray("write", 0x1000_0000 + 64 * $0) }.joined(), on: writer)
        let log = ErrorLog(pipe: pipe.first)
        var accesses: [StrayAccess] = []
        log.drain { if case .stray(let access) = $0 { accesses.append(access) } }
        #expect(accesses.count == ErrorLog.mostMistakes && log.untold == 102 - UInt64(ErrorLog.mostMistakes))
        #expect(accesses[0] == StrayAccess(isRead: true, address: 0x7fff_0000, octets: 64))
        #expect(accesses[1] == StrayAccess(isRead: false, address: 0x7fff_0040, octets: 4))
        #expect(log.lastWords == "qemu: last words")
    }

    @Test func `what QEMU says is sorted into mistakes, trace events and its own words`() throws {
        let pipe = try FileDescriptor.pipe()
        let writer = pipe.second.raw
        let log = ErrorLog(pipe: pipe.first, filter: TraceFilter(patterns: ["e1000e_*", "memory_region_ops_write"], region: "rtl8139"))
        var entries: [ErrorLog.Entry] = []
        Self.say("qemu-system-x86_64: warning: before it runs\n", on: writer)
        log.drain { entries.append($0) }
        #expect(entries.isEmpty && log.lastWords.contains("before it runs"))
        log.isRunning = true
        Self.say("e1000e_irq_pending x\nqemu-system-x86_64: Looped descriptor\n", on: writer)
        Self.say("memory_region_ops_write cpu -1 mr 0x55 addr 0xc037 value 0x10 size 1 name 'rtl8139'\n", on: writer)
        Self.say("memory_region_ops_write cpu -1 mr 0x55 addr 0xcfc value 0x10 size 4 name 'pci-conf-data'\n", on: writer)
        Self.say("qemu-system-x86_64: vtd_iommu_translate: detected translation failure\n", on: writer)
        log.drain { entries.append($0) }
        #expect(entries == [
            .trace("e1000e_irq_pending x"), .complaint("Looped descriptor"), .trace("write addr 0xc037 value 0x10 size 1 name 'rtl8139'"),
        ])
        entries = []
        for _ in 0..<4 { Self.say(String(repeating: "e1000e_x\n", count: 700) + String(repeating: "complaint 1\n", count: 20), on: writer) }
        log.drain { entries.append($0) }
        #expect(entries.count == ErrorLog.mostTraces + ErrorLog.mostMistakes)
        #expect(log.untoldTraces == 2800 - UInt64(ErrorLog.mostTraces) && log.untold == 80 - UInt64(ErrorLog.mostMistakes))
    }
}

struct StreamWireTests {
    @Test func `frames cross a stream cut at every place`() {
        var ends: [Int32] = [-1, -1]
        unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends)
        _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
        defer { close(ends[1]) }
        let wire = StreamWire(socket: FileDescriptor(owning: ends[0]), queueOctets: 0)
        let frames = [numbered(1), numbered(2, length: 14), numbered(3, length: 200)]
        let octets = frames.flatMap { frame -> [UInt8] in [0, 0, UInt8(frame.count >> 8), UInt8(frame.count & 0xff)] + frame }
        for cut in 0...octets.count {
            var seen: [[UInt8]] = []
            for part in [octets[..<cut], octets[cut...]] where !part.isEmpty {
                _ = unsafe write(ends[1], Array(part), part.count)
                let more = unsafe wire.receive(most: 100) { seen.append(unsafe Array($0)) }
                #expect(!more)
            }
            #expect(seen == frames)
        }
        #expect(wire.failure == nil)
    }

    @Test func `a length that no frame has ends the wire`() {
        var ends: [Int32] = [-1, -1]
        unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends)
        _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
        defer { close(ends[1]) }
        let wire = StreamWire(socket: FileDescriptor(owning: ends[0]), queueOctets: 0)
        _ = unsafe write(ends[1], [0x7f, 0xff, 0xff, 0xff] as [UInt8], 4)
        let more = unsafe wire.receive(most: 1) { _ in }
        #expect(!more)
        #expect(wire.failure?.contains("2147483647") == true)
        let taken = unsafe numbered(1).withUnsafeBytes { unsafe wire.send($0) }
        #expect(!taken)
    }

    @Test func `a slow reader fills the queue, which is then sent in order and whole`() {
        var ends: [Int32] = [-1, -1]
        unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends)
        _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
        _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
        defer { close(ends[1]) }
        let wire = StreamWire(socket: FileDescriptor(owning: ends[0]), queueOctets: 0)
        var taken: [UInt32] = [], next: UInt32 = 0, refused = 0
        var received: [UInt8] = [], buffer = [UInt8](repeating: 0, count: 10_007)
        for _ in 0..<40 {
            for _ in 0..<100 {
                if unsafe numbered(next, length: 1000).withUnsafeBytes({ unsafe wire.send($0) }) { taken.append(next) } else { refused += 1 }
                next += 1
            }
            let count = unsafe read(ends[1], &buffer, buffer.count)
            if count > 0 { received += buffer.prefix(count) }
        }
        #expect(refused > 0 && wire.queuedFrames > 0)
        while received.count < taken.count * 1004 {
            wire.flush()
            let count = unsafe read(ends[1], &buffer, buffer.count)
            guard count > 0 else { break }
            received += buffer.prefix(count)
        }
        #expect(received.count == taken.count * 1004 && wire.queuedFrames == 0)
        let seen = stride(from: 0, to: received.count, by: 1004).map { number(of: Array(received[($0 + 4)..<($0 + 1004)])) }
        #expect(seen == taken)
    }
}
