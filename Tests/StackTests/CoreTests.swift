@testable import Stack
import Testing
import Wire

@Suite struct TimerQueueTests {
    @Test func `timers fire in order of their deadlines whatever was set, moved or cancelled`() {
        var queue = TimerQueue(timers: 64), random = RandomSource(seed: 3)
        var model = [UInt64?](repeating: nil, count: 64)
        var now: UInt64 = 0
        for _ in 0..<20_000 {
            let timer = Int(random.below(64))
            switch random.below(4) {
            case 0, 1:
                let deadline = now + random.below(1000)
                queue.set(UInt32(timer), at: Instant(nanoseconds: deadline))
                model[timer] = deadline
            case 2:
                queue.cancel(UInt32(timer))
                model[timer] = nil
            default:
                now += random.below(50)
                while let fired = queue.popDue(Instant(nanoseconds: now)) {
                    let least = model.compactMap { $0 }.min()
                    #expect(model[Int(fired)] == least)
                    model[Int(fired)] = nil
                }
                #expect(model.allSatisfy { $0 == nil || $0! > now })
            }
            let next = queue.nextDeadline?.nanoseconds
            #expect(next == model.compactMap { $0 }.min())
        }
    }
}

@Suite struct TableTests {
    @Test func `an index finds what was put in and nothing else, also after removals`() {
        var index = HashIndex(capacity: 100), random = RandomSource(seed: 5)
        var model: [UInt32: UInt32] = [:] // position: hash
        for _ in 0..<20_000 {
            let position = UInt32(random.below(100))
            if let hash = model[position] {
                index.remove(hash, position)
                model[position] = nil
            } else {
                let hash = UInt32(random.below(40)) &* 0x0101_0101 // many collisions
                let isIn = index.insert(hash, position)
                #expect(isIn)
                model[position] = hash
            }
            let wanted = UInt32(random.below(40)) &* 0x0101_0101
            var probe = index.probe(wanted), found: Set<UInt32> = []
            while let position = index.next(&probe) { found.insert(position) }
            #expect(found == Set(model.filter { $0.value == wanted }.keys))
        }
    }

    @Test func `a full index refuses and stays as it was`() {
        var index = HashIndex(capacity: 2)
        let answers = [index.insert(1, 0), index.insert(1, 1), index.insert(1, 2)]
        #expect(answers == [true, true, false])
        let count = index.count
        #expect(count == 2)
    }

    @Test func `a slab hands out every position once`() {
        var slab = Slab<Int>(count: 5) { $0 }
        var taken: Set<UInt32> = []
        while let position = slab.take() { let isNew = taken.insert(position).inserted; #expect(isNew) }
        #expect(taken.count == 5)
        slab.give(3)
        let again = slab.take()
        #expect(again == 3)
    }

    @Test func `the same seed gives the same numbers, another seed others`() {
        var a = RandomSource(seed: 1), b = RandomSource(seed: 1), c = RandomSource(seed: 2)
        let (first, second, third) = ((0..<10).map { _ in a.next() }, (0..<10).map { _ in b.next() }, (0..<10).map { _ in c.next() })
        #expect(first == second && first != third)
    }

    /// The vector of the paper's appendix A, truncated to a message of two whole words (00 01 … 0f).
    @Test func `the keyed function is SipHash`() {
        let function = KeyedFunction(0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908)
        #expect(function(0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908) == 0x3f2a_cc7f_57c2_9bdb)
    }

    @Test func `a bucket gives its burst, then its rate`() {
        var bucket = TokenBucket(every: .milliseconds(10), burst: 3)
        let start = Instant(nanoseconds: 1_000_000_000)
        let times = [0, 0, 0, 0, 0, 9, 10, 19, 100_000, 100_000, 100_000, 100_000]
        var answers: [Bool] = []
        for time in times { answers.append(bucket.take(start + .milliseconds(time))) }
        #expect(answers == [true, true, true, false, false, false, true, false, true, true, true, false])
    }

    @Test func `an interface's name keeps its letters and refuses others`() {
        #expect(InterfaceName("em0")?.description == "em0")
        #expect(InterfaceName("abcdefghijklmno")?.description == "abcdefghijklmno")
        for bad in ["", "abcdefghijklmnop", "a b", "a/b", "ä"] { #expect(InterfaceName(bad) == nil) }
    }

    @Test func `every drop reason and every statistic has a name of its own`() {
        let reasons = DropReason.all.map(\.text), names = Statistic.allCases.map { "\($0.group): \($0.text)" }
        #expect(Set(reasons).count == reasons.count)
        #expect(Set(names).count == names.count)
        #expect(reasons.contains("ipv4: bad checksum") && reasons.contains("no route"))
    }
}
