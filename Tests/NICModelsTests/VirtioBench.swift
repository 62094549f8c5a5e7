import DriverKit
import Testing
import VirtioNetRegisters
import VirtioRegisters
import Wire

@testable import NICModels

/// A virtio model with memory, a host and a hand that does what a driver would.
@safe final class VirtioBench {
    static let octets = 1 << 20
    let model: VirtioNIC
    let host = Recorder()
    private let memory: UnsafeMutableRawPointer
    /// Of the whole memory, for the device.
    private(set) var base: UInt64 = 0
    var messages: [Int] = []
    /// By queue: offered so far.
    var offered: [Int: UInt16] = [:]

    init(features: VirtioFeatures = VirtioNIC.offered, size: UInt16 = 16, ready: Bool = true) throws {
        model = VirtioNIC(ModelOptions(mac: MACAddress(value: 0x5254_0012_3456)))
        // SAFETY: freed by deinit only, after the model's last call.
        unsafe memory = .allocate(byteCount: Self.octets, alignment: 4096)
        unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: Self.octets)
        model.host = host
        try model.claim(memory: unsafe DMAMemory(descriptor: -1, base: memory, length: UInt64(Self.octets)))
        base = try model.map(offset: 0, length: UInt64(Self.octets))
        model.configStore(offset: 4, width: 2, value: 6)
        model.setCarrier(true)
        guard ready else { return }
        negotiate(features)
        for queue in [0, 1, 2 * VirtioNIC.pairs] { setUp(queue, size: size) }
        self[.deviceStatus] = 15
    }

    deinit { unsafe memory.deallocate() }

    subscript(_ register: VirtioRegister) -> UInt32 {
        get { model.load(region: 4, offset: register.rawValue, width: register.width) }
        set { model.store(region: 4, offset: register.rawValue, width: register.width, value: newValue) }
    }
    subscript(net register: VirtioNetRegister) -> UInt32 {
        get { model.load(region: 4, offset: register.rawValue, width: register.width) }
        set { model.store(region: 4, offset: register.rawValue, width: register.width, value: newValue) }
    }

    func negotiate(_ features: VirtioFeatures) {
        self[.deviceStatus] = 1
        self[.deviceStatus] = 3
        for half in UInt32(0)..<2 {
            self[.driverFeatureSelect] = half
            self[.driverFeature] = UInt32(truncatingIfNeeded: features.rawValue >> UInt64(32 * half))
        }
        self[.deviceStatus] = 11
    }

    /// Where a queue's three parts lie in memory; buffers begin at 0x40000.
    func table(_ queue: Int) -> Int { 0x1000 + queue * 0x4000 }
    func available(_ queue: Int) -> Int { table(queue) + 0x1000 }
    func used(_ queue: Int) -> Int { table(queue) + 0x2000 }

    func setUp(_ queue: Int, size: UInt16 = 16, enable: Bool = true) {
        self[.queueSelect] = UInt32(queue)
        self[.queueSize] = UInt32(size)
        for (low, high, place) in [(VirtioRegister.queueDesc, VirtioRegister.queueDescHigh, table(queue)), (.queueDriver, .queueDriverHigh, available(queue)), (.queueDevice, .queueDeviceHigh, used(queue))] {
            self[low] = UInt32(truncatingIfNeeded: base + UInt64(place))
            self[high] = UInt32(truncatingIfNeeded: (base + UInt64(place)) >> 32)
        }
        if enable { self[.queueEnable] = 1 }
    }

    func put<T: FixedWidthInteger & BitwiseCopyable>(_ value: T, at offset: Int) {
        precondition(offset + MemoryLayout<T>.size <= Self.octets)
        unsafe memory.storeBytes(of: value, toByteOffset: offset, as: T.self)
    }
    func get<T: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, as _: T.Type = T.self) -> T {
        precondition(offset + MemoryLayout<T>.size <= Self.octets)
        return unsafe memory.loadUnaligned(fromByteOffset: offset, as: T.self)
    }
    func put(_ octets: [UInt8], at offset: Int) { for (i, octet) in octets.enumerated() { put(octet, at: offset + i) } }
    func octets(_ offset: Int, _ count: Int) -> [UInt8] { (0..<count).map { get(offset + $0) } }

    func describe(_ queue: Int, _ index: Int, address: UInt64, octets: Int, flags: UInt16 = 0, next: UInt16 = 0) {
        put(address, at: table(queue) + 16 * index)
        put(UInt32(octets), at: table(queue) + 16 * index + 8)
        put(flags, at: table(queue) + 16 * index + 12)
        put(next, at: table(queue) + 16 * index + 14)
    }

    /// Offers a chain and notifies.
    func offer(_ queue: Int, _ head: UInt16, size: UInt16 = 16, notify: Bool = true) {
        let index = offered[queue, default: 0]
        put(head, at: available(queue) + 4 + 2 * Int(index % size))
        offered[queue] = index &+ 1
        put(index &+ 1, at: available(queue) + 2)
        if notify { kick(queue) }
    }

    func kick(_ queue: Int) {
        model.store(region: 4, offset: VirtioRegister.notify.rawValue + UInt32(4 * queue), width: 2, value: UInt32(queue))
        serve()
    }

    func serve() { for _ in 0..<1000 where model.service(now: 0) == nil { return } }

    /// A packet in one descriptor: header and frame.
    func send(_ frame: [UInt8], header: PacketHeader = PacketHeader(), flags: UInt16 = 0) {
        let index = Int(offered[1, default: 0]) % 16, place = 0x40000 + index * 0x1000
        put(header.words.0, at: place)
        put(header.words.1, at: place + 8)
        put(frame, at: place + 12)
        describe(1, index, address: base + UInt64(place), octets: 12 + frame.count, flags: flags)
        offer(1, UInt16(index))
    }

    /// Hands over a receive buffer as descriptor `index`.
    func feed(_ index: Int, octets: Int = 2048, flags: UInt16 = 2) {
        describe(0, index, address: base + UInt64(0x80000 + index * 0x1000), octets: octets, flags: flags)
        offer(0, UInt16(index))
    }

    func deliver(_ frame: [UInt8]) { unsafe frame.withUnsafeBytes { unsafe model.deliver($0) } }

    /// A command and its answer.
    func command(_ octets: [UInt8]) -> UInt8 {
        let queue = 2 * VirtioNIC.pairs, answer = 0xF0000 + 512
        put(octets, at: 0xF0000)
        put(UInt8(0xFF), at: answer)
        describe(queue, 0, address: base + 0xF0000, octets: octets.count, flags: 1, next: 1)
        describe(queue, 1, address: base + UInt64(answer), octets: 1, flags: 2)
        offer(queue, 0)
        return get(answer)
    }
}
