import CDriver
import DriverKit
import Testing

/// Buffers as a stack would give them: slot n at device address 0x10000 * n.
private func buffer(_ slot: UInt32) -> Buffer {
    var c = unsafe drydock_buffer()
    unsafe c.slot = slot
    unsafe c.device_address = UInt64(slot) << 16
    unsafe c.capacity = 2048
    return unsafe Buffer(c)
}

private enum Sixteen: DescriptorLayout {
    static var octets: Int { 16 }
    static var alignment: Int { 64 }
}

private let identity = drydock_identity(vendor: 1, device: 2, subsystem_vendor: 0, subsystem_device: 0, revision: 0, class_code: 2,
                                        subclass: 0, programming_interface: 0)

@Suite struct DescriptorRingTests {
    let host = TestHost(identity)
    var services: Services { unsafe Services(host.services) }

    @Test func `buffers come back in the order in which they were handed over`() throws {
        var ring = try DescriptorRing<Sixteen>(services, size: 8, for: "a ring"), given: UInt32 = 0, back: UInt32 = 0
        for _ in 0..<100 {
            while ring.free > 0 {
                #expect(ring.next == Int(given) % 8 * 16)
                ring.store64(ring.next, UInt64(given))
                ring.handOver(OwnedBuffer(taking: buffer(given)))
                given += 1
            }
            for _ in 0..<3 {
                #expect(ring.load64(ring.oldest) == UInt64(back) && ring.load64(ring.oldest(plus: 1)) == UInt64(back + 1))
                #expect(ring.takeBack().surrender().slot == back)
                back += 1
            }
        }
        while !ring.isEmpty { #expect(ring.takeBack().surrender().slot == back); back += 1 }
        #expect(given == back)
        ring.restart()
        #expect(ring.head == 0 && ring.tail == 0 && ring.free == 7)
    }

    @Test(arguments: 0..<16) func `a ring that starts again has its buffers at its start, in order, and no descriptor says anything`(turns: Int) throws {
        var ring = try DescriptorRing<Sixteen>(services, size: 8, for: "a ring")
        for turn in 0..<turns {
            ring.handOver(OwnedBuffer(taking: buffer(UInt32(turn))))
            _ = ring.takeBack().surrender()
        }
        for slot in 0..<UInt32(5) {
            ring.store64(ring.next, .max)
            ring.handOver(OwnedBuffer(taking: buffer(slot)))
        }
        ring.restart()
        #expect(ring.head == 0 && ring.used == 5)
        #expect((0..<5).map { ring.look($0).slot } == [0, 1, 2, 3, 4])
        #expect((0..<8).allSatisfy { ring.load64($0 * 16) == 0 })
        while !ring.isEmpty { _ = ring.takeBack().surrender() }
    }

    @Test func `the ring gives its memory back`() throws {
        do {
            let ring = try DescriptorRing<Sixteen>(services, size: 8, for: "a ring")
            #expect(host.blocks.count == 1 && ring.octets == 128 && ring.deviceAddress % 64 == 0)
        }
        #expect(host.blocks.isEmpty)
        host.failAllocation = host.allocations + 1
        do throws(DriverFailure) {
            _ = try DescriptorRing<Sixteen>(services, size: 8, for: "a ring")
            Issue.record("had memory")
        } catch {
            guard case .noMemory(let name) = error else { Issue.record("\(error)"); return }
            #expect("\(name)" == "a ring")
        }
    }

    @Test func `places are filled and emptied in any order`() {
        var places = HeldBuffers(count: 4)
        for place in [2, 0, 3] { places.put(OwnedBuffer(taking: buffer(UInt32(place) + 10)), at: place) }
        #expect(places.holds(0) && !places.holds(1) && places.look(3).slot == 13)
        #expect(places.take(3)?.surrender().slot == 13)
        if let again = places.take(3) { Issue.record("taken twice: \(again.surrender().slot)") }
        for place in [0, 2] { #expect(places.take(place)?.surrender().slot == UInt32(place) + 10) }
    }

    @Test func `a buffer that goes home unused is empty`() {
        var owned = OwnedBuffer(taking: buffer(7))
        owned.length = 60
        owned.flags = [.vlan]
        let home = owned.surrenderUnused()
        #expect(home.slot == 7 && home.length == 0 && home.flags == .unused)
    }
}
