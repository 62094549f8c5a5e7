import DriverKit
import E1000Registers
import Testing

@testable import NICModels

struct PHYTests {
    static func read(_ bench: ModelBench, _ number: UInt32, address: UInt32 = 1) -> UInt32? {
        bench[.mdic] = MDIC().op.of(2) | MDIC().phyadd.of(address) | MDIC().regadd.of(number)
        return wait(bench)
    }

    static func write(_ bench: ModelBench, _ number: UInt32, _ value: UInt32) {
        bench[.mdic] = MDIC().op.of(1) | MDIC().phyadd.of(1) | MDIC().regadd.of(number) | value
        #expect(wait(bench) != nil)
    }

    /// The data when R comes up within a bounded time without E.
    private static func wait(_ bench: ModelBench) -> UInt32? {
        for _ in 0..<20 {
            bench.pass(5000)
            let value = bench[.mdic]
            if MDIC().e.isSet(value) { return nil }
            if MDIC().r.isSet(value) { return MDIC().data.get(value) }
        }
        return nil
    }

    @Test func `the identifier is read over the management bus, and nobody answers elsewhere`() throws {
        let bench = try ModelBench()
        #expect(Self.read(bench, 2) == 0x0141)
        #expect(Self.read(bench, 3) == 0x0c20)
        #expect(Self.read(bench, 2, address: 7) == nil)
        #expect(Self.read(try ModelBench("82544gc"), 3) == 0x0c30)
        #expect(bench.host.violations == [])
    }

    @Test func `an access takes time, may interrupt, and is not overtaken`() throws {
        let bench = try ModelBench()
        let request = MDIC().op.of(2) | MDIC().phyadd.of(1) | MDIC().regadd.of(2) | MDIC().i.mask
        bench[.mdic] = request
        #expect(!MDIC().r.isSet(bench[.mdic]))
        bench[.mdic] = request
        #expect(bench.broken == [.resetTiming])
        bench.pass(ManagementBus.nanoseconds)
        #expect(MDIC().r.isSet(bench[.mdic]))
        #expect(bench[.icr] & Causes().mdac.mask != 0)
        bench[.mdic] = MDIC().op.of(3)
        #expect(bench.broken == [.resetTiming, .reservedBits])
    }

    @Test func `negotiation takes its time and ends in gigabit full duplex`() throws {
        let bench = try ModelBench()
        bench[.ctrl] = bench[.ctrl] | CTRL().slu.mask
        bench.model.setCarrier(true)
        #expect(!STATUS().lu.isSet(bench[.status]))
        bench.pass(19_000_000)
        #expect(!STATUS().lu.isSet(bench[.status]))
        bench.pass(1_000_000)
        #expect(STATUS().lu.isSet(bench[.status]))
        #expect(STATUS().speed.get(bench[.status]) == 2)
        #expect(STATUS().fd.isSet(bench[.status]))
        #expect(bench[.icr] == Causes().lsc.mask)
        #expect(Self.read(bench, 1).map { PSTATUS().anComplete.isSet($0) && PSTATUS().link.isSet($0) } == true)
        #expect(Self.read(bench, 5) == PHY.partnerBase)
        #expect(Self.read(bench, 10).map(GSTATUS().lpFull.isSet) == true)
        #expect(Self.read(bench, 17).map(PSSTAT().speed.get) == 2)
    }

    @Test(arguments: [(0x0de1, 0, 100, true), (0x0ce1, 0, 100, false), (0x0c61, 0, 10, true), (0x0c21, 0, 10, false),
                      (0x0de1, 0x100, 1000, false), (0x0c01, 0, 0, false)] as [(UInt32, UInt32, UInt32, Bool)])
    func `what is advertised decides what is agreed`(ana: UInt32, gcon: UInt32, megabits: UInt32, full: Bool) throws {
        let bench = try ModelBench()
        bench[.ctrl] = bench[.ctrl] | CTRL().slu.mask
        bench.model.setCarrier(true)
        Self.write(bench, 4, ana)
        Self.write(bench, 9, gcon)
        Self.write(bench, 0, 0x1340)
        bench.pass(30_000_000)
        #expect(bench.model.status().megabits == megabits)
        #expect(bench.model.status().linkUp == (megabits != 0))
        if megabits != 0 { #expect(bench.model.status().fullDuplex == full) }
    }

    @Test(arguments: [(0x0000, 10, false), (0x0100, 10, true), (0x2000, 100, false), (0x2100, 100, true), (0x0140, 1000, true)]
        as [(UInt32, UInt32, Bool)])
    func `speed and duplex can be forced`(control: UInt32, megabits: UInt32, full: Bool) throws {
        let bench = try ModelBench()
        bench.resetAndLink()
        Self.write(bench, 0, control)
        bench.pass(30_000_000)
        #expect(bench.model.status().megabits == megabits)
        #expect(bench.model.status().fullDuplex == full)
        #expect(Self.read(bench, 1).map { PSTATUS().anComplete.isSet($0) } == false)
    }

    @Test func `CTRL overrides the speed and duplex that STATUS shows`() throws {
        let bench = try ModelBench()
        bench.resetAndLink()
        bench[.ctrl] = CTRL().slu.mask | CTRL().frcspd.mask | CTRL().speed.of(1) | CTRL().frcdplx.mask
        #expect(STATUS().speed.get(bench[.status]) == 1)
        #expect(!STATUS().fd.isSet(bench[.status]))
        #expect(STATUS().asdv.get(bench[.status]) == 2)
    }

    @Test func `link status latches low until it is read`() throws {
        let bench = try ModelBench()
        bench.resetAndLink()
        bench.model.setCarrier(false)
        bench.model.setCarrier(true)
        bench.pass(30_000_000)
        #expect(bench.model.status().linkUp)
        #expect(Self.read(bench, 1).map { PSTATUS().link.isSet($0) } == false)
        #expect(Self.read(bench, 1).map { PSTATUS().link.isSet($0) } == true)
    }

    @Test func `a PHY reset clears itself and negotiates again`() throws {
        let bench = try ModelBench()
        bench.resetAndLink()
        Self.write(bench, 4, 0x0021)
        Self.write(bench, 0, 0x9140)
        #expect(!bench.model.status().linkUp)
        #expect(bench[.icr] & Causes().lsc.mask != 0)
        bench.pass(PHY.resetNanoseconds)
        #expect(Self.read(bench, 0) == 0x1140)
        #expect(Self.read(bench, 4) == 0x0de1)
        bench.pass(30_000_000)
        #expect(bench.model.status().linkUp)
    }

    @Test func `the link needs carrier, PHY power and SLU`() throws {
        let bench = try ModelBench()
        bench.resetAndLink()
        #expect(bench.model.status().linkUp)
        bench[.ctrl] = bench[.ctrl] & ~CTRL().slu.mask
        #expect(!bench.model.status().linkUp)
        bench[.ctrl] = bench[.ctrl] | CTRL().slu.mask
        #expect(bench.model.status().linkUp)
        Self.write(bench, 0, 0x1940)
        #expect(!bench.model.status().linkUp)
        Self.write(bench, 0, 0x1140)
        bench.pass(30_000_000)
        #expect(bench.model.status().linkUp)
        bench.model.setCarrier(false)
        #expect(!bench.model.status().linkUp)
        #expect(bench[.icr] & Causes().lsc.mask != 0)
    }

    @Test func `read-only PHY registers keep their value`() throws {
        let bench = try ModelBench()
        for number in [1, 2, 3, 5, 10, 15, 17] as [UInt32] {
            let before = Self.read(bench, number)
            Self.write(bench, number, 0x5a5a)
            #expect(Self.read(bench, number) == before)
        }
    }
}
