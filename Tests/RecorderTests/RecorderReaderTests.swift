import CDriver
import Glibc
import Synchronization
import Testing

@testable import Recorder

struct RecorderReaderTests {
    @Test func `what is written is read, in order, with its parts`() {
        let ring = Ring()
        let writer = ring.writer
        writer.write(.load, slot: 1, detail: 4, count: 0x8, first: 0x8000_0783, time: writer.now)
        writer.write(.configStore, slot: 1, detail: 2, count: 4, first: 0x107, time: writer.now)
        writer.write(.allocate, slot: 1, count: 3, first: 0x10_0000, second: 4096, time: writer.now)
        writer.write(.interrupt, slot: 2, count: 5, time: writer.now)
        writer.text(.log, "link is up", slot: 2, detail: 4)
        writer.write(.link, slot: 2, count: 1000, first: 7, time: writer.now)
        let events = ring.all()
        #expect(events.map(\.body) == [
            .access(.init(isStore: false, region: 0, offset: 8, width: 4, value: 0x8000_0783)),
            .access(.init(isStore: true, region: nil, offset: 4, width: 2, value: 0x107)),
            .memory(.allocate, address: 0x10_0000, length: 4096, handle: 3), .interrupt(vector: 5),
            .text(.log, severity: 4, "link is up"), .link(megabits: 1000, flags: 7),
        ])
        #expect(events.map(\.slot) == [1, 1, 1, 2, 2, 2])
        #expect(zip(events, events.dropFirst()).allSatisfy { $0.time <= $1.time && $0.number < $1.number })
    }

    @Test func `who wants events of some kinds gets those, with their numbers and the devices, and no others`() {
        let ring = Ring()
        let writer = ring.writer
        for k in 0..<100 {
            writer.write(.load, slot: 0, detail: 4, first: UInt64(k), time: writer.now)
            if k % 10 == 0 { writer.write(.interrupt, slot: 0, count: UInt32(k), time: writer.now) }
        }
        var reader = ring.reader
        reader.kinds = [.interrupt, .link]
        let wanted = reader.everything(), all = ring.all()
        #expect(wanted.count == 10 && wanted == all.filter { if case .interrupt = $0.body { true } else { false } })
        #expect(reader.damaged == 0)
    }

    @Test func `a callout tells its result and how long it took`() {
        let ring = Ring()
        unsafe ring.header.pointee.clock = 0
        let writer = unsafe RecorderWriter(memory: ring.memory, length: ring.length)!
        writer.write(.callout, slot: 0, detail: 9, count: 1, first: UInt64(bitPattern: -5), second: 1200, time: writer.now)
        writer.write(.handOver, slot: 0, detail: 6, count: 32, first: 77 | 64 << 32, second: 900, time: writer.now)
        #expect(ring.all().map(\.body) == [
            .callout(9, argument: 1, result: -5, duration: 1200),
            .handOver(callout: 6, count: 32, offered: 64, firstBuffer: 77, duration: 900),
        ])
    }

    @Test(arguments: [0, 1, 14, 60, 64, 65, 1514])
    func `a frame keeps its first octets, and no more than it has`(_ length: Int) {
        let ring = Ring()
        let octets = (0..<RecorderLayout.snap).map { UInt8($0) }
        unsafe octets.withUnsafeBytes {
            unsafe ring.writer.frame(
                .sent, .unsent, slot: 3, buffer: 42, length: UInt16(length), flags: 0x40, vlan: 7, octets: $0.baseAddress!, time: 1)
        }
        guard case .frame(let frame)? = ring.all().first?.body else { Issue.record("no frame"); return }
        #expect(frame == RecordedEvent.Frame(
            direction: .sent, loss: .unsent, buffer: 42, length: UInt16(length), flags: 0x40, vlan: 7,
            octets: Array(octets.prefix(length))))
    }

    @Test func `a reader that is overtaken says how much it lost, and goes on with whole events`() {
        let ring = Ring()
        var reader = ring.reader
        for k in 0..<10 { ring.writer.write(.load, slot: 0, detail: 4, first: UInt64(k), time: 1) }
        #expect(reader.everything().count == 10)
        let text = String(repeating: "x", count: 100)
        for k in 0..<5000 { ring.writer.text(.note, "\(k) \(text)", slot: 0) }
        let events = reader.everything()
        #expect(reader.overwritten > 0)
        #expect(reader.damaged == 0)
        #expect(reader.overwritten + reader.end - events[0].number >= 0)
        guard case .text(_, _, let last)? = events.last?.body else { Issue.record("no text"); return }
        #expect(last.hasPrefix("4999 "))
        for event in events {
            guard case .text(.note, _, let line) = event.body else { Issue.record("\(event)"); continue }
            #expect(line.hasSuffix(text))
        }
    }

    @Test func `no event crosses a block, whatever its length`() {
        let ring = Ring()
        for k in 0..<700 { ring.writer.text(.note, String(repeating: "y", count: k % 480), slot: 0) }
        let events = ring.all()
        #expect(!events.isEmpty)
        for event in events {
            guard case .text(_, _, let text) = event.body else { Issue.record("\(event)"); continue }
            let cells = UInt64(1 + (text.utf8.count + 31) / 32)
            #expect(event.number / RecorderLayout.block == (event.number + cells - 1) / RecorderLayout.block)
        }
    }

    @Test func `an event that its writer did not finish is not read, and is told of`() {
        let ring = Ring()
        ring.writer.write(.interrupt, slot: 0, time: 1)
        #expect(!ring.reader.isTorn)
        unsafe ring.header.pointee.claimed += 3
        #expect(ring.reader.isTorn)
        #expect(ring.all().count == 1)
    }

    @Test func `octets of any kind are no recorder, or are read without harm`() {
        var random = SystemRandomNumberGenerator()
        #expect(unsafe RecorderReader(UnsafeRawBufferPointer(start: nil, count: 0)) == nil)
        for round in 0..<200 {
            let ring = Ring()
            for k in 0..<3000 { ring.writer.text(.note, String(repeating: "z", count: k % 90), slot: 0) }
            // The header stays a recorder's in every other round; all behind its fixed part may be anything.
            let low = round % 2 == 0 ? 0 : 96
            for _ in 0..<(round * 4) {
                let at = Int.random(in: low..<(round % 3 == 0 ? 4096 : ring.length), using: &random)
                unsafe ring.memory.storeBytes(of: UInt8.random(in: 0...255, using: &random), toByteOffset: at, as: UInt8.self)
            }
            guard var reader = unsafe RecorderReader(ring.octets) else { continue }
            var events = 0
            while let more = reader.next(), events < 100_000 { events += max(more.count, 1) }
            _ = reader.devices
            _ = reader.callout(UInt8(round % 256))
            reader.seek(back: UInt64(round))
            _ = reader.next()
        }
        #expect(unsafe RecorderReader(UnsafeRawBufferPointer(rebasing: Ring().octets.prefix(4096))) == nil)
    }

    @Test func `seeking back leaves the newest events to read`() {
        let ring = Ring()
        for k in 0..<10_000 { ring.writer.write(.load, slot: 0, detail: 4, first: UInt64(k), time: 1) }
        var reader = ring.reader
        reader.seek(back: 1000)
        let events = reader.everything()
        #expect((500...1000).contains(events.count))
        guard case .access(let last)? = events.last?.body else { Issue.record("no access"); return }
        #expect(last.value == 9999)
    }

    @Test func `a count that a wild driver has overwritten ends the reading`() {
        let ring = Ring()
        ring.writer.write(.map, slot: 0, time: 1)
        unsafe ring.header.pointee.claimed = 1 << 60
        var reader = ring.reader, rounds = 0
        while rounds < 100, reader.next() != nil { rounds += 1 }
        #expect(rounds < 100 && reader.damaged == 1)
    }

    @Test func `a reader beside a writer at full speed sees only whole events`() {
        let ring = Ring()
        let done = Atomic<Bool>(false)
        let task = WriterTask(writer: ring.writer, done: { done.store(true, ordering: .releasing) })
        var thread = pthread_t()
        unsafe pthread_create(&thread, nil, writerMain, Unmanaged.passRetained(task).toOpaque())
        var reader = ring.reader
        var seen = 0, bad = 0
        var finished = false
        while !finished {
            finished = done.load(ordering: .acquiring)
            for event in reader.next() ?? [] {
                seen += 1
                if case .memory(.map, let address, let length, let handle) = event.body, length == ~address, UInt64(handle) == address & 0xffff_ffff { continue }
                bad += 1
            }
        }
        pthread_join(thread, nil)
        #expect(bad == 0)
        #expect(seen > 0)
        #expect(reader.damaged == 0)
    }
}

private final class WriterTask: Sendable {
    let writer: RecorderWriter
    let done: @Sendable () -> Void
    init(writer: RecorderWriter, done: @escaping @Sendable () -> Void) { (self.writer, self.done) = (writer, done) }
}

private func writerMain(_ raw: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    let task = unsafe Unmanaged<WriterTask>.fromOpaque(raw!).takeRetainedValue()
    for k in 0..<UInt64(400_000) {
        task.writer.write(.map, slot: 0, count: UInt32(truncatingIfNeeded: k), first: k, second: ~k, time: k)
    }
    task.done()
    return nil
}
