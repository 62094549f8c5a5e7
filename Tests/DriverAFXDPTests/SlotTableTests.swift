import CDriver
@testable import DriverAFXDP
import DriverKit
import Testing

@Suite struct SlotTableTests {
    private func buffer(_ address: UInt64) -> Buffer {
        var c = unsafe drydock_buffer()
        unsafe (c.device_address, c.slot, c.capacity) = (address, UInt32(truncatingIfNeeded: address >> 11), 2048)
        return unsafe Buffer(c)
    }

    @Test func `a buffer is found again by any address in its chunk, once`() {
        var table = SlotTable(start: 0x300000, octets: 16 * 2048)
        let kept = table.keep(buffer(0x300000 + 3 * 2048 + 128), .transmit)
        #expect(kept == 3 * 2048 + 128)
        #expect(table.give(3 * 2048 + 200, .receive) == nil, "not of the other kind")
        let slot = table.give(3 * 2048 + 200, .transmit)?.slot
        #expect(slot == UInt32((0x300000 + 3 * 2048) >> 11))
        #expect(table.give(3 * 2048 + 200, .transmit) == nil)
    }

    @Test(arguments: [UInt64(0), 0x2FFFFF, 0x300000 + 16 * 2048, .max])
    func `what does not lie in packet memory is not taken`(address: UInt64) {
        var table = SlotTable(start: 0x300000, octets: 16 * 2048)
        #expect(table.keep(buffer(address), .receive) == nil)
        #expect(table.give(address, .receive) == nil)
    }

    @Test func `one place holds one buffer`() {
        var table = SlotTable(start: 0, octets: 4 * 2048)
        #expect(table.keep(buffer(2048), .receive) != nil)
        #expect(table.keep(buffer(2048 + 64), .transmit) == nil)
    }

    @Test func `after a stop every buffer is found, each once and by its kind`() {
        var table = SlotTable(start: 0, octets: 64 * 2048)
        for chunk in 0..<40 { _ = table.keep(buffer(UInt64(chunk) * 2048), chunk % 3 == 0 ? .transmit : .receive) }
        var receive = Set<UInt32>(), transmit = Set<UInt32>()
        while let one = table.giveAny(.receive) { receive.insert(one.slot) }
        while let one = table.giveAny(.transmit) { transmit.insert(one.slot) }
        #expect(receive.count == 26 && transmit.count == 14 && receive.isDisjoint(with: transmit))
        let left = table.receiving + table.sending
        #expect(left == 0)
    }
}
