import CDriver
import DriverKit
import DriverVirtioNet
import NICModels
import Testing
import VirtioNetRegisters
import VirtioRegisters
import Wire

/// The driver on the strict model, in one process: the test is the stack, the cable and the clock, and may stand between the
/// two and lie.
// SAFETY: the pointers are the image's table and the host's arena, which outlive the rig.
@safe final class Rig: NICHost {
    let model: any NICModel
    let host: TestHost
    var interface = drydock_interface()
    private(set) var status: Int32 = 0
    private var instance: UnsafeMutableRawPointer?
    private let image: UnsafePointer<drydock_driver>
    private let packets: (address: UInt64, memory: UnsafeMutableRawPointer)
    private var nextSlot = 0
    static var slots: Int { 1024 }

    var frames: [[UInt8]] = []
    var violations: [Violation] = []
    var line = false
    /// Vectors signalled and not yet handled.
    var bells: Set<UInt32> = []
    /// Whether the model works as soon as anything happened.
    var serves = true
    /// What the driver wrote, and what a test makes of what it reads (nil: the model's answer).
    var stores: [(register: UInt32, value: UInt32)] = []
    var lie: ((VirtioRegister) -> UInt32?)?
    /// Features that the device keeps to itself.
    var hidden: VirtioFeatures = []
    /// By queue: where its used ring is.
    var usedRings: [UInt32: UInt64] = [:], availableRings: [UInt32: UInt64] = [:]
    private var selected: UInt32 = 0, featureHalf: UInt32 = 0

    init(options: String = "", hidden: VirtioFeatures = [], messages: UInt32 = 8, attach: Bool = true, prepare: (Rig) -> Void = { _ in }) throws {
        model = try NICModelCatalog.make("virtio-net", ModelOptions(mac: Wire.MACAddress(value: 0x5254_0012_3456)))
        host = TestHost(drydock_identity(vendor: 0x1AF4, device: 0x1041, subsystem_vendor: 0x1AF4, subsystem_device: 0x1100, revision: 1,
                                         class_code: 2, subclass: 0, programming_interface: 0))
        unsafe image = driverEntry()!
        unsafe packets = host.allocate(octets: Rig.slots * 2048)
        self.hidden = hidden
        model.host = self
        // SAFETY: the arena lives as long as the host, which the rig keeps.
        try model.claim(memory: unsafe DMAMemory(descriptor: -1, base: host.arena.baseAddress!, length: UInt64(host.arena.count)))
        packetBase = try model.map(offset: 0, length: UInt64(Rig.slots * 2048))
        connect(messages)
        model.setCarrier(true)
        prepare(self)
        if attach { self.attach(options) }
    }

    deinit { detach() }

    private var packetBase: UInt64 = 0

    private func connect(_ messages: UInt32) {
        let model = model
        host.now = 1000
        host.grantedVectors = [1, 0, messages]
        _ = try? model.setInterrupts(messages > 0 ? .msix : .line, vectors: Int(messages), bells: [])
        host.map = { offset, length in (try? model.map(offset: offset, length: length)) ?? 0 }
        host.unmap = { model.unmap(deviceAddress: $0) }
        host.configLoad = { model.configLoad(offset: $0, width: $1) }
        host.configStore = { model.configStore(offset: $0, width: $1, value: $2) }
        host.regionLength = { model.regionLength($0) }
        host.regionLoad = { [unowned self] region, offset, width in load(region, offset, width) }
        host.regionStore = { [unowned self] region, offset, width, value in store(region, offset, width, value) }
        host.passed = { [unowned self] in if serves { serve() } }
    }

    private func load(_ region: UInt32, _ offset: UInt32, _ width: UInt32) -> UInt32 {
        let value = model.load(region: region, offset: offset, width: width)
        guard let register = VirtioRegister(rawValue: offset) else { return value }
        if let lie, let answer = lie(register) { return answer }
        guard register == .deviceFeature else { return value }
        return value & ~UInt32(truncatingIfNeeded: hidden.rawValue >> UInt64(32 * featureHalf))
    }

    private func store(_ region: UInt32, _ offset: UInt32, _ width: UInt32, _ value: UInt32) {
        stores.append((offset, value))
        switch VirtioRegister(rawValue: offset) {
        case .deviceFeatureSelect: featureHalf = value
        case .queueSelect: selected = value
        case .queueDevice: usedRings[selected] = UInt64(value)
        case .queueDeviceHigh: usedRings[selected, default: 0] |= UInt64(value) << 32
        case .queueDriver: availableRings[selected] = UInt64(value)
        case .queueDriverHigh: availableRings[selected, default: 0] |= UInt64(value) << 32
        default: break
        }
        model.store(region: region, offset: offset, width: width, value: value)
        if serves { serve() }
    }

    func interrupt(vector: Int, asserted: Bool) {
        if host.interruptKind == 2 { bells.insert(UInt32(vector)) } else { line = asserted }
    }
    func transmit(_ frame: UnsafeRawBufferPointer) { unsafe frames.append(Array(frame)) }
    func report(_ violation: Violation) { violations.append(violation) }

    func serve() { for _ in 0..<1000 where model.service(now: host.now * 1000) == nil { return } }

    func pass(milliseconds: UInt64 = 1) {
        host.now += 1000 * milliseconds
        serve()
    }

    /// Handles what has been signalled.
    @discardableResult
    func interrupts() -> UInt32 {
        var events: UInt32 = 0
        if line { events |= unsafe image.pointee.interrupt(instance, 0) }
        for vector in bells.sorted() {
            bells.remove(vector)
            events |= unsafe image.pointee.interrupt(instance, vector)
        }
        return events
    }

    // The driver's callouts.

    func attach(_ options: String = "") {
        status = unsafe image.pointee.attach(host.services, options, &instance, &interface)
        if status == 0 { status = start() }
    }
    var isAttached: Bool { unsafe instance != nil }
    func start() -> Int32 { unsafe image.pointee.start(instance) }
    func stop() -> Int32 { unsafe image.pointee.stop(instance) }
    func detach() {
        guard let old = unsafe instance else { return }
        unsafe image.pointee.detach(old)
        unsafe instance = nil
    }
    func quiesce() { unsafe image.pointee.quiesce(instance) }
    func interrupt(_ vector: UInt32) -> UInt32 { unsafe image.pointee.interrupt(instance, vector) }
    @discardableResult func tick(_ number: UInt32 = 0) -> UInt32 {
        host.now += 1_000_000
        return unsafe image.pointee.timer(instance, number)
    }
    func setOffloads(_ enabled: UInt32) -> Int32 { unsafe image.pointee.set_offloads(instance, enabled) }
    func setMTU(_ octets: UInt32) -> Int32 { unsafe image.pointee.set_mtu(instance, octets) }
    func media() -> (status: Int32, media: drydock_media) {
        var out = drydock_media()
        let status = unsafe image.pointee.get_media(instance, &out)
        return (status, out)
    }
    func counter(_ counter: drydock_counter) -> UInt64 {
        var out = drydock_statistics()
        guard unsafe image.pointee.statistics(instance, &out) == 0 else { return .max }
        return unsafe withUnsafeBytes(of: out.counter) { unsafe $0.load(fromByteOffset: Int(counter.rawValue) * 8, as: UInt64.self) }
    }
    func setFilter(_ flags: UInt32 = 0, mac: [UInt8]? = nil, multicast: [[UInt8]] = [], vlans: [UInt16] = []) -> Int32 {
        var filter = unsafe drydock_filter()
        unsafe filter.flags = flags
        unsafe filter.mac = mac.map { ($0[0], $0[1], $0[2], $0[3], $0[4], $0[5]) } ?? interface.mac
        let list = multicast.map { ($0[0], $0[1], $0[2], $0[3], $0[4], $0[5]) }
        return unsafe list.withUnsafeBufferPointer { addresses in
            unsafe vlans.withUnsafeBufferPointer { tags in
                unsafe (filter.multicast, filter.multicast_count) = (addresses.baseAddress, UInt32(addresses.count))
                unsafe (filter.vlans, filter.vlan_count) = (tags.baseAddress, UInt32(tags.count))
                return unsafe image.pointee.set_filter(instance, &filter)
            }
        }
    }
    func method(_ name: String) -> Int64? {
        let description = unsafe image.pointee.describe()!
        for i in 0..<Int(unsafe description.pointee.method_count) {
            let method = unsafe description.pointee.methods[i]
            if unsafe String(cString: method.name) == name { return unsafe method.call(instance, nil, 0) }
        }
        return nil
    }

    // Buffers.

    func buffer(_ octets: [UInt8] = [], capacity: Int = 2048) -> drydock_buffer {
        let slot = nextSlot % Rig.slots
        nextSlot += 1
        var out = unsafe drydock_buffer()
        unsafe out.device_address = packetBase + UInt64(slot * 2048)
        unsafe out.data = (packets.memory + slot * 2048).assumingMemoryBound(to: UInt8.self)
        unsafe (out.slot, out.capacity, out.length) = (UInt32(slot), UInt16(capacity), UInt16(octets.count))
        unsafe out.checksum_ip_start = 14
        for (i, octet) in octets.enumerated() { unsafe out.data[i] = octet }
        return unsafe out
    }

    /// A frame in buffers of at most 2048 octets.
    func frame(_ octets: [UInt8], flags: UInt32 = 0) -> [drydock_buffer] {
        var out: [drydock_buffer] = unsafe []
        var start = 0
        repeat {
            let end = min(start + 2048, octets.count)
            var part = unsafe buffer(Array(octets[start..<end]))
            unsafe part.flags = UInt16((start == 0 ? flags : 0) | (end < octets.count ? DRYDOCK_BUFFER_MORE : 0))
            unsafe out.append(part)
            start = end
        } while start < octets.count
        return unsafe out
    }

    /// A frame of TCP to be cut into segments of 1400 octets, with all that hardware is to be told of it.
    func large(_ octets: [UInt8], version: Int, headers: Int) -> [drydock_buffer] {
        var out = unsafe frame(octets, flags: DRYDOCK_BUFFER_INSERT_CHECKSUM | DRYDOCK_BUFFER_SEGMENT | (version == 4 ? DRYDOCK_BUFFER_INSERT_IP : 0))
        unsafe (out[0].checksum_start, out[0].checksum_offset, out[0].checksum_ip_end) = (UInt16(headers - 20), 16, UInt16(headers - 21))
        unsafe (out[0].segment_octets, out[0].header_octets) = (1400, UInt16(headers))
        return unsafe out
    }

    func offer(_ buffers: [drydock_buffer]) -> Int { unsafe Int(image.pointee.provide_transmit(instance, buffers, UInt32(buffers.count))) }
    @discardableResult func feed(_ count: Int, capacity: Int = 2048) -> Int {
        let buffers = unsafe (0..<count).map { _ in unsafe buffer(capacity: capacity) }
        return unsafe Int(image.pointee.provide_receive(instance, buffers, UInt32(count)))
    }
    func received(_ capacity: Int = 64) -> [drydock_buffer] {
        var out = unsafe [drydock_buffer](repeating: drydock_buffer(), count: capacity)
        let n = unsafe Int(image.pointee.return_receive(instance, &out, UInt32(capacity)))
        return unsafe Array(out[0..<n])
    }
    func transmitted(_ capacity: Int = 64) -> [drydock_buffer] {
        var out = unsafe [drydock_buffer](repeating: drydock_buffer(), count: capacity)
        let n = unsafe Int(image.pointee.return_transmit(instance, &out, UInt32(capacity)))
        return unsafe Array(out[0..<n])
    }
    func all(_ step: () -> [drydock_buffer]) -> [drydock_buffer] {
        var out: [drydock_buffer] = unsafe []
        while true {
            let some = unsafe step()
            if unsafe some.isEmpty { return unsafe out }
            unsafe out += some
        }
    }

    /// Sends, and takes back what comes back.
    func send(_ buffers: [drydock_buffer]) -> [drydock_buffer] {
        _ = unsafe offer(buffers)
        pass()
        interrupts()
        return unsafe transmitted()
    }

    /// A frame arrives, and goes up: flags of its first buffer, its octets.
    func receive(_ frame: [UInt8]) -> (flags: UInt16, octets: [UInt8])? {
        deliver(frame)
        interrupts()
        let got = unsafe received()
        guard unsafe !got.isEmpty else { return nil }
        unsafe feed(got.count)
        return unsafe (got[0].flags, Rig.octets(got))
    }

    func deliver(_ frame: [UInt8]) { unsafe frame.withUnsafeBytes { unsafe model.deliver($0) } }

    static func octets(_ buffers: [drydock_buffer]) -> [UInt8] {
        unsafe buffers.flatMap { b in unsafe (0..<Int(b.length)).map { i in unsafe b.data[i] } }
    }

    /// The memory behind a device address: a packet buffer's, or one that the driver gave the device.
    private func place(_ address: UInt64, _ octets: Int) -> UnsafeMutableRawPointer {
        if address >= packetBase, address - packetBase < UInt64(Rig.slots * 2048) { return unsafe packets.memory + Int(address - packetBase) }
        return unsafe host.memory(address, octets)!
    }
    func poke<T: FixedWidthInteger & BitwiseCopyable>(_ address: UInt64, _ value: T) {
        unsafe place(address, MemoryLayout<T>.size).storeBytes(of: value, as: T.self)
    }
    func peek<T: FixedWidthInteger & BitwiseCopyable>(_ address: UInt64, as _: T.Type = T.self) -> T {
        unsafe place(address, MemoryLayout<T>.size).loadUnaligned(as: T.self)
    }

    /// Nothing that the strict model has to say.
    func expectClean() {
        for violation in violations.prefix(5) { Issue.record("\(violation.rule) \(violation.subject): \(violation.text)") }
    }
}

/// Octets that no other frame of the test has.
func pattern(_ count: Int, _ seed: Int = 0) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ seed &* 31 &+ 3) } }

/// A frame to the model's own address (or another's), with a payload of `count` octets.
func ethernet(_ count: Int, to: [UInt8] = [0x52, 0x54, 0, 0x12, 0x34, 0x56], type: [UInt8] = [0x88, 0xB5], seed: Int = 0) -> [UInt8] {
    to + [2, 0, 0, 0, 0, 9] + type + pattern(count, seed)
}

/// The Internet checksum's sum, folded. RFC 1071 §4.1
func onesSum(_ octets: ArraySlice<UInt8>, _ start: UInt32 = 0) -> UInt16 {
    var sum = start
    for (i, octet) in octets.enumerated() { sum += i % 2 == 0 ? UInt32(octet) << 8 : UInt32(octet) }
    while sum >> 16 != 0 { sum = sum & 0xFFFF + sum >> 16 }
    return UInt16(sum)
}

func two(_ value: Int) -> [UInt8] { [UInt8(value >> 8 & 255), UInt8(value & 255)] }

/// TCP over IPv4 or IPv6 with `count` octets of payload, without sums but the pseudo header's, as for a device that sums.
/// With the pseudo header's sum in the field: of all of it, or, as for a frame to be cut, without a length and without an IPv4 sum.
func segment(_ count: Int, version: Int, flags: UInt8 = 0x18, toBeCut: Bool = false) -> (frame: [UInt8], transport: Int) {
    let tcp: [UInt8] = [0x12, 0x34, 0, 80, 0, 0, 0x10, 0, 0, 0, 0, 1, 0x50, flags, 0x20, 0, 0, 0, 0, 0] + pattern(count, 9)
    var ip: [UInt8], addresses: [UInt8]
    if version == 4 {
        addresses = [10, 0, 0, 1, 10, 0, 0, 2]
        ip = [0x45, 0] + two(40 + count & 0xFFFF) + [0, 7, 0, 0, 64, 6, 0, 0] + addresses
        let sum = toBeCut ? 0 : ~onesSum(ip[...])
        ip.replaceSubrange(10..<12, with: two(Int(sum)))
    } else {
        addresses = [0xFD] + [UInt8](repeating: 0, count: 14) + [1, 0xFD] + [UInt8](repeating: 0, count: 14) + [2]
        ip = [0x60, 0, 0, 0] + two(20 + count & 0xFFFF) + [6, 64] + addresses
    }
    var out = ethernet(0, type: version == 4 ? [8, 0] : [0x86, 0xDD]) + ip + tcp
    let pseudo = onesSum(addresses[...], 6 + (toBeCut ? 0 : UInt32(20 + count)))
    out.replaceSubrange(14 + ip.count + 16..<14 + ip.count + 18, with: two(Int(pseudo)))
    return (out, 14 + ip.count)
}

/// Whether the TCP checksum of a frame holds.
func tcpHolds(_ frame: [UInt8], transport: Int) -> Bool {
    let addresses = transport == 34 ? frame[26..<34] : frame[22..<54]
    return onesSum(frame[transport...], UInt32(onesSum(addresses, 6 + UInt32(frame.count - transport)))) == 0xFFFF
}
