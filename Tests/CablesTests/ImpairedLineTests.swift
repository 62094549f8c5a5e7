@testable import Cables
import Testing

/// A frame of `octets` octets that carries `number`.
func frame(_ number: Int, octets: Int = 60) -> [UInt8] {
    var frame = [UInt8](repeating: 0, count: octets)
    for k in 0..<4 { frame[14 + k] = UInt8(truncatingIfNeeded: number >> (8 * k)) }
    return frame
}

func number(_ frame: [UInt8]) -> Int { (0..<4).reduce(0) { $0 | Int(frame[14 + $1]) << (8 * $1) } }

@Suite struct ImpairedLineTests {
    /// Sends `count` frames one microsecond apart, and takes all out.
    private func run(_ settings: Impairments, seed: UInt64, count: Int) -> (frames: [[UInt8]], line: ImpairedLine) {
        var line = ImpairedLine(settings, seed: seed), out: [[UInt8]] = []
        for number in 0..<count {
            let octets = frame(number)
            octets.show { _ = line.enter($0, now: UInt64(number) * 1000) }
            while let arrived = line.leave(now: UInt64(number) * 1000) { out.append(arrived) }
        }
        while let due = line.nextDue, let arrived = line.leave(now: due) { out.append(arrived) }
        return (out, line)
    }

    private func all() -> Impairments {
        var settings = Impairments()
        (settings.loss, settings.duplicate, settings.corrupt, settings.reorder) = (100_000, 50_000, 30_000, 20_000)
        (settings.delay, settings.jitter, settings.rate) = (5_000_000, 1_000_000, 100_000_000)
        return settings
    }

    @Test func `the same seed does the same, another seed something else`() {
        let first = run(all(), seed: 7, count: 2000), again = run(all(), seed: 7, count: 2000), other = run(all(), seed: 8, count: 2000)
        #expect(first.frames == again.frames)
        #expect(first.line.counters == again.line.counters)
        #expect(first.frames != other.frames)
    }

    @Test(arguments: 1...5) func `every frame is in exactly one counter`(seed: UInt64) {
        let (frames, line) = run(all(), seed: seed, count: 3000)
        let c = line.counters
        #expect(c.entered == 3000)
        #expect(c.entered + c.duplicated == c.left + c.lost + c.overflowed + c.flushed + c.held)
        #expect(c.left == UInt64(frames.count))
        #expect(c.lost > 200 && c.lost < 400)
        #expect(c.duplicated > 0 && c.corrupted > 0 && c.reordered > 0)
    }

    @Test func `changing one setting leaves the others' decisions`() {
        var settings = all()
        settings.corrupt = 0
        settings.delay = 0
        let lost = { (settings: Impairments) in Set(0..<2000).subtracting(self.run(settings, seed: 3, count: 2000).frames.map(number)) }
        var clean = all()
        clean.corrupt = 0
        #expect(lost(settings) == lost(clean))
    }

    @Test func `loss of everything loses everything, loss of nothing nothing`() {
        var settings = Impairments()
        settings.loss = 1_000_000
        #expect(run(settings, seed: 1, count: 500).frames.isEmpty)
        settings.loss = 0
        settings.delay = 1
        #expect(run(settings, seed: 1, count: 500).frames.map(number) == Array(0..<500))
    }

    @Test func `delay and jitter keep the order, and the frame its time`() {
        var settings = Impairments()
        (settings.delay, settings.jitter) = (5_000_000, 4_000_000)
        var line = ImpairedLine(settings, seed: 9)
        for k in 0..<200 { frame(k).show { _ = line.enter($0, now: UInt64(k) * 1000) } }
        var last = -1
        while let due = line.nextDue, let octets = line.leave(now: due) {
            let k = number(octets)
            #expect(k == last + 1)
            last = k
            #expect(due >= UInt64(k) * 1000 + 1_000_000)
            #expect(due <= 200_000 + 9_000_000)
        }
        #expect(last == 199)
    }

    @Test func `a rate spaces frames by their length`() {
        var settings = Impairments()
        settings.rate = 8_000_000
        var line = ImpairedLine(settings, seed: 1)
        for k in 0..<3 { frame(k, octets: 1000).show { _ = line.enter($0, now: 0) } }
        for k in 1...3 as ClosedRange<UInt64> {
            #expect(line.nextDue == k * 1_000_000)
            #expect(line.leave(now: k * 1_000_000) != nil)
        }
    }

    @Test func `a reordered frame is overtaken, a corrupted one differs in one bit`() {
        var settings = Impairments()
        settings.reorder = 300_000
        let order = run(settings, seed: 5, count: 100).frames.map(number)
        #expect(order != Array(0..<100) && order.sorted() == Array(0..<100))
        settings = Impairments()
        settings.corrupt = 1_000_000
        let wrong = run(settings, seed: 5, count: 1).frames[0]
        #expect(zip(wrong, frame(0)).reduce(0) { $0 + ($1.0 ^ $1.1).nonzeroBitCount } == 1)
    }

    @Test func `what is on its way is bounded, and counted when it is dropped`() {
        var settings = Impairments()
        settings.delay = 1_000_000_000
        var line = ImpairedLine(settings, seed: 1)
        for k in 0..<5000 { frame(k).show { _ = line.enter($0, now: 0) } }
        #expect(line.counters.held == 4096 && line.counters.overflowed == 904)
        line.flush()
        #expect(line.counters.held == 0 && line.counters.flushed == 4096 && line.nextDue == nil)
    }
}
