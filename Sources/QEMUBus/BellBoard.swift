internal import CLinux
import Glibc
import Host

/// QEMU's `ivshmem-doorbell` device, which turns a message of the NIC (MSI, MSI-X) into a ring of an eventfd.
///
/// The device asks a server for eventfds, one a vector, and rings the one whose number is written to its doorbell
/// register. We are that server, and hand out the bells of whoever waits for the interrupts: a message then reaches its
/// waiter through the kernel alone.
final class BellBoard {
    /// Its place on bus 0, and where its registers are on the machine's side.
    static let slot: UInt32 = 5
    static let registers: UInt64 = 0xd000_0000
    /// The doorbell register: peer in bits 31:16, vector in 15:0. We are peer 0, so that the 16 bits of MSI suffice.
    static let doorbell: UInt64 = 0x0c
    /// Vectors at a time, and bells that one QEMU can be told of: it forgets none.
    static let most = 32, capacity = 1024
    /// Longest that one attempt to hear our own ring takes, in milliseconds.
    private static let patience: Int64 = 5
    /// What the device's server says first: version 0, then the device's own number, then its shared memory.
    private static let version: Int64 = 0, deviceNumber: Int64 = 1, memoryFollows: Int64 = -1, ourNumber: Int64 = 0

    private let socket: FileDescriptor
    /// Bells that QEMU has.
    private var count = 0
    /// Which eventfds were hung up last, and as which vectors.
    private var present: (identities: [UInt64], first: Int)?

    init(socket: consuming FileDescriptor) { self.socket = socket }

    /// Says what the device wants to hear while it is made; call before QEMU starts.
    func greet() throws(SystemError) {
        let memory = try SharedMemory(named: "qemu-bells", length: 4096)
        try say(Self.version)
        try say(Self.deviceNumber)
        try say(Self.memoryFollows, memory.descriptor.raw)
    }

    /// Makes a message of `first + n` ring `bells[n]`; waits until QEMU knows.
    ///
    /// - Returns: `first`; nil when QEMU does not know them, or knows too many already.
    func hang(_ bells: [Int32], bus: QTestLink) -> Int? {
        let identities = bells.compactMap(Self.identity)
        if let present, identities.count == bells.count && present.identities == identities { return present.first }
        let first = count
        guard first + bells.count < Self.capacity else { return nil }
        do throws(SystemError) {
            for bell in bells { try hang(bell) }
            // Behind the bells comes one of ours: when that rings, QEMU has heard of all before it.
            let last = try EventCounter()
            try hang(last.raw)
            guard prove(last, vector: count - 1, bus) else { return nil }
        } catch { return nil }
        // QEMU makes a descriptor that it receives blocking, for all who have it open.
        for bell in bells { _ = clinux_fcntl(bell, F_SETFL, Int(O_NONBLOCK)) }
        present = (identities, first)
        return first
    }

    private func hang(_ bell: Int32) throws(SystemError) {
        try say(Self.ourNumber, bell)
        count += 1
    }

    /// What tells one eventfd from another, whatever its number: proc(5), `eventfd-id`. Nil before Linux 5.2.
    private static func identity(of bell: Int32) -> UInt64? {
        guard let file = try? FileDescriptor.open("/proc/self/fdinfo/\(bell)", O_RDONLY), let octets = try? file.readAll(limit: 1024) else {
            return nil
        }
        for line in octets.split(separator: UInt8(ascii: "\n")) where line.starts(with: "eventfd-id:".utf8) {
            return number(line.dropFirst("eventfd-id:".utf8.count).drop { $0 == 0x20 || $0 == 0x09 }, base: 10)
        }
        return nil
    }

    private func prove(_ bell: borrowing EventCounter, vector: Int, _ bus: QTestLink) -> Bool {
        let deadline = Deadline(at: MonotonicClock.now() &+ bus.replyLimit)
        while !deadline.hasPassed {
            bus.post("writel", Self.registers + Self.doorbell, UInt64(vector))
            guard bus.settle() else { return false }
            let attempt = Deadline(in: .milliseconds(Self.patience))
            if waitFor(POLLIN, on: bell.raw, until: attempt).events & POLLIN != 0 { return true }
        }
        return false
    }

    /// A number, least octet first, and a descriptor that belongs to it.
    private func say(_ number: Int64, _ descriptor: Int32? = nil) throws(SystemError) {
        let octets = (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
        let sent: Result<Bool, SystemError> = unsafe octets.withUnsafeBytes { bytes in
            // SAFETY: the octets are read during the call.
            do throws(SystemError) { return .success(unsafe try UnixSocket.send(socket.raw, bytes, descriptors: descriptor.map { [$0] } ?? [])) }
            catch { return .failure(error) }
        }
        guard try sent.get() else { throw SystemError("sendmsg", .again) }
    }
}
