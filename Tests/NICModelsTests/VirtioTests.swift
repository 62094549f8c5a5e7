import DriverKit
import Testing
import VirtioNetRegisters
import VirtioRegisters
import Wire

@testable import NICModels

/// What a virtio device does when it is driven right.
struct VirtioTests {
    static let frame = VirtioViolationTests.frame

    @Test func `a packet leaves without its header, and its chain comes back`() throws {
        let bench = try VirtioBench()
        bench.send(Self.frame)
        #expect(bench.host.frames == [Self.frame] && bench.host.violations.isEmpty)
        #expect(bench.get(bench.used(1) + 2, as: UInt16.self) == 1 && bench.get(bench.used(1) + 4, as: UInt64.self) == 0)
    }

    @Test func `a frame lies behind a header, merged over as many buffers as it takes`() throws {
        let bench = try VirtioBench()
        for index in 0..<4 { bench.feed(index, octets: 100) }
        let long = Self.frame + [UInt8](repeating: 3, count: 200)
        bench.deliver(long)
        #expect(bench.host.violations.isEmpty && bench.get(bench.used(0) + 2, as: UInt16.self) == 3)
        #expect((0..<3).map { bench.get(bench.used(0) + 8 + 8 * $0, as: UInt32.self) } == [100, 100, 76])
        #expect(bench.get(0x80000 + 10, as: UInt16.self) == 3)
        #expect(bench.octets(0x80000 + 12, 88) + bench.octets(0x81000, 100) + bench.octets(0x82000, 76) == long)
    }

    @Test func `without mergeable buffers a frame has one, or is dropped`() throws {
        let bench = try VirtioBench(features: VirtioNIC.offered.subtracting(.mergeable))
        bench.feed(0, octets: 60)
        bench.deliver(Self.frame)
        #expect(bench.model.status().dropped == [.tooLong: 1] && bench.get(bench.used(0) + 2, as: UInt16.self) == 0)
    }

    @Test func `without buffers a frame is missed, and counted`() throws {
        let bench = try VirtioBench()
        bench.deliver(Self.frame)
        #expect(bench.model.status().dropped == [.missed: 1])
    }

    @Test func `an interrupt comes when the used index passes the event, and not before`() throws {
        let bench = try VirtioBench()
        bench.put(UInt16(2), at: bench.available(1) + 4 + 32)
        var edges: [Int] = []
        for _ in 0..<4 {
            bench.send(Self.frame)
            edges.append(bench.host.edges)
            _ = bench[.isr]
        }
        #expect(edges == [0, 0, 1, 1] && !bench.host.line)
    }

    @Test func `the device says where it sleeps, and finds what came while it said so`() throws {
        let bench = try VirtioBench()
        bench.send(Self.frame)
        #expect(bench.get(bench.used(1) + 4 + 128, as: UInt16.self) == 1)
        bench.put([UInt8](repeating: 0, count: 12) + Self.frame, at: 0x60000)
        bench.describe(1, 9, address: bench.base + 0x60000, octets: 12 + Self.frame.count)
        bench.offer(1, 9, notify: false)
        bench.serve()
        #expect(bench.host.frames.count == 1, "nobody notified")
        bench.send(Self.frame)
        #expect(bench.host.frames.count == 3 && bench.get(bench.used(1) + 4 + 128, as: UInt16.self) == 3)
    }

    @Test(arguments: [1, 2, 5, 100]) func `what came while the device fell asleep needs no notification, however soon its budget ends`(budget: Int) throws {
        let bench = try VirtioBench()
        func queue(_ index: Int) {
            bench.put([UInt8](repeating: 0, count: 12) + Self.frame, at: 0x40000 + index * 0x1000)
            bench.describe(1, index, address: bench.base + UInt64(0x40000 + index * 0x1000), octets: 12 + Self.frame.count)
            bench.offer(1, UInt16(index), notify: false)
        }
        // The device is awake, so nobody is asked to notify it of what comes behind the first.
        bench.host.meanwhile = { [unowned bench] in
            bench.host.meanwhile = {}
            for index in 1..<11 { queue(index) }
        }
        queue(0)
        bench.model.store(region: 4, offset: VirtioRegister.notify.rawValue + 4, width: 2, value: 1)
        #expect(bench.model.transmit(1, budget: budget) == min(budget, 11))
        bench.serve()
        #expect(bench.host.frames.count == 11 && bench.get(bench.used(1) + 2, as: UInt16.self) == 11)
        #expect(!bench.model.queues[1].notified && bench.get(bench.used(1) + 4 + 128, as: UInt16.self) == 11)
        #expect(bench.host.violations.isEmpty)
    }

    @Test func `without the event index the driver's flag silences`() throws {
        let bench = try VirtioBench(features: VirtioNIC.offered.subtracting(.eventIndex))
        bench.put(UInt16(1), at: bench.available(1))
        bench.send(Self.frame)
        #expect(bench.host.edges == 0)
        bench.put(UInt16(0), at: bench.available(1))
        bench.send(Self.frame)
        #expect(bench.host.edges == 1 && bench[.isr] == 1 && !bench.host.line)
    }

    @Test func `messages go to the vectors that queues are bound to`() throws {
        let bench = try VirtioBench(ready: false)
        #expect(bench.model.vectorLimit(.msix) == 8 && bench.model.vectorLimit(.msi) == 0)
        #expect(try bench.model.setInterrupts(.msix, vectors: 3, bells: []) == 3)
        #expect(throws: NICFailure.self) { _ = try bench.model.setInterrupts(.msi, vectors: 1, bells: []) }
        bench[.queueSelect] = 1
        bench[.queueVector] = 3
        #expect(bench[.queueVector] == VirtioCapability.noVector, "there are three")
        bench[.queueVector] = 2
        #expect(bench[.queueVector] == 2 && bench.host.violations.isEmpty)
    }

    @Test func `commands are answered, and change what passes`() throws {
        let bench = try VirtioBench()
        for index in 0..<8 { bench.feed(index) }
        #expect(bench.command([0, 0, 0]) == 0 && bench.command([2, 0, 5, 0]) == 0)
        var other = Self.frame
        other[0] = 2
        bench.deliver(other)
        #expect(bench.model.status().dropped == [.wrongAddress: 1])
        #expect(bench.command([1, 1] + other[..<6]) == 0)
        bench.deliver(other)
        #expect(bench.model.status().framesDelivered == 1 && bench.model.status().mac.octets[0] == 2)
        #expect(bench.command([4, 0, 9, 0]) == 1, "there are four pairs")
        #expect(bench.command([4, 0, 4, 0]) == 0 && bench.model.activePairs == 4)
        #expect(bench.host.violations.isEmpty)
    }

    @Test func `a reset forgets everything`() throws {
        let bench = try VirtioBench()
        bench[.deviceStatus] = 0
        #expect(bench[.deviceStatus] == 0 && bench[.driverFeature] == 0 && bench[.configVector] == 0xFFFF)
        bench[.queueSelect] = 1
        #expect(bench[.queueEnable] == 0 && bench[.queueSize] == 256)
        bench.deliver(Self.frame)
        #expect(bench.model.status().dropped == [.receiverDisabled: 1])
    }

    @Test func `the capabilities lead to the structures`() {
        let model = VirtioNIC(ModelOptions(mac: .init(value: 1)))
        var at = model.configLoad(offset: 0x34, width: 1), types: [UInt32: UInt32] = [:], identifiers: [UInt32] = []
        while at != 0, identifiers.count < 10 {
            identifiers.append(model.configLoad(offset: at, width: 1))
            if identifiers.last == 9 { types[model.configLoad(offset: at + 3, width: 1)] = model.configLoad(offset: at + 8, width: 4) }
            at = model.configLoad(offset: at + 1, width: 1)
        }
        #expect(types == [1: 0, 3: 0x1000, 4: 0x2000, 2: 0x3000] && identifiers == [9, 9, 9, 9, 0x11])
        #expect(model.regionLength(4) == 0x4000 && model.regionLength(1) == 4096 && model.regionLength(0) == 0)
    }

    @Test(arguments: 0..<200) func `chains of chance never trap, and never loop`(seed: UInt64) throws {
        var random = SplitMix(state: seed)
        let bench = try VirtioBench()
        for queue in [0, 1, 8] {
            for index in 0..<16 {
                let inside = random.next() % 4 != 0
                bench.describe(
                    queue, index, address: inside ? bench.base + random.next() % UInt64(VirtioBench.octets) : random.next(),
                    octets: Int(random.next() % (inside ? 3000 : 1 << 32)), flags: UInt16(random.next() % 8), next: UInt16(random.next() % 18))
            }
            for _ in 0..<8 { bench.offer(queue, UInt16(random.next() % 18)) }
        }
        for _ in 0..<8 { bench.deliver(Self.frame) }
        #expect(bench.host.violations.count < 200)
    }

    struct SplitMix: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
            return z ^ z >> 31
        }
    }
}
