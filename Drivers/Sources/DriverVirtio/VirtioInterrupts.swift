import CDriver
public import DriverKit
import VirtioRegisters

/// Which vector says what: MSI-X when there is any, otherwise the line and the interrupt status register. virtio 1.2 §4.1.5.1.2
public struct VirtioInterrupts: Sendable {
    private let messages: Bool
    public let granted: UInt32

    /// Asks for a vector for the configuration and one for each of `groups` groups of queues, and takes what it gets.
    public init(_ services: Services, groups: Int) throws(DriverFailure) {
        let vectors = try? services.enableInterrupts(UInt32(DRYDOCK_MSIX.rawValue), vectors: UInt32(1 + groups))
        messages = vectors != nil
        if let vectors { granted = vectors } else { granted = try services.enableInterrupts(UInt32(DRYDOCK_INTX.rawValue), vectors: 1) }
    }

    /// The configuration has the first, each group of queues one of the others; what there is not is shared. nil: the line.
    public func vector(ofGroup group: Int) -> UInt32? { messages ? (granted == 1 ? 0 : 1 + UInt32(group) % (granted - 1)) : nil }

    /// After a reset: tells the device which vector says that its configuration changed.
    public func bindConfiguration(_ device: VirtioDevice) throws(DriverFailure) {
        if messages { try device.bind(.configVector, to: 0) }
    }

    /// What an interrupt is about; neither: it is not ours. A device that has gone seems to say both.
    public func causes(_ vector: UInt32, _ device: VirtioDevice) -> (queues: Bool, configuration: Bool) {
        if messages { return (vector != 0 || granted == 1, vector == 0) }
        // Reading clears, and lowers the line. virtio 1.2 §4.1.5.3
        let causes = device.isr.read(.isr)
        return (InterruptStatus().queue.isSet(causes), InterruptStatus().config.isSet(causes))
    }
}
