import Glibc
import Host
import NICModels
import Testing
@testable import QEMUBus

/// Interrupts of every kind, as far as the models have them.
@Suite(.enabled(if: qemuIsInstalled, qemuIsMissing), .serialized)
struct InterruptTests {
    typealias Register = SmallDriver.Register

    /// Eventfds as a stack would wait on them.
    final class Bells {
        private final class One {
            let counter: EventCounter
            init() throws { counter = try EventCounter() }
        }
        private var all: [One] = []
        init(_ count: Int) throws { for _ in 0..<count { all.append(try One()) } }

        var descriptors: [Int32] { all.map { $0.counter.raw } }
        func take(_ index: Int) -> UInt64 { all[index].counter.take() }
        func rang(_ index: Int) -> Bool { waitFor(POLLIN, on: all[index].counter.raw, until: Deadline(in: .seconds(5))).events != 0 }
        var areQuiet: Bool { all.allSatisfy { $0.counter.take() == 0 } }
    }

    @Test(arguments: ModelTests.models) func `it grants the kinds that it has and refuses the others`(expected: ModelTests.Expected) throws {
        let bench = try Bench(device: expected.device), bells = try Bells(32)
        let limits = [InterruptKind.line, .msi, .msix].map { bench.nic.vectorLimit($0) }
        #expect(throws: NICFailure.notClaimed) { try bench.nic.setInterrupts(.line, vectors: 1, bells: []) }
        try bench.nic.claim(memory: bench.memory.shared)
        for (kind, limit) in zip([InterruptKind.line, .msi, .msix], limits) {
            guard limit > 0 else {
                #expect(throws: NICFailure.self) { try bench.nic.setInterrupts(kind, vectors: 1, bells: bells.descriptors) }
                continue
            }
            #expect(try bench.nic.setInterrupts(kind, vectors: 32, bells: bells.descriptors) == limit)
            #expect(bench.nic.signalsBells == (kind != .line))
        }
        #expect(try bench.nic.setInterrupts(.none, vectors: 0, bells: []) == 0)
        #expect(!bench.nic.signalsBells && bells.areQuiet)
        let table = try #require(bench.nic.machine).function.messages?.table?.entries ?? 0
        #expect(table == expected.device.msixEntries && limits[2] == table, "the list says what the card has")
    }

    @Test func `a line follows its cause and is heard as a level`() throws {
        for device in ["e1000", "e1000e"] {
            let bench = try Bench(device: device)
            try bench.nic.claim(memory: bench.memory.shared)
            #expect(try bench.nic.setInterrupts(.line, vectors: 1, bells: []) == 1)
            bench.store(4, Register.maskSet)
            bench.store(4, 0x00c8)  // ICS: link change
            #expect(bench.run { bench.host.interrupts.last == true }, "\(device)")
            bench.store(4, Register.maskClear)
            #expect(bench.run { bench.host.interrupts.last == false }, "\(device)")
        }
    }

    @Test func `a Realtek chip's timer raises its line`() throws {
        let bench = try Bench(device: "rtl8139")
        try bench.nic.claim(memory: bench.memory.shared)
        bench.nic.store(region: 0, offset: 0x3c, width: 2, value: 0x4000)  // IMR: TimeOut
        bench.nic.store(region: 0, offset: 0x54, width: 4, value: 1000)  // TimerInt
        bench.nic.store(region: 0, offset: 0x48, width: 4, value: 0)  // TCTR starts anew.
        #expect(bench.run { bench.host.interrupts.last == true })
        bench.nic.store(region: 0, offset: 0x3e, width: 2, value: 0x4000)  // ISR
        #expect(bench.run { bench.host.interrupts.last == false })
    }

    @Test func `a PCnet chip reads its initialization block and says so`() throws {
        let bench = try Bench(device: "pcnet")
        try bench.nic.claim(memory: bench.memory.shared)
        let block = try bench.nic.map(offset: 0x1000, length: 0x1000)
        bench.nic.configStore(offset: 4, width: 2, value: 7)
        func write(_ register: UInt32, _ value: UInt32) {
            bench.nic.store(region: 0, offset: 0x12, width: 2, value: register)
            bench.nic.store(region: 0, offset: 0x10, width: 2, value: value)
        }
        write(1, UInt32(truncatingIfNeeded: block & 0xffff))
        write(2, UInt32(truncatingIfNeeded: block >> 16))
        write(0, 0x41)  // IENA, INIT
        #expect(bench.run { bench.host.interrupts.last == true })
        #expect(bench.nic.load(region: 0, offset: 0x10, width: 2) & 0x0100 != 0, "IDON")
        write(0, 0x0100)
        #expect(bench.run { bench.host.interrupts.last == false })
        #expect(bench.host.violations.isEmpty)
    }

    @Test func `an 8255x chip interrupts when it is told to`() throws {
        let bench = try Bench(device: "i82559c")
        try bench.nic.claim(memory: bench.memory.shared)
        bench.nic.store(region: 0, offset: 3, width: 1, value: 2)  // SI: software generated interrupt. 8255x §6.3.2.2.
        #expect(bench.run { bench.host.interrupts.last == true })
        bench.nic.store(region: 0, offset: 1, width: 1, value: 0xff)  // STAT/ACK
        #expect(bench.run { bench.host.interrupts.last == false })
    }

    @Test func `an 82574L sends its message`() throws {
        let bench = try Bench(device: "e1000e"), bells = try Bells(1)
        try bench.nic.claim(memory: bench.memory.shared)
        bench.nic.configStore(offset: 4, width: 2, value: 7)
        #expect(try bench.nic.setInterrupts(.msi, vectors: 4, bells: bells.descriptors) == 1)
        #expect(bells.areQuiet)
        bench.store(4, Register.maskSet)
        bench.store(4, 0x00c8)
        #expect(bench.load(Register.status) != UInt32.max && bells.rang(0))
        #expect(bells.take(0) > 0)
        #expect(bells.take(0) == 0, "the bell does not block")
        #expect(bench.host.interrupts.isEmpty, "the line is silent while messages are on")
        // By the line again.
        #expect(try bench.nic.setInterrupts(.line, vectors: 1, bells: []) == 1)
        _ = bench.load(Register.cause)
        bench.store(4, Register.maskSet)
        bench.store(4, 0x00c8)
        #expect(bench.run { bench.host.interrupts.last == true })
        #expect(bells.areQuiet)
    }

    @Test func `each of five causes of an 82574L rings its own bell`() throws {
        let bench = try Bench(device: "e1000e"), bells = try Bells(5)
        try bench.nic.claim(memory: bench.memory.shared)
        bench.nic.configStore(offset: 4, width: 2, value: 7)
        #expect(try bench.nic.setInterrupts(.msix, vectors: 5, bells: bells.descriptors) == 5)
        // Receive queues 0 and 1, transmit queues 0 and 1, other: vectors 0, 3, 1, 4, 2. 82574 §10.2.4.9.
        bench.store(1 << 31 | 0xa_c_9_b_8, 0x00e4)
        for (cause, vector) in [(20, 0), (21, 3), (22, 1), (23, 4), (24, 2)] as [(UInt32, Int)] {
            bench.store(0x01f0_0000, Register.maskSet)
            bench.store(1 << cause, 0x00c8)
            #expect(bench.load(Register.status) != UInt32.max && bells.rang(vector), "cause \(cause)")
            #expect(bells.take(vector) == 1 && bells.areQuiet, "cause \(cause)")
        }
        #expect(bench.host.interrupts.isEmpty && bench.host.violations.isEmpty)
    }

    @Test func `fewer vectors than the card has leave the others masked`() throws {
        let bench = try Bench(device: "e1000e"), bells = try Bells(2)
        try bench.nic.claim(memory: bench.memory.shared)
        #expect(try bench.nic.setInterrupts(.msix, vectors: 5, bells: bells.descriptors) == 2)
        #expect((0..<5).map { bench.nic.load(region: 3, offset: 16 * $0 + 12, width: 4) & 1 } == [0, 0, 1, 1, 1])
        #expect((0..<2).map { bench.nic.load(region: 3, offset: 16 * $0 + 8, width: 4) } == [0, 1])
    }

    @Test func `the MSI-X table and both capabilities are not the driver's to write`() throws {
        let bench = try Bench(device: "e1000e"), bells = try Bells(5)
        try bench.nic.claim(memory: bench.memory.shared)
        #expect(try bench.nic.setInterrupts(.msix, vectors: 5, bells: bells.descriptors) == 5)
        let before = (bench.nic.configLoad(offset: 0xa0, width: 4), bench.nic.configLoad(offset: 0xd0, width: 4))
        #expect(before.0 >> 31 == 1, "the driver sees that MSI-X is on")
        for offset in [0xa0, 0xa4, 0xd0, 0xd4, 0xdc] as [UInt32] { bench.nic.configStore(offset: offset, width: 4, value: 0x0001_0000) }
        bench.nic.configStore(offset: 0xa2, width: 2, value: 0)
        bench.nic.configStore(offset: 0xa3, width: 1, value: 0)
        #expect(bench.nic.configLoad(offset: 0xa0, width: 4) == before.0 && bench.nic.configLoad(offset: 0xd0, width: 4) == before.1)
        let entry = bench.nic.load(region: 3, offset: 0, width: 4)
        bench.nic.store(region: 3, offset: 0, width: 4, value: 0xfee0_0000)
        #expect(bench.nic.load(region: 3, offset: 0, width: 4) == entry)
        #expect(bench.host.violations.map(\.rule) == [.readOnly])
    }

    @Test func `bells can be changed and hundreds of messages are all heard`() throws {
        let bench = try Bench(device: "e1000e")
        try bench.nic.claim(memory: bench.memory.shared)
        bench.nic.configStore(offset: 4, width: 2, value: 7)
        bench.store(1 << 31 | 8 << 16, 0x00e4)  // Other causes: vector 0.
        let first = try Bells(1), second = try Bells(3)
        #expect(try bench.nic.setInterrupts(.msix, vectors: 1, bells: first.descriptors) == 1)
        #expect(try bench.nic.setInterrupts(.msix, vectors: 3, bells: second.descriptors) == 3)
        for round in 0..<200 {
            bench.store(0x0100_0000, Register.maskSet)
            bench.store(1 << 24, 0x00c8)
            _ = bench.load(Register.status)
            defer { bench.store(UInt32.max, Register.cause) }  // Else the cause stays, and says nothing new.
            guard second.rang(0) else { return #expect(Bool(false), "message \(round) was lost") }
            // A cause that is enabled anew before it is cleared may be told twice; never not at all.
            #expect(second.take(0) > 0)
        }
        #expect(first.areQuiet, "the bells of before are silent")
        // As often as anybody likes with the same bells; with new ones until QEMU's store of them is full.
        for round in 0..<400 {
            guard try bench.nic.setInterrupts(round % 2 == 0 ? .line : .msix, vectors: 3, bells: second.descriptors) > 0 else { break }
        }
        var refusal: NICFailure?
        for _ in 0...BellBoard.capacity / 33 where refusal == nil {
            let many = try Bells(32)
            do { _ = try bench.nic.setInterrupts(.msix, vectors: 5, bells: many.descriptors) } catch { refusal = error }
        }
        #expect(refusal == nil, "five at a time are far from the limit")
        for _ in 0..<400 where refusal == nil {
            let few = try Bells(5)
            do { _ = try bench.nic.setInterrupts(.msix, vectors: 5, bells: few.descriptors) } catch { refusal = error }
        }
        #expect(bench.load(Register.status) != UInt32.max, "refused, and alive")
        #expect(try bench.nic.setInterrupts(.line, vectors: 1, bells: []) == 1)
    }
}

extension String {
    /// Entries in the MSI-X table of that model.
    fileprivate var msixEntries: Int {
        switch self {
        case "e1000e": 5
        case "virtio-net-pci": 4
        case "vmxnet3": 25
        default: 0
        }
    }
}
