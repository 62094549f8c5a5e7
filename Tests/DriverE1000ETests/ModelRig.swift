import CDriver
import DriverKit
import NICModels
import Testing
import Wire

/// The driver on the strict 82574L, in one process: the test is the stack, the cable, the clock, and who takes messages.
final class ModelRig: NICHost {
    let model: Gigabit8254x
    let host: TestHost
    private(set) var bench: Bench!
    var frames: [[UInt8]] = []
    var violations: [Violation] = []
    private let kind: InterruptKind
    private var line = false
    /// Messages that have not been served, and all that were ever sent.
    private var messages: [Int] = []
    private(set) var sent: [Int] = []

    init(_ kind: InterruptKind = .msix, options: String = "") throws {
        self.kind = kind
        model = try Gigabit8254x.make("82574l", ModelOptions(mac: Wire.MACAddress(value: 0x5254_0012_3456)))
        host = TestHost(drydock_identity(vendor: 0x8086, device: 0x10D3, subsystem_vendor: 0, subsystem_device: 0, revision: 0,
                                         class_code: 2, subclass: 0, programming_interface: 0))
        host.now = 1000
        host.grantedVectors = [1, kind == .line ? 0 : 1, kind == .msix ? 5 : 0]
        model.host = self
        // SAFETY: the arena lives as long as the host, which the rig keeps.
        try model.claim(memory: unsafe DMAMemory(descriptor: -1, base: host.arena.baseAddress!, length: UInt64(host.arena.count)))
        _ = try model.setInterrupts(kind, vectors: 5, bells: [])
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
        interrupts()
    }

    func interrupt(vector: Int, asserted: Bool) {
        if kind == .line { line = asserted } else if asserted { messages.append(vector) }
        if asserted { sent.append(vector) }
    }
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

    /// Serves what interrupts now; the union of the events.
    @discardableResult
    func interrupts() -> UInt32 {
        var events: UInt32 = 0
        if line { events |= bench.interrupt() }
        // What a handler unmasks may send at once: that is for the next time.
        let due = messages
        messages = []
        for vector in due { events |= bench.interrupt(UInt32(vector)) }
        return events
    }

    /// A frame arrives.
    func deliver(_ frame: [UInt8]) {
        unsafe frame.withUnsafeBytes { unsafe model.deliver($0) }
        serve()
    }

    /// A frame arrives and is returned, with an interrupt.
    func receive(_ frame: [UInt8]) -> [drydock_buffer] {
        deliver(frame)
        pass(milliseconds: 1)
        guard interrupts() & DRYDOCK_EVENT_RECEIVE != 0 else { return unsafe [] }
        let got = unsafe bench.received()
        _ = bench.feed(count: unsafe got.count)
        return unsafe got
    }

    /// Sends and waits until the buffers are back, by interrupts alone.
    func send(_ buffers: [drydock_buffer]) -> [drydock_buffer] {
        let taken = unsafe bench.send(buffers)
        var back: [drydock_buffer] = unsafe []
        for _ in 0..<50 {
            pass(milliseconds: 1)
            if interrupts() & DRYDOCK_EVENT_TRANSMIT != 0 { unsafe back += bench.transmitted() }
            if unsafe back.count >= taken { break }
        }
        return unsafe back
    }

    func expectClean() {
        for violation in violations.prefix(5) { Issue.record("\(violation.rule) \(violation.subject): \(violation.text) [\(violation.section)]") }
    }
}
