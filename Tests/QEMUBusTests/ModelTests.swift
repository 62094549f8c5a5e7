import Glibc
import NICModels
import Testing
@testable import QEMUBus

/// Every model: what it is, where its regions are, that it can be reset, and that it holds the address it was given.
@Suite(.enabled(if: qemuIsInstalled, qemuIsMissing), .serialized)
struct ModelTests {
    struct Expected: Sendable, CustomStringConvertible {
        var device: String
        var identity: UInt32, revision: UInt32, subsystem: UInt32
        var regions: [UInt64]
        var isExpress = false
        var description: String { device }
    }

    static let models = [
        Expected(device: "e1000", identity: 0x100e_8086, revision: 3, subsystem: 0x1100_1af4, regions: [128 << 10, 64, 0, 0, 0, 0]),
        Expected(device: "e1000-82545em", identity: 0x100f_8086, revision: 3, subsystem: 0x1100_1af4, regions: [128 << 10, 64, 0, 0, 0, 0]),
        Expected(device: "e1000-82544gc", identity: 0x100c_8086, revision: 3, subsystem: 0x1100_1af4, regions: [128 << 10, 64, 0, 0, 0, 0]),
        Expected(
            device: "e1000e", identity: 0x10d3_8086, revision: 0, subsystem: 0x0000_8086, regions: [128 << 10, 128 << 10, 32, 16 << 10, 0, 0],
            isExpress: true),
        Expected(device: "virtio-net-pci", identity: 0x1041_1af4, revision: 1, subsystem: 0x1100_1af4, regions: [0, 4096, 0, 0, 16 << 10, 0]),
        Expected(device: "rtl8139", identity: 0x8139_10ec, revision: 0x20, subsystem: 0x1100_1af4, regions: [256, 256, 0, 0, 0, 0]),
        Expected(device: "pcnet", identity: 0x2000_1022, revision: 0x10, subsystem: 0, regions: [32, 32, 0, 0, 0, 0]),
        Expected(
            device: "vmxnet3", identity: 0x07b0_15ad, revision: 1, subsystem: 0x07b0_15ad, regions: [4096, 4096, 8192, 0, 0, 0],
            isExpress: true),
        Expected(device: "i82559c", identity: 0x1229_8086, revision: 12, subsystem: 0x0040_8086, regions: [4096, 64, 128 << 10, 0, 0, 0]),
    ]

    @Test func `every model of the list is tried here`() {
        #expect(Self.models.map(\.device) == QEMUModel.all.map(\.device))
    }

    @Test(arguments: models) func `it is on its bus with its regions placed`(expected: Expected) throws {
        let bench = try Bench(device: expected.device)
        let nic = bench.nic
        #expect(nic.configLoad(offset: 0, width: 4) == UInt32.max && nic.regionLength(0) == 0)
        try nic.claim(memory: bench.memory.shared)
        #expect(nic.configLoad(offset: 0, width: 4) == expected.identity)
        #expect(nic.configLoad(offset: 8, width: 1) == expected.revision)
        #expect(nic.configLoad(offset: 10, width: 2) == 0x0200, "an Ethernet controller")
        #expect(nic.configLoad(offset: 0x2c, width: 4) == expected.subsystem)
        #expect((0..<6).map { nic.regionLength($0) } == expected.regions)
        #expect(nic.configLoad(offset: 4, width: 2) & 7 == 3, "decodes on, bus mastering off")
        let extended = nic.configLoad(offset: 0x100, width: 4)
        #expect((extended != UInt32.max) == expected.isExpress || expected.device == "virtio-net-pci")
        // What tools say of it before anybody has claimed it.
        let known = nic.model.identity
        #expect(UInt32(known.device) << 16 | UInt32(known.vendor) == expected.identity && UInt32(known.revision) == expected.revision)
        #expect(UInt32(known.subsystemDevice) << 16 | UInt32(known.subsystemVendor) == expected.subsystem)
        #expect(bench.host.violations.isEmpty)
    }

    @Test(arguments: models) func `it says the address that it was made with`(expected: Expected) throws {
        let bench = try Bench(device: expected.device)
        try bench.nic.claim(memory: bench.memory.shared)
        let address = Self.address(expected.device, bench.nic)
        #expect(address == Bench.address.indices.map { Bench.address[$0] })
        #expect(bench.host.violations.isEmpty)
    }

    @Test(arguments: models) func `a mapping has an address that its chip can hold`(expected: Expected) throws {
        let bench = try Bench(device: expected.device)
        try bench.nic.claim(memory: bench.memory.shared)
        let last = try bench.nic.map(offset: UInt64(bench.memory.octets) - 1, length: 1)
        let isNarrow = ["rtl8139", "pcnet", "i82559c"].contains(expected.device)
        #expect(isNarrow ? last < 1 << 32 : last > 1 << 32)
    }

    @Test(arguments: models) func `it is reset when it is let go and is fresh in the next claim`(expected: Expected) throws {
        let bench = try Bench(device: expected.device)
        try bench.nic.claim(memory: bench.memory.shared)
        bench.nic.configStore(offset: 4, width: 2, value: 7)
        bench.nic.release()
        #expect(bench.nic.processID == nil && bench.nic.failure == nil)
        try bench.nic.claim(memory: bench.memory.shared)
        #expect(bench.nic.configLoad(offset: 4, width: 2) & 7 == 3)
    }

    @Test(arguments: models) func `a function's reset leaves configuration space and regions as they are`(expected: Expected) throws {
        let bench = try Bench(device: expected.device)
        try bench.nic.claim(memory: bench.memory.shared)
        bench.nic.configStore(offset: 4, width: 2, value: 7)
        try bench.nic.reset()
        #expect(bench.nic.configLoad(offset: 0, width: 4) == expected.identity && bench.nic.configLoad(offset: 4, width: 2) & 7 == 7)
        #expect((0..<6).map { bench.nic.regionLength($0) } == expected.regions)
        #expect(Self.address(expected.device, bench.nic) == Bench.address.indices.map { Bench.address[$0] })
        #expect(bench.host.violations.isEmpty && bench.nic.failure == nil)
    }

    // MARK: How each chip tells its address

    private static func address(_ device: String, _ nic: QEMUNIC) -> [UInt8] {
        func load(_ region: UInt32, _ offset: UInt32, _ width: UInt32) -> UInt32 { nic.load(region: region, offset: offset, width: width) }
        func store(_ region: UInt32, _ offset: UInt32, _ width: UInt32, _ value: UInt32) {
            nic.store(region: region, offset: offset, width: width, value: value)
        }
        func split(_ low: UInt32, _ high: UInt32) -> [UInt8] {
            (0..<6).map { UInt8(truncatingIfNeeded: $0 < 4 ? low >> (8 * $0) : high >> (8 * ($0 - 4))) }
        }
        func octets(_ region: UInt32, _ offset: UInt32) -> [UInt8] { (0..<6).map { UInt8(load(region, offset + $0, 1)) } }
        switch device {
        case "virtio-net-pci":
            store(4, 0x14, 1, 0)
            store(4, 0x14, 1, 3)
            return octets(4, 0x2000)
        case "rtl8139":
            store(0, 0x37, 1, 0x10)
            return octets(0, 0)
        case "pcnet":
            _ = load(0, 0x14, 2)
            return octets(0, 0)
        case "vmxnet3":
            store(1, 0x20, 4, 0xcafe_0002)
            return split(load(1, 0x28, 4), load(1, 0x30, 4))
        case "i82559c":
            store(1, 8, 4, 0)
            let words = (0..<3).map { serialWord($0, load, store) }
            return words.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
        default:
            store(0, 0, 4, 1 << 26)
            return split(load(0, 0x5400, 4), load(0, 0x5404, 4))
        }
    }

    /// A word of the 8255x's serial EEPROM, bit by bit: EECS 2, EESK 1, EEDI 4, EEDO 8. 8255x §6.3.4.
    private static func serialWord(
        _ address: UInt32, _ load: (UInt32, UInt32, UInt32) -> UInt32, _ store: (UInt32, UInt32, UInt32, UInt32) -> Void
    ) -> UInt32 {
        store(1, 14, 1, 2)
        for bit in (0..<9).reversed() {
            let line: UInt32 = 2 | ((0b110 << 6 | address) >> UInt32(bit) & 1) << 2
            for clock in [0, 1, 0] as [UInt32] { store(1, 14, 1, line | clock) }
        }
        var word: UInt32 = 0
        for _ in 0..<16 {
            store(1, 14, 1, 3)
            word = word << 1 | load(1, 14, 1) >> 3 & 1
            store(1, 14, 1, 2)
        }
        store(1, 14, 1, 0)
        return word
    }
}
