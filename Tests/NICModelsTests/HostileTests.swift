import DriverKit
import E1000Registers
import Testing

@testable import NICModels

/// A generator that a seed repeats.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
        return word ^ word >> 31
    }
}

/// Drivers that write anything anywhere: nothing traps, nothing hangs, no frame is lost uncounted.
struct HostileTests {
    static let registers = RegisterTable<E1000Register>().rows

    @Test(arguments: 0..<9 as Range<UInt64>)
    func `random register accesses neither trap nor hang`(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let bench = try ModelBench(Gigabit8254x.names[Int(seed % 3)])
        try bench.bringUp()
        for _ in 0..<1200 {
            let row = Self.registers[Int(random.next() % UInt64(Self.registers.count))]
            var offset = row.entry.offset + UInt32(random.next() % UInt64(row.entry.count)) * row.entry.stride
            if random.next() % 16 == 0 { offset = UInt32(truncatingIfNeeded: random.next()) }
            let width: UInt32 = random.next() % 16 == 0 ? UInt32(truncatingIfNeeded: random.next() % 9) : 4
            // Often a value that differs little from what is there, so that deep states are reached.
            let region: UInt32 = random.next() % 32 == 0 ? 2 : 0
            switch random.next() % 8 {
            case 0: _ = bench.model.load(region: region, offset: offset, width: width)
            case 1: bench.deliver(ModelBench.frame(count: Int(random.next() % 3000)))
            case 2: bench.serveOnce(random.next() % 100_000)
            case 3: bench.model.configStore(offset: 4, width: 2, value: UInt32(random.next() % 8 | 6))
            default:
                let near = bench.model.registers.word(at: row.entry.offset) ^ 1 << UInt32(random.next() % 32)
                let value = random.next() % 2 == 0 ? near : UInt32(truncatingIfNeeded: random.next())
                // Most resets are left out, or nothing else would ever happen.
                let kept = row.entry.register == .ctrl && random.next() % 8 != 0 ? value & ~CTRL().rst.mask : value
                bench.model.store(region: region, offset: offset, width: width, value: kept)
            }
        }
        Self.checkLedger(bench)
    }

    @Test(arguments: 0..<9 as Range<UInt64>)
    func `random descriptors neither trap nor hang`(seed: UInt64) throws {
        var random = SplitMix(seed: seed &+ 1000)
        let bench = try ModelBench(Gigabit8254x.names[Int(seed % 3)])
        try bench.bringUp(receive: RCTL().bam.mask | RCTL().lpe.mask)
        bench[.ctrl] = bench[.ctrl] | CTRL().vme.mask
        for _ in 0..<60 {
            for index in 0..<16 { bench.describe(index, Self.low(bench, &random), Self.high(&random)) }
            for index in 0..<16 where random.next() % 2 == 0 {
                bench.putWord(Self.low(bench, &random), at: ModelBench.receiveRing + 16 * index)
            }
            bench[.tdt] = UInt32(random.next() % 16)
            bench[.rdt] = UInt32(random.next() % 16)
            // A segmentation may be a million frames: it is not waited for.
            bench.serveOnce(random.next() % 10_000)
            bench.deliver(ModelBench.frame(count: Int(random.next() % 9000)))
            if random.next() % 64 == 0 { bench[.tdbal] = bench[.tdbal] }
        }
        Self.checkLedger(bench)
    }

    /// An address: mostly mapped, sometimes at the end of a mapping, sometimes anything.
    static func low(_ bench: ModelBench, _ random: inout SplitMix) -> UInt64 {
        switch random.next() % 8 {
        case 0: random.next()
        case 1: 0
        case 2: bench.transmitBufferAddress + 0x80000 - random.next() % 3000
        default: bench.transmitBufferAddress + random.next() % 0x40000
        }
    }

    /// Length, command and options: often of the kinds that exist.
    static func high(_ random: inout SplitMix) -> UInt64 {
        if random.next() % 8 == 0 { return random.next() }
        let length = random.next() % 8 == 0 ? random.next() & 0xf_ffff : random.next() % 3000
        let command = random.next() & 0xef
        let kind = random.next() % 2
        return length | kind << 20 | command << 24 | (random.next() & 0x0300_0000_0000) | random.next() % 2000 << 48
    }

    /// Every frame that arrived is somewhere.
    static func checkLedger(_ bench: ModelBench) {
        let status = bench.model.status()
        let receive: [DropReason] = [
            .unclaimed, .linkDown, .receiverDisabled, .tooShort, .tooLong, .wrongAddress, .wrongVLAN, .flowControl, .missed,
            .receiveFlushed, .receiveDMA,
        ]
        let lost = receive.reduce(UInt64(0)) { $0 + (status.dropped[$1] ?? 0) }
        #expect(status.framesArrived == status.framesDelivered + status.framesWaiting + lost)
        #expect(status.framesSent > 0 || status.framesArrived > 0)
    }

    @Test(arguments: 0..<8 as Range<UInt64>)
    func `random bits on the EEPROM and management pins neither trap nor hang`(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let bench = try ModelBench()
        for _ in 0..<5000 {
            bench[.eecd] = UInt32(random.next() & 0x47)
            if random.next() % 16 == 0 { bench[.mdic] = UInt32(truncatingIfNeeded: random.next()) }
            if random.next() % 64 == 0 { bench.pass(random.next() % 100_000) }
        }
        #expect(EEPROMTests.read(bench, 63) != nil)
    }

    @Test func `a segmentation into single octets is bounded work a call`() throws {
        let bench = try ModelBench()
        try bench.bringUp()
        OffloadTests.context(bench, 0, tcp: true, segment: (0xf_ffff, 54, 1))
        for index in 1..<15 { OffloadTests.data(bench, index, from: 0, count: 0x40000, last: false, segment: true) }
        bench[.tdt] = 15
        #expect(bench.model.service(now: bench.now) == bench.now)
        #expect(bench.host.frames.count < Gigabit8254x.transmitBudget)
        bench[.ctrl] = bench[.ctrl] | CTRL().rst.mask
        #expect(bench.model.status().dropped == [.transmitAborted: 1])
    }
}
