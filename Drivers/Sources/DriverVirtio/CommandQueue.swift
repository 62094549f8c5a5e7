public import DriverKit

/// A queue of commands to the device, one at a time, each waited for: octets for the device to read, and one for its answer.
public struct CommandQueue: ~Copyable {
    var queue: Virtqueue
    /// Octets that are said behind the command, so far; the command itself is put before them when it is sent.
    private var octets = 0
    private static var room: Int { 8 }

    public init(_ queue: consuming Virtqueue) { self.queue = queue }

    /// Octets that a command may have behind it: all that the descriptors have aside, but for itself and the answer.
    public var longest: Int { queue.size &* 16 &- CommandQueue.room &- 4 }

    /// Tells a device that was reset where the queue is. It interrupts nobody.
    public mutating func program(_ device: VirtioDevice) throws(DriverFailure) { try queue.program(device, vector: nil) }

    /// Adds octets to what is said behind the command, the lowest of `value` first.
    public mutating func put(_ value: UInt64, octets count: Int) {
        precondition(octets &+ count <= longest)
        store(value, octets: count, at: CommandQueue.room &+ octets)
        octets &+= count
    }

    private func store(_ value: UInt64, octets count: Int, at start: Int) {
        for i in 0..<count { queue.memory.store8(queue.aside(0) &+ start &+ i, UInt8(truncatingIfNeeded: value >> UInt64(8 * i))) }
    }

    /// Sends a command of at most 8 octets and what was put, and returns the device's answer.
    ///
    /// - Throws: `.timedOut`, after which the device must be reset: it may still answer.
    public mutating func send(_ services: Services, _ command: UInt64, octets count: Int) throws(DriverFailure) -> UInt8 {
        let start = CommandQueue.room &- count, length = count &+ octets, answer = (CommandQueue.room &+ octets &+ 3) & ~3
        store(command, octets: count, at: start)
        octets = 0
        queue.memory.store32(queue.aside(0) &+ answer, 0xFF)
        // An event that has just passed, or the flag: no interrupt, the answer is polled for.
        _ = queue.rearm(later: -1)
        queue.suppress()
        queue.add(queue.asideAddress(0) &+ UInt64(start), octets: length, deviceWrites: false, more: true)
        queue.add(queue.asideAddress(0) &+ UInt64(answer), octets: 1, deviceWrites: true, more: false)
        queue.publish()
        try services.settle("an answer on the control queue", within: 500_000, step: 20) { queue.finished > 0 }
        do throws(RingFault) { queue.take(try queue.oldest().head) { _ in } } catch {
            throw .unsuitable("the control queue returned what it did not hold")
        }
        return UInt8(truncatingIfNeeded: queue.memory.load32(queue.aside(0) &+ answer))
    }
}
