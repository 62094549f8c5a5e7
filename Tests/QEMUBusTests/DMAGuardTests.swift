import NICModels
import Testing
@testable import QEMUBus

/// What the device can reach: what is mapped, and nothing else.
@Suite(.enabled(if: qemuIsInstalled, qemuIsMissing), .serialized)
struct DMAGuardTests {
    @Test func `a receive buffer that is not mapped stays untouched`() throws {
        let bench = try Bench()
        try bench.nic.claim(memory: bench.memory.shared)
        let driver = try SmallDriver(bench, mapped: 0x20_0000)
        let before = bench.memory.read(2048, at: driver.receiveBuffers)
        bench.deliver(numbered(1))
        #expect(bench.run { !bench.host.violations.isEmpty })
        let violation = try #require(bench.host.violations.first)
        #expect(violation.rule == .strayDMA && violation.subject == "DMA write")
        #expect(violation.value == driver.deviceBase + UInt64(driver.receiveBuffers))
        #expect(violation.text.contains("never mapped; the nearest mapping, 2097152 octets at 0x100000000, ended 0 octets before"))
        #expect(violation.text.contains("VT-d fault reason 5, source 0:4.0"), "the unit's own record")
        #expect(bench.memory.read(2048, at: driver.receiveBuffers) == before)
        // Mapped now, the next buffer is filled.
        #expect(try bench.nic.map(offset: 0x20_0000, length: 0x2_0000) == driver.deviceBase + 0x20_0000)
        bench.host.violations = []
        bench.deliver(numbered(2))
        #expect(bench.run { bench.memory.read(60, at: driver.receiveBuffers + 2048) == numbered(2) })
        #expect(bench.host.violations.isEmpty)
    }

    @Test func `an unmapped buffer is out of reach at once`() throws {
        let bench = try Bench()
        try bench.nic.claim(memory: bench.memory.shared)
        let driver = try SmallDriver(bench, mapped: 0x2000)
        let whole = try bench.nic.map(offset: 0x10_0000, length: 0x2_0000)
        let second = try bench.nic.map(offset: 0x10_0800, length: 2048)
        for value in UInt32(1)...2 { driver.place(numbered(value)) }
        driver.ring()
        #expect(bench.run { bench.host.frames.count == 2 })
        bench.nic.unmap(deviceAddress: whole)
        // Slots 0 and 1 share a page that the second mapping still holds open; slot 2 has no mapping left.
        driver.transmitTail = 2
        driver.place(numbered(3))
        driver.ring()
        #expect(bench.run { !bench.host.violations.isEmpty })
        #expect(bench.host.violations.first?.value == whole + 2 * UInt64(SmallDriver.slotOctets))
        let text = bench.host.violations.first?.text ?? ""
        #expect(text.contains(" ago, was 131072 octets at 0x100100000, 4096 octets into it") && text.contains("VT-d fault reason 6"), "\(text)")
        // QEMU's NIC sends what it could not read as zeros.
        #expect(bench.run { bench.host.frames.count == 3 })
        (bench.host.violations, bench.host.frames) = ([], [])
        driver.place(numbered(4), buffer: second)
        driver.ring()
        #expect(bench.run { !bench.host.frames.isEmpty })
        #expect(bench.host.frames == [numbered(2)])
        #expect(bench.host.violations.isEmpty)
        bench.nic.unmap(deviceAddress: second)
        driver.place(numbered(5), buffer: second)
        driver.ring()
        #expect(bench.run { bench.host.violations.first?.value == second })
        // Addresses that were never handed out, or are gone, mean nothing.
        for address in [0, second, whole, UInt64.max] { bench.nic.unmap(deviceAddress: address) }
        #expect(bench.load(SmallDriver.Register.status) != UInt32.max)
    }

    @Test func `without a judge all of the memory is in reach, and what is outside is not`() throws {
        var settings = QEMUSettings()
        settings.isJudged = false
        let bench = try Bench(settings: settings)
        try bench.nic.claim(memory: bench.memory.shared)
        let driver = try SmallDriver(bench, mapped: 0x2000)
        driver.place(numbered(1))
        driver.ring()
        #expect(bench.run { bench.host.frames == [numbered(1)] } && bench.host.violations.isEmpty)
        bench.nic.unmap(deviceAddress: driver.deviceBase)
        driver.place(numbered(2))
        driver.ring()
        #expect(bench.run { bench.host.frames.last == numbered(2) } && bench.host.violations.isEmpty)
        driver.place(numbered(3), buffer: driver.deviceBase + UInt64(bench.memory.octets))
        driver.ring()
        #expect(bench.run { bench.host.violations.first?.rule == .strayDMA })
    }

    @Test func `a flood of refused accesses does not stop the bus`() throws {
        let bench = try Bench()
        try bench.nic.claim(memory: bench.memory.shared)
        let driver = try SmallDriver(bench, mapped: 0x2000)
        // A line of QEMU's log for every four octets: megabytes, many times what its pipe holds.
        for value in UInt32(0)..<60 { driver.place(numbered(value, length: 1514)) }
        driver.ring()
        #expect(bench.load(SmallDriver.Register.status) != UInt32.max)
        #expect(bench.run { bench.host.frames.count == 60 })
        #expect(bench.nic.failure == nil)
        #expect(!bench.host.violations.isEmpty && bench.host.violations.count <= 60)
    }

    @Test func `an initialization block out of reach of a 32-bit chip is named`() throws {
        let bench = try Bench(device: "pcnet")
        try bench.nic.claim(memory: bench.memory.shared)
        let block = try bench.nic.map(offset: 0x1000, length: 0x1000)
        bench.nic.unmap(deviceAddress: block)
        bench.nic.configStore(offset: 4, width: 2, value: 7)
        for (register, value) in [(1, UInt32(block & 0xffff)), (2, UInt32(block >> 16)), (0, 1)] as [(UInt32, UInt32)] {
            bench.nic.store(region: 0, offset: 0x12, width: 2, value: register)
            bench.nic.store(region: 0, offset: 0x10, width: 2, value: value)
        }
        #expect(bench.run { !bench.host.violations.isEmpty })
        let violation = try #require(bench.host.violations.first)
        #expect(violation.value == block && violation.text.contains("unmapped") && violation.text.contains("was 4096 octets"))
    }

    @Test func `every claim starts with nothing mapped`() throws {
        let bench = try Bench()
        try bench.nic.claim(memory: bench.memory.shared)
        let before = try SmallDriver(bench)
        before.place(numbered(1))
        before.ring()
        #expect(bench.run { !bench.host.frames.isEmpty } && bench.host.violations.isEmpty)
        bench.nic.release()
        try bench.nic.claim(memory: bench.memory.shared)
        let after = try SmallDriver(bench, mapped: 0x2000)
        after.place(numbered(2))
        after.ring()
        #expect(bench.run { bench.host.violations.first?.value == after.deviceBase + UInt64(after.transmitBuffers) })
    }
}

struct PageTableTests {
    @Test func `tables of every allowed memory fit the machine's RAM`() {
        for mebibytes in [2, 4, 16, 64, 472, 474, 476, 1024, 16 << 10] as [UInt64] {
            let octets = PageTables.scratchOctets(for: mebibytes << 20)
            // Root, context, third level, two for the doorbell, sixteen second-level tables, one first-level table for each 2 MiB.
            let tables = 5 + 16 + mebibytes / 2
            #expect(octets % QEMUCommand.memoryStep == 0)
            #expect(octets >= PageTables.root + tables * PageTables.page)
            #expect(octets < PageTables.root + tables * PageTables.page + QEMUCommand.memoryStep)
        }
    }
}
