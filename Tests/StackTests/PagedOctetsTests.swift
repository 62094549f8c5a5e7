@testable import Stack
import Testing
import Wire

/// A queue with memory of its own, beside an array that does the same.
private struct Pair: ~Copyable {
    var memory: StreamMemory
    var queue = PagedOctets()
    var model: [UInt8] = []
    private var next: UInt8 = 0

    init(pages: Int) { memory = StreamMemory(pages: pages) }

    /// Octets like no others nearby: 251 is prime to the page.
    mutating func fresh(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in
            next = next == 250 ? 0 : next + 1
            return next
        }
    }

    mutating func append(_ octets: [UInt8]) -> Int {
        let taken = octets.asRaw { queue.append($0, in: &memory) }
        model += octets.prefix(taken)
        return taken
    }

    mutating func write(_ octets: [UInt8], at position: Int) -> Bool { octets.asRaw { queue.write($0, at: position, in: &memory) } }

    mutating func read(_ position: Int, _ count: Int) -> [UInt8] {
        var out = [UInt8](repeating: 0xa5, count: count + 2)
        var span = out.mutableSpan
        // SAFETY: any octet is a valid UInt8.
        var raw = unsafe span.mutableBytes
        queue.copy(from: position, count: count, into: &raw, at: 1, in: memory)
        guard out.first == 0xa5, out.last == 0xa5 else { return [] }
        return Array(out[1..<1 + count])
    }

    mutating func lent(_ position: Int, _ count: Int) -> [UInt8] {
        // SAFETY: the spans are valid during this call.
        unsafe queue.withReadable(from: position, octets: count, in: memory) { spans in
            unsafe spans.flatMap { unsafe Array(UnsafeRawBufferPointer(start: $0.start, count: $0.octets)) }
        }
    }

    mutating func fill(_ octets: [UInt8], asked: Int) -> Int {
        // SAFETY: each span has room for what it says, during this call.
        let done = unsafe queue.withWritable(asked, in: &memory) { spans in
            var left = octets[...]
            for unsafe span in unsafe spans {
                let part = left.prefix(span.octets)
                unsafe part.withUnsafeBytes { if unsafe !$0.isEmpty { unsafe span.start.copyMemory(from: $0.baseAddress!, byteCount: $0.count) } }
                left = left.dropFirst(part.count)
            }
            return octets.count - left.count
        }
        model += octets.prefix(done)
        return done
    }

    mutating func drop(_ count: Int) {
        queue.dropFirst(count, in: &memory)
        model.removeFirst(count)
    }
}

@Suite struct PagedOctetsTests {
    static let page = StreamMemory.pageOctets

    @Test func `an idle queue is small and holds no page`() {
        #expect(MemoryLayout<PagedOctets>.size <= 32)
        var pair = Pair(pages: 2)
        let taken = pair.append([1, 2, 3]), held = pair.memory.used
        pair.drop(3)
        let after = pair.memory.used
        #expect(taken == 3 && held == 1 && after == 0)
    }

    @Test(arguments: [1, 2, 3, 4]) func `a queue does what an array does`(seed: UInt64) {
        var random = RandomSource(seed: seed)
        var pair = Pair(pages: 12)
        for _ in 0..<800 {
            let octets = Int(random.below(random.below(4) == 0 ? 60_000 : 1500))
            switch random.below(6) {
            case 0, 1:
                let fresh = pair.fresh(octets), taken = pair.append(fresh), free = pair.memory.free
                #expect(taken == octets || free == 0)
            case 2:
                let fresh = pair.fresh(octets), filled = pair.fill(fresh, asked: octets + Int(random.below(40_000)))
                let free = pair.memory.free
                #expect(filled == octets || free == 0)
            case 3, 4:
                pair.drop(min(octets, pair.model.count))
            default:
                let from = Int(random.below(UInt64(pair.model.count) + 1)), count = min(octets, pair.model.count - from)
                let copied = pair.read(from, count), lent = pair.lent(from, count), wanted = Array(pair.model[from..<from + count])
                #expect(copied == wanted && lent == wanted)
            }
            let count = pair.queue.count, pages = Int(pair.queue.pages), used = pair.memory.used, wanted = pair.model.count
            #expect(count == wanted && pages == used)
            #expect(pages <= count / Self.page + 2 && (count > 0 || pages == 0))
        }
        pair.queue.release(in: &pair.memory)
        let used = pair.memory.used
        #expect(used == 0)
    }

    /// Segments in any order, as a receiver stores them: holes are filled later, some octets come twice.
    @Test(arguments: [1, 2, 3, 4]) func `octets written ahead in any order become readable when they join`(seed: UInt64) {
        var random = RandomSource(seed: seed)
        var pair = Pair(pages: 40)
        for _ in 0..<12 {
            let stream = pair.fresh(1 + Int(random.below(300_000))), start = pair.queue.count
            var pieces: [Range<Int>] = []
            var from = 0
            while from < stream.count {
                let to = min(from + 1 + Int(random.below(9000)), stream.count)
                pieces.append(max(0, from - Int(random.below(200)))..<to)
                from = to
            }
            for k in pieces.indices.reversed() { pieces.swapAt(k, Int(random.below(UInt64(k) + 1))) }
            for piece in pieces { let isIn = pair.write(Array(stream[piece]), at: start + piece.lowerBound); #expect(isIn) }
            let before = pair.queue.count
            #expect(before == start)
            pair.queue.extend(by: stream.count)
            pair.model += stream
            let all = pair.read(0, pair.model.count), wanted = pair.model
            #expect(all == wanted)
            pair.drop(pair.model.count - Int(random.below(UInt64(min(pair.model.count, 50_000)))))
        }
    }

    @Test func `what is written ahead stays when everything before it is dropped`() {
        var pair = Pair(pages: 4)
        _ = pair.append([1, 2, 3])
        let isIn = pair.write([9], at: 4)
        pair.drop(3)
        let none = pair.queue.count, pages = pair.memory.used
        #expect(isIn && none == 0 && pages == 1)
        let isFilled = pair.write([8], at: 0)
        pair.queue.extend(by: 2)
        let both = pair.read(0, 2)
        #expect(isFilled && both == [8, 9])
    }

    @Test func `without memory nothing is written and nothing changes`() {
        var pair = Pair(pages: 2)
        let first = pair.append([1, 2, 3]), tooFar = pair.write([4], at: 2 * Self.page), pages = pair.memory.used
        #expect(first == 3 && !tooFar && pages == 1)
        let fresh = pair.fresh(3 * Self.page), fit = pair.append(fresh), refused = pair.memory.exhausted
        #expect(fit == 2 * Self.page - 3 && refused == 2)
        let more = pair.append([1]), filled = pair.fill([1], asked: 1)
        #expect(more == 0 && filled == 0)
        let all = pair.read(0, 2 * Self.page), wanted = pair.model
        #expect(all == wanted)
    }

    @Test func `a socket that fills nothing leaves no page behind`() {
        var pair = Pair(pages: 8)
        let none = pair.fill([], asked: 100_000), used = pair.memory.used
        #expect(none == 0 && used == 0)
        let some = pair.fill([7], asked: 100_000), kept = pair.memory.used
        #expect(some == 1 && kept == 1)
    }

    @Test func `no more than sixteen spans are lent at once`() {
        var pair = Pair(pages: 40)
        let octets = pair.fresh(30 * Self.page), filled = pair.fill(octets, asked: octets.count)
        #expect(filled == 16 * Self.page)
        let lent = pair.lent(1, octets.count), wanted = Array(octets[1..<16 * Self.page])
        #expect(lent == wanted)
    }

    @Test(arguments: [0, 1, 5, 17, 29]) func `pages far apart are read by turns`(near: Int) {
        var pair = Pair(pages: 40)
        let octets = pair.fresh(32 * Self.page)
        _ = pair.append(octets)
        for far in 20..<32 {
            let (a, b) = (pair.read(near * Self.page + 10, 1448), pair.read(far * Self.page - 700, 1448))
            #expect(a == Array(octets[near * Self.page + 10..<near * Self.page + 1458]))
            #expect(b == Array(octets[far * Self.page - 700..<far * Self.page + 748]))
        }
    }
}
