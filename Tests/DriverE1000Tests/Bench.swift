import CDriver
import DriverKit

/// A driver attached to a fake device through its C table, and packet memory to feed it with.
// SAFETY: the pointers are the image's table and the host's arena, which outlive the bench.
@safe final class Bench {
    /// The fake device, when it is one.
    let nic: FakeNIC!
    let host: TestHost
    var interface = drydock_interface()
    private(set) var status: Int32 = 0
    private var instance: UnsafeMutableRawPointer?
    private let image: UnsafePointer<drydock_driver>
    private let packets: (address: UInt64, memory: UnsafeMutableRawPointer)
    private var nextSlot = 0
    static var slots: Int { 1024 }

    convenience init(_ nic: FakeNIC = FakeNIC(), options: String = "", start: Bool = true) {
        self.init(host: nic.host, nic: nic, options: options, start: start)
    }

    init(host: TestHost, nic: FakeNIC? = nil, options: String = "", start: Bool = true) {
        self.nic = nic
        self.host = host
        unsafe image = imageTable()
        unsafe packets = host.allocate(octets: Bench.slots * 2048)
        status = attach(options)
        if start && status == 0 { status = self.start() }
    }

    deinit { detach() }

    /// Attaches (again).
    func attach(_ options: String) -> Int32 { unsafe image.pointee.attach(host.services, options, &instance, &interface) }
    /// A variable of eight octets, by name.
    func variable(_ name: String) -> UInt64 {
        let description = unsafe image.pointee.describe()!
        for i in 0..<Int(unsafe description.pointee.variable_count) {
            let variable = unsafe description.pointee.variables[i]
            if unsafe String(cString: variable.name) == name { return unsafe instance!.load(fromByteOffset: Int(variable.offset), as: UInt64.self) }
        }
        return .max
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
    func interrupt(_ vector: UInt32 = 0) -> UInt32 { unsafe image.pointee.interrupt(instance, vector) }
    func tick() -> UInt32 {
        host.now += 1_000_000
        return unsafe image.pointee.timer(instance, 0)
    }
    func setOffloads(_ enabled: UInt32) -> Int32 { unsafe image.pointee.set_offloads(instance, enabled) }
    func setMTU(_ octets: UInt32) -> Int32 { unsafe image.pointee.set_mtu(instance, octets) }
    func setMedia(_ media: drydock_media) -> Int32 {
        var media = media
        return unsafe image.pointee.set_media(instance, &media)
    }
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
    func setFilter(_ flags: UInt32 = 0, multicast: [[UInt8]] = [], vlans: [UInt16] = []) -> Int32 {
        var filter = unsafe drydock_filter()
        unsafe filter.flags = flags
        unsafe filter.mac = interface.mac
        let list = multicast.map { ($0[0], $0[1], $0[2], $0[3], $0[4], $0[5]) }
        return unsafe list.withUnsafeBufferPointer { addresses in
            unsafe vlans.withUnsafeBufferPointer { tags in
                unsafe (filter.multicast, filter.multicast_count) = (addresses.baseAddress, UInt32(addresses.count))
                unsafe (filter.vlans, filter.vlan_count) = (tags.baseAddress, UInt32(tags.count))
                return unsafe image.pointee.set_filter(instance, &filter)
            }
        }
    }
    func method(_ name: String, _ arguments: [Int64]) -> Int64? {
        let description = unsafe image.pointee.describe()!
        for i in 0..<Int(unsafe description.pointee.method_count) {
            let method = unsafe description.pointee.methods[i]
            if unsafe String(cString: method.name) == name { return unsafe method.call(instance, arguments, UInt32(arguments.count)) }
        }
        return nil
    }

    /// A buffer of packet memory that holds `octets`.
    func buffer(_ octets: [UInt8] = [], capacity: Int = 2048) -> drydock_buffer {
        let slot = nextSlot % Bench.slots
        nextSlot += 1
        var out = unsafe drydock_buffer()
        unsafe out.device_address = packets.address + UInt64(slot * 2048)
        unsafe out.data = (packets.memory + slot * 2048).assumingMemoryBound(to: UInt8.self)
        unsafe (out.slot, out.capacity, out.length) = (UInt32(slot), UInt16(capacity), UInt16(octets.count))
        for (i, octet) in octets.enumerated() { unsafe out.data[i] = octet }
        return unsafe out
    }

    /// A frame in buffers of at most 2048 octets.
    func frame(_ octets: [UInt8], flags: UInt16 = 0) -> [drydock_buffer] {
        var out: [drydock_buffer] = unsafe []
        var start = 0
        repeat {
            let end = min(start + 2048, octets.count)
            var part = unsafe buffer(Array(octets[start..<end]))
            unsafe part.flags = (start == 0 ? flags : 0) | (end < octets.count ? UInt16(DRYDOCK_BUFFER_MORE) : 0)
            unsafe out.append(part)
            start = end
        } while start < octets.count
        return unsafe out
    }

    func send(_ buffers: [drydock_buffer]) -> Int { unsafe Int(image.pointee.provide_transmit(instance, buffers, UInt32(buffers.count))) }
    func feed(_ buffers: [drydock_buffer]) -> Int { unsafe Int(image.pointee.provide_receive(instance, buffers, UInt32(buffers.count))) }
    func feed(count: Int) -> Int { unsafe feed((0..<count).map { _ in unsafe buffer() }) }
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
    /// Everything, call after call.
    func all(_ step: (Int) -> [drydock_buffer]) -> [drydock_buffer] {
        var out: [drydock_buffer] = unsafe []
        while true {
            let some = unsafe step(64)
            if unsafe some.isEmpty { return unsafe out }
            unsafe out += some
        }
    }
    static func octets(_ buffers: [drydock_buffer]) -> [UInt8] {
        unsafe buffers.flatMap { b in unsafe (0..<Int(b.length)).map { i in unsafe b.data[i] } }
    }
}

/// Octets that no other frame of the test has.
func pattern(_ count: Int, _ seed: Int = 0) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ seed &* 31 &+ 3) } }
