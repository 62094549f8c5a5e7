import DriverKit
import E1000Registers
import Testing

@testable import NICModels

struct TransmitTests {
    @Test(arguments: [48, 59, 60, 61, 1514, 9000, 16_288])
    func `a frame of any legal length leaves as it was given, padded to 60 octets`(count: Int) throws {
        let bench = try ModelBench()
        try bench.bringUp()
        let frame = ModelBench.frame(count: count)
        bench.send(frame)
        #expect(bench.host.frames == [frame + [UInt8](repeating: 0, count: max(0, 60 - count))])
        #expect(bench.host.violations == [])
    }

    @Test func `a frame may be spread over descriptors, and each that asks is written back`() throws {
        let bench = try ModelBench()
        try bench.bringUp()
        let frame = ModelBench.frame(count: 300)
        bench.put(frame, at: ModelBench.transmitBuffers)
        for (index, part) in [(0, 1), (1, 99), (100, 200)].enumerated() {
            let command: UInt64 = index == 2 ? 0x0b : index == 1 ? 0x08 : 0
            bench.describe(index, bench.transmitBufferAddress + UInt64(part.0), UInt64(part.1) | command << 24)
        }
        bench[.tdt] = 2
        bench.pass()
        #expect(bench.host.frames.isEmpty)
        bench[.tdt] = 3
        bench.pass()
        #expect(bench.host.frames == [frame])
        #expect((0..<3).map { bench.transmitStatus($0) >> 32 & 1 } == [0, 1, 1])
        #expect(bench[.tdh] == 3)
        #expect(bench.host.violations == [])
    }

    @Test func `null descriptors between frames transfer nothing and are written back`() throws {
        let bench = try ModelBench()
        try bench.bringUp()
        bench.describe(0, 0, 0x0b00_0000 | 64)
        bench.describe(1, bench.transmitBufferAddress, 0x0b00_0000)
        bench[.tdt] = 2
        bench.pass()
        #expect((0..<2).map { bench.transmitStatus($0) >> 32 & 1 } == [1, 1])
        #expect(bench.host.frames.isEmpty)
        #expect(bench.host.violations == [])
    }

    @Test func `nothing leaves without a link and everything does when it comes`() throws {
        let bench = try ModelBench()
        try bench.bringUp()
        bench.model.setCarrier(false)
        bench.send(ModelBench.frame())
        #expect(bench.host.frames.isEmpty)
        #expect(bench[.tdh] == 0)
        bench.model.setCarrier(true)
        bench.pass(30_000_000)
        #expect(bench.host.frames.count == 1)
    }

    @Test func `software may bring its own frame check sequence, which must be right`() throws {
        let bench = try ModelBench()
        try bench.bringUp()
        let frame = ModelBench.frame(count: 80)
        let check = ReceiveTests.remainder(frame)
        let octets = (0..<4).map { UInt8(truncatingIfNeeded: check >> UInt32(8 * $0)) }
        bench.send(frame + octets, command: 0x09)
        #expect(bench.host.frames == [frame])
        bench.send(frame + octets.reversed(), command: 0x09)
        #expect(bench.host.frames.count == 1)
        #expect(bench.model.status().dropped == [.transmitBadFrameCheck: 1])
    }

    @Test func `a tag is inserted when descriptor and CTRL.VME ask for it`() throws {
        let bench = try ModelBench()
        try bench.bringUp()
        let frame = ModelBench.frame(count: 80)
        bench.send(frame, command: 0x4b, extra: 0xa005 << 48)
        bench[.ctrl] = bench[.ctrl] | CTRL().vme.mask
        bench.send(frame, command: 0x4b, extra: 0xa005 << 48)
        bench.send(frame, command: 0x0b, extra: 0xa005 << 48)
        let tagged = Array(frame.prefix(12)) + [0x81, 0, 0xa0, 0x05] + Array(frame.dropFirst(12))
        #expect(bench.host.frames == [frame, tagged, frame])
        #expect(bench.host.violations == [])
    }

    @Test func `RPS reports on the 82544GC and is reserved on the others`() throws {
        for (name, isReserved) in [("82544gc", false), ("82540em", true)] {
            let bench = try ModelBench(name)
            try bench.bringUp()
            bench.send(ModelBench.frame(), command: 0x13)
            #expect(bench.transmitStatus(0) >> 32 & 1 == (isReserved ? 0 : 1))
            #expect(bench.broken == (isReserved ? [.descriptorReserved] : []))
        }
    }

    @Test(arguments: [RCTL().lbm.mask, 0])
    func `in loopback what is sent is received`(mode: UInt32) throws {
        let bench = try ModelBench()
        try bench.bringUp(receive: RCTL().bam.mask | RCTL().secrc.mask | mode)
        if mode == 0 { PHYTests.write(bench, 0, 0x5140) }
        bench.send(ModelBench.frame(count: 99))
        #expect(bench.host.frames.isEmpty)
        #expect(bench.received(0) == ModelBench.frame(count: 99))
    }

    @Test func `work in one call of service is bounded and goes on in the next`() throws {
        let bench = try ModelBench()
        try bench.bringUp()
        bench[.tctl] = 0
        bench[.tdlen] = 0x1000 * 16
        bench[.tdbal] = UInt32(truncatingIfNeeded: bench.transmitBufferAddress)
        (bench[.tdh], bench[.tdt]) = (0, 0)
        bench[.tctl] = TCTL().en.mask
        bench[.tdt] = 0xfff
        #expect(bench.model.service(now: bench.now) == bench.now)
        #expect(bench[.tdh] == UInt32(Gigabit8254x.transmitBudget))
        bench.serve()
        #expect(bench[.tdh] == 0xfff)
    }
}
