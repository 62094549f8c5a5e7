import E1000Registers
import Testing

@testable import NICModels

struct ConfigSpaceTests {
    @Test(arguments: [("82540em", 0x100e), ("82545em", 0x100f), ("82544gc", 0x100c)] as [(String, UInt32)])
    func `a model has the identity of its chip`(name: String, device: UInt32) throws {
        let model = try ModelBench(name, claimed: false).model
        #expect(model.configLoad(offset: 0, width: 4) == device << 16 | 0x8086)
        #expect(model.configLoad(offset: 8, width: 4) == 0x0200_0003)
        #expect(model.configLoad(offset: 0x3d, width: 1) == 1)
    }

    @Test func `base address registers tell their size and keep an address`() throws {
        let model = try ModelBench(claimed: false).model
        let expected: [UInt32] = [0xfffe_0000, 0, 0xffff_ffc1, 0, 0, 0]
        for (region, size) in expected.enumerated() {
            let offset = UInt32(0x10 + 4 * region)
            model.configStore(offset: offset, width: 4, value: .max)
            #expect(model.configLoad(offset: offset, width: 4) == size)
            let octets = size == 0 ? 0 : UInt64(~(size & ~1) &+ 1)
            #expect(model.regionLength(UInt32(region)) == octets)
        }
        model.configStore(offset: 0x10, width: 4, value: 0xfeb6_0000)
        #expect(model.configLoad(offset: 0x10, width: 4) == 0xfeb6_0000)
    }

    @Test func `the capability list is power management, PCI-X and messages`() throws {
        let model = try ModelBench(claimed: false).model
        #expect(model.configLoad(offset: 6, width: 2) & 0x10 != 0)
        var found: [UInt32] = []
        var at = model.configLoad(offset: 0x34, width: 1)
        while at != 0, found.count < 10 {
            found.append(model.configLoad(offset: at, width: 1))
            at = model.configLoad(offset: at + 1, width: 1)
        }
        #expect(found == [1, 7, 5])
    }

    @Test func `identity and status cannot be overwritten`() throws {
        let model = try ModelBench(claimed: false).model
        let before = (0..<64).map { model.configLoad(offset: 4 * $0, width: 4) }
        for offset in [0, 8, 0x2c, 0x34] as [UInt32] { model.configStore(offset: offset, width: 4, value: .max) }
        #expect((0..<64).map { model.configLoad(offset: 4 * $0, width: 4) } == before)
    }

    @Test(arguments: [(0, 3), (1, 4), (2, 4), (256, 1), (255, 2), (.max, 4), (0, 0)] as [(UInt32, UInt32)])
    func `an access that the bus cannot make reads all ones`(offset: UInt32, width: UInt32) throws {
        let model = try ModelBench(claimed: false).model
        model.configStore(offset: offset, width: width, value: 0)
        #expect(model.configLoad(offset: offset, width: width) == .max)
    }

    @Test func `interrupt status follows the causes and the disable bit silences the line`() throws {
        let bench = try ModelBench()
        bench[.ims] = 4
        bench[.ics] = 4
        #expect(bench.host.line)
        #expect(bench.model.configLoad(offset: 6, width: 2) & 8 != 0)
        bench.model.configStore(offset: 4, width: 2, value: 0x0407)
        #expect(!bench.host.line)
        #expect(bench.model.configLoad(offset: 6, width: 2) & 8 != 0)
        bench.model.configStore(offset: 4, width: 2, value: 0x0007)
        #expect(bench.host.line)
    }

    @Test func `in D3 the registers do not answer`() throws {
        let bench = try ModelBench()
        bench.model.configStore(offset: 0xe0, width: 2, value: 3)
        #expect(bench[.status] == .max)
        #expect(bench.broken == [.memoryDecodeOff])
        bench.model.configStore(offset: 0xe0, width: 2, value: 0)
        #expect(bench[.status] != .max)
    }

    @Test func `with messages on one is sent for each burst of causes`() throws {
        let bench = try ModelBench()
        bench.model.configStore(offset: 0xf2, width: 2, value: 1)
        bench[.ims] = 0x1ffff
        bench[.ics] = 4
        bench[.ics] = 0x80
        #expect(bench.host.edges == 1)
        #expect(bench[.icr] == 0x84)
        bench[.ics] = 4
        #expect(bench.host.edges == 2)
        // A message is a DMA: it waits for bus mastering.
        _ = bench[.icr]
        bench.model.configStore(offset: 4, width: 2, value: 3)
        bench[.ics] = 4
        #expect(bench.host.edges == 2)
        bench.model.configStore(offset: 4, width: 2, value: 7)
        #expect(bench.host.edges == 3)
    }
}
