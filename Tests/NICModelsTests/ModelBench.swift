import DriverKit
import E1000Registers
import Wire

@testable import NICModels

/// What a model says to the world.
final class Recorder: NICHost {
    var frames: [[UInt8]] = []
    var violations: [Violation] = []
    var line = false
    var edges = 0
    /// What happens elsewhere while a frame leaves.
    var meanwhile: () -> Void = {}

    func interrupt(vector: Int, asserted: Bool) {
        line = asserted
        if asserted { edges += 1 }
    }

    func transmit(_ frame: UnsafeRawBufferPointer) {
        // SAFETY: copied within the call.
        unsafe frames.append(Array(frame))
        meanwhile()
    }

    func report(_ violation: Violation) {
        if violations.count < 10_000 { violations.append(violation) }
    }
}

/// A model with memory, a host and time: what a test drives as a driver would.
@safe final class ModelBench {
    static let memoryOctets = 1 << 20
    static let mac = MACAddress(value: 0x5254_0012_3456)

    let model: Gigabit8254x
    let host = Recorder()
    private let memory: UnsafeMutableRawPointer
    var now: UInt64 = 1_000_000

    init(_ name: String = "82540em", claimed: Bool = true) throws {
        model = try Gigabit8254x.make(name, ModelOptions(mac: Self.mac))
        // SAFETY: freed by deinit only, after the model's last call.
        unsafe memory = .allocate(byteCount: Self.memoryOctets, alignment: 4096)
        unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: Self.memoryOctets)
        model.host = host
        serve()
        if claimed { try claim() }
    }

    deinit { unsafe memory.deallocate() }

    func claim() throws {
        try model.claim(memory: unsafe DMAMemory(descriptor: -1, base: memory, length: UInt64(Self.memoryOctets)))
        model.configStore(offset: 4, width: 2, value: 0x0007)
    }

    // Time.

    /// Lets model time pass.
    func pass(_ nanoseconds: UInt64 = 1000) {
        now += nanoseconds
        serve()
    }

    /// Lets time pass with one call of `service`, whatever is left to do.
    func serveOnce(_ nanoseconds: UInt64) {
        now += nanoseconds
        _ = model.service(now: now)
    }

    /// Serves for as long as the model wants to be called again at once; never more than a bounded number of times.
    func serve() {
        for _ in 0..<100_000 where model.service(now: now).map({ $0 > now }) ?? true { return }
    }

    // Registers.

    subscript(_ register: E1000Register, _ element: UInt32 = 0, stride stride: UInt32 = 4) -> UInt32 {
        get { model.load(region: 0, offset: register.rawValue + element * stride, width: 4) }
        set { model.store(region: 0, offset: register.rawValue + element * stride, width: 4, value: newValue) }
    }

    // Memory: offsets into the claimed memory.

    func put(_ octets: [UInt8], at offset: Int) {
        // SAFETY: the test's offsets are inside; checked.
        precondition(offset + octets.count <= Self.memoryOctets)
        unsafe octets.withUnsafeBytes { unsafe (memory + offset).copyMemory(from: $0.baseAddress!, byteCount: octets.count) }
    }

    func get(_ offset: Int, _ count: Int) -> [UInt8] {
        precondition(offset + count <= Self.memoryOctets)
        return (0..<count).map { unsafe memory.load(fromByteOffset: offset + $0, as: UInt8.self) }
    }

    func word(_ offset: Int) -> UInt64 {
        get(offset, 8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    func putWord(_ value: UInt64, at offset: Int) {
        put((0..<8).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }, at: offset)
    }

    // Bring-up.

    static let receiveRing = 0x1000, transmitRing = 0x3000, receiveBuffers = 0x10000, transmitBuffers = 0x80000
    static let bufferOctets = 2048
    var slots = 16
    private(set) var receiveRingAddress: UInt64 = 0
    private(set) var transmitRingAddress: UInt64 = 0
    private(set) var receiveBufferAddress: UInt64 = 0
    private(set) var transmitBufferAddress: UInt64 = 0

    /// Reset, then the cable in and the link up.
    func resetAndLink() {
        self[.imc] = .max
        self[.ctrl] = self[.ctrl] | CTRL().rst.mask
        pass(10_000)
        self[.imc] = .max
        _ = self[.icr]
        self[.ctrl] = self[.ctrl] | CTRL().slu.mask | CTRL().asde.mask
        model.setCarrier(true)
        pass(50_000_000)
        _ = self[.icr]
    }

    /// As 8254x §14.4 and §14.5 say: rings, buffers, then enable.
    func bringUp(receive: UInt32 = RCTL().bam.mask | RCTL().secrc.mask, slots: Int = 16) throws {
        self.slots = slots
        resetAndLink()
        try mapAll()
        for index in 0..<slots {
            putWord(receiveBufferAddress + UInt64(index * Self.bufferOctets), at: Self.receiveRing + 16 * index)
            putWord(0, at: Self.receiveRing + 16 * index + 8)
        }
        self[.rdlen] = UInt32(slots * 16)
        self[.rdbah] = UInt32(receiveRingAddress >> 32)
        self[.rdbal] = UInt32(truncatingIfNeeded: receiveRingAddress)
        (self[.rdh], self[.rdt]) = (0, 0)
        self[.rctl] = receive | RCTL().en.mask
        self[.rdt] = UInt32(slots - 1)
        self[.tdlen] = UInt32(slots * 16)
        self[.tdbah] = UInt32(transmitRingAddress >> 32)
        self[.tdbal] = UInt32(truncatingIfNeeded: transmitRingAddress)
        (self[.tdt], self[.tdh]) = (0, 0)
        self[.tipg] = 0x0060_200a
        self[.tctl] = TCTL().en.mask | TCTL().psp.mask | TCTL().ct.of(15) | TCTL().cold.of(64)
        pass()
    }

    func mapAll() throws {
        receiveRingAddress = try model.map(offset: UInt64(Self.receiveRing), length: 0x2000)
        transmitRingAddress = try model.map(offset: UInt64(Self.transmitRing), length: 0x2000)
        receiveBufferAddress = try model.map(offset: UInt64(Self.receiveBuffers), length: 0x70000)
        transmitBufferAddress = try model.map(offset: UInt64(Self.transmitBuffers), length: 0x80000)
    }

    // Frames.

    func deliver(_ frame: [UInt8]) {
        unsafe frame.withUnsafeBytes { unsafe model.deliver($0) }
    }

    /// Writes descriptor `index` without telling the device.
    func describe(_ index: Int, _ low: UInt64, _ high: UInt64) {
        putWord(low, at: Self.transmitRing + 16 * index)
        putWord(high, at: Self.transmitRing + 16 * index + 8)
    }

    /// One frame in one legacy descriptor; RS, IFCS, EOP unless told otherwise.
    func send(_ frame: [UInt8], command: UInt64 = 0x0b, extra: UInt64 = 0) {
        let index = Int(self[.tdt])
        put(frame, at: Self.transmitBuffers + index * Self.bufferOctets)
        describe(
            index, transmitBufferAddress + UInt64(index * Self.bufferOctets), UInt64(frame.count) | command << 24 | extra)
        self[.tdt] = UInt32((index + 1) % slots)
        pass()
    }

    func receiveStatus(_ index: Int) -> UInt64 { word(Self.receiveRing + 16 * index + 8) }
    func transmitStatus(_ index: Int) -> UInt64 { word(Self.transmitRing + 16 * index + 8) }

    /// The octets that the device put into buffer `index`.
    func received(_ index: Int) -> [UInt8] {
        get(Self.receiveBuffers + index * Self.bufferOctets, Int(receiveStatus(index) & 0xffff))
    }

    /// Rules broken so far, each once.
    var broken: Set<Violation.Rule> { Set(host.violations.map(\.rule)) }

    /// A frame to `destination` of `count` octets with a recognisable body.
    static func frame(to destination: MACAddress = mac, count: Int = 60, type: UInt16 = 0x88b5) -> [UInt8] {
        var frame = (0..<6).map { destination.octets[$0] } + [0x02, 0, 0, 0, 0, 1, UInt8(type >> 8), UInt8(type & 0xff)]
        while frame.count < count { frame.append(UInt8(truncatingIfNeeded: frame.count &* 7)) }
        return frame
    }
}
