import DriverKit
import E1000Registers
import Testing

@testable import NICModels

struct ReceiveTests {
    static let base = RCTL().bam.mask

    @Test func `without SECRC a correct frame check sequence follows and is counted`() throws {
        let bench = try ModelBench()
        try bench.bringUp(receive: Self.base)
        bench.deliver(ModelBench.frame(count: 96))
        let stored = bench.received(0)
        #expect(stored.count == 100)
        #expect(Array(stored.prefix(96)) == ModelBench.frame(count: 96))
        // The residue of a frame with its check sequence. IEEE 802.3 §3.2.9
        #expect(Self.remainder(stored) == 0x2144_df1c)
        #expect(bench[.gorcl] == 100)
    }

    /// Bit by bit, apart from the model's table.
    static func remainder(_ octets: [UInt8]) -> UInt32 {
        var value: UInt32 = .max
        for octet in octets {
            value ^= UInt32(octet)
            for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0xedb8_8320 : value >> 1 }
        }
        return ~value
    }

    @Test func `a short frame is padded as the far end would have`() throws {
        let bench = try ModelBench()
        try bench.bringUp()
        bench.deliver(ModelBench.frame(count: 42))
        #expect(bench.received(0) == ModelBench.frame(count: 42) + [UInt8](repeating: 0, count: 18))
        bench.deliver([1, 2, 3])
        #expect(bench[.ruc] == 1)
        #expect(bench.model.status().dropped == [.tooShort: 1])
    }

    @Test(arguments: [(1518, true), (1519, false)])
    func `without LPE the longest frame has 1522 octets on the wire`(count: Int, accepted: Bool) throws {
        let bench = try ModelBench()
        try bench.bringUp()
        bench.deliver(ModelBench.frame(count: count))
        #expect((bench.receiveStatus(0) >> 32 & 1 == 1) == accepted)
        #expect(bench[.roc] == (accepted ? 0 : 1))
        #expect(bench.model.status().dropped == (accepted ? [:] : [.tooLong: 1]))
    }

    @Test(arguments: [(16_380, true), (16_381, false), (20_000, false)])
    func `with LPE the longest frame has 16 KiB on the wire`(count: Int, accepted: Bool) throws {
        let bench = try ModelBench()
        try bench.bringUp(receive: Self.base | RCTL().lpe.mask | RCTL().secrc.mask)
        bench.deliver(ModelBench.frame(count: count))
        #expect(bench.model.status().framesDelivered == (accepted ? 1 : 0))
        #expect(bench[.roc] == (accepted ? 0 : 1))
    }

    @Test(arguments: [(3, false, 256), (2, false, 512), (1, false, 1024), (0, false, 2048), (3, true, 4096), (2, true, 8192),
                      (1, true, 16_384)] as [(UInt32, Bool, Int)])
    func `a frame fills as many buffers as it needs`(size: UInt32, extended: Bool, octets: Int) throws {
        let bench = try ModelBench()
        let control = RCTL().bsize.of(size) | (extended ? RCTL().bsex.mask : 0) | RCTL().lpe.mask | RCTL().secrc.mask
        try bench.bringUp(receive: Self.base | control)
        // Each buffer far enough from the next.
        for index in 0..<16 { bench.putWord(bench.receiveBufferAddress + UInt64(index * 0x4800), at: 0x1000 + 16 * index) }
        bench[.rctl] = 0
        (bench[.rdh], bench[.rdt]) = (0, 0)
        bench[.rctl] = Self.base | control | RCTL().en.mask
        bench[.rdt] = 15
        let frame = ModelBench.frame(count: 3000)
        bench.deliver(frame)
        var seen: [UInt8] = []
        for index in 0..<(3000 + octets - 1) / octets {
            let status = bench.receiveStatus(index)
            let isLast = seen.count + Int(status & 0xffff) == 3000
            #expect(status >> 32 & 3 == (isLast ? 3 : 1))
            seen += bench.get(ModelBench.receiveBuffers + index * 0x4800, Int(status & 0xffff))
        }
        #expect(seen == frame)
        #expect(bench.host.violations == [])
    }

    @Test func `a full ring keeps frames in the FIFO, then misses them, each counted once`() throws {
        let bench = try ModelBench()
        try bench.bringUp()
        let total = 200
        for number in 0..<total { bench.deliver(ModelBench.frame(count: 1000 + number % 3)) }
        let status = bench.model.status()
        #expect(status.framesDelivered == 15)
        let missed = status.dropped[.missed] ?? 0
        #expect(missed > 0)
        #expect(UInt64(total) == status.framesDelivered + status.framesWaiting + missed)
        #expect(bench[.mpc] == UInt32(missed))
        #expect(bench[.rnbc] == UInt32(total - 15))
        #expect(bench[.gprc] == UInt32(total) - UInt32(missed))
        #expect(bench[.icr] & Causes().rxo.mask != 0)
        // 48 KiB of FIFO hold what they should: 1008 octets and 16 beside them.
        #expect(status.framesWaiting == 48)
        // The driver comes back: what waited arrives in order.
        var next = 15
        while bench.model.status().framesWaiting > 0, next < 1000 {
            let index = next % 16
            bench.putWord(0, at: ModelBench.receiveRing + 16 * ((index + 1) % 16) + 8)
            bench[.rdt] = UInt32((index + 1) % 16)
            #expect(bench.received(index) == ModelBench.frame(count: 1000 + next % 3))
            next += 1
        }
        #expect(next == 15 + 48)
        #expect(bench.host.violations == [])
    }

    @Test func `a frame that needs more buffers than there are waits for the rest`() throws {
        let bench = try ModelBench()
        try bench.bringUp(receive: Self.base | RCTL().lpe.mask | RCTL().secrc.mask)
        let frame = ModelBench.frame(count: 16_000)
        for _ in 0..<2 { bench.deliver(frame) }
        // Eight buffers each: the ring gives 15.
        #expect(bench.model.status().framesDelivered == 1)
        #expect(bench[.rdh] == 15)
        bench[.rdt] = 4
        #expect(bench.model.status().framesDelivered == 2)
        let seen = (8..<16).flatMap { bench.received($0) }
        #expect(seen == frame)
    }

    @Test(arguments: [(0, 8), (1, 4), (2, 2)] as [(UInt32, Int)])
    func `the minimum threshold is told of when that part of the ring is left`(rdmts: UInt32, left: Int) throws {
        let bench = try ModelBench()
        try bench.bringUp(receive: Self.base | RCTL().rdmts.of(rdmts) | RCTL().secrc.mask)
        for delivered in 1...15 {
            bench.deliver(ModelBench.frame())
            let told = bench[.icr] & Causes().rxdmt0.mask != 0
            #expect(told == (15 - delivered == left))
        }
    }

    @Test func `nothing is received while the receiver is off, the link down, or nobody holds the device`() throws {
        let bench = try ModelBench(claimed: false)
        #expect(!bench.model.isListening)
        bench.deliver(ModelBench.frame())
        try bench.claim()
        bench.deliver(ModelBench.frame())
        bench.resetAndLink()
        #expect(!bench.model.isListening)
        bench.deliver(ModelBench.frame())
        let status = bench.model.status()
        #expect(status.dropped == [.unclaimed: 1, .linkDown: 1, .receiverDisabled: 1])
        #expect(status.framesArrived == 3)
        #expect(bench[.tpr] == 0)
        bench[.rctl] = RCTL().en.mask
        #expect(bench.model.isListening)
    }

    @Test func `a tag is stripped into the descriptor when CTRL.VME asks for it`() throws {
        let bench = try ModelBench()
        try bench.bringUp(receive: Self.base)
        let plain = ModelBench.frame(count: 80)
        let tagged = Array(plain.prefix(12)) + [0x81, 0x00, 0xa1, 0x23] + Array(plain.dropFirst(12))
        bench.deliver(tagged)
        #expect(Array(bench.received(0).dropLast(4)) == tagged)
        #expect(bench.receiveStatus(0) >> 32 & 0x08 == 0)
        bench[.ctrl] = bench[.ctrl] | CTRL().vme.mask
        bench.deliver(tagged)
        #expect(Array(bench.received(1).dropLast(4)) == plain)
        #expect(bench.receiveStatus(1) >> 32 & 0x08 != 0)
        #expect(bench.receiveStatus(1) >> 48 == 0xa123)
        bench.deliver(plain)
        #expect(bench.receiveStatus(2) >> 32 & 0x08 == 0)
    }

    @Test func `a pause frame silences the transmitter for its time`() throws {
        let bench = try ModelBench()
        try bench.bringUp()
        bench[.ctrl] = bench[.ctrl] | CTRL().rfce.mask
        (bench[.fcal], bench[.fcah], bench[.fct]) = (0x00c2_8001, 0x0100, 0x8808)
        bench[.rctl] = bench[.rctl] | RCTL().dpf.mask
        var pause: [UInt8] = [0x01, 0x80, 0xc2, 0, 0, 1, 2, 0, 0, 0, 0, 1, 0x88, 0x08, 0, 1, 0, 100]
        bench.deliver(pause)
        #expect(STATUS().txoff.isSet(bench[.status]))
        bench.send(ModelBench.frame())
        #expect(bench.host.frames.isEmpty)
        bench.pass(100 * 512)
        #expect(bench.host.frames.count == 1)
        bench.deliver(pause)
        pause[17] = 0
        bench.deliver(pause)
        bench.send(ModelBench.frame())
        #expect(bench.host.frames.count == 2)
        #expect(bench[.xoffrxc] == 2)
        #expect(bench[.xonrxc] == 1)
        #expect(bench.model.status().dropped == [.flowControl: 3])
    }

    @Test func `frames in the FIFO survive the receiver being switched off and not a reset`() throws {
        let bench = try ModelBench()
        try bench.bringUp()
        for _ in 0..<20 { bench.deliver(ModelBench.frame()) }
        bench[.rctl] = bench[.rctl] & ~RCTL().en.mask
        #expect(bench.model.status().framesWaiting == 5)
        bench[.ctrl] = bench[.ctrl] | CTRL().rst.mask
        #expect(bench.model.status().framesWaiting == 0)
        #expect(bench.model.status().dropped == [.receiveFlushed: 5])
    }

    @Test func `bus mastering off holds frames back and is reported once`() throws {
        let bench = try ModelBench()
        try bench.bringUp()
        bench.model.configStore(offset: 4, width: 2, value: 0x0003)
        for _ in 0..<3 { bench.deliver(ModelBench.frame()) }
        #expect(bench.host.violations.map(\.rule) == [.busMasterOff])
        #expect(bench.receiveStatus(0) == 0)
        bench.model.configStore(offset: 4, width: 2, value: 0x0007)
        bench.pass()
        #expect(bench.model.status().framesDelivered == 3)
    }
}
