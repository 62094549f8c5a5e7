import Glibc
import NICModels
import Testing
@testable import QEMUBus

/// The whole NIC against a QEMU that runs.
@Suite(.enabled(if: qemuIsInstalled, qemuIsMissing), .serialized)
struct QEMUNICTests {
    typealias Register = SmallDriver.Register

    @Test func `configuration space can be read in every width and ends where the function's does`() throws {
        let bench = try Bench()
        try bench.nic.claim(memory: bench.memory.shared)
        #expect(bench.nic.configLoad(offset: 2, width: 2) == 0x100e)
        #expect(bench.nic.configLoad(offset: 1, width: 1) == 0x80)
        #expect(bench.nic.configLoad(offset: 0x40, width: 4) == 0)
        #expect(bench.nic.configLoad(offset: 0x100, width: 4) == UInt32.max, "a conventional function has no extended space")
        #expect(bench.nic.configLoad(offset: 4096, width: 4) == UInt32.max && bench.nic.configLoad(offset: 3, width: 2) == 0xffff)
        #expect(bench.host.violations.isEmpty)
    }

    @Test func `the EEPROM holds the address that the NIC was made with`() throws {
        let bench = try Bench()
        try bench.nic.claim(memory: bench.memory.shared)
        var words: [UInt32] = []
        for word in UInt32(0)..<3 {
            bench.store(word << 8 | 1, Register.eepromRead)  // 8254x §13.4.4
            #expect(bench.run { bench.load(Register.eepromRead) & 0x10 != 0 })
            words.append(bench.load(Register.eepromRead) >> 16)
        }
        let octets = words.flatMap { [UInt8($0 & 0xff), UInt8($0 >> 8)] }
        #expect(octets == Bench.address.indices.map { Bench.address[$0] })
    }

    @Test func `base addresses answer a sizing probe and move nothing`() throws {
        let bench = try Bench()
        try bench.nic.claim(memory: bench.memory.shared)
        let status = bench.load(Register.status)
        #expect(status & 0x0008_0000 != 0 && status != UInt32.max)
        let before = bench.nic.configLoad(offset: 0x10, width: 4)
        bench.nic.configStore(offset: 0x10, width: 4, value: UInt32.max)
        bench.nic.configStore(offset: 0x14, width: 4, value: UInt32.max)
        #expect(bench.nic.configLoad(offset: 0x10, width: 4) == 0xfffe_0000)
        #expect(bench.nic.configLoad(offset: 0x14, width: 4) == 0xffff_ffc1)
        #expect(bench.load(Register.status) == status)
        bench.nic.configStore(offset: 0x10, width: 4, value: before)
        bench.nic.configStore(offset: 0x12, width: 2, value: 0x1234)
        #expect(bench.nic.configLoad(offset: 0x10, width: 4) == 0x1234_0000)
        #expect(bench.load(Register.status) == status)
    }

    @Test func `narrow accesses reach the register and odd ones are reported`() throws {
        let bench = try Bench()
        try bench.nic.claim(memory: bench.memory.shared)
        let status = bench.load(Register.status)
        #expect(bench.nic.load(region: 0, offset: 8, width: 1) == status & 0xff)
        #expect(bench.nic.load(region: 0, offset: 8, width: 2) == status & 0xffff)
        #expect(bench.host.violations.isEmpty)
        #expect(bench.nic.load(region: 0, offset: 9, width: 4) == UInt32.max)
        #expect(bench.nic.load(region: 0, offset: 8, width: 3) == UInt32.max)
        #expect(bench.nic.load(region: 0, offset: 128 << 10, width: 4) == UInt32.max)
        #expect(bench.nic.load(region: 5, offset: 0, width: 2) == 0xffff)
        bench.nic.store(region: 0, offset: UInt32.max - 3, width: 4, value: 1)
        bench.nic.configStore(offset: 4, width: 2, value: 0)
        #expect(bench.load(Register.status) == UInt32.max)
        bench.nic.configStore(offset: 4, width: 1, value: 2)
        #expect(bench.load(Register.status) == status)
        #expect(bench.host.violations.map(\.rule) == [
            .misaligned, .accessWidth, .unknownRegister, .unknownRegister, .unknownRegister, .memoryDecodeOff,
        ])
    }

    @Test func `posted stores arrive in order before the load that follows`() throws {
        let bench = try Bench()
        try bench.nic.claim(memory: bench.memory.shared)
        // The receive address table: plain storage. 8254x §13.5.2.
        for round in UInt32(0)..<50 {
            for entry in UInt32(0)..<15 { bench.store(round &* 0x0101_0101 &+ entry, 0x5408 + 8 * entry) }
            for entry in UInt32(0)..<15 { #expect(bench.load(0x5408 + 8 * entry) == round &* 0x0101_0101 &+ entry) }
        }
        // More than the socket holds: answers are taken while stores are still being sent.
        for value in UInt32(0)..<20_000 { bench.store(value, 0x5408) }
        #expect(bench.load(0x5408) == 19_999)
    }

    @Test func `memory in use survives the start, a run and the end of QEMU`() throws {
        let bench = try Bench(mebibytes: 8)
        var value: UInt64 = 0x9e37_79b9_7f4a_7c15
        for offset in stride(from: 0, to: bench.memory.octets, by: 8) {
            value = value &* 6_364_136_223_846_793_005 &+ 1
            bench.memory.store(value, at: offset)
        }
        let before = bench.memory.read(bench.memory.octets, at: 0)
        try bench.nic.claim(memory: bench.memory.shared)
        #expect(bench.load(Register.status) != UInt32.max)
        #expect(bench.memory.read(bench.memory.octets, at: 0) == before)
        bench.nic.release()
        #expect(bench.memory.read(bench.memory.octets, at: 0) == before)
    }

    @Test func `an address outside the claimed memory is reported as a stray access`() throws {
        let bench = try Bench()
        try bench.nic.claim(memory: bench.memory.shared)
        let driver = try SmallDriver(bench)
        driver.place(numbered(1), buffer: 0x7fff_0000)
        driver.ring()
        #expect(bench.run { !bench.host.violations.isEmpty })
        let first = try #require(bench.host.violations.first)
        #expect(first.rule == .strayDMA && first.subject == "DMA read" && first.value == 0x7fff_0000)
        // A driver that hands over an offset instead of a device address.
        bench.host.violations = []
        driver.place(numbered(2), buffer: 0x40_0000)
        driver.ring()
        #expect(bench.run { bench.host.violations.contains { $0.rule == .strayDMA && $0.value == 0x40_0000 } })
    }
}
