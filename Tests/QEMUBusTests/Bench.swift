import Glibc
import Host
import NICModels
import Testing
@testable import QEMUBus

/// Whether tests that start QEMU can run here.
let qemuIsInstalled = (try? QEMUCommand.executable(nil)) != nil
let qemuIsMissing: Comment = "qemu-system-x86_64 is not installed (package qemu-system-x86)"

/// Packet memory as a stack would share it.
final class PacketMemory {
    let octets: Int
    private let memory: SharedMemory

    init(octets: Int) throws {
        self.octets = octets
        memory = try SharedMemory(named: "packets", length: octets)
    }

    var shared: DMAMemory { unsafe DMAMemory(descriptor: memory.descriptor.raw, base: memory.base, length: UInt64(octets)) }

    func store<T: FixedWidthInteger & BitwiseCopyable>(_ value: T, at offset: Int) {
        precondition(offset >= 0 && offset + MemoryLayout<T>.size <= octets)
        unsafe memory.base.storeBytes(of: value, toByteOffset: offset, as: T.self)
    }

    func load<T: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, as type: T.Type = T.self) -> T {
        precondition(offset >= 0 && offset + MemoryLayout<T>.size <= octets)
        return unsafe memory.base.loadUnaligned(fromByteOffset: offset, as: T.self)
    }

    func write(_ frame: [UInt8], at offset: Int) {
        for (index, octet) in frame.enumerated() { store(octet, at: offset + index) }
    }

    func read(_ count: Int, at offset: Int) -> [UInt8] {
        precondition(count >= 0 && offset >= 0 && offset + count <= octets)
        return unsafe Array(UnsafeRawBufferPointer(start: memory.base + offset, count: count))
    }
}

/// Remembers what the NIC said.
final class RecordingHost: NICHost {
    var interrupts: [Bool] = []
    var frames: [[UInt8]] = []
    var violations: [Violation] = []
    var notes: [String] = []
    /// Called for every frame, to answer from inside the call.
    var onFrame: (([UInt8]) -> Void)?

    func interrupt(vector: Int, asserted: Bool) {
        #expect(vector == 0)
        interrupts.append(asserted)
    }

    func transmit(_ frame: UnsafeRawBufferPointer) {
        let copy = unsafe Array(frame)
        frames.append(copy)
        onFrame?(copy)
    }

    func report(_ violation: Violation) { violations.append(violation) }
    func note(_ text: String) { notes.append(text) }
}

/// A NIC of QEMU's, the memory and the host that it works with, and the process's loop.
final class Bench {
    static let address: [6 of UInt8] = [0x52, 0x54, 0x00, 0x12, 0x34, 0x56]
    let memory: PacketMemory
    let nic: QEMUNIC
    let host = RecordingHost()

    init(device: String = "e1000", mebibytes: Int = 16, settings: QEMUSettings = QEMUSettings()) throws {
        memory = try PacketMemory(octets: mebibytes << 20)
        nic = try QEMUNIC(device: device, address: Self.address, settings: settings)
        nic.host = host
    }

    deinit { nic.shutDown() }

    /// Runs the loop until `holds` or for `seconds`; says whether it held.
    func run(seconds: UInt64 = 10, until holds: () -> Bool) -> Bool {
        let deadline = MonotonicClock.now() + seconds * 1_000_000_000
        while !holds() {
            guard MonotonicClock.now() < deadline else { return false }
            let due = nic.service(now: MonotonicClock.now())
            if holds() { return true }
            var entries = nic.descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            let wait: Int32 = due.map { $0 > MonotonicClock.now() ? 1 : 0 } ?? 10
            unsafe poll(&entries, nfds_t(entries.count), wait)
        }
        return true
    }

    func load(_ register: UInt32) -> UInt32 { nic.load(region: 0, offset: register, width: 4) }
    func store(_ value: UInt32, _ register: UInt32) { nic.store(region: 0, offset: register, width: 4, value: value) }

    func deliver(_ frame: [UInt8]) {
        unsafe frame.withUnsafeBytes { unsafe nic.deliver($0) }
    }
}

/// A frame of `length` octets that carries `number` behind its Ethernet header, to the bench's address.
func numbered(_ number: UInt32, length: Int = 60) -> [UInt8] {
    var frame: [UInt8] = Bench.address.indices.map { Bench.address[$0] }
    frame += [0x02, 0, 0, 0, 0, 1, 0x88, 0xb5]
    frame += (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * UInt32($0))) }
    while frame.count < length { frame.append(UInt8(truncatingIfNeeded: frame.count)) }
    return frame
}

func number(of frame: [UInt8]) -> UInt32 {
    (0..<4).reduce(0) { $0 | UInt32(frame[14 + $1]) << (8 * UInt32($1)) }
}

/// Whether a process of that number runs (a zombie does not).
func runs(_ processID: Int32) -> Bool {
    guard kill(processID, 0) == 0 else { return false }
    let file = unsafe fopen("/proc/\(processID)/stat", "r")
    guard let file = unsafe file else { return false }
    defer { unsafe fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    guard unsafe fgets(&line, 256, file) != nil else { return false }
    let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return !text.contains(") Z")
}
