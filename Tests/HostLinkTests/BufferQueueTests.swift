import CDriver
import DriverKit
import HostLink
import Testing

@Suite struct BufferQueueTests {
    private func buffer(_ slot: UInt32, _ flags: BufferFlags = []) -> Buffer {
        var c = unsafe drydock_buffer()
        unsafe (c.slot, c.capacity, c.length, c.flags) = (slot, 2048, 60, flags.rawValue)
        return unsafe Buffer(c)
    }

    private func slots(_ list: [Buffer], _ count: Int) -> [UInt32] { list.prefix(count).map(\.slot) }

    @Test func `buffers come out in the order they went in, over many wraps`() {
        var queue = BufferQueue(capacity: 20)
        var next: UInt32 = 0, expected: UInt32 = 0
        for round in 0..<1000 {
            while queue.count < 1 + round % 20 { queue.append(buffer(next)); next += 1 }
            while queue.count > round % 3 { #expect(queue.takeFirst().slot == expected); expected += 1 }
        }
        #expect(expected > 5000)
    }

    @Test func `no more is taken than was asked for`() {
        var queue = BufferQueue(capacity: 16)
        let list = (0..<10).map { buffer($0) }
        #expect(queue.append(list.span, most: 7) == 7 && queue.append(list.span, most: -1) == 0)
        #expect(queue.append(list.span, most: 100) == 9 && queue.room == 0)
    }

    @Test func `what goes home empty says so`() {
        var queue = BufferQueue(capacity: 16)
        for slot in 0..<5 { queue.append(buffer(UInt32(slot))) }
        var out = [Buffer](repeating: Buffer(), count: 4)
        var span = out.mutableSpan
        #expect(queue.empty(into: &span, from: 1) == 4)
        #expect(slots(Array(out[1...]), 3) == [0, 1, 2] && queue.count == 2)
        #expect(out[1...].allSatisfy { $0.flags == .unused && $0.length == 0 })
    }

    @Test func `a frame without an end is none`() {
        let list = [buffer(0, .more), buffer(1, .more)]
        #expect(list.span.parts(from: 0) == 0)
        #expect([buffer(0, .more), buffer(1)].span.parts(from: 0) == 2)
    }
}
