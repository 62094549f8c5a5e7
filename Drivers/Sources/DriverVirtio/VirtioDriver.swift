public import DriverKit
import VirtioRegisters

/// A driver of a virtio device: interrupts, resets, and devices that give up or lie are the same for all kinds.
public protocol VirtioDriver: NICDriver, ~Copyable {
    var device: VirtioDevice { get }
    var interrupts: VirtioInterrupts { get }
    /// No interrupts from the queues until they are looked at.
    func suppressQueues()
}

extension VirtioDriver where Self: ~Copyable {
    public mutating func reset() throws(DriverFailure) { try device.reset() }
    public func silence() { device.silence() }

    public mutating func interrupt(_ vector: UInt32) -> Events {
        guard core.state == .running else { return .foreign }
        let (queues, configuration) = interrupts.causes(vector, device)
        guard queues || configuration else { return core.foreign() }
        core.live.value.usual.interrupts &+= 1
        if queues { suppressQueues() }
        let events: Events = queues ? [.receive, .transmit] : []
        return configuration ? events.union(lookAtStatus()).union(lookAtLink()) : events
    }

    public mutating func look() -> Events { lookAtStatus().union([.receive, .transmit]) }

    /// Whether the device gave up. virtio 1.2 §2.1.2
    private mutating func lookAtStatus() -> Events {
        guard device.needsReset, !device.isGone else { return [] }
        recover("the device needs a reset")
        return [.receive, .transmit, .link]
    }

    /// The device is not to be trusted any more.
    public mutating func fail(_ fault: RingFault) { fail { fault.describe(to: &$0) } }
}
