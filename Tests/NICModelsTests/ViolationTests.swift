import DriverKit
import E1000Registers
import Testing

@testable import NICModels

/// Every rule is broken on purpose once, and says so; a driver that follows the datasheet hears nothing.
struct ViolationTests {
    /// A way to break one rule, and what the report must name.
    struct Case: CustomTestStringConvertible, Sendable {
        var rule: Violation.Rule
        var subject: String
        var section: String
        var act: @Sendable (ModelBench) -> Void

        var testDescription: String { "\(rule.rawValue): \(subject)" }

        init(_ rule: Violation.Rule, _ subject: String, _ section: String, _ act: @escaping @Sendable (ModelBench) -> Void) {
            (self.rule, self.subject, self.section, self.act) = (rule, subject, section, act)
        }
    }

    static let registers: [Case] = [
        Case(.accessWidth, "TDT", "8254x §13.2") { _ = $0.model.load(region: 0, offset: 0x3818, width: 2) },
        Case(.misaligned, "TDT", "8254x §13.2") { _ = $0.model.load(region: 0, offset: 0x3819, width: 4) },
        Case(.unknownRegister, "0x4", "8254x §13.2") { _ = $0.model.load(region: 0, offset: 4, width: 4) },
        Case(.readOnly, "STATUS", "8254x §13.4.2") { $0[.status] = 1 },
        Case(.reservedBits, "RAH[3]", "8254x §13.5.3") { $0[.rah, 3, stride: 8] = 0x4000_0000 },
        Case(.writeOnlyRead, "ICS", "8254x §13.4.19") { _ = $0[.ics] },
        Case(.memoryDecodeOff, "STATUS", "8254x §4.1") {
            $0.model.configStore(offset: 4, width: 2, value: 4)
            _ = $0[.status]
        },
        Case(.resetTiming, "IMC", "8254x §13.4.1") {
            $0[.ctrl] = $0[.ctrl] | CTRL().rst.mask
            $0[.imc] = .max
        },
    ]

    static let rings: [Case] = [
        Case(.ringAlignment, "RDBAL", "8254x §13.4.25") {
            $0[.rctl] = 0
            $0[.rdbal] = 0x1008
        },
        Case(.ringLength, "TDLEN", "8254x §13.4.38") {
            $0[.tctl] = 0
            $0[.tdlen] = 200
        },
        Case(.ringLength, "RCTL", "8254x §14.4") {
            $0[.rctl] = 0
            $0[.rdlen] = 0
            ($0[.rdh], $0[.rdt]) = (0, 0)
            $0[.rctl] = RCTL().en.mask
        },
        Case(.tailOutOfRange, "RDT", "8254x §13.4.29") { $0[.rdt] = 16 },
        Case(.tailOutOfRange, "TDT", "8254x §13.4.40") { $0[.tdt] = 0x1_0000 },
        Case(.headWhileEnabled, "TDH", "8254x §13.4.39") { $0[.tdh] = 0 },
        Case(.headWhileEnabled, "RDH", "8254x §13.4.28") { $0[.rdh] = 0 },
        Case(.enableOrder, "RDBAH", "8254x §13.4.26") { $0[.rdbah] = $0[.rdbah] },
        Case(.enableOrder, "TDT", "8254x §13.4.40") {
            $0[.tctl] = 0
            $0[.tdt] = 3
        },
        Case(.enableOrder, "TCTL", "8254x §14.5") {
            $0[.tctl] = 0
            ($0[.tdbal], $0[.tdbah]) = (0, 0)
            $0[.tctl] = TCTL().en.mask
        },
        Case(.busMasterOff, "TX ring", "8254x §4.1") {
            $0.model.configStore(offset: 4, width: 2, value: 3)
            $0.send(ModelBench.frame())
        },
        Case(.strayDMA, "TX descriptor 0", "8254x §4.1") {
            $0.model.unmap(deviceAddress: $0.transmitRingAddress)
            $0.send(ModelBench.frame())
        },
    ]

    static let descriptors: [Case] = [
        Case(.strayDMA, "TX descriptor 0", "8254x §3.3.3") {
            $0.describe(0, 0x1234, 0x0b00_0000 | 60)
            $0[.tdt] = 1
            $0.pass()
        },
        Case(.strayDMA, "RX descriptor 0", "8254x §3.2.3") {
            $0.model.unmap(deviceAddress: $0.receiveBufferAddress)
            $0.deliver(ModelBench.frame())
        },
        Case(.descriptorOwnership, "RX descriptor 0", "8254x §3.2.6") {
            $0.putWord($0.receiveBufferAddress + 64, at: ModelBench.receiveRing)
            $0.deliver(ModelBench.frame())
        },
        Case(.descriptorOwnership, "TX descriptor 0", "8254x §3.4") {
            $0.model.setCarrier(false)
            $0.send(ModelBench.frame())
            $0.describe(0, $0.transmitBufferAddress, 0x0b00_0000 | 61)
            $0.model.setCarrier(true)
            $0.pass(30_000_000)
        },
        Case(.descriptorOwnership, "RDT", "8254x §13.4.29") { $0[.rdt] = 0 },
        Case(.descriptorReserved, "TX descriptor 0", "8254x §3.3") { $0.send(ModelBench.frame(), extra: 1 << 36) },
        Case(.descriptorReserved, "TX descriptor 0", "8254x §3.3") {
            $0.describe(0, $0.transmitBufferAddress, 0x2b50_0000 | 60)
            $0[.tdt] = 1
            $0.pass()
        },
        Case(.descriptorReserved, "TX descriptor 0", "8254x §13.4.41") { $0.send(ModelBench.frame(), command: 0x8b) },
        Case(.frameTooLong, "TX descriptor 0", "8254x §3.3.3") { $0.send(ModelBench.frame(count: 16_289)) },
        Case(.frameTooShort, "TX descriptor 0", "8254x §3.3.3") { $0.send(ModelBench.frame(count: 47)) },
        Case(.frameTooShort, "TCTL", "8254x §13.4.33") {
            $0[.tctl] = $0[.tctl] & ~TCTL().psp.mask
            $0.send(ModelBench.frame(count: 59))
        },
        Case(.zeroLengthDescriptor, "TX descriptor 1", "8254x §3.3.3") {
            $0.describe(0, $0.transmitBufferAddress, 60)
            $0.describe(1, $0.transmitBufferAddress, 0x0b00_0000)
            $0[.tdt] = 2
            $0.pass()
        },
    ]

    @Test(arguments: registers + rings + descriptors)
    func `a broken rule is reported once, by name and section`(example: Case) throws {
        let bench = try ModelBench()
        try bench.bringUp()
        #expect(bench.host.violations == [])
        example.act(bench)
        #expect(bench.host.violations.map(\.rule) == [example.rule])
        #expect(bench.host.violations.first?.subject == example.subject)
        #expect(bench.host.violations.first?.section == example.section)
        #expect(bench.host.violations.first?.text.isEmpty == false)
        #expect(bench.model.status().violations == [example.rule: 1])
    }

    @Test func `every rule has a case`() {
        let tried = Set((Self.registers + Self.rings + Self.descriptors).map(\.rule))
        #expect(tried == Set(Violation.Rule.allCases).subtracting(VirtioViolationTests.rules).subtracting([.guestError]))
    }

    @Test(arguments: Gigabit8254x.names)
    func `bring-up, traffic, tear-down and bring-up again break no rule`(name: String) throws {
        let bench = try ModelBench(name)
        for round in 0..<3 {
            if round == 0 { try bench.bringUp() } else { Self.again(bench) }
            // Clear the tables, as drivers do; high before low. 8254x §13.5.3
            for entry in 1..<16 as Range<UInt32> {
                bench[.rah, entry, stride: 8] = 0
                bench[.ral, entry, stride: 8] = 0
            }
            for entry in 0..<128 as Range<UInt32> { (bench[.mta, entry], bench[.vfta, entry]) = (0, 0) }
            bench[.ims] = 0x9d
            for number in 0..<40 {
                bench.deliver(ModelBench.frame(count: 60 + number))
                bench.putWord(0, at: ModelBench.receiveRing + 16 * (number % 16) + 8)
                bench[.rdt] = (bench[.rdt] + 1) % 16
                bench.send(ModelBench.frame(count: 60 + number))
                _ = bench[.icr]
            }
            for register in RegisterFileTests.statistics { _ = bench[register] }
            bench[.imc] = .max
            bench[.rctl] = 0
            bench[.tctl] = TCTL().psp.mask
            bench.pass(10_000_000)
        }
        #expect(bench.host.frames.count == 120)
        #expect(bench.host.violations == [])
    }

    /// A driver's recovery: reset, the same rings again.
    static func again(_ bench: ModelBench) {
        bench.resetAndLink()
        for index in 0..<16 { bench.putWord(0, at: ModelBench.receiveRing + 16 * index + 8) }
        bench[.rdlen] = 256
        bench[.rdbah] = UInt32(bench.receiveRingAddress >> 32)
        bench[.rdbal] = UInt32(truncatingIfNeeded: bench.receiveRingAddress)
        (bench[.rdh], bench[.rdt]) = (0, 15)
        bench[.rctl] = RCTL().bam.mask | RCTL().secrc.mask | RCTL().en.mask
        bench[.tdlen] = 256
        bench[.tdbah] = UInt32(bench.transmitRingAddress >> 32)
        bench[.tdbal] = UInt32(truncatingIfNeeded: bench.transmitRingAddress)
        (bench[.tdh], bench[.tdt]) = (0, 0)
        bench[.tctl] = TCTL().en.mask | TCTL().psp.mask
    }

    @Test func `a unit whose ring is gone stops, and works again when it is set up anew`() throws {
        let bench = try ModelBench()
        try bench.bringUp()
        bench.model.unmap(deviceAddress: bench.receiveRingAddress)
        for _ in 0..<5 { bench.deliver(ModelBench.frame(count: 70)) }
        #expect(bench.host.violations.map(\.rule) == [.strayDMA])
        #expect(bench.model.status().framesWaiting == 5)
        let address = try bench.model.map(offset: UInt64(ModelBench.receiveRing), length: 0x1000)
        bench[.rctl] = 0
        bench[.rdbal] = UInt32(truncatingIfNeeded: address)
        bench[.rctl] = RCTL().en.mask | RCTL().bam.mask
        bench.pass()
        #expect(bench.model.status().framesDelivered == 5)
        #expect(bench.host.violations.count == 1)
    }

    @Test func `a frame to a stray buffer is written back as an error and dropped once`() throws {
        let bench = try ModelBench()
        try bench.bringUp()
        bench.model.unmap(deviceAddress: bench.receiveBufferAddress)
        bench.deliver(ModelBench.frame())
        #expect(bench.receiveStatus(0) == 0x8003_0000_0000)
        #expect(bench.model.status().dropped == [.receiveDMA: 1])
        #expect(bench.model.configLoad(offset: 6, width: 2) & 0x2000 != 0)
    }
}
