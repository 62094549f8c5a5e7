import Rings
import Testing

struct PacketTests {
    let memory = PacketMemory(layout: .init(smallSlots: 4, largeSlots: 1, dmaOctets: 1 << 20))

    @Test func `a dropped packet gives its slot back`() throws {
        #expect(memory.freeSmall == 4)
        do {
            let packet = try held(memory.take())
            #expect(memory.freeSmall == 3)
            _ = consume packet
        }
        #expect(memory.freeSmall == 4)
    }

    @Test func `an exhausted pool refuses and counts`() {
        var queue = PacketQueue(capacity: 8)
        while let packet = memory.take() {
            let refused = !none(queue.append(packet))
            #expect(!refused)
        }
        let count = queue.count
        #expect(count == 4)
        #expect(memory.exhausted == 1)
    }

    @Test func `headers go in front and padding comes off the end`() throws {
        var packet = try held(memory.take())
        let payload: [UInt8] = [1, 2, 3, 4, 5]
        let appended = unsafe packet.append(copying: payload.span.bytes), prepended = packet.prepend(2)
        #expect(appended && prepended)
        do {
            var header = packet.mutableOctets
            header.storeBytes(of: 0xAABB as UInt16, toByteOffset: 0, as: UInt16.self)
        }
        packet.truncate(to: 6)
        #expect(octets(of: packet) == [0xBB, 0xAA, 1, 2, 3, 4])
        packet.dropFirst(2)
        let (length, room) = (packet.length, packet.room)
        #expect(length == 4)
        #expect(room == Packet.headroom)
    }

    @Test(arguments: [-1, 129, 1 << 20]) func `a header beyond the headroom is refused`(octets: Int) throws {
        var packet = try held(memory.take())
        let grown = packet.prepend(octets), length = packet.length
        #expect(!grown && length == 0)
    }

    @Test func `a frame beyond the slot is refused whole`() throws {
        var packet = try held(memory.take())
        let room = packet.tailRoom
        let beyond = packet.append(room + 1), exact = packet.append(room), left = packet.tailRoom
        #expect(!beyond && exact && left == 0)
    }

    @Test func `a large frame takes a large slot`() throws {
        let packet = try held(memory.take(octets: 9018))
        let (room, slot) = (packet.tailRoom, packet.slot)
        #expect(room >= 9018)
        #expect(memory.freeLarge == 0)
        #expect(slot == 4)
        #expect(memory.memoryOffset(slot: 4) == memory.layout.largeStart)
    }

    @Test func `a surrendered slot belongs to whom it was given until it is adopted`() throws {
        let slot = try held(memory.take()).surrender(to: .device)
        #expect(memory.usage.small == [3, 0, 0, 1, 0])
        do {
            let back = try held(memory.adopt(slot: slot))
            let owner = back.owner
            #expect(owner == .stack)
        }
        #expect(memory.freeSmall == 4)
        let twice = !none(memory.adopt(slot: slot)), invented = !none(memory.adopt(slot: 99))
        #expect(!twice, "a free slot cannot be adopted")
        #expect(!invented)
    }

    @Test func `what hardware wrote must lie within the slot`() throws {
        let packet = try held(memory.take())
        let whole = memory.place(packet, offset: 0, length: 2048)
        let past = memory.place(packet, offset: 1, length: 2048), before = memory.place(packet, offset: -1, length: 4)
        let length = packet.length
        #expect(whole && !past && !before)
        #expect(length == 2048)
    }
}
