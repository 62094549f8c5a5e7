import DriverKit
import Testing
import VirtioNetRegisters
import VirtioRegisters

@testable import NICModels

/// Every rule of virtio 1.2 that the model watches is broken once, and says so.
struct VirtioViolationTests {
    /// Those that only this family has.
    static let rules: Set<Violation.Rule> = [.notOffered, .availableIndex, .descriptorChain, .descriptorDirection, .packetHeader]

    struct Case: CustomTestStringConvertible, Sendable {
        var rule: Violation.Rule
        var section: String
        var ready = true
        var act: @Sendable (VirtioBench) -> Void
        var testDescription: String { "\(rule.rawValue) §\(section)" }
    }

    static let frame = [UInt8](repeating: 0xFF, count: 6) + [2, 0, 0, 0, 0, 1, 0x88, 0xB5] + [UInt8](repeating: 7, count: 50)

    /// 10.0.0.1 + 10.0.0.2 + 6, as 16-bit words: 0a00 + 0001 + 0a00 + 0002 + 0006 = 1409; with 220 octets of TCP 14e5.
    static func uncut(sum: UInt16) -> [UInt8] {
        let ip: [UInt8] = [0x45, 0, 0, 240, 0, 1, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]
        let tcp: [UInt8] = [0, 80, 0, 80, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, 0x10, 0, 0, UInt8(sum >> 8), UInt8(sum & 0xFF), 0, 0]
        return [2, 0, 0, 0, 0, 7, 2, 0, 0, 0, 0, 8, 8, 0] + ip + tcp + [UInt8](repeating: 5, count: 200)
    }
    static let cutting = header {
        ($0.flags, $0.segmentation, $0.segmentOctets, $0.headerOctets, $0.checksumStart, $0.checksumOffset) = (1, 1, 100, 54, 34, 16)
    }

    static func header(_ change: (inout PacketHeader) -> Void) -> PacketHeader {
        var out = PacketHeader()
        change(&out)
        return out
    }

    static let registers: [Case] = [
        Case(rule: .accessWidth, section: "4.1.3.1") { _ = $0.model.load(region: 4, offset: 0x14, width: 4) },
        Case(rule: .misaligned, section: "4.1.3.1") { _ = $0.model.load(region: 4, offset: 0x02, width: 2) },
        Case(rule: .unknownRegister, section: "4.1.3.1") { _ = $0.model.load(region: 4, offset: 0x800, width: 4) },
        Case(rule: .readOnly, section: "4.1.4.3") { $0[.queues] = 1 },
        Case(rule: .writeOnlyRead, section: "4.1.4.4") { _ = $0[.notify] },
        Case(rule: .memoryDecodeOff, section: "4.1.4") {
            $0.model.configStore(offset: 4, width: 2, value: 4)
            _ = $0[.queues]
        },
        Case(rule: .enableOrder, section: "2.1.1") { $0[.deviceStatus] = 1 },
        Case(rule: .reservedBits, section: "2.1") { $0[.deviceStatus] = 0x4F },
        Case(rule: .enableOrder, section: "3.1.1", ready: false) { $0[.deviceStatus] = 2 },
        Case(rule: .enableOrder, section: "3.1.1", ready: false) { $0[.driverFeature] = 1 },
        Case(rule: .enableOrder, section: "3.1.1") { $0[.driverFeature] = 1 },
        Case(rule: .notOffered, section: "2.2.1", ready: false) {
            $0[.deviceStatus] = 1
            $0[.deviceStatus] = 3
            $0[.driverFeature] = 1 << 2
        },
        Case(rule: .notOffered, section: "6.1", ready: false) { $0.negotiate([.mac]) },
        Case(rule: .notOffered, section: "5.1.3.1", ready: false) { $0.negotiate([.version1, .hostTSO4]) },
        Case(rule: .enableOrder, section: "3.1.1", ready: false) {
            $0[.deviceStatus] = 1
            $0.setUp(0)
        },
        Case(rule: .ringLength, section: "2.7", ready: false) { $0[.queueSize] = 24 },
        Case(rule: .ringLength, section: "2.7", ready: false) { $0[.queueSize] = 512 },
        Case(rule: .headWhileEnabled, section: "4.1.4.3.2") {
            $0[.queueSelect] = 0
            $0[.queueSize] = 8
        },
        Case(rule: .enableOrder, section: "4.1.4.3.2") {
            $0[.queueSelect] = 0
            $0[.queueEnable] = 0
        },
        Case(rule: .unknownRegister, section: "4.1.4.3") {
            $0[.queueSelect] = 77
            $0[.queueSize] = 8
        },
        Case(rule: .reservedBits, section: "4.1.4.3.2") {
            $0[.queueSelect] = 2
            $0[.queueEnable] = 2
        },
        Case(rule: .ringAlignment, section: "2.7") {
            $0.setUp(2, enable: false)
            $0[.queueDesc] = $0[.queueDesc] + 8
            $0[.queueEnable] = 1
        },
        Case(rule: .enableOrder, section: "4.1.5.1.3") {
            $0.setUp(2, enable: false)
            ($0[.queueDevice], $0[.queueDeviceHigh]) = (0, 0)
            $0[.queueEnable] = 1
        },
        Case(rule: .enableOrder, section: "4.1.4.3.2") { $0.kick(3) },
        Case(rule: .enableOrder, section: "3.1.1", ready: false) { $0.kick(1) },
        Case(rule: .availableIndex, section: "4.1.5.2") { $0.model.store(region: 4, offset: 0x3004, width: 2, value: 0) },
        Case(rule: .unknownRegister, section: "4.1.4.4") { $0.model.store(region: 4, offset: 0x3002, width: 2, value: 0) },
        Case(rule: .accessWidth, section: "4.1.5.2") { $0.model.store(region: 4, offset: 0x3004, width: 4, value: 1) },
    ]

    static let rings: [Case] = [
        Case(rule: .busMasterOff, section: "4.1.4") {
            $0.model.configStore(offset: 4, width: 2, value: 2)
            $0.send(frame)
        },
        Case(rule: .availableIndex, section: "2.7.13.3") {
            $0.put(UInt16(17), at: $0.available(1) + 2)
            $0.kick(1)
        },
        Case(rule: .descriptorChain, section: "2.7.6") { $0.offer(1, 16) },
        Case(rule: .descriptorChain, section: "2.7.5") {
            $0.describe(1, 0, address: $0.base + 0x40000, octets: 100, flags: 1, next: 16)
            $0.offer(1, 0)
        },
        Case(rule: .descriptorChain, section: "2.7.5.3.1") {
            $0.describe(1, 0, address: $0.base + 0x40000, octets: 100, flags: 1, next: 1)
            $0.describe(1, 1, address: $0.base + 0x40000, octets: 100, flags: 1, next: 0)
            $0.offer(1, 0)
        },
        Case(rule: .descriptorOwnership, section: "2.7.13") {
            $0.feed(0)
            $0.feed(0)
            $0.deliver(frame)
        },
        Case(rule: .descriptorReserved, section: "2.7.5") { $0.send(frame, flags: 4) },
        Case(rule: .zeroLengthDescriptor, section: "2.7.5") {
            $0.describe(1, 1, address: $0.base + 0x40000, octets: 0)
            $0.describe(1, 0, address: $0.base + 0x40000, octets: 80, flags: 1, next: 1)
            $0.offer(1, 0)
        },
        Case(rule: .descriptorDirection, section: "2.7.4.2") {
            let queue = 2 * VirtioNIC.pairs
            $0.describe(queue, 0, address: $0.base + 0xF0000, octets: 1, flags: 3, next: 1)
            $0.put([0, 0, 1], at: 0xF0010)
            $0.describe(queue, 1, address: $0.base + 0xF0010, octets: 3)
            $0.offer(queue, 0)
        },
        Case(rule: .descriptorDirection, section: "5.1.6.2") { $0.send(frame, flags: 2) },
        Case(rule: .descriptorDirection, section: "5.1.6.3") {
            $0.feed(0, flags: 0)
            $0.deliver(frame)
        },
        Case(rule: .strayDMA, section: "2.7.5") {
            $0.describe(1, 0, address: 0x1000, octets: 100)
            $0.offer(1, 0)
        },
        Case(rule: .strayDMA, section: "2.7.5") {
            $0.describe(0, 0, address: 0x1000, octets: 2048, flags: 2)
            $0.offer(0, 0)
            $0.deliver(frame)
        },
        Case(rule: .descriptorReserved, section: "2.7.7.1") {
            $0.put(UInt16(1), at: $0.available(1))
            $0.send(frame)
        },
    ]

    static let packets: [Case] = [
        Case(rule: .frameTooShort, section: "5.1.6.2") { $0.send([1, 2, 3]) },
        Case(rule: .frameTooLong, section: "5.1.6.2") {
            $0.describe(1, 0, address: $0.base, octets: 80_000)
            $0.offer(1, 0)
        },
        Case(rule: .packetHeader, section: "5.1.6.2.1") { $0.send(frame, header: header { $0.buffers = 1 }) },
        Case(rule: .packetHeader, section: "5.1.6.2.1") { $0.send(frame, header: header { $0.flags = 2 }) },
        Case(rule: .packetHeader, section: "5.1.6.2.1") { $0.send(frame, header: header { ($0.flags, $0.checksumStart, $0.checksumOffset) = (1, 60, 4) }) },
        Case(rule: .packetHeader, section: "5.1.6.2.1") { $0.send(frame, header: header { ($0.flags, $0.segmentation, $0.segmentOctets) = (1, 3, 100) }) },
        Case(rule: .packetHeader, section: "5.1.6.2.1") { $0.send(frame, header: header { $0.segmentation = 1 }) },
        Case(rule: .packetHeader, section: "5.1.6.2.1") {
            $0.send(frame, header: header { ($0.flags, $0.segmentation, $0.segmentOctets, $0.checksumStart, $0.checksumOffset) = (1, 1, 10, 34, 16) })
        },
        // The sum without the length, as other hardware wants it.
        Case(rule: .packetHeader, section: "5.1.6.2.1") { $0.send(uncut(sum: 0x1409), header: cutting) },
        Case(rule: .notOffered, section: "5.1.6.5") { _ = $0.command([9, 0, 0]) },
        Case(rule: .descriptorChain, section: "5.1.6.5") { _ = $0.command([0, 0, 0, 0]) },
        Case(rule: .descriptorChain, section: "5.1.6.5") { _ = $0.command([1, 0, 0, 0, 0, 0, 200, 0, 0, 0]) },
    ]

    @Test func `a packet to be cut with the sum of its whole length breaks no rule`() throws {
        let bench = try VirtioBench()
        bench.send(Self.uncut(sum: 0x14E5), header: Self.cutting)
        #expect(bench.host.violations.isEmpty && bench.host.frames.count == 2)
    }

    @Test(arguments: registers + rings + packets)
    func `a broken rule is reported once, with its section`(example: Case) throws {
        let bench = try VirtioBench(ready: example.ready)
        example.act(bench)
        #expect(bench.host.violations.map(\.rule) == [example.rule], "\(bench.host.violations.map(\.text))")
        #expect(bench.host.violations.first?.section == "virtio 1.2 §" + example.section)
        #expect(bench.host.violations.first?.text.isEmpty == false)
        #expect(bench.model.status().violations == [example.rule: 1])
    }

    @Test func `every rule of this family has a case`() {
        #expect(Set((Self.registers + Self.rings + Self.packets).map(\.rule)).isSuperset(of: Self.rules))
    }

    @Test func `features that were not negotiated are not to be used`() throws {
        let bench = try VirtioBench(features: [.version1, .mac, .eventIndex])
        bench.send(Self.frame, header: Self.header { ($0.flags, $0.checksumStart, $0.checksumOffset) = (1, 20, 2) })
        #expect(bench.host.violations.map(\.rule) == [.packetHeader] && bench.host.frames.isEmpty)
        #expect(bench.model.status().dropped == [.transmitAborted: 1])
    }
}
