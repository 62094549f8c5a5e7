import E1000Registers
import Testing

@testable import NICModels

struct DeviceMemoryTests {
    @Test func `device addresses equal no offset, keep the place in the page, and have gaps between them`() throws {
        let bench = try ModelBench()
        var last: UInt64 = 0
        for index in 0..<64 as Range<UInt64> {
            let offset = index * 4096 + index
            let address = try bench.model.map(offset: offset, length: 4096)
            #expect(address != offset)
            #expect(address > UInt64(UInt32.max))
            #expect(address % 4096 == offset % 4096)
            #expect(address >= last + 65_536)
            last = address + 4096
        }
    }

    @Test(arguments: [(0, 0), (1 << 20, 1), (0, 1 << 20 + 1), (UInt64.max, 2), (1, UInt64.max), (4096, 1 << 20)]
        as [(UInt64, UInt64)])
    func `a mapping outside the claimed memory is refused`(offset: UInt64, length: UInt64) throws {
        let bench = try ModelBench()
        #expect(throws: NICFailure.self) { try bench.model.map(offset: offset, length: length) }
    }

    @Test func `an access must lie within one mapping`() throws {
        let bench = try ModelBench()
        let address = try bench.model.map(offset: 0x100, length: 64)
        bench.putWord(0x1122_3344_5566_7788, at: 0x138)
        let memory = bench.model.memory
        #expect(memory.word(at: address + 56) == 0x1122_3344_5566_7788)
        for wrong in [address - 1, address + 57, address + 64, 0x138, 0, .max, .max - 7] { #expect(memory.word(at: wrong) == nil) }
        #expect(!memory.publish(0, at: address + 57))
        var frame = FrameBuffer()
        #expect(memory.fetch(address, 64, into: &frame))
        #expect(!memory.fetch(address, 65, into: &frame))
        #expect(frame.count == 64)
    }

    @Test func `an unmapped address is gone and others stay`() throws {
        let bench = try ModelBench()
        let first = try bench.model.map(offset: 0, length: 4096)
        let second = try bench.model.map(offset: 0, length: 4096)
        bench.model.unmap(deviceAddress: first + 1)
        #expect(bench.model.memory.word(at: first) != nil)
        bench.model.unmap(deviceAddress: first)
        #expect(bench.model.memory.word(at: first) == nil)
        #expect(bench.model.memory.word(at: second) != nil)
        bench.model.unmap(deviceAddress: first)
        let third = try bench.model.map(offset: 0, length: 4096)
        #expect(third != first)
    }

    @Test func `without a claim nothing can be mapped, and a second claim is refused`() throws {
        let bench = try ModelBench(claimed: false)
        #expect(throws: NICFailure.notClaimed) { try bench.model.map(offset: 0, length: 1) }
        try bench.claim()
        #expect(throws: NICFailure.alreadyClaimed) { try bench.claim() }
        let address = try bench.model.map(offset: 0, length: 4096)
        bench.model.release()
        #expect(bench.model.memory.word(at: address) == nil)
        try bench.claim()
        #expect(bench.model.memory.word(at: address) == nil)
        #expect(bench.model.status().claims == 2)
    }

    @Test func `release silences the device`() throws {
        let bench = try ModelBench()
        try bench.bringUp()
        bench[.ims] = 0x1ffff
        bench.deliver(ModelBench.frame())
        #expect(bench.host.line)
        bench.model.release()
        #expect(!bench.host.line)
        #expect(bench.model.configLoad(offset: 4, width: 2) == 0)
        bench.deliver(ModelBench.frame())
        #expect(bench.model.status().dropped[.unclaimed] == 1)
        bench.host.violations = []
        try bench.claim()
        try bench.bringUp()
        bench.deliver(ModelBench.frame(count: 77))
        #expect(bench.received(0) == ModelBench.frame(count: 77))
        #expect(bench.host.violations == [])
    }
}
