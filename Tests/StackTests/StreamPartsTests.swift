@testable import Stack
import Testing
import Wire

extension [UInt8] {
    /// Calls `body` with the octets as the stack takes them.
    func asRaw<Result>(_ body: (RawSpan) -> Result) -> Result {
        // SAFETY: UInt8 has no padding, so every octet is initialised.
        unsafe body(span.bytes)
    }
}

@Suite struct SequenceNumberTests {
    static func at(_ value: UInt32) -> SequenceNumber { SequenceNumber(rawValue: value) }

    @Test(arguments: [0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_fff0, 0xffff_ffff] as [UInt32])
    func `RFC 9293 §3.4 comparison is by distance wherever the numbers wrap`(start: UInt32) {
        let a = Self.at(start)
        for distance in [1, 2, 1448, 1 << 30, (1 << 31) - 1] {
            let b = a + distance
            #expect(a < b && a <= b && b > a && b >= a && !(b < a) && !(a >= b))
            #expect(b - a == distance && a - b == -distance && b - distance == a)
        }
        #expect(a <= a && a >= a && !(a < a) && !(a > a) && a - a == 0)
    }

    @Test func `a number is in a range of octets across the wrap, and in no empty one`() {
        let first = Self.at(0xffff_fffe)
        #expect(first.isIn(first, 1) && Self.at(1).isIn(first, 4) && !Self.at(2).isIn(first, 4) && !Self.at(0xffff_fffd).isIn(first, 4))
        #expect(!first.isIn(first, 0) && !first.isIn(first, -1))
    }

    @Test func `a number moves in place, and describes itself`() {
        var number = Self.at(0xffff_ffff)
        number += 2
        #expect(number == Self.at(1) && number.description == "1")
    }
}

@Suite struct LazySlabTests {
    @Test func `positions come from the lowest on, and the one given back last comes first`() {
        var slab = LazySlab<Int>(count: 4)
        let first = (0..<3).map { slab.take($0 * 10) }
        #expect(first == [0, 1, 2])
        slab.give(0)
        slab.give(2)
        let again = [slab.take(7), slab.take(8), slab.take(9), slab.take(10)]
        #expect(again == [2, 0, 3, nil])
        let values = (0..<4).map { slab[UInt32($0)] }, used = slab.used, free = slab.free
        #expect(values == [8, 10, 7, 9] && used == 4 && free == 0)
    }

    @Test func `a slab of none has none`() {
        var slab = LazySlab<Int>(count: 0)
        let none = slab.take(1)
        #expect(none == nil)
    }
}

@Suite struct StreamMemoryTests {
    @Test func `pages are handed out once each, and what is refused is counted`() {
        var memory = StreamMemory(pages: 3)
        var taken: Set<UInt32> = []
        while let page = memory.take() { let isNew = taken.insert(page).inserted; #expect(isNew) }
        let hasOne = memory.has(1), refused = memory.exhausted, used = memory.used
        #expect(taken.count == 3 && !hasOne && refused == 2 && used == 3)
        memory.give(1)
        let has = memory.has(1), again = memory.take()
        #expect(has && again == 1)
    }

    @Test func `room for far more than the machine has costs nothing until it is used`() {
        var memory = StreamMemory(pages: 65_536)
        let page = memory.take(), count = memory.count, free = memory.free
        #expect(page == 0 && count == 65_536 && free == 65_535)
    }
}
