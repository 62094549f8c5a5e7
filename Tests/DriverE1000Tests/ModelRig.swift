import CDriver
import DriverKit
import NICModels
import Wire

/// The driver on the strict model, in one process: the test is the stack, the cable and the clock.
final class ModelRig: NICHost {
    let model: Gigabit8254x
    let host: TestHost
    private(set) var bench: Bench!
    var frames: [[UInt8]] = []
    var violations: [Violation] = []
    var line = false

    init(_ name: String = "82540em", device: UInt16 = 0x100E, options: String = "") throws {
        model = try Gigabit8254x.make(name, ModelOptions(mac: Wire.MACAddress(value: 0x5254_0012_3456)))
        host = TestHost(drydock_identity(vendor: 0x8086, device: device, subsystem_vendor: 0, subsystem_device: 0, revision: 3,
                                         class_code: 2, subclass: 0, programming_interface: 0))
        host.now = 1000
        model.host = self
        // SAFETY: the arena lives as long as the host, which the rig keeps.
        try model.claim(memory: unsafe DMAMemory(descriptor: -1, base: host.arena.baseAddress!, length: UInt64(host.arena.count)))
        let model = model
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
        pass(milliseconds: 60)
        interruptIfAsserted()
    }

    func interrupt(vector: Int, asserted: Bool) { line = asserted }
    func transmit(_ frame: UnsafeRawBufferPointer) { unsafe frames.append(Array(frame)) }
    func report(_ violation: Violation) { violations.append(violation) }

    /// Lets the model work until it wants to be called later.
    func serve() {
        for _ in 0..<100_000 where model.service(now: host.now * 1000).map({ $0 > host.now * 1000 }) ?? true { return }
    }

    func pass(milliseconds: UInt64) {
        for _ in 0..<milliseconds {
            host.now += 1000
            serve()
        }
    }

    @discardableResult
    func interruptIfAsserted() -> UInt32 { line ? bench.interrupt() : 0 }

    /// A frame arrives.
    func deliver(_ frame: [UInt8]) {
        unsafe frame.withUnsafeBytes { unsafe model.deliver($0) }
        serve()
    }

    /// Sends and waits until the buffers are back.
    func send(_ buffers: [drydock_buffer]) -> [drydock_buffer] {
        let taken = unsafe bench.send(buffers)
        var back: [drydock_buffer] = unsafe []
        for _ in 0..<50 {
            pass(milliseconds: 1)
            interruptIfAsserted()
            unsafe back += bench.transmitted()
            if unsafe back.count >= taken { break }
        }
        return unsafe back
    }
}
