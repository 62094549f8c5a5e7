import CDriver
import DriverKit
import Testing

private func buffer(_ slot: UInt32) -> Buffer {
    var c = unsafe drydock_buffer()
    unsafe (c.slot, c.device_address, c.capacity, c.length) = (slot, UInt64(slot) << 16, 2048, 60)
    unsafe (c.flags, c.vlan, c.checksum_start) = (UInt16(DRYDOCK_BUFFER_VLAN), 7, 34)
    return unsafe Buffer(c)
}

private enum Sixteen: DescriptorLayout {
    static var octets: Int { 16 }
    static var alignment: Int { 64 }
}

/// Batches on a ring of eight, whatever its state.
@Suite struct RingRunsTests {
    let host = TestHost(drydock_identity(vendor: 1, device: 2, subsystem_vendor: 0, subsystem_device: 0, revision: 0, class_code: 2,
                                         subclass: 0, programming_interface: 0))

    private func ring(turned steps: Int = 0) throws -> DescriptorRing<Sixteen> {
        var ring = try DescriptorRing<Sixteen>(unsafe Services(host.services), size: 8, for: "a ring")
        for slot in 0..<UInt32(steps) {
            ring.handOver(OwnedBuffer(taking: buffer(slot)))
            _ = ring.takeBack().surrender()
        }
        return ring
    }

    private func give(_ ring: inout DescriptorRing<Sixteen>, _ slots: Range<UInt32>, atMost: Int = .max) -> Int {
        let list = slots.map(buffer)
        return ring.handOver(list.span, from: 0) { run in
            let count = min(run.count, atMost)
            for n in 0..<count {
                run.move(n)
                run.store64(n, 0, run[n].deviceAddress)
                run.store64(n, 8, UInt64(run.first + n))
            }
            return count
        }
    }

    private func back(_ ring: inout DescriptorRing<Sixteen>, room: Int, atMost: Int = .max, length: Int? = nil) -> [Buffer] {
        var out = [Buffer](repeating: Buffer(), count: room), span = out.mutableSpan
        let count = ring.takeBack(&span, from: 0) { run in
            let count = min(run.count, atMost)
            for n in 0..<count {
                #expect(run.load32(n, 8) == UInt32(run.first + n))
                run.move(n, length: length)
            }
            return count
        }
        return Array(out[..<count])
    }

    @Test(arguments: 0..<8) func `a batch goes over up to the ring's end, and the next from its start`(turns: Int) throws {
        var ring = try ring(turned: turns)
        let first = give(&ring, 0..<20), expected = turns < 2 ? 7 : 8 - turns
        #expect(first == expected && ring.used == expected)
        let second = give(&ring, UInt32(first)..<20)
        #expect(first + second == 7 && ring.free == 0 && give(&ring, 0..<1) == 0)
        #expect((0..<7).map { ring.look($0).slot } == Array(0..<7))
        #expect((0..<7).map { ring.load64(ring.oldest(plus: $0)) } == (0..<7).map { UInt64($0) << 16 })
        var slots: [UInt32] = []
        while !ring.isEmpty { slots += back(&ring, room: 5).map(\.slot) }
        #expect(slots == Array(0..<7) && back(&ring, room: 5).isEmpty)
    }

    @Test func `what the loop leaves stays where it was`() throws {
        var ring = try ring(turned: 3)
        #expect(give(&ring, 0..<5, atMost: 3) == 3 && ring.used == 3 && give(&ring, 3..<5, atMost: 0) == 0)
        #expect(back(&ring, room: 9, atMost: 2).map(\.slot) == [0, 1] && ring.used == 1 && ring.look(0).slot == 2)
        #expect(back(&ring, room: 9, atMost: 0).isEmpty && back(&ring, room: 0).isEmpty && back(&ring, room: 1).map(\.slot) == [2])
    }

    @Test func `a buffer is moved whole, but for flags and tag, with the length that it is given`() throws {
        var ring = try ring()
        #expect(give(&ring, 5..<7) == 2)
        let same = try #require(back(&ring, room: 1).first), other = try #require(back(&ring, room: 1, length: 1514).first)
        #expect(same.slot == 5 && same.deviceAddress == 5 << 16 && same.capacity == 2048 && same.length == 60 && same.checksumStart == 34)
        #expect(same.flags == [] && same.vlan == 0)
        #expect(other.slot == 6 && other.deviceAddress == 6 << 16 && other.capacity == 2048 && other.length == 1514 && other.flags == [])
    }

    @Test func `notes lie beside their descriptors`() throws {
        var ring = try ring(turned: 5)
        let notes = OwnedArray<Int>(repeating: 0, count: 8), list = (0..<UInt32(6)).map(buffer)
        var out = [Buffer](repeating: Buffer(), count: 8), span = out.mutableSpan, seen: [Int] = []
        var given = 0, taken = 0
        for _ in 0..<2 {
            given = ring.handOver(list.span, from: given, beside: notes) { run, noted in
                for n in 0..<run.count {
                    run.move(n)
                    noted[n] = 100 + run.first + n
                }
                return run.count
            }
        }
        for _ in 0..<2 {
            taken = ring.takeBack(&span, from: taken, beside: notes) { run, noted in
                for n in 0..<run.count {
                    run.move(n)
                    seen.append(noted[n])
                }
                return run.count
            }
        }
        #expect(given == 6 && taken == 6 && seen == [105, 106, 107, 100, 101, 102] && out[..<6].map(\.slot) == Array(0..<6))
    }

    @Test func `a descriptor may speak of no buffer`() throws {
        var ring = try ring(turned: 7)
        ring.handOver()
        ring.handOver(OwnedBuffer(taking: buffer(1)))
        #expect(ring.used == 2 && ring.look(1).slot == 1)
        ring.takeBackNone()
        #expect(ring.takeBack().surrender().slot == 1 && ring.isEmpty)
    }
}
