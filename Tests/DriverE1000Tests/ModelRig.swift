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

/// An IPv4 UDP datagram in an Ethernet frame. With `sums`, all checksums right; without, zero in the header and the pseudo
/// header's sum in UDP, as a stack leaves them to hardware.
func datagram(_ count: Int, sums: Bool) -> [UInt8] {
    let length = 8 + count, total = 20 + length
    var ip: [UInt8] = [0x45, 0, UInt8(total >> 8), UInt8(total & 255), 0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]
    var udp: [UInt8] = [0x12, 0x34, 0x56, 0x78, UInt8(length >> 8), UInt8(length & 255), 0, 0] + pattern(count, 5)
    let pseudo = onesSum(ip[12..<20], 17 + UInt32(length))
    let check = sums ? ~onesSum(udp[...], UInt32(pseudo)) : pseudo
    (udp[6], udp[7]) = (UInt8(check >> 8), UInt8(check & 255))
    if sums {
        let header = ~onesSum(ip[...])
        (ip[10], ip[11]) = (UInt8(header >> 8), UInt8(header & 255))
    }
    return Array(ethernet(0, type: [0x08, 0x00])) + ip + udp
}
