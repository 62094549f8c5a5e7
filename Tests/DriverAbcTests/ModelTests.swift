import AbcRegisters
import CDriver
import DriverKit
import NICModels
import Testing
import Wire

/// The driver on the strict model, in one process: the test is the stack, the cable and the clock.
private final class ModelRig: NICHost {
    let model: any NICModel
    let host: TestHost
    private(set) var bench: Bench!
    var frames: [[UInt8]] = [], violations: [Violation] = [], line = false

    init(options: String = "") throws {
        let model = try NICModelCatalog.make("abc", ModelOptions(mac: Wire.MACAddress(value: 0x5254_0012_3456)))
        self.model = model
        host = TestHost(drydock_identity(vendor: 0x1234, device: 0x0ABC, subsystem_vendor: 0, subsystem_device: 0, revision: 1,
                                         class_code: 2, subclass: 0, programming_interface: 0))
        host.regionOctets = UInt64(AbcRegister.regionLength)
        model.host = self
        // SAFETY: the arena lives as long as the host, which the rig keeps.
        try model.claim(memory: unsafe DMAMemory(descriptor: -1, base: host.arena.baseAddress!, length: UInt64(host.arena.count)))
        host.map = { offset, length in (try? model.map(offset: offset, length: length)) ?? 0 }
        host.unmap = { model.unmap(deviceAddress: $0) }
        host.configLoad = { model.configLoad(offset: $0, width: $1) }
        host.configStore = { model.configStore(offset: $0, width: $1, value: $2) }
        host.load = { model.load(region: 0, offset: $0, width: 4) }
        host.store = { [unowned self] in
            model.store(region: 0, offset: $0, width: 4, value: $1)
            serve()
        }
        host.passed = { [unowned self] in serve() }
        model.setCarrier(true)
        bench = Bench(host: host, options: options)
    }

    func interrupt(vector: Int, asserted: Bool) { line = asserted }
    func transmit(_ frame: UnsafeRawBufferPointer) { unsafe frames.append(Array(frame)) }
    func report(_ violation: Violation) { violations.append(violation) }

    func serve() {
        for _ in 0..<1000 where model.service(now: host.now * 1000).map({ $0 > host.now * 1000 }) ?? true { return }
    }

    func deliver(_ frame: [UInt8]) { unsafe frame.withUnsafeBytes { unsafe model.deliver($0) } }
}

@Suite struct ModelTests {
    static func frame(_ count: Int, to: [UInt8] = [0x52, 0x54, 0, 0x12, 0x34, 0x56], seed: Int = 0) -> [UInt8] {
        to + [2, 0, 0, 0, 0, 9, 0x88, 0xB5] + (0..<(count - 14)).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ seed) }
    }

    @Test func `traffic of all sizes goes both ways, and the datasheet is kept`() throws {
        let rig = try ModelRig()
        for count in stride(from: 60, through: 1514, by: 13) {
            _ = rig.bench.feed(8)
            let frame = Self.frame(count, seed: count)
            #expect(unsafe rig.bench.send([rig.bench.buffer(frame)]) == 1)
            #expect(rig.frames.last == frame)
            rig.deliver(frame)
            #expect(rig.line)
            #expect(rig.bench.interrupt() == DRYDOCK_EVENT_RECEIVE | DRYDOCK_EVENT_TRANSMIT)
            #expect(!rig.line)
            #expect(unsafe rig.bench.received().map { unsafe Bench.octets($0) } == [frame])
            #expect(unsafe rig.bench.transmitted().count == 1)
        }
        rig.bench.detach()
        #expect(rig.violations == [])
        #expect(rig.model.status().dropped == [:] || rig.model.status().dropped.values.allSatisfy { $0 == 0 })
    }

    @Test func `a burst waits for buffers, and what is too much is counted by the device`() throws {
        let rig = try ModelRig()
        for seed in 0..<30 { rig.deliver(Self.frame(1500, seed: seed)) }
        var got = 0
        for _ in 0..<10 {
            _ = rig.bench.feed(8)
            got += unsafe rig.bench.received().count
        }
        #expect(got == Int(rig.model.status().framesDelivered) && got > 10)
        #expect(rig.bench.counter(DRYDOCK_RX_MISSED) == UInt64(30 - got))
        #expect(rig.violations == [])
    }

    @Test func `groups pass when asked for`() throws {
        let rig = try ModelRig(), group: [UInt8] = [1, 0, 0x5E, 0, 0, 0xFB]
        _ = rig.bench.feed(8)
        rig.deliver(Self.frame(60, to: group))
        #expect(unsafe rig.bench.received().isEmpty)
        #expect(rig.bench.setFilter(multicast: [group]) == 0)
        rig.deliver(Self.frame(60, to: group))
        #expect(unsafe rig.bench.received().count == 1)
        #expect(rig.violations == [])
    }

    @Test func `200 attaches leave nothing behind`() throws {
        let rig = try ModelRig(options: "receive=8,transmit=8")
        for _ in 0..<200 {
            #expect(rig.bench.status == 0)
            #expect(rig.bench.feed(8) == 7)
            rig.deliver(Self.frame(60))
            #expect(rig.bench.stop() == 0)
            #expect(unsafe rig.bench.received().count == 7)
            rig.bench.detach()
            #expect(rig.host.blocks.count == 1 && rig.violations == [])
            rig.bench.attach("receive=8,transmit=8")
            #expect(rig.bench.start() == 0)
        }
    }
}
