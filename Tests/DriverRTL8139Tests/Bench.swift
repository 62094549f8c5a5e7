import CDriver
import DriverKit

/// What a test bends in place of a device.
protocol FakeDevice: AnyObject {
    var host: TestHost { get }
}

/// A driver attached to a fake device through its C table, and packet memory to feed it with. What driver it is, `imageTable` says, which
/// every test target that has this file defines.
// SAFETY: the pointers are the image's table and the host's arena, which outlive the bench.
@safe final class Bench {
    let host: TestHost
    private let device: any FakeDevice
    var interface = drydock_interface()
    private(set) var status: Int32 = 0
    private var instance: UnsafeMutableRawPointer?
    private let image: UnsafePointer<drydock_driver>
    private let packets: (address: UInt64, memory: UnsafeMutableRawPointer)
    private var nextSlot = 0
    private let slots: Int

    init(_ device: any FakeDevice, options: String = "", start: Bool = true, slots: Int = 512) {
        (host, self.device, self.slots) = (device.host, device, slots)
        unsafe image = imageTable()
        unsafe packets = host.allocate(octets: slots * 2048)
        status = unsafe image.pointee.attach(host.services, options, &instance, &interface)
        if start && status == 0 { status = self.start() }
    }

    deinit { detach() }

    var isAttached: Bool { unsafe instance != nil }
    func start() -> Int32 { unsafe image.pointee.start(instance) }
    func stop() -> Int32 { unsafe image.pointee.stop(instance) }
    func detach() {
        guard let old = unsafe instance else { return }
        unsafe image.pointee.detach(old)
        unsafe instance = nil
    }
    func quiesce() { unsafe image.pointee.quiesce(instance) }
    func interrupt() -> UInt32 { unsafe image.pointee.interrupt(instance, 0) }
    func tick() -> UInt32 {
        host.now += 1_000_000
        return unsafe image.pointee.timer(instance, 0)
    }
    func setOffloads(_ enabled: UInt32) -> Int32 { unsafe image.pointee.set_offloads(instance, enabled) }
    func setMTU(_ octets: UInt32) -> Int32 { unsafe image.pointee.set_mtu(instance, octets) }
    func setMedia(megabits: UInt32, flags: UInt32) -> Int32 {
        var media = drydock_media(megabits: megabits, flags: flags, phy_address: 0, phy_identifier: 0)
        return unsafe image.pointee.set_media(instance, &media)
    }
    func media() -> (status: Int32, media: drydock_media) {
        var out = drydock_media()
        let status = unsafe image.pointee.get_media(instance, &out)
        return (status, out)
    }
    func counter(_ counter: drydock_counter) -> UInt64 {
        var out = drydock_statistics()
        guard unsafe image.pointee.statistics(instance, &out) == 0, out.valid >> UInt64(counter.rawValue) & 1 == 1 else { return .max }
        return unsafe withUnsafeBytes(of: out.counter) { unsafe $0.load(fromByteOffset: Int(counter.rawValue) * 8, as: UInt64.self) }
    }
    func setFilter(_ flags: UInt32 = 0, mac: [UInt8]? = nil, multicast: [[UInt8]] = []) -> Int32 {
        var filter = unsafe drydock_filter()
        unsafe filter.flags = flags
        unsafe filter.mac = mac.map { ($0[0], $0[1], $0[2], $0[3], $0[4], $0[5]) } ?? interface.mac
        let list = multicast.map { ($0[0], $0[1], $0[2], $0[3], $0[4], $0[5]) }
        return unsafe list.withUnsafeBufferPointer { addresses in
            unsafe (filter.multicast, filter.multicast_count) = (addresses.baseAddress, UInt32(addresses.count))
            return unsafe image.pointee.set_filter(instance, &filter)
        }
    }
    func method(_ name: String, _ arguments: [Int64] = []) -> Int64? {
        let description = unsafe image.pointee.describe()!
        for i in 0..<Int(unsafe description.pointee.method_count) {
            let method = unsafe description.pointee.methods[i]
            if unsafe String(cString: method.name) == name { return unsafe method.call(instance, arguments, UInt32(arguments.count)) }
        }
        return nil
    }
    /// A variable of the description, 4 or 8 octets wide.
    func variable(_ name: String) -> UInt64? {
        let description = unsafe image.pointee.describe()!
        for i in 0..<Int(unsafe description.pointee.variable_count) {
            let variable = unsafe description.pointee.variables[i]
            guard unsafe String(cString: variable.name) == name else { continue }
            let at = unsafe instance! + Int(variable.offset)
            return unsafe variable.width == 8 ? at.load(as: UInt64.self) : UInt64(at.load(as: UInt32.self))
        }
        return nil
    }

    /// A buffer of packet memory that holds `octets`, `shift` octets from its slot's start.
    func buffer(_ octets: [UInt8] = [], capacity: Int = 2048, shift: Int = 0) -> drydock_buffer {
        let slot = nextSlot % slots
        nextSlot += 1
        var out = unsafe drydock_buffer()
        unsafe out.device_address = packets.address + UInt64(slot * 2048 + shift)
        unsafe out.data = (packets.memory + slot * 2048 + shift).assumingMemoryBound(to: UInt8.self)
        unsafe (out.slot, out.capacity, out.length) = (UInt32(slot), UInt16(capacity - shift), UInt16(octets.count))
        for (i, octet) in octets.enumerated() { unsafe out.data[i] = octet }
        return unsafe out
    }

    /// A frame in buffers of at most `piece` octets.
    func frame(_ octets: [UInt8], flags: UInt16 = 0, piece: Int = 2048, shift: Int = 0) -> [drydock_buffer] {
        var out: [drydock_buffer] = unsafe []
        var start = 0
        repeat {
            let end = min(start + piece, octets.count)
            var part = unsafe buffer(Array(octets[start..<end]), shift: shift)
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
    /// Frames that came in, as octets; `more` joins buffers.
    func frames(_ buffers: [drydock_buffer]) -> [[UInt8]] {
        var out: [[UInt8]] = [], open = false
        for unsafe buffer in unsafe buffers {
            let octets = unsafe Bench.octets([buffer])
            if open { out[out.count - 1] += octets } else { out.append(octets) }
            open = unsafe buffer.flags & UInt16(DRYDOCK_BUFFER_MORE) != 0
        }
        return out
    }
    static func octets(_ buffers: [drydock_buffer]) -> [UInt8] {
        unsafe buffers.flatMap { b in unsafe (0..<Int(b.length)).map { i in unsafe b.data[i] } }
    }
    static func failed(_ buffers: [drydock_buffer]) -> Int { unsafe buffers.filter { unsafe $0.flags & UInt16(DRYDOCK_BUFFER_FAILED) != 0 }.count }
}

/// Octets that no other frame of the test has, to a station.
func pattern(_ count: Int, _ seed: Int = 0) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: ($0 &* 7 &+ seed &* 31 &+ 2) & ($0 == 0 ? 0xFE : 0xFF)) } }

/// A host whose device memory begins at 16 MiB: within 32 bits.
func lowHost(_ identity: drydock_identity) -> TestHost {
    let host = TestHost(identity)
    host.map = { offset, _ in 0x0100_0000 + offset }
    return host
}
