import CDriver
public import DriverKit
import VirtioNetRegisters

/// What the watchdog saw at its last look.
struct Watch {
    /// The contract's timers: one look after another; a frame that found no room.
    static var timer: UInt32 { 0 }
    static var again: UInt32 { 1 }
    var sent: UInt64 = 0, busy = false
}

extension VirtioNet {
    public mutating func timer(_ number: UInt32) -> Events {
        guard state == .running else { return [] }
        guard number == Watch.timer else { return [.receive, .transmit] }
        // A lost interrupt costs at most one tick.
        var events = lookAtDevice().union([.receive, .transmit]), busy = false
        for pair in 0..<transmit.count where transmit[pair].inFlight > 0 && transmit[pair].finished == 0 { busy = true }
        if state == .running, busy, watch.busy, linkUp, counters[DRYDOCK_TX_PACKETS] == watch.sent {
            live.value.hangs &+= 1
            recover("the transmitter hangs")
            events.insert(.link)
        }
        watch = Watch(sent: counters[DRYDOCK_TX_PACKETS], busy: busy)
        if state == .running { services.setTimer(Watch.timer, microseconds: UInt64(max(live.value.watchdogMicroseconds, 10_000))) }
        return events
    }

    /// Resets the device and brings it back to where it was. Frames that were not sent come back as failed, received ones
    /// that were not yet returned are lost; both are counted.
    mutating func recover(_ reason: StaticString) {
        services.log(.warning) { line in
            line.text("virtio-net: ")
            line.text(reason)
            line.text("; resetting")
        }
        do throws(DriverFailure) {
            try device.reset()
            for pair in 0..<receive.count { counters.add(DRYDOCK_RX_ERRORS, receive[pair].frames(mergeable: features.contains(.mergeable))) }
            abandonTransmit()
            try bringUp()
        } catch { fail { error.describe(to: &$0) } }
    }

    /// Whether the device has left the bus; if so, says so once and lets nothing more happen.
    mutating func isGone() -> Bool {
        guard device.status == 0xFF, services.config(0, width: 2) == 0xFFFF else { return false }
        fail { DriverFailure.gone.describe(to: &$0) }
        return true
    }

    /// The device is not to be trusted any more.
    mutating func fail(_ fault: RingFault) {
        live.value.ringFaults &+= 1
        fail { line in
            line.text("queue ")
            line.decimal(fault.queue)
            line.text(" returned descriptor ")
            line.decimal(fault.descriptor)
            line.text(", which the device did not hold")
        }
    }

    /// The device cannot be used any more. All buffers can be had back.
    private mutating func fail(_ build: (inout LogLine) -> Void) {
        guard state != .gone else { return }
        state = .gone
        services.setTimer(Watch.timer, microseconds: 0)
        device.silence()
        for pair in 0..<receive.count { counters.add(DRYDOCK_RX_ERRORS, receive[pair].frames(mergeable: features.contains(.mergeable))) }
        abandonTransmit()
        services.fail { line in
            line.text("virtio-net: ")
            build(&line)
        }
    }
}
