import NICModels
import Testing
@testable import QEMUBus

/// What QEMU says of driver and device reaches the host.
@Suite(.enabled(if: qemuIsInstalled, qemuIsMissing), .serialized)
struct NoteTests {
    @Test func `what a model complains of is a violation in its own words`() throws {
        let bench = try Bench(device: "i82559c")
        try bench.nic.claim(memory: bench.memory.shared)
        bench.nic.store(region: 0, offset: 0x3c, width: 4, value: 1)
        #expect(bench.run { !bench.host.violations.isEmpty })
        let violation = try #require(bench.host.violations.first)
        #expect(violation.rule == .guestError && violation.text.contains("unknown longword write"), "\(violation)")
        #expect(bench.host.notes.isEmpty && bench.nic.failure == nil)
    }

    @Test(arguments: [("e1000e", "QEMU: e1000e_"), ("e1000", "QEMU: read addr 0xe0000008 value"), ("rtl8139", "QEMU: write addr 0xc037 value 0x10")])
    func `trace events are notes when they are asked for`(device: String, expected: String) throws {
        var settings = QEMUSettings()
        settings.isTraced = true
        let bench = try Bench(device: device, settings: settings)
        try bench.nic.claim(memory: bench.memory.shared)
        bench.nic.store(region: device == "rtl8139" ? 1 : 0, offset: 0x37, width: 1, value: 0x10)
        _ = bench.nic.load(region: device == "rtl8139" ? 1 : 0, offset: 8, width: 4)
        #expect(bench.run { bench.host.notes.contains { $0.hasPrefix(expected) } })
        // Both of its regions are one block of registers to QEMU, which names the place in the first.
        #expect(!bench.host.notes.contains { $0.contains("pcie-mmcfg") }, "the machine's own are left out")
        let quiet = try Bench(device: device)
        try quiet.nic.claim(memory: quiet.memory.shared)
        _ = quiet.nic.service(now: 1)
        #expect(quiet.host.notes.isEmpty && quiet.host.violations.isEmpty)
    }
}
