import Rings
import Testing

struct PacketTests {
    let memory = PacketMemory(layout: .init(smallSlots: 4, largeSlots: 1, dmaOctets: 1 << 20))

    @Test func `a dropped packet gives its slot back`() {
        #expect(memory.freeSmall == 4)
        do {
            let packet = memory.take()
            #expect(memory.freeSmall == 3)
            #expect(packet != nil)
        }
        #expect(memory.freeSmall == 4)
    }

    @Test func `an exhausted pool refuses and counts`() {
        var queue = PacketQueue(capacity: 8)
        while let packet = memory.take() {
            let refused = queue.append(packet)
            let taken = refused == nil
            #expect(taken)
        }
        let held = queue.count
        #expect(held == 4)
        #expect(memory.exhausted == 1)
    }

    @Test func `headers go in front and padding comes off the end`() throws {
        var packet = try held(memory.take())
        let payload: [UInt8] = [1, 2, 3, 4, 5]
        #expect(packet.append(copying: payload.span.bytes))
        #expect(packet.prepend(2))
        do { var octets = packet.mutableOctets; octets.storeBytes(of: 0xAABB as UInt16, toByteOffset: 0, as: UInt16.self) }
        packet.truncate(to: 6)
        let seen = (0..<packet.length).map { unsafe packet.octets.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
        #expect(seen == [0xBB, 0xAA, 1, 2, 3, 4])
        packet.dropFirst(2)
        #expect(packet.length == 4)
        #expect(packet.room == Packet.headroom)
    }

    @Test(arguments: [-1, 129, 1 << 20]) func `a header beyond the headroom is refused`(octets: Int) throws {
        var packet = try held(memory.take())
        #expect(!packet.prepend(octets))
        #expect(packet.length == 0)
    }

    @Test func `a frame beyond the slot is refused whole`() throws {
        var packet = try held(memory.take())
        let room = packet.tailRoom
        #expect(!packet.append(room + 1))
        #expect(packet.append(room))
        #expect(packet.tailRoom == 0)
    }

    @Test func `a large frame takes a large slot`() throws {
        let packet = try held(memory.take(octets: 9018))
        #expect(packet.tailRoom >= 9018)
        #expect(memory.freeLarge == 0)
        #expect(packet.slot == 4)
        #expect(memory.memoryOffset(slot: 4) == memory.layout.largeStart)
    }

    @Test func `a surrendered slot belongs to whom it was given until it is adopted`() throws {
        let packet = try held(memory.take())
        let slot = packet.surrender(to: .device)
        #expect(memory.usage.small == [3, 0, 0, 1, 0])
        do {
            let back = try held(memory.adopt(slot: slot))
            #expect(back.owner == .stack)
        }
        #expect(memory.freeSmall == 4)
        let again = memory.adopt(slot: slot)
        let twice = again != nil
        #expect(!twice, "a free slot cannot be adopted")
        let beyond = memory.adopt(slot: 99)
        let invented = beyond != nil
        #expect(!invented)
    }

    @Test func `what hardware wrote must lie within the slot`() throws {
        let packet = try held(memory.take())
        #expect(memory.place(packet, offset: 0, length: 2048))
        #expect(!memory.place(packet, offset: 1, length: 2048))
        #expect(!memory.place(packet, offset: -1, length: 4))
        #expect(packet.length == 2048)
    }
}
