import DriverKit
import Testing

@Suite struct RingCursorTests {
    @Test func `one descriptor always stays unused`() {
        var cursor = RingCursor(size: 8)
        #expect(cursor.isEmpty && cursor.free == 7)
        for position in 0..<7 { #expect(cursor.fill() == position) }
        #expect(cursor.free == 0 && cursor.used == 7 && cursor.tail == 7)
    }

    @Test func `head and tail go round for ever`() {
        var cursor = RingCursor(size: 8)
        for step in 0..<1000 {
            #expect(cursor.fill() == (2 * step) % 8)
            #expect(cursor.fill() == (2 * step + 1) % 8)
            #expect(cursor.used == 2 && cursor.free == 5)
            cursor.clean(2)
            #expect(cursor.isEmpty && cursor.head == (2 * step + 2) % 8)
        }
    }

    @Test func `a loop over positions says where it has come to`() {
        var cursor = RingCursor(size: 8)
        cursor.fill(upTo: 6)
        cursor.clean(upTo: 4)
        #expect(cursor.head == 4 && cursor.used == 2)
        cursor.fill(upTo: 1)
        #expect(cursor.tail == 1 && cursor.used == 5 && cursor.free == 2)
        cursor.clean(upTo: 1)
        #expect(cursor.isEmpty)
    }

    @Test func `a reset starts again at zero`() {
        var cursor = RingCursor(size: 16)
        for _ in 0..<5 { _ = cursor.fill() }
        cursor.clean(3)
        cursor.reset()
        #expect(cursor.isEmpty && cursor.head == 0 && cursor.tail == 0)
    }
}
