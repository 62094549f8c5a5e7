import DriverKit
import Testing

@Suite struct ReturnQueueTests {
    @Test func `frames come out whole, in order, and say failed once`() {
        var queue = ReturnQueue(capacity: 5)
        for part in 0..<3 { queue.add(Buffer(), isFirst: part == 0, isLast: part == 2, failed: true) }
        queue.add(Buffer(), isFirst: true, isLast: true, failed: false)
        #expect(queue.room == 1)
        var out = [Buffer](repeating: Buffer(), count: 3), span = out.mutableSpan
        #expect(queue.take(&span) == 3)
        #expect(out.map(\.flags) == [[.more, .failed], .more, []])
        span = out.mutableSpan
        #expect(queue.take(&span) == 1 && queue.isEmpty)
        #expect(out[0].flags == [])
    }

    @Test func `a frame that does not fit behind another waits for the next call`() {
        var queue = ReturnQueue(capacity: 4)
        for _ in 0..<2 {
            for part in 0..<2 { queue.add(Buffer(), isFirst: part == 0, isLast: part == 1, failed: false) }
        }
        var out = [Buffer](repeating: Buffer(), count: 3), span = out.mutableSpan
        #expect(queue.take(&span) == 2 && queue.room == 2)
        span = out.mutableSpan
        #expect(queue.take(&span) == 2 && queue.isEmpty)
    }

    @Test func `a frame that no call has room for comes in parts, instead of holding up all behind it for ever`() {
        var queue = ReturnQueue(capacity: 5)
        for part in 0..<4 { queue.add(Buffer(), isFirst: part == 0, isLast: part == 3, failed: true) }
        queue.add(Buffer(), isFirst: true, isLast: true, failed: false)
        var out = [Buffer](repeating: Buffer(), count: 3), span = out.mutableSpan
        #expect(queue.take(&span) == 3)
        #expect(out.map(\.flags) == [[.more, .failed], .more, .more])
        span = out.mutableSpan
        #expect(queue.take(&span) == 2 && queue.isEmpty)
        #expect(out[0].flags == [] && out[1].flags == [])
    }
}
