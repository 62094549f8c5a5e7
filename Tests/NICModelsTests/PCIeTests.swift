import DriverKit
import E1000ERegisters
import E1000Registers
import Testing
import Wire

@testable import NICModels

/// What the 82574L does that an 8254x does not.
struct PCIeTests {
    @Test func `capabilities are chained, and the MSI-X table is not the driver's`() throws {
        let bench = try ModelBench("82574l")
        var at = bench.model.configLoad(offset: 0x34, width: 1), found: [UInt32] = []
        while at != 0, found.count < 8 {
            found.append(bench.model.configLoad(offset: at, width: 1))
            at = bench.model.configLoad(offset: at + 1, width: 1)
        }
        #expect(found == [1, 5, 0x10, 0x11])
        #expect(bench.model.configLoad(offset: 6, width: 2) == 0x10, "neither 66 MHz nor DEVSEL on PCI Express")
        #expect(bench.model.regionLength(3) == 16384 && bench.model.vectorLimit(.msix) == 5)
        _ = bench.model.load(region: 3, offset: 0, width: 4)
        #expect(bench.broken == [.unknownRegister])
    }

    @Test func `a frame in an extended descriptor, and one over several`() throws {
        let bench = try ModelBench("82574l")
        try bench.bringUpPCIe()
        bench[own: .rctl] = bench[own: .rctl] | RCTL().lpe.mask
        bench.deliver(ModelBench.frame(count: 60))
        #expect(bench.extended(0).high == 60 << 32 | 7)
        bench.deliver(ModelBench.frame(count: 3000))
        #expect(bench.extended(1).high == 2048 << 32 | 1 && bench.extended(2).high == 952 << 32 | 7)
        #expect(bench.host.violations == [])
    }

    /// Microsoft's verification suite: addresses and ports, and the hash with and without the ports.
    @Test(arguments: [
        ([66, 9, 149, 187], [161, 142, 100, 80], 2794, 1766, 0x323e_8fc2, 0x51cc_c178),
        ([199, 92, 111, 2], [65, 69, 140, 83], 14230, 4739, 0xd718_262a, 0xc626_b0ea),
        ([24, 19, 198, 95], [12, 22, 207, 184], 12898, 38024, 0xd2d0_a5de, 0x5c2b_394a),
        ([38, 27, 205, 30], [209, 142, 163, 6], 48228, 2217, 0x8298_9176, 0xafc7_327f),
        ([153, 39, 163, 191], [202, 188, 127, 2], 44251, 1303, 0x5d18_09c5, 0x10e8_28a2),
    ] as [([UInt8], [UInt8], Int, Int, UInt32, UInt32)])
    func `the hash is the one of the RSS specification`(from: [UInt8], to: [UInt8], source: Int, destination: Int, alone: UInt32, ports: UInt32) {
        #expect(ReceiveScaling.hash(from + to, key: ModelBench.key) == alone)
        let both = [UInt8(source >> 8), UInt8(source & 255), UInt8(destination >> 8), UInt8(destination & 255)]
        #expect(ReceiveScaling.hash(from + to + both, key: ModelBench.key) == ports)
    }

    @Test func `the hash covers IPv6 addresses too`() {
        let from: [UInt8] = [0x3f, 0xfe, 0x25, 0x01, 0x02, 0x00, 0x1f, 0xff, 0, 0, 0, 0, 0, 0, 0, 7]
        let to: [UInt8] = [0x3f, 0xfe, 0x25, 0x01, 0x02, 0x00, 0x00, 0x03, 0, 0, 0, 0, 0, 0, 0, 1]
        #expect(ReceiveScaling.hash(from + to, key: ModelBench.key) == 0x2cc1_8cd5)
        #expect(ReceiveScaling.hash(from + to + [0x0a, 0xea, 0x06, 0xe6], key: ModelBench.key) == 0x4020_7d3d)
    }

    @Test func `a flow goes to the queue that its hash names, and the descriptor tells it`() throws {
        let bench = try ModelBench("82574l")
        try bench.bringUpPCIe(scaling: true)
        // Flows of the suite: one whose hash ends in 0x78, even, and one that ends in 0x7f, odd.
        bench.deliver(Self.tcp([66, 9, 149, 187], [161, 142, 100, 80], 2794, 1766))
        #expect(bench.extended(0).low == 0x51cc_c178 << 32 | 1)
        bench.deliver(Self.tcp([38, 27, 205, 30], [209, 142, 163, 6], 48228, 2217))
        let second: UInt64 = 0xafc7_327f << 32 | 1 << 8 | 1
        #expect(bench.extended(0, queue: 1).low == second)
        bench.deliver(ModelBench.frame(count: 60))
        #expect(bench.extended(1).low == 0 && bench.extended(1).high & 1 == 1)
        #expect(bench.host.violations == [])
    }

    static func tcp(_ from: [UInt8], _ to: [UInt8], _ source: Int, _ destination: Int) -> [UInt8] {
        let ip: [UInt8] = [0x45, 0, 0, 46, 0, 1, 0, 0, 64, 6, 0, 0] + from + to
        let ports = [UInt8(source >> 8), UInt8(source & 255), UInt8(destination >> 8), UInt8(destination & 255)]
        return Array(ModelBench.frame(count: 14, type: 0x0800)) + ip + ports + [UInt8](repeating: 0, count: 22)
    }

    @Test func `both transmit queues send`() throws {
        let bench = try ModelBench("82574l")
        try bench.bringUpPCIe()
        for number in 0..<20 { bench.sendPCIe(ModelBench.frame(count: 60 + number), queue: UInt32(number % 2)) }
        #expect(bench.host.frames.count == 20 && bench[own: .tdh, 0] == 10 && bench[own: .tdh, 1] == 10)
        #expect(bench.host.violations == [])
    }

    @Test func `a message clears its cause and its mask; only a mask written again lets the next through`() throws {
        let bench = try ModelBench("82574l")
        #expect(try bench.model.setInterrupts(.msix, vectors: 5, bells: []) == 5)
        try bench.bringUpPCIe(causes: 0x01F0_0004)
        let before = bench.host.edges
        bench.deliver(ModelBench.frame())
        bench.deliver(ModelBench.frame())
        #expect(bench.host.edges == before + 1 && bench[own: .ims] & 1 << 20 == 0)
        bench[own: .ims] = 1 << 20
        #expect(bench.host.edges == before + 2, "what came meanwhile is not lost")
        // With IAME the mask stays.
        bench[own: .ctrlExt] = bench[own: .ctrlExt] | I82574.CTRL_EXT().iame.mask
        bench[own: .ims] = 1 << 20
        bench.deliver(ModelBench.frame())
        bench.deliver(ModelBench.frame())
        #expect(bench.host.edges == before + 4 && bench[own: .iac] == UInt32(bench.host.edges))
        #expect(bench.host.violations == [])
    }

    @Test func `the other causes share a vector, sent once until they are cleared`() throws {
        let bench = try ModelBench("82574l")
        _ = try bench.model.setInterrupts(.msix, vectors: 5, bells: [])
        try bench.bringUpPCIe(causes: 0x01F0_0004)
        let before = bench.host.edges
        bench.model.setCarrier(false)
        bench.model.setCarrier(true)
        bench.pass(50_000_000)
        #expect(bench.host.edges == before + 1)
        let causes = bench[own: .icr]
        #expect(causes & (1 << 24 | 1 << 2) == 1 << 24 | 1 << 2)
        bench[own: .icr] = causes
        bench.model.setCarrier(false)
        bench.pass()
        #expect(bench.host.edges == before + 2)
    }

    @Test func `ICR is cleared by reading only when an interrupt is asserted or nothing is masked in`() throws {
        let bench = try ModelBench("82574l")
        try bench.bringUpPCIe()
        bench[own: .ims] = 1 << 2
        bench.deliver(ModelBench.frame())
        #expect(bench[own: .icr] & 0x80 != 0 && bench[own: .icr] & 0x80 != 0)
        bench.model.setCarrier(false)
        #expect(bench[own: .icr] & (1 << 31 | 0x84) == 1 << 31 | 0x84 && bench[own: .icr] == 0)
    }

    @Test func `EITR keeps the messages of a vector apart`() throws {
        let bench = try ModelBench("82574l")
        _ = try bench.model.setInterrupts(.msix, vectors: 5, bells: [])
        try bench.bringUpPCIe(causes: 1 << 20)
        bench[own: .eitr, 0] = 4000
        let before = bench.host.edges
        for _ in 0..<10 {
            bench.deliver(ModelBench.frame())
            bench[own: .ims] = 1 << 20
            bench.pass(100_000)
        }
        #expect(bench.host.edges == before + 1)
        bench.pass(100_000)
        #expect(bench.host.edges == before + 2)
    }

    @Test func `semaphores are taken by reading`() throws {
        let bench = try ModelBench("82574l")
        bench.resetPCIe()
        #expect(bench[own: .swsm] & 1 == 0 && bench[own: .swsm] & 1 == 1)
        bench[own: .swsm] = 0
        #expect(bench[own: .swsm] & 1 == 0)
    }

    /// A way to break a rule that only this chip has, and what the report names.
    struct Case: CustomTestStringConvertible, Sendable {
        var rule: Violation.Rule, subject: String
        var act: @Sendable (ModelBench) -> Void
        var testDescription: String { "\(rule.rawValue): \(subject)" }
        init(_ rule: Violation.Rule, _ subject: String, _ act: @escaping @Sendable (ModelBench) -> Void) { (self.rule, self.subject, self.act) = (rule, subject, act) }
    }

    static let cases: [Case] = [
        Case(.enableOrder, "CTRL") { $0[own: .ctrl] = $0[own: .ctrl] | I82574.CTRL().rst.mask },
        Case(.reservedBits, "CTRL") { $0[own: .ctrl] = $0[own: .ctrl] & ~I82574.CTRL().set3.mask },
        Case(.enableOrder, "MDIC") { $0[own: .mdic] = 0x0822_0000 },
        Case(.enableOrder, "RFCTL") { $0[own: .rfctl] = 0 },
        Case(.enableOrder, "RCTL") {
            $0[own: .rctl] = 0
            $0[own: .mrqc] = 1
            $0[own: .rctl] = RCTL().en.mask
        },
        Case(.enableOrder, "IMS") {
            _ = try? $0.model.setInterrupts(.msix, vectors: 3, bells: [])
            $0[own: .ims] = 1 << 24
        },
        Case(.reservedBits, "TCTL") {
            $0[own: .tctl] = 0
            $0[own: .txdctl] = 0
            $0[own: .tctl] = TCTL().en.mask
        },
        Case(.reservedBits, "CTRL_EXT") {
            $0[own: .tctl] = 0
            $0[own: .ctrlExt] = 0
            $0[own: .tctl] = TCTL().en.mask
        },
        Case(.resetTiming, "EERD") {
            $0[own: .ctrl] = $0[own: .ctrl] | I82574.CTRL().gioMasterDisable.mask
            $0[own: .ctrl] = $0[own: .ctrl] | I82574.CTRL().rst.mask
            $0.pass(10_000)
            $0[own: .eerd] = 1
        },
        Case(.busMasterOff, "RX ring") {
            $0[own: .ctrl] = $0[own: .ctrl] | I82574.CTRL().gioMasterDisable.mask
            $0.deliver(ModelBench.frame())
        },
        Case(.descriptorOwnership, "RX descriptor 0") {
            $0.putWord(0, at: ModelBench.receiveRing)
            $0.deliver(ModelBench.frame())
        },
        Case(.readOnly, "FWSM") { $0[own: .fwsm] = 1 },
    ]

    @Test(arguments: cases)
    func `a broken rule is reported by name, and the section is the 82574's`(example: Case) throws {
        let bench = try ModelBench("82574l")
        try bench.bringUpPCIe()
        #expect(bench.host.violations == [])
        example.act(bench)
        let first = try #require(bench.host.violations.first)
        #expect(first.rule == example.rule && first.subject == example.subject && first.section.hasPrefix("82574 §"))
        #expect(Set(bench.host.violations.map(\.rule)).isSubset(of: [example.rule, .strayDMA]))
    }
}
