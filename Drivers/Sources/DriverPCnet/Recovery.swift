import CDriver
public import DriverKit
import PCnetRegisters

/// What the watchdog saw at its last look.
struct Watch {
    /// The contract's timer that it uses.
    static var timer: UInt32 { 0 }
    var busy = false
    var finished: UInt32 = 0
    /// CSR112 when it was last read.
    var missed: UInt32 = 0
}

extension PCnet {
    public mutating func timer(_ number: UInt32) -> Events {
        guard state == .running, number == Watch.timer else { return [] }
        guard io.state != nil else {
            _ = isGone()
            return []
        }
        var events = lookAtLink()
        accumulateMissed()
        // A lost interrupt costs at most one tick.
        if receive.hasFrame { events.insert(.receive) }
        if transmit.oldestIsDone { events.insert(.transmit) }
        if watch.busy && transmit.isBusy && transmit.finished == watch.finished && !transmit.oldestIsDone && linkUp {
            live.value.hangs &+= 1
            recover("the transmitter hangs")
            events.formUnion([.transmit, .receive])
        }
        guard state == .running else { return events }
        (watch.busy, watch.finished) = (transmit.isBusy, transmit.finished)
        services.setTimer(Watch.timer, microseconds: UInt64(max(live.value.watchdogMicroseconds, 10_000)))
        return events
    }

    /// Resets the device and brings it back to where it was. Frames that were not sent come back as failed, received ones that were not
    /// yet returned are lost; both are counted.
    mutating func recover(_ reason: StaticString) {
        let status = io.csr.read(.csr0) & 0xFFFF, positions = transmit.positions
        services.log(.warning) { line in
            line.text("pcnet: ")
            line.text(reason)
            line.text(": CSR0 ")
            line.hexadecimal(status, digits: 4)
            line.text(", next to clean ")
            line.decimal(positions.head)
            line.text(", next to fill ")
            line.decimal(positions.tail)
            line.text("; resetting")
        }
        accumulateMissed()
        do throws(DriverFailure) {
            try PCnet.reset(services, io)
            counters.add(DRYDOCK_RX_ERRORS, receive.completeFrames())
            transmit.abandon(&counters)
            try enable()
        } catch { fail(error) }
    }

    /// Whether the device has left the bus; if so, says so once and lets nothing more happen.
    mutating func isGone() -> Bool {
        guard io.state == nil else { return false }
        fail(.gone)
        return true
    }

    /// The device cannot be used any more. All buffers can be had back.
    mutating func fail(_ failure: DriverFailure) {
        guard state != .gone else { return }
        state = .gone
        services.setTimer(Watch.timer, microseconds: 0)
        PCnet.silence(services, io)
        transmit.abandon(&counters)
        receive.drain()
        services.fail { line in
            line.text("pcnet: ")
            failure.describe(to: &line)
        }
    }
}
