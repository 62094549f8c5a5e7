import DriverKit
import VirtioNetRegisters

/// Commands to the device, one at a time, each waited for. virtio 1.2 §5.1.6.5
struct ControlQueue: ~Copyable {
    var queue: Virtqueue
    /// Octets of the command that is being written.
    private var octets = 0

    init(_ queue: consuming Virtqueue) { self.queue = queue }

    /// Addresses that a table can have.
    var longestTable: Int { (queue.layout.size &* 16 &- 32) / 6 }

    mutating func begin(_ command: ControlCommand) {
        octets = 0
        put(command.rawValue)
    }

    /// Two octets, the low one first.
    mutating func put(_ value: UInt16) {
        queue.memory.store16(queue.layout.header(0) &+ octets, value)
        octets &+= 2
    }

    mutating func put(_ value: UInt32) {
        put(UInt16(truncatingIfNeeded: value))
        put(UInt16(truncatingIfNeeded: value >> 16))
    }

    mutating func put(address: UInt64) {
        put(UInt32(truncatingIfNeeded: address))
        put(UInt16(truncatingIfNeeded: address >> 32))
    }

    /// - Throws: `.timedOut`, `.unsupported` when the device says no. After the first it must be reset.
    mutating func send(_ services: Services, shorter less: Int = 0) throws(DriverFailure) {
        let length = octets &- less, answer = queue.layout.header(0) &+ ((length &+ 3) & ~3)
        queue.memory.store32(answer, 0xFF)
        // An event that has just passed, or the flag: no interrupt, the answer is polled for.
        _ = queue.rearm(later: -1)
        queue.suppress()
        queue.postCommand(octets: length)
        queue.publish()
        try services.settle("an answer on the control queue", within: 500_000, step: 20) { queue.finished > 0 }
        do throws(RingFault) { queue.take(try queue.oldest().head) { _ in } } catch {
            throw .unsuitable("the control queue returned what it did not hold")
        }
        guard queue.memory.load32(answer) & 0xFF == UInt32(ControlCommand.ok) else { throw .unsupported }
    }
}
