import AbcRegisters
import CDriver
import DriverAbc
import DriverKit

/// A driver attached through its C table, and packet memory to feed it with.
// SAFETY: the pointers are the image's table and the host's arena, which outlive the bench.
@safe final class Bench {
    static let slots = 512

    let host: TestHost
    var interface = drydock_interface()
    private(set) var status: Int32 = 0
    private var instance: UnsafeMutableRawPointer?
    private let image: UnsafePointer<drydock_driver>
    private let packets: (address: UInt64, memory: UnsafeMutableRawPointer)
    private var nextSlot = 0

    init(host: TestHost, options: String = "", start: Bool = true) {
        self.host = host
        unsafe image = driverEntry()!
        unsafe packets = host.allocate(octets: Bench.slots * 2048)
        attach(options)
        if start && status == 0 { status = self.start() }
    }

    /// Attaches, also once more after a ``detach()``.
    func attach(_ options: String = "") { status = unsafe image.pointee.attach(host.services, options, &instance, &interface) }

    deinit { detach() }

    func start() -> Int32 { unsafe image.pointee.start(instance) }
    func stop() -> Int32 { unsafe image.pointee.stop(instance) }
    func quiesce() { unsafe image.pointee.quiesce(instance) }
    func interrupt() -> UInt32 { unsafe image.pointee.interrupt(instance, 0) }
    func tick() -> UInt32 { unsafe image.pointee.timer(instance, 0) }

    func detach() {
        guard let old = unsafe instance else { return }
        unsafe image.pointee.detach(old)
        unsafe instance = nil
    }

    /// How the driver rates a device.
    static func match(_ vendor: UInt16, _ device: UInt16) -> Int32 {
        var identity = drydock_identity()
        (identity.vendor, identity.device) = (vendor, device)
        return unsafe driverEntry()!.pointee.match(&identity)
    }

    func media() -> drydock_media? {
        var out = drydock_media()
        return unsafe image.pointee.get_media(instance, &out) == 0 ? out : nil
    }

    func counter(_ counter: drydock_counter) -> UInt64 {
        var out = drydock_statistics()
        guard unsafe image.pointee.statistics(instance, &out) == 0 else { return .max }
        return unsafe withUnsafeBytes(of: out.counter) { unsafe $0.load(fromByteOffset: Int(counter.rawValue) * 8, as: UInt64.self) }
    }

    func setFilter(_ flags: UInt32 = 0, multicast: [[UInt8]] = []) -> Int32 {
        var filter = unsafe drydock_filter()
        unsafe (filter.flags, filter.mac) = (flags, interface.mac)
        let list = multicast.map { ($0[0], $0[1], $0[2], $0[3], $0[4], $0[5]) }
        return unsafe list.withUnsafeBufferPointer { addresses in
            unsafe (filter.multicast, filter.multicast_count) = (addresses.baseAddress, UInt32(addresses.count))
            return unsafe image.pointee.set_filter(instance, &filter)
        }
    }

    /// A buffer of packet memory that holds `octets`.
    func buffer(_ octets: [UInt8] = [], more: Bool = false) -> drydock_buffer {
        let slot = nextSlot % Bench.slots
        nextSlot += 1
        var out = unsafe drydock_buffer()
        unsafe out.device_address = packets.address + UInt64(slot * 2048)
        unsafe out.data = (packets.memory + slot * 2048).assumingMemoryBound(to: UInt8.self)
        unsafe (out.slot, out.capacity, out.length) = (UInt32(slot), 2048, UInt16(octets.count))
        unsafe out.flags = more ? UInt16(DRYDOCK_BUFFER_MORE) : 0
        for (i, octet) in octets.enumerated() { unsafe out.data[i] = octet }
        return unsafe out
    }

    func send(_ buffers: [drydock_buffer]) -> Int { unsafe Int(image.pointee.provide_transmit(instance, buffers, UInt32(buffers.count))) }
    func feed(_ count: Int) -> Int {
        let empty = unsafe (0..<count).map { _ in unsafe buffer() }
        return unsafe Int(image.pointee.provide_receive(instance, empty, UInt32(count)))
    }
    func received() -> [drydock_buffer] {
        var out = unsafe [drydock_buffer](repeating: drydock_buffer(), count: 64)
        return unsafe Array(out[0..<Int(image.pointee.return_receive(instance, &out, 64))])
    }
    func transmitted() -> [drydock_buffer] {
        var out = unsafe [drydock_buffer](repeating: drydock_buffer(), count: 64)
        return unsafe Array(out[0..<Int(image.pointee.return_transmit(instance, &out, 64))])
    }

    static func octets(_ buffer: drydock_buffer) -> [UInt8] { unsafe (0..<Int(buffer.length)).map { unsafe buffer.data[$0] } }
}
