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
