import CDriver
import Glibc

/// One driver image on a device of its own, forwarding: what it receives it sends, frames of 64 octets (60 and the FCS).
// SAFETY: the image is never closed; descriptors and buffers lie in the device's arena, indices go round the rings.
@safe final class Forwarding {
    let name: String
    private let nic = BareNIC()
    private let driver: UnsafePointer<drydock_driver>
    private let instance: UnsafeMutableRawPointer
    private let batch = UnsafeMutablePointer<drydock_buffer>.allocate(capacity: 64)
    private let receiveRing: UnsafeMutableRawPointer, transmitRing: UnsafeMutableRawPointer
    private let receiveCount: Int, transmitCount: Int
    private var received = 0, sent = 0

    init(_ name: String, image path: String) throws {
        self.name = name
        guard let handle = unsafe dlopen(path, RTLD_NOW | RTLD_LOCAL), let symbol = unsafe dlsym(handle, DRYDOCK_ENTRY_SYMBOL) else {
            throw BenchFailure(unsafe "\(path): " + String(cString: dlerror()))
        }
        let entry = unsafe unsafeBitCast(symbol, to: (@convention(c) () -> UnsafePointer<drydock_driver>?).self)
        guard let table = unsafe entry() else { throw BenchFailure("\(path): no table") }
        unsafe driver = table
        var made: UnsafeMutableRawPointer?, interface = drydock_interface()
        let status = unsafe driver.pointee.attach(nic.services, "", &made, &interface)
        guard status == 0, let made = unsafe made else { throw BenchFailure("\(path): attach says \(status)") }
        unsafe instance = made
        let packets = unsafe nic.allocate(Int(interface.receive_slots) * 2048)
        for slot in 0..<Int(interface.receive_slots) {
            var buffer = unsafe drydock_buffer()
            unsafe buffer.data = (packets + slot * 2048).assumingMemoryBound(to: UInt8.self)
            unsafe buffer.device_address = UInt64(UInt(bitPattern: buffer.data))
            unsafe (buffer.slot, buffer.capacity) = (UInt32(slot), 2048)
            guard unsafe driver.pointee.provide_receive(instance, &buffer, 1) == 1 else { throw BenchFailure("\(path): no buffer \(slot) taken") }
        }
        guard unsafe driver.pointee.start(instance) == 0 else { throw BenchFailure("\(path): start fails") }
        unsafe (receiveRing, receiveCount) = nic.ring(low: 0x2800, length: 0x2808)
        unsafe (transmitRing, transmitCount) = nic.ring(low: 0x3800, length: 0x3808)
    }

    /// Forwards `frames` in batches of `size`. The hardware's part is two stores a frame in and one out, the same for every image.
    @inline(never) func run(frames: Int, size: Int) throws {
        var left = frames
        while left > 0 {
            arrive(size)
            guard turn(size) == size else { throw BenchFailure("\(name): a frame was not forwarded") }
            left -= size
        }
    }

    /// `size` frames arrive: length, status done and end of packet. 8254x §3.2.3
    @inline(__always) private func arrive(_ size: Int) {
        for _ in 0..<size {
            let at = unsafe receiveRing + received * 16 + 8
            unsafe at.storeBytes(of: 60, as: UInt32.self)
            unsafe (at + 4).storeBytes(of: 3, as: UInt32.self)
            received = received + 1 == receiveCount ? 0 : received + 1
        }
    }

    /// What the stack does in one turn: takes what came, sends it, takes back what was sent, gives the buffers to the receiver.
    @inline(never) private func turn(_ size: Int) -> Int {
        let count = unsafe Int(driver.pointee.return_receive(instance, batch, UInt32(size)))
        for i in 0..<count { unsafe batch[i].flags = 0 }
        let taken = unsafe Int(driver.pointee.provide_transmit(instance, batch, UInt32(count)))
        for _ in 0..<taken {
            unsafe (transmitRing + sent * 16 + 12).storeBytes(of: 1, as: UInt32.self)
            sent = sent + 1 == transmitCount ? 0 : sent + 1
        }
        let back = unsafe driver.pointee.return_transmit(instance, batch, 64)
        return unsafe Int(driver.pointee.provide_receive(instance, batch, back))
    }
}

/// `benchmarks forward ROUNDS NAME=IMAGE...`: frames a second of every image with both batch sizes, in shuffled order.
/// Images of one name are the same code at other offsets.
enum ForwardingRounds {
    static func run(rounds: Int, images: [String]) throws -> [(String, Double)] {
        let all = try images.map { word in
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { throw BenchFailure("\(word) is not NAME=IMAGE") }
            return try Forwarding(parts[0], image: parts[1])
        }
        let sizes = [32, 1], frames = 200_000
        var rates: [String: [Double]] = [:]
        for one in all { for size in sizes { try one.run(frames: frames, size: size) } }
        for _ in 0..<rounds {
            for (image, size) in all.indices.flatMap({ i in sizes.map { (i, $0) } }).shuffled() {
                let start = Clock.seconds
                try all[image].run(frames: frames, size: size)
                rates["\(image) \(size)", default: []].append(Double(frames) / (Clock.seconds - start))
            }
        }
        return report(all.map(\.name), rates, sizes)
    }

    /// The median over an image's rounds, then over the offsets of one name.
    private static func report(_ names: [String], _ rates: [String: [Double]], _ sizes: [Int]) -> [(String, Double)] {
        func rate(_ name: String, _ size: Int) -> Double {
            median(names.indices.filter { names[$0] == name }.map { median(rates["\($0) \(size)"] ?? []) })
        }
        var out: [(String, Double)] = []
        for name in Set(names).sorted() { for size in sizes { out.append(("driver.\(name)_mfps_batch\(size)", rate(name, size) / 1e6)) } }
        for other in ["gcc", "clang"] where names.contains(other) && names.contains("swift") {
            for size in sizes { out.append(("driver.swift_over_\(other)_batch\(size)", rate("swift", size) / rate(other, size))) }
        }
        return out
    }

    private static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        return sorted.isEmpty ? 0 : sorted.count % 2 == 1 ? sorted[sorted.count / 2] : (sorted[sorted.count / 2] + sorted[sorted.count / 2 - 1]) / 2
    }
}
