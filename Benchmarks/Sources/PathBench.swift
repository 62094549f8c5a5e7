import CDriver
import E1000Registers
import Host
import Logging
import Rings
import Stack
import Wire
import netd

/// A driver image on a frozen NIC, a stack with one address, a UDP endpoint.
// SAFETY: all pointers are into memory that lives as long as this object; ring positions are masked by the ring's length.
@safe final class PathBench {
    private let memory: PacketMemory
    private let nic: FrozenNIC
    private let note: CrashNote
    private let attachment: UnsafeMutablePointer<Attachment>
    private let stack: UnsafeMutablePointer<Stack>
    private let index: InterfaceIndex
    private let endpoint: EndpointID
    private var now = Instant(nanoseconds: 1_000_000_000)
    /// The next receive descriptor that the hardware fills.
    private var position = 0
    private let mac = MACAddress(value: 0x02_00_00_00_00_01), peer = MACAddress(value: 0x02_00_00_00_00_02)
    private let here = IPv4Address(10, 1, 0, 1), there = IPv4Address(10, 1, 0, 2)

    /// - Parameters:
    ///   - isRecorded: with the flight recorder on, keeping everything.
    ///   - generation: another one for each bench of a process.
    init(driver: String, isRecorded: Bool, generation: Int = 1) throws {
        memory = PacketMemory(layout: PacketMemoryLayout())
        nic = unsafe try FrozenNIC(base: memory.base, length: memory.layout.length)
        note = try CrashNote.create()
        let image = try DriverImage(path: driver, generation: generation, folder: "/tmp")
        let log = DriverLog(Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }, driver: image.name)
        let trace = isRecorded ? DeviceTrace(writer: try RecorderBench.writer(), slot: 0, level: .frames) : .off
        let context = try DeviceContext(bus: nic, memory: memory, arena: SharedArena(layout: memory.layout), log: log, trace: trace)
        unsafe attachment = .allocate(capacity: 1)
        unsafe try attachment.initialize(to: Attachment(
            image: image, context: context, memory: memory, options: "", mark: CalloutMark(word: note.calloutWord, slot: 0, trace: trace)))
        var configuration = StackConfiguration(seed: 1)
        configuration.conflicts.isProbing = false
        unsafe stack = .allocate(capacity: 1)
        unsafe stack.initialize(to: Stack(configuration, memory: memory))
        guard let name = InterfaceName("em0") else { throw BenchFailure("interface name") }
        index = unsafe try stack.pointee.addInterface(InterfaceDescription(name: name, mac: mac))
        guard let prefix = IPv4Prefix(here, length: 24) else { throw BenchFailure("prefix") }
        unsafe try stack.pointee.setUp(index, true, now: now)
        unsafe try stack.pointee.addAddress(index, IPPrefix(prefix), now: now)
        unsafe try stack.pointee.setNeighbor(index, IPAddress(there), peer, now: now)
        endpoint = unsafe try stack.pointee.openDatagram(.udp)
        unsafe try stack.pointee.bind(endpoint, to: .anyIPv4(9))
        guard unsafe attachment.pointee.start() == 0 else { throw BenchFailure("the driver did not start") }
        while let packet = unsafe stack.pointee.nextTransmit(on: index) { _ = consume packet }
    }

    /// The hardware fills `burst` descriptors, the measured part brings them to the endpoint's reader.
    ///
    /// - Returns: seconds in the measured part.
    @discardableResult func receive(bursts: Int) throws -> Double {
        let (ring, count) = unsafe nic.ring(low: 0x2800, high: 0x2804, length: 0x2808)
        nic.freeze()
        let frame = self.frame()
        var delivered = 0, seconds = 0.0
        for _ in 0..<bursts {
            for k in 0..<PathLoop.burst { unsafe fill(ring + (position + k) % count * 16, frame) }
            position = (position + PathLoop.burst) % count
            let start = Clock.seconds
            delivered += measuredReceive()
            seconds += Clock.seconds - start
        }
        guard delivered == bursts * PathLoop.burst else { throw BenchFailure("\(delivered) of \(bursts * PathLoop.burst) datagrams arrived") }
        return seconds
    }

    @inline(never) func measuredReceive() -> Int {
        _ = unsafe attachment.pointee.receive(into: &stack.pointee, on: index, now: now)
        while unsafe stack.pointee.nextEvent() != nil {}
        var count = 0
        while let datagram = unsafe stack.pointee.receive(endpoint) {
            count &+= 1
            _ = consume datagram
        }
        return count
    }

    /// The measured part sends `burst` datagrams to the rings, the hardware takes them.
    ///
    /// - Returns: seconds in the measured part.
    @discardableResult func transmit(bursts: Int) throws -> Double {
        let (ring, count) = unsafe nic.ring(low: 0x3800, high: 0x3804, length: 0x3808)
        nic.freeze()
        let octets = [UInt8](repeating: 0x5a, count: PathLoop.payload)
        var sent = 0, seconds = 0.0
        for _ in 0..<bursts {
            let start = Clock.seconds
            sent += measuredTransmit(octets)
            seconds += Clock.seconds - start
            // Every descriptor is done: the driver finds its own way around the ring.
            for k in 0..<count { unsafe (ring + k * 16 + 12).storeBytes(of: (ring + k * 16 + 12).load(as: UInt8.self) | 1, as: UInt8.self) }
        }
        guard sent == bursts * PathLoop.burst else { throw BenchFailure("\(sent) of \(bursts * PathLoop.burst) datagrams left") }
        return seconds
    }

    @inline(never) func measuredTransmit(_ octets: [UInt8]) -> Int {
        _ = unsafe attachment.pointee.reclaim()
        let to = EndpointAddress(IPAddress(there), 9)
        var count = 0
        let payload = unsafe octets.span.bytes
        for _ in 0..<PathLoop.burst {
            do throws(SendError) { unsafe try stack.pointee.send(endpoint, to: to, payload: payload, now: now) } catch { break }
            count &+= 1
        }
        unsafe attachment.pointee.transmit(from: &stack.pointee, on: index)
        return count
    }

    /// Ethernet, IPv4, UDP to port 9.
    private func frame() -> [UInt8] {
        let udpOctets = 8 + PathLoop.payload
        let destination: [UInt8] = [2, 0, 0, 0, 0, 1], source: [UInt8] = [2, 0, 0, 0, 0, 2]
        var all: [UInt8] = destination + source
        all += [0x08, 0x00]
        var ip: [UInt8] = [0x45, 0, 0, UInt8(20 + udpOctets), 0, 1, 0x40, 0, 64, 17, 0, 0, 10, 1, 0, 2, 10, 1, 0, 1]
        let sum = Self.fold(ip)
        (ip[10], ip[11]) = (UInt8(sum >> 8), UInt8(sum & 0xff))
        all += ip
        all += [0x30, 0x39, 0, 9, 0, UInt8(udpOctets), 0, 0]
        all += [UInt8](repeating: 0x5a, count: PathLoop.payload)
        return all
    }

    private static func fold(_ octets: [UInt8]) -> UInt16 {
        var sum: UInt32 = 0
        for k in stride(from: 0, to: octets.count, by: 2) { sum += UInt32(octets[k]) << 8 + UInt32(octets[k + 1]) }
        while sum > 0xffff { sum = sum & 0xffff + sum >> 16 }
        return ~UInt16(sum)
    }

    /// A received frame in a descriptor: octets into its buffer, then length, status DD and EOP, no error. 8254x §3.2.3.
    private func fill(_ descriptor: UnsafeMutableRawPointer, _ frame: [UInt8]) {
        let buffer = unsafe nic.memory(descriptor.load(as: UInt64.self))
        unsafe buffer.copyMemory(from: frame, byteCount: frame.count)
        unsafe descriptor.storeBytes(of: UInt16(frame.count), toByteOffset: 8, as: UInt16.self)
        unsafe descriptor.storeBytes(of: 0x03, toByteOffset: 12, as: UInt8.self)
        unsafe descriptor.storeBytes(of: 0, toByteOffset: 13, as: UInt8.self)
    }
}
