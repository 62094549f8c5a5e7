import Host
import Logging
import Messages
import Recorder

/// What is done about a transmitter that stands still: the driver's process is ended, or the driver stopped and started.
extension Netd {
    func watchTransmitter(_ device: Device, now: UInt64) {
        guard let span = device.lookAtTransmitter(now: now) else { return }
        let held = device.transmitter(now: now)
        let count = held.frames + held.waiting
        let text = "\(Tombstone.Isolated.stoodStill): \(count) \(count == 1 ? "frame" : "frames") for \(Self.seconds(span))"
        let places = "\(held.frames) of its \(held.places) places are taken, \(held.waiting) frames wait for one"
        device.context.trace.text(.note, "\(text); \(places)")
        if let isolated = device.context.bus as? IsolatedDevice {
            logger.error("\(device.interface): \(text); \(places). Its process is ended")
            return isolated.end(why: text)
        }
        logger.error("\(device.interface): \(text); \(places). It is stopped and started")
        restart(device)
    }

    /// As `ifconfig down up` would, for the driver: the interface, its addresses and routes know nothing of it.
    private func restart(_ device: Device) {
        unsafe device.attachment.pointee.stop()
        applyFilter(device.index)
        let status = unsafe device.attachment.pointee.start()
        device.isBusy = true
        guard status == 0 else {
            logger.error("\(device.interface): it does not start again: \(DriverFailure.text(status)); the interface is down")
            setUp(device.index, false)
            return
        }
        linkChanged(device)
    }

    private static func seconds(_ span: UInt64) -> String { "\((span + 500_000_000) / 1_000_000_000) s" }
}
