import Glibc
import Host
import NICModels
import Testing
@testable import QEMUBus

/// The smallest of virtio drivers: two split rings. VIRTIO 1.2 §2.7, §5.1.
@Suite(.enabled(if: qemuIsInstalled, qemuIsMissing), .serialized)
struct VirtioTests {
    /// Common configuration. VIRTIO 1.2 §4.1.4.3.
    private enum Common {
        static let featureSelect: UInt32 = 8, feature: UInt32 = 0xc, status: UInt32 = 0x14, queueSelect: UInt32 = 0x16
        static let queueSize: UInt32 = 0x18, queueVector: UInt32 = 0x1a, queueEnable: UInt32 = 0x1c, descriptors: UInt32 = 0x20
    }
    private static let notify: UInt32 = 0x3000, slots = 64, header = 12, slotOctets = 2048

    private final class Driver {
        let bench: Bench
        let base: UInt64

        init(_ bench: Bench, vectors: Bool) throws {
            self.bench = bench
            base = try bench.nic.map(offset: 0, length: UInt64(bench.memory.octets))
            bench.nic.configStore(offset: 4, width: 2, value: 7)
            store(Common.status, 1, 0)
            store(Common.status, 1, 3)
            // MAC address; VERSION_1 and ACCESS_PLATFORM, without which the device works around the VT-d unit.
            for (half, features) in [(0, 1 << 5), (1, 3)] as [(UInt32, UInt32)] {
                store(Common.featureSelect, 4, half)
                store(Common.feature, 4, features)
            }
            store(Common.status, 1, 0xb)
            #expect(load(Common.status, 1) & 8 != 0, "the device takes the features")
            for queue in 0..<2 { place(queue, vector: vectors ? UInt32(queue) : 0xffff) }
            store(Common.status, 1, 0xf)
            for slot in 0..<VirtioTests.slots { offer(slot) }
            bench.memory.store(UInt16(VirtioTests.slots), at: 0x2002)
            store(VirtioTests.notify, 2, 0)
            // Before this a frame is dropped, as by any receiver that is off.
            #expect(load(Common.status, 1) == 0xf)
        }

        func load(_ offset: UInt32, _ width: UInt32) -> UInt32 { bench.nic.load(region: 4, offset: offset, width: width) }
        func store(_ offset: UInt32, _ width: UInt32, _ value: UInt32) {
            bench.nic.store(region: 4, offset: offset, width: width, value: value)
        }

        static func ring(_ queue: Int) -> Int { queue * 0x1_0000 }

        private func place(_ queue: Int, vector: UInt32) {
            store(Common.queueSelect, 2, UInt32(queue))
            store(Common.queueSize, 2, UInt32(VirtioTests.slots))
            store(Common.queueVector, 2, vector)
            for part in 0..<3 {
                let address = base + UInt64(Self.ring(queue) + part * 0x2000)
                store(Common.descriptors + 8 * UInt32(part), 4, UInt32(truncatingIfNeeded: address))
                store(Common.descriptors + 8 * UInt32(part) + 4, 4, UInt32(truncatingIfNeeded: address >> 32))
            }
            store(Common.queueEnable, 2, 1)
        }

        private func offer(_ slot: Int) {
            bench.memory.store(base + UInt64(0x10_0000 + slot * VirtioTests.slotOctets), at: 16 * slot)
            bench.memory.store(UInt64(VirtioTests.slotOctets) | 2 << 32, at: 16 * slot + 8)  // WRITE
            bench.memory.store(UInt16(slot), at: 0x2004 + 2 * slot)
        }

        func send(_ frame: [UInt8]) {
            let ring = Self.ring(1), buffer = 0x30_0000
            bench.memory.write([UInt8](repeating: 0, count: VirtioTests.header) + frame, at: buffer)
            bench.memory.store(base + UInt64(buffer), at: ring)
            bench.memory.store(UInt64(VirtioTests.header + frame.count), at: ring + 8)
            bench.memory.store(UInt16(0), at: ring + 0x2004)
            bench.memory.store(UInt16(1), at: ring + 0x2002)
            store(VirtioTests.notify + 4, 2, 1)
        }

        func used(_ queue: Int) -> UInt16 { bench.memory.load(Self.ring(queue) + 0x4002, as: UInt16.self) }
        /// The first frame received.
        var received: [UInt8] {
            let octets = Int(bench.memory.load(0x4008, as: UInt32.self)) - VirtioTests.header
            return bench.memory.read(max(octets, 0), at: 0x10_0000 + VirtioTests.header)
        }
    }

    @Test func `frames pass both ways and each queue rings its bell`() throws {
        let bench = try Bench(device: "virtio-net-pci"), bells = try InterruptTests.Bells(3)
        try bench.nic.claim(memory: bench.memory.shared)
        #expect(try bench.nic.setInterrupts(.msix, vectors: 3, bells: bells.descriptors) == 3)
        let driver = try Driver(bench, vectors: true)
        bench.deliver(numbered(7, length: 300))
        #expect(bench.run { driver.used(0) == 1 })
        #expect(driver.received == numbered(7, length: 300) && bells.rang(0))
        driver.send(numbered(8, length: 1514))
        #expect(bench.run { bench.host.frames == [numbered(8, length: 1514)] })
        #expect(bench.run { driver.used(1) == 1 } && bells.rang(1) && bells.take(2) == 0)
        #expect(bench.host.violations.isEmpty && bench.host.interrupts.isEmpty)
    }

    @Test func `its line is a level that reading the cause lowers`() throws {
        let bench = try Bench(device: "virtio-net-pci")
        try bench.nic.claim(memory: bench.memory.shared)
        let driver = try Driver(bench, vectors: false)
        bench.deliver(numbered(7))
        #expect(bench.run { bench.host.interrupts.last == true })
        #expect(driver.load(0x1000, 1) & 1 == 1)
        #expect(bench.run { bench.host.interrupts.last == false })
    }

    @Test func `a buffer that is not mapped is refused and told with its history`() throws {
        let bench = try Bench(device: "virtio-net-pci")
        try bench.nic.claim(memory: bench.memory.shared)
        let driver = try Driver(bench, vectors: false)
        // The rings stay in reach: the device looks at them whenever it likes.
        _ = try bench.nic.map(offset: 64, length: 0x2_0000 - 64)
        bench.nic.unmap(deviceAddress: driver.base)
        driver.send(numbered(1))
        #expect(bench.run { bench.host.violations.contains { $0.rule == .strayDMA } })
        let violation = try #require(bench.host.violations.first { $0.rule == .strayDMA })
        #expect(violation.value & ~0xfff == driver.base + 0x30_0000 && violation.text.contains("unmapped"), "\(violation)")
    }
}
