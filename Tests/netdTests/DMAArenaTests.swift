import Rings
import Testing

@testable import netd

struct DMAArenaTests {
    let layout = PacketMemoryLayout(smallSlots: 16, largeSlots: 1, dmaOctets: 64 * 1024)

    @Test func `pieces are page-aligned, device-visible and never overlap`() throws {
        var arena = DMAArena(layout: layout), pieces: [DMAArena.Piece] = []
        while let piece = arena.allocate(length: 5000, alignment: 16) { pieces.append(piece) }
        #expect(pieces.count == 8)
        for (a, b) in zip(pieces, pieces.dropFirst()) { #expect(a.offset + a.length <= b.offset) }
        #expect(pieces.allSatisfy { $0.offset % 4096 == 0 && $0.offset >= layout.dmaStart && $0.offset + $0.length <= layout.smallStart })
    }

    @Test func `a freed gap is used again`() throws {
        var arena = DMAArena(layout: layout)
        let first = arena.allocate(length: 4096, alignment: 16), rest = arena.allocate(length: 60 * 1024, alignment: 16)
        let (one, two) = (try #require(first), try #require(rest))
        let full = arena.allocate(length: 1, alignment: 1)
        #expect(full == nil)
        let freed = arena.free(offset: one.offset), again = arena.allocate(length: 1, alignment: 1)
        #expect(freed && again == first)
        let once = arena.free(offset: two.offset), twice = arena.free(offset: two.offset)
        #expect(once && !twice, "freeing twice is noticed")
    }

    @Test(arguments: [(0, 16), (-1, 16), (4096, 3), (4096, 0), (1 << 30, 16)])
    func `what cannot be is refused`(length: Int, alignment: Int) {
        var arena = DMAArena(layout: layout)
        let piece = arena.allocate(length: length, alignment: alignment)
        #expect(piece == nil)
    }

    @Test func `alignment beyond a page is kept`() throws {
        var arena = DMAArena(layout: layout)
        _ = arena.allocate(length: 4096, alignment: 16)
        let piece = arena.allocate(length: 4096, alignment: 32768)
        #expect(try #require(piece).offset % 32768 == 0)
    }
}
