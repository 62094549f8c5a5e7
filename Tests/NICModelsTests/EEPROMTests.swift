import DriverKit
import E1000Registers
import Testing

@testable import NICModels

struct EEPROMTests {
    /// As a driver reads a word through EERD.
    static func read(_ bench: ModelBench, _ address: UInt32) -> UInt16? {
        bench[.eerd] = EERD().start.mask | EERD().addr.of(address)
        for _ in 0..<100 {
            bench.pass(5000)
            let value = bench[.eerd]
            if EERD().done.isSet(value) { return UInt16(EERD().data.get(value)) }
        }
        return nil
    }

    /// Clocks `count` bits of `value` out, most significant first, and reads what comes back.
    static func clock(_ bench: ModelBench, _ value: UInt32, _ count: Int) -> UInt32 {
        let pins = EECD()
        var back: UInt32 = 0
        for bit in (0..<count).reversed() {
            let data = pins.req.mask | pins.cs.mask | pins.di.of(value >> UInt32(bit) & 1)
            bench[.eecd] = data
            bench[.eecd] = data | pins.sk.mask
            back = back << 1 | pins.dout.get(bench[.eecd])
            bench[.eecd] = data
        }
        return back
    }

    @Test func `the words add up to BABA and begin with the address`() throws {
        let bench = try ModelBench()
        let words = (0..<64).compactMap { Self.read(bench, $0) }
        #expect(words.count == 64)
        #expect(words.reduce(0) { $0 &+ $1 } == 0xbaba)
        #expect(words.prefix(3) == [0x5452, 0x1200, 0x5634])
        #expect(bench.host.violations == [])
    }

    @Test func `a read takes time and says when it is done`() throws {
        let bench = try ModelBench()
        bench[.eerd] = EERD().start.mask
        #expect(!EERD().done.isSet(bench[.eerd]))
        bench.pass(EEPROM.readNanoseconds - 1)
        #expect(!EERD().done.isSet(bench[.eerd]))
        bench.pass(1)
        #expect(EERD().done.isSet(bench[.eerd]))
        bench[.eerd] = EERD().start.mask
        bench[.eerd] = EERD().start.mask
        #expect(bench.broken == [.resetTiming])
    }

    @Test func `bits clocked through EECD read the same words, one after the other`() throws {
        let bench = try ModelBench()
        bench[.eecd] = EECD().req.mask
        #expect(EECD().gnt.isSet(bench[.eecd]))
        #expect(EECD().pres.isSet(bench[.eecd]))
        bench[.eecd] = EECD().req.mask | EECD().cs.mask
        _ = Self.clock(bench, 0b110 << 6 | 1, 9)
        #expect(Self.clock(bench, 0, 16) == 0x1200)
        #expect(Self.clock(bench, 0, 16) == 0x5634)
        bench[.eecd] = EECD().req.mask
        bench[.eecd] = 0
        #expect(!EECD().gnt.isSet(bench[.eecd]))
        #expect(bench.host.violations == [])
    }

    @Test func `a word is written only after writing was enabled`() throws {
        let bench = try ModelBench()
        func command(_ bits: UInt32, _ count: Int) {
            bench[.eecd] = EECD().req.mask | EECD().cs.mask
            _ = Self.clock(bench, bits, count)
            bench[.eecd] = EECD().req.mask
        }
        bench[.eecd] = EECD().req.mask
        let write: UInt32 = 0b101 << 22 | 5 << 16 | 0xcafe
        command(write, 25)
        #expect(Self.read(bench, 5) == 0xffff)
        command(0b100 << 6 | 0b110000, 9)
        command(write, 25)
        #expect(Self.read(bench, 5) == 0xcafe)
    }

    @Test func `without the grant the pins do nothing`() throws {
        let bench = try ModelBench()
        for _ in 0..<40 {
            bench[.eecd] = EECD().cs.mask | EECD().di.mask | EECD().sk.mask
            bench[.eecd] = EECD().cs.mask | EECD().di.mask
        }
        #expect(Self.read(bench, 0) == 0x5452)
    }
}
