@testable import Stack
import Testing
import Wire

/// An assembler with a pool of its own; numbers count from `start`, so that tests can be read and the wrap is tested too.
private struct Receiver: ~Copyable {
    var pool = RangePool(count: 300)
    var assembler = Assembler()
    var next = 0
    let start: UInt32

    init(start: UInt32 = 0xffff_f000) { self.start = start }

    func number(_ position: Int) -> SequenceNumber { SequenceNumber(rawValue: start) + position }

    /// Takes in [left, right), and advances `next`; false when it is refused.
    mutating func take(_ left: Int, _ right: Int) -> Bool {
        guard let advanced = assembler.insert(number(left), right - left, next: number(next), in: &pool) else { return false }
        next += advanced
        return true
    }

    /// The blocks of the acknowledgment that would be sent now.
    mutating func report(besideStamps: Bool = false) -> [Range<Int>] {
        var options = TCPOptions()
        if besideStamps { options.timestamp = TCPTimestamp(value: 1, echo: 2) }
        assembler.report(into: &options, in: pool)
        return (0..<options.sackCount).map { k in
            let left = SequenceNumber(rawValue: options.sack[k].left) - number(0)
            return left..<left + Int(options.sack[k].right &- options.sack[k].left)
        }
    }
}

@Suite struct AssemblerTests {
    @Test func `in order nothing is held`() {
        #expect(MemoryLayout<Assembler>.size <= 16)
        var receiver = Receiver()
        for k in 0..<10 { let isIn = receiver.take(k * 500, k * 500 + 500); #expect(isIn) }
        let next = receiver.next, used = receiver.pool.used, isEmpty = receiver.assembler.isEmpty, hasReport = receiver.assembler.hasReport
        #expect(next == 5000 && used == 0 && isEmpty && !hasReport)
    }

    @Test func `what fills the hole joins what lies behind it`() {
        var receiver = Receiver()
        _ = receiver.take(1000, 1500)
        _ = receiver.take(500, 1000)
        let before = receiver.next, held = receiver.pool.used
        #expect(before == 0 && held == 1)
        _ = receiver.take(0, 500)
        let after = receiver.next, left = receiver.pool.used
        #expect(after == 1500 && left == 0)
    }

    // The examples of RFC 2018 §5: eight segments of 500 octets from 5000 on.
    @Test func `RFC 2018 §5 the first four arrive and the last four are lost`() {
        var receiver = Receiver()
        receiver.next = 5000
        for k in 0..<4 { _ = receiver.take(5000 + k * 500, 5500 + k * 500) }
        let next = receiver.next, report = receiver.report()
        #expect(next == 7000 && report == [])
    }

    @Test func `RFC 2018 §5 the first is lost, the other seven arrive`() {
        var receiver = Receiver()
        receiver.next = 5000
        for right in stride(from: 6000, through: 9000, by: 500) {
            _ = receiver.take(right - 500, right)
            let report = receiver.report(), next = receiver.next
            #expect(report == [5500..<right] && next == 5000)
        }
    }

    @Test func `RFC 2018 §5 every second is lost, then the fourth comes, then the second`() {
        var receiver = Receiver()
        receiver.next = 5000
        _ = receiver.take(5000, 5500)
        for left in [6000, 7000, 8000] { _ = receiver.take(left, left + 500) }
        let three = receiver.report()
        #expect(three == [8000..<8500, 7000..<7500, 6000..<6500])
        _ = receiver.take(6500, 7000)
        let two = receiver.report()
        #expect(two == [6000..<7500, 8000..<8500])
        _ = receiver.take(5500, 6000)
        let one = receiver.report(), next = receiver.next
        #expect(one == [8000..<8500] && next == 7500)
    }

    @Test func `RFC 2018 §4 the ranges changed last come first, as many as there is room for`() {
        var receiver = Receiver()
        for k in 1...6 { _ = receiver.take(k * 1000, k * 1000 + 500) }
        let four = receiver.report(), three = receiver.report(besideStamps: true)
        #expect(four == [6000..<6500, 5000..<5500, 4000..<4500, 3000..<3500] && three == Array(four.prefix(3)))
        _ = receiver.take(1500, 1600)
        let changed = receiver.report(besideStamps: true)
        #expect(changed == [1000..<1600, 6000..<6500, 5000..<5500])
    }

    @Test func `RFC 2883 §4.1.1 a duplicate below the acknowledged is reported once, first`() {
        var receiver = Receiver()
        _ = receiver.take(0, 1000)
        _ = receiver.take(500, 1000)
        let hasReport = receiver.assembler.hasReport, first = receiver.report(), second = receiver.report(), next = receiver.next
        #expect(hasReport && first == [500..<1000] && second == [] && next == 1000)
    }

    @Test func `RFC 2883 §4.1.3 a duplicate within a range is followed by the range`() {
        var receiver = Receiver()
        _ = receiver.take(1000, 2000)
        _ = receiver.take(3000, 3500)
        _ = receiver.take(1200, 1300)
        let report = receiver.report(), next = receiver.next
        #expect(report == [1200..<1300, 1000..<2000, 3000..<3500] && next == 0)
    }

    @Test func `RFC 2883 §4.2 of several parts that came twice the first is reported`() {
        var receiver = Receiver()
        _ = receiver.take(3000, 3500)
        _ = receiver.take(1000, 1500)
        _ = receiver.take(1200, 4000)
        let report = receiver.report()
        #expect(report == [1200..<1500, 1000..<4000])
    }

    @Test func `a segment that is partly old brings what is new`() {
        var receiver = Receiver()
        _ = receiver.take(0, 1000)
        _ = receiver.take(500, 1500)
        _ = receiver.take(2000, 2500)
        _ = receiver.take(1400, 2100)
        let next = receiver.next, used = receiver.pool.used, report = receiver.report()
        #expect(next == 2500 && used == 0 && report == [2000..<2100])
    }

    @Test func `a segment without octets changes nothing`() {
        var receiver = Receiver()
        _ = receiver.take(0, 100)
        let old = receiver.take(50, 50), ahead = receiver.take(300, 300), here = receiver.take(100, 100)
        let hasReport = receiver.assembler.hasReport, next = receiver.next
        #expect(old && ahead && here && !hasReport && next == 100)
    }

    @Test func `one range too many is refused, what needs none is not`() {
        var receiver = Receiver()
        for k in 1...Assembler.mostRanges { let isIn = receiver.take(k * 10, k * 10 + 5); #expect(isIn) }
        let count = receiver.assembler.count, isIn = receiver.take(5000, 5001)
        #expect(count == Assembler.mostRanges && !isIn)
        let longer = receiver.take(15, 17), inOrder = receiver.take(0, 10), next = receiver.next
        #expect(longer && inOrder && next == 17)
        let now = receiver.take(5000, 5001)
        #expect(now)
        receiver.assembler.release(in: &receiver.pool)
        let used = receiver.pool.used, after = receiver.assembler.count
        #expect(used == 0 && after == 0)
    }

    @Test func `an empty pool refuses, and in order it is not asked`() {
        var receiver = Receiver()
        receiver.pool = RangePool(count: 0)
        let ahead = receiver.take(10, 20), inOrder = receiver.take(0, 10), next = receiver.next
        #expect(!ahead && inOrder && next == 10)
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6]) func `an assembler does what a row of flags does`(seed: UInt64) {
        var random = RandomSource(seed: seed)
        var receiver = Receiver(start: UInt32(truncatingIfNeeded: random.next()))
        var model = [Bool](repeating: false, count: 41_000)
        for _ in 0..<1500 where receiver.next < 39_000 {
            let left = max(0, receiver.next - 50 + Int(random.below(700))), right = left + Int(random.below(80))
            let isIn = receiver.take(left, right)
            guard isIn else { continue }
            for position in left..<right { model[position] = true }
            let next = receiver.next, used = receiver.pool.used, count = receiver.assembler.count
            #expect(model[max(0, next - 900)..<next].allSatisfy { $0 } && !model[next] && used == count)
            let ranges = (next..<next + 900).count(where: { model[$0] && !model[$0 - 1] })
            // A block is a whole range: all of it there, a hole on both sides. The first may be what came twice.
            let whole = receiver.report().filter { model[$0].allSatisfy { $0 } && !model[$0.lowerBound - 1] && !model[$0.upperBound] }
            #expect(ranges == count && whole.count >= min(count, 3))
            if random.below(200) == 0 {
                _ = receiver.take(next, next + 400)
                for position in next..<next + 400 { model[position] = true }
            }
        }
        let next = receiver.next
        #expect(next > 2000)
    }
}
