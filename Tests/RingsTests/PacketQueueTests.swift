import Rings
import Testing

struct PacketQueueTests {
    let memory = PacketMemory(layout: .init(smallSlots: 16, largeSlots: 1, dmaOctets: 1 << 20))

    @Test func `packets leave in the order they came, across many wraps`() throws {
        var queue = PacketQueue(capacity: 4)
        for round in 0..<1000 as Range<UInt32> {
            let packet = try held(memory.take())
            packet.mark = round
            let took = none(queue.append(packet))
            #expect(took)
            if round >= 3 {
                let mark = try held(queue.popFirst()).mark
                #expect(mark == round - 3)
            }
        }
        let left = queue.count
        #expect(left == 3)
    }

    @Test func `a full queue gives the packet back`() throws {
        var queue = PacketQueue(capacity: 2)
        for _ in 0..<2 {
            let took = none(queue.append(try held(memory.take())))
            #expect(took)
        }
        let full = queue.isFull, gaveBack = !none(queue.append(try held(memory.take())))
        #expect(full && gaveBack)
    }

    @Test func `a queue that goes away gives every slot back`() throws {
        do {
            var queue = PacketQueue(capacity: 8)
            for _ in 0..<5 {
                let took = none(queue.append(try held(memory.take())))
                #expect(took)
            }
            #expect(memory.freeSmall == 11)
        }
        #expect(memory.freeSmall == 16)
    }
}
