import Testing
import Wire
@testable import NICModels

struct NICSlotTests {
    private static let status: UInt32 = 8

    private final class Host: NICHost {
        var levels: [Bool] = []
        func interrupt(vector: Int, asserted: Bool) { levels.append(asserted) }
        func transmit(_ frame: UnsafeRawBufferPointer) {}
        func report(_ violation: Violation) {}
    }

    private static func make() throws -> (NICSlot, Host) {
        let slot = NICSlot(try NICModelCatalog.make("82540em", ModelOptions(mac: MACAddress(value: 0x0200_0000_0001)))), host = Host()
        slot.host = host
        return (slot, host)
    }

    @Test func `a card that is pulled reads as ones and comes back with a new claim only`() throws {
        let (slot, host) = try Self.make()
        let block = UnsafeMutableRawPointer.allocate(byteCount: 1 << 16, alignment: 16)
        defer { unsafe block.deallocate() }
        let memory = unsafe DMAMemory(descriptor: -1, base: block, length: 1 << 16)
        try slot.claim(memory: memory)
        slot.configStore(offset: 4, width: 2, value: 7)
        slot.store(region: 0, offset: 0xd0, width: 4, value: 4)
        slot.store(region: 0, offset: 0xc8, width: 4, value: 4)
        _ = slot.service(now: 1)
        #expect(slot.load(region: 0, offset: Self.status, width: 4) != .max && host.levels == [true])
        let address = try slot.map(offset: 0, length: 4096)

        try slot.pull()
        #expect(slot.isPulled && host.levels == [true, false], "the line falls with the card")
        Self.expectAbsence(slot)
        slot.unmap(deviceAddress: address)
        #expect(throws: NICFailure.self) { try slot.map(offset: 0, length: 1) }
        #expect(throws: NICFailure.self) { try slot.setInterrupts(.line, vectors: 1, bells: []) }
        #expect(try slot.setInterrupts(.none, vectors: 0, bells: []) == 0)
        #expect(throws: NICFailure.self) { try slot.reset() }
        unsafe [UInt8](repeating: 0, count: 60).withUnsafeBytes { unsafe slot.deliver($0) }
        #expect(slot.dropped == 1)

        slot.push()
        #expect(!slot.isPulled)
        Self.expectAbsence(slot)
        #expect(throws: NICFailure.alreadyClaimed) { try slot.claim(memory: memory) }
        slot.release()
        try slot.claim(memory: memory)
        #expect(slot.configLoad(offset: 0, width: 4) == 0x100e_8086 && slot.configLoad(offset: 4, width: 2) & 7 == 0, "a fresh card")
    }

    @Test func `a card pulled from an idle slot cannot be claimed until it is back`() throws {
        let (slot, _) = try Self.make()
        let block = UnsafeMutableRawPointer.allocate(byteCount: 4096, alignment: 16)
        defer { unsafe block.deallocate() }
        let memory = unsafe DMAMemory(descriptor: -1, base: block, length: 4096)
        try slot.pull()
        #expect(throws: NICFailure.cannotStart("the card was pulled out of its slot; push it back, and claim it anew")) {
            try slot.claim(memory: memory)
        }
        slot.push()
        try slot.claim(memory: memory)
        // Out, in, out again under one claim.
        try slot.pull()
        slot.push()
        try slot.pull()
        #expect(slot.isPulled)
        slot.release()
        #expect(slot.isPulled && slot.configLoad(offset: 0, width: 2) == 0xffff)
        slot.push()
        #expect(slot.configLoad(offset: 0, width: 2) == 0x8086)
    }

    private static func expectAbsence(_ slot: NICSlot) {
        #expect([1, 2, 4].map { slot.configLoad(offset: 0, width: $0) } == [0xff, 0xffff, .max])
        #expect([1, 2, 4].map { slot.load(region: 0, offset: status, width: $0) } == [0xff, 0xffff, .max])
        #expect(slot.regionLength(0) == 0 && slot.mappableRegion(0) == nil && slot.service(now: 2) == nil && slot.descriptors.isEmpty)
        slot.store(region: 0, offset: 0, width: 4, value: 1)
        slot.configStore(offset: 4, width: 2, value: 7)
    }
}
