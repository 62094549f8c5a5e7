public import DriverKit
import VirtioNetRegisters

extension VirtioNet {
    public mutating func interrupt(_ vector: UInt32) -> Events {
        guard state == .running else { return .foreign }
        var queues = true, config = vector == 0
        if !vectors.messages {
            // Reading clears, and lowers the line. virtio 1.2 §4.1.5.3
            let causes = device.isr.read(.isr)
            if causes == 0xFF && isGone() { return [] }
            (queues, config) = (InterruptStatus().queue.isSet(causes), InterruptStatus().config.isSet(causes))
            guard queues || config else {
                live.value.foreignInterrupts &+= 1
                return .foreign
            }
        } else if vector == 0, vectors.granted > 1 { queues = false }
        live.value.interrupts &+= 1
        var events: Events = []
        if queues {
            for pair in 0..<receive.count {
                receive[pair].suppress()
                transmit[pair].suppress()
            }
            events = [.receive, .transmit]
        }
        if config { events.formUnion(lookAtDevice()) }
        return events
    }

    /// After a change of the configuration: whether the device gave up, and the link. virtio 1.2 §2.1.2, §5.1.6.6
    mutating func lookAtDevice() -> Events {
        let status = device.status
        if status == 0xFF && isGone() { return [] }
        if DeviceStatus().needsReset.isSet(status) {
            recover("the device needs a reset")
            return [.receive, .transmit, .link]
        }
        let up = linkIsUp
        guard up != linkUp else { return [] }
        linkUp = up
        if live.value.verbose > 0 { services.log(.info) { $0.text(up ? "virtio-net: link up" : "virtio-net: link down") } }
        services.linkChanged()
        return .link
    }
}
