import DriverKit
import E1000Registers
import Testing

@testable import NICModels

/// Every register of the map, taken one by one.
struct RegisterFileTests {
    static let rows = RegisterTable<E1000Register>().rows
    static let statistics = E1000Register.allCases.filter { (0x4000...0x40fc).contains($0.rawValue) }

    /// Registers whose value does not simply follow from a write.
    static let living: Set<E1000Register> = [
        .ctrl, .status, .eecd, .eerd, .ctrlExt, .mdic, .icr, .ics, .ims, .imc, .rdtr, .wus,
        .rdbal, .rdlen, .rdh, .rdt, .tdbal, .tdlen, .tdh, .tdt,
    ]

    @Test func `every register has its reset value after a reset`() throws {
        let bench = try ModelBench()
        for row in Self.rows where row.entry.access == .readWrite && row.entry.register != .pbm {
            bench[row.entry.register] = row.defined & ~CTRL().rst.mask & ~CTRL().phyRst.mask
        }
        bench.pass(1_000_000)
        bench[.ctrl] = CTRL().rst.mask
        bench.pass(1_000_000)
        for row in Self.rows where row.entry.access != .writeOnly && row.entry.register != .status {
            for element in 0..<row.entry.count where !(row.entry.register == .ral || row.entry.register == .rah) || element > 0 {
                let value = bench[row.entry.register, element, stride: row.entry.stride]
                #expect(value == Self.afterReset(row), "\(row.entry.name)[\(element)]")
            }
        }
        #expect(bench[.ral] == 0x1200_5452)
        #expect(bench[.rah] == 0x8000_5634)
    }

    /// EECD reads the idle data line besides.
    static func afterReset(_ row: RegisterTable<E1000Register>.Row) -> UInt32 {
        row.entry.register == .eecd ? row.entry.reset | EECD().dout.mask : row.entry.reset
    }

    @Test func `a plain register keeps what is written to each of its elements`() throws {
        let bench = try ModelBench()
        for row in Self.rows where row.entry.access == .readWrite && !Self.living.contains(row.entry.register) {
            let value = row.defined & 0xa5a5_a5a5
            for element in 0..<row.entry.count {
                bench[row.entry.register, element, stride: row.entry.stride] = value
                #expect(bench[row.entry.register, element, stride: row.entry.stride] == value, "\(row.entry.name)[\(element)]")
            }
        }
        #expect(bench.host.violations.isEmpty)
    }

    @Test func `reserved bits written as one are reported and stay zero`() throws {
        let bench = try ModelBench()
        for row in Self.rows where row.entry.access == .readWrite && !Self.living.contains(row.entry.register) {
            guard row.defined != .max, ![.rctl, .tctl].contains(row.entry.register) else { continue }
            bench.host.violations = []
            bench[row.entry.register] = .max
            #expect(bench[row.entry.register] == row.defined, "\(row.entry.name)")
            #expect(bench.host.violations.map(\.rule) == [.reservedBits], "\(row.entry.name)")
            #expect(bench.host.violations.first?.section == "\(row.entry.section)")
            #expect(bench.host.violations.first?.value == UInt64(UInt32.max))
        }
    }

    @Test func `a read-only register keeps its value and the write is reported by name`() throws {
        let bench = try ModelBench()
        for row in Self.rows {
            let isReadOnly = row.entry.access == .readOnly || row.entry.access == .readClears && row.entry.register != .icr
            guard isReadOnly else { continue }
            bench.host.violations = []
            let before = bench[row.entry.register]
            bench[row.entry.register] = ~before
            #expect(bench[row.entry.register] == before, "\(row.entry.name)")
            #expect(bench.host.violations.map(\.rule) == [.readOnly], "\(row.entry.name)")
            let name = row.entry.count == 1 ? "\(row.entry.name)" : "\(row.entry.name)[0]"
            #expect(bench.host.violations.first?.subject == name)
        }
    }

    @Test(arguments: statistics)
    func `a counter is cleared by reading and sticks at all ones`(register: E1000Register) throws {
        let isOctets: Set<E1000Register> = [.gorcl, .gorch, .gotcl, .gotch, .torl, .torh, .totl, .toth]
        guard !isOctets.contains(register) else { return }
        let bench = try ModelBench()
        bench.model.statistics.preset(register, .max - 1)
        for _ in 0..<3 { bench.model.statistics.bump(register) }
        #expect(bench[register] == .max)
        #expect(bench[register] == 0)
    }

    @Test(arguments: [E1000Register.ics, .imc])
    func `a write-only register reads as zero and the read is reported`(register: E1000Register) throws {
        let bench = try ModelBench()
        #expect(bench[register] == 0)
        #expect(bench.host.violations.map(\.rule) == [.writeOnlyRead])
    }

    @Test(arguments: [0x0004, 0x0060, 0x5820, 0x1fffc, 0x20000, UInt32.max - 3] as [UInt32])
    func `an offset without a register is reported for reading and writing`(offset: UInt32) throws {
        let bench = try ModelBench()
        guard offset != 0x1fffc else {
            // The packet buffer memory reaches to the region's end.
            #expect(bench.model.load(region: 0, offset: offset, width: 4) == 0)
            #expect(bench.host.violations == [])
            return
        }
        #expect(bench.model.load(region: 0, offset: offset, width: 4) == 0)
        bench.model.store(region: 0, offset: offset, width: 4, value: 1)
        #expect(bench.host.violations.map(\.rule) == [.unknownRegister, .unknownRegister])
    }

    @Test(arguments: [0, 1, 2, 3, 5, 8, UInt32.max] as [UInt32])
    func `a width other than 32 bits is reported and writes nothing`(width: UInt32) throws {
        let bench = try ModelBench()
        bench[.fcttv] = 0x1234
        bench.model.store(region: 0, offset: E1000Register.fcttv.rawValue, width: width, value: 0xff)
        #expect(bench[.fcttv] == 0x1234)
        let value = bench.model.load(region: 0, offset: E1000Register.fcttv.rawValue, width: width)
        #expect(value == (width == 1 ? 0x34 : width == 2 ? 0x1234 : 0))
        #expect(bench.host.violations.map(\.rule) == [.accessWidth, .accessWidth])
        #expect(bench.host.violations.allSatisfy { $0.subject == "FCTTV" })
    }

    @Test func `an unaligned access is reported as such`() throws {
        let bench = try ModelBench()
        _ = bench.model.load(region: 0, offset: E1000Register.tdt.rawValue + 2, width: 4)
        #expect(bench.host.violations.map(\.rule) == [.misaligned])
        #expect(bench.host.violations.first?.subject == "TDT")
    }

    @Test func `with memory decoding off every read is all ones and reported`() throws {
        let bench = try ModelBench()
        bench.model.configStore(offset: 4, width: 2, value: 0)
        #expect(bench[.status] == .max)
        bench[.tdt] = 1
        #expect(bench.host.violations.map(\.rule) == [.memoryDecodeOff, .memoryDecodeOff])
        #expect(bench.host.violations.map(\.subject) == ["STATUS", "TDT"])
    }

    @Test func `the I/O region reaches the registers by address and data`() throws {
        let bench = try ModelBench()
        bench.model.store(region: 2, offset: 0, width: 4, value: E1000Register.fcttv.rawValue)
        bench.model.store(region: 2, offset: 4, width: 4, value: 0x4321)
        #expect(bench.model.load(region: 2, offset: 4, width: 4) == 0x4321)
        #expect(bench.model.load(region: 2, offset: 0, width: 4) == E1000Register.fcttv.rawValue)
        #expect(bench[.fcttv] == 0x4321)
        #expect(bench.host.violations == [])
        _ = bench.model.load(region: 2, offset: 8, width: 4)
        #expect(bench.host.violations.map(\.rule) == [.accessWidth])
    }

    @Test func `only CTRL and STATUS answer while the device is in reset`() throws {
        let bench = try ModelBench()
        bench[.ctrl] = CTRL().rst.mask
        #expect(CTRL().rst.isSet(bench[.ctrl]))
        _ = bench[.status]
        #expect(bench.host.violations == [])
        bench[.rctl] = RCTL().bam.mask
        #expect(bench.host.violations.map(\.rule) == [.resetTiming])
        bench.pass(Gigabit8254x.resetNanoseconds)
        #expect(!CTRL().rst.isSet(bench[.ctrl]))
        #expect(bench[.rctl] == 0)
        #expect(bench.host.violations.count == 1)
    }
}
