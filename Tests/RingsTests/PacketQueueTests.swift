import Rings
import Testing

struct PacketQueueTests {
    let memory = PacketMemory(layout: .init(smallSlots: 16, largeSlots: 1, dmaOctets: 1 << 20))

    @Test func `packets leave in the order they came, across many wraps`() throws {
        var queue = PacketQueue(capacity: 4)
        for round in 0..<1000 as Range<UInt32> {
            let packet = try #require(memory.take())
            packet.mark = round
            #expect(queue.append(packet) == nil)
            if round >= 3 {
                let first = try #require(queue.popFirst())
                #expect(first.mark == round - 3)
            }
        }
        #expect(queue.count == 3)
    }

    @Test func `a full queue gives the packet back`() throws {
        var queue = PacketQueue(capacity: 2)
        for _ in 0..<2 { #expect(queue.append(try #require(memory.take())) == nil) }
        #expect(queue.isFull)
        let back = queue.append(try #require(memory.take()))
        #expect(back != nil)
    }

    @Test func `a queue that goes away gives every slot back`() throws {
        do {
            var queue = PacketQueue(capacity: 8)
            for _ in 0..<5 { #expect(queue.append(try #require(memory.take())) == nil) }
            #expect(memory.freeSmall == 11)
        }
        #expect(memory.freeSmall == 16)
    }
}
