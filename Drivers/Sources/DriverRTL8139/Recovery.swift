import CDriver
public import DriverKit
import RTL8139Registers

/// What the watchdog saw at its last look.
struct Watch {
    /// The contract's timer that it uses.
    static var timer: UInt32 { 0 }
    var busy = false
    var finished: UInt32 = 0
    /// Where a frame was still being written; nil: none was.
    var unfinished: Int?
}

extension RTL8139 {
    public mutating func timer(_ number: UInt32) -> Events {
        guard state == .running, number == Watch.timer else { return [] }
        if io.read(.tcr) == .max && isGone() { return [] }
        var events = lookAtLink()
        accumulateMissed()
        // A lost interrupt costs at most one tick.
        receive.signalled = true
        events.insert(.receive)
        lookAtReceiver()
        if transmit.isBusy {
            collectSent()
            events.insert(.transmit)
        }
        if watch.busy && transmit.isBusy && transmit.finished == watch.finished && linkUp {
            live.value.hangs &+= 1
            recover("the transmitter hangs")
        }
        guard state == .running else { return events }
        (watch.busy, watch.finished) = (transmit.isBusy, transmit.finished)
        services.setTimer(Watch.timer, microseconds: UInt64(max(live.value.watchdogMicroseconds, 10_000)))
        return events
    }

    /// A frame that is not finished from one tick to the next never will be.
    private mutating func lookAtReceiver() {
        harvest()
        let here = receive.waitsForEnd ? receive.position : nil
        if let here, here == watch.unfinished, state == .running { restartReceiver("a frame in the receive ring never ends") }
        watch.unfinished = here
    }

    /// Frames that lie whole in the ring are copied out; those without a buffer are lost, and counted.
    mutating func rescueFrames() {
        if receive.harvest(io, mayDiscard: true, &counters) == .broken { counters.add(DRYDOCK_RX_ERRORS, 1) }
    }

    /// Stops the receiver, keeps what arrived, and starts it again at the ring's start: for a new RCR, after which devices differ in
    /// where they go on.
    mutating func changeReceiver() {
        let cr = CR()
        io.write(.cr, cr.te.mask)
        rescueFrames()
        receive.program(io)
        io.write(.cr, cr.te.mask | cr.re.mask)
        filters.rcr = wantedRCR
        io.write(.rcr, filters.rcr)
        receive.rewind(io)
    }

    /// The ring does not make sense: the frame there, and what may lie behind it, is lost.
    mutating func restartReceiver(_ reason: StaticString) {
        live.value.restarts &+= 1
        let position = receive.position, end = io.read(.cbr)
        services.log(.warning) { line in
            line.text("rtl8139: ")
            line.text(reason)
            line.text(": at ")
            line.decimal(position)
            line.text(", CBR ")
            line.decimal(end)
            line.text("; receiver restarted")
        }
        changeReceiver()
    }

    /// Resets the device and brings it back to where it was. Frames that were not sent come back as failed.
    mutating func recover(_ reason: StaticString) {
        let status = io.read(.tsad), first = transmit.first, used = transmit.used
        services.log(.warning) { line in
            line.text("rtl8139: ")
            line.text(reason)
            line.text(": TSAD ")
            line.hexadecimal(status, digits: 4)
            line.text(", oldest descriptor ")
            line.decimal(first)
            line.text(", in use ")
            line.decimal(used)
            line.text("; resetting")
        }
        rescueFrames()
        accumulateMissed()
        counters.add(DRYDOCK_TX_ERRORS, transmit.abandon())
        do throws(DriverFailure) {
            try RTL8139.reset(services, io)
            try enable()
        } catch { fail(error) }
    }

    /// Whether the device has left the bus; if so, says so once and lets nothing more happen.
    mutating func isGone() -> Bool {
        guard io.read(.tcr) == .max else { return false }
        fail(.gone)
        return true
    }

    /// The device cannot be used any more. All buffers can be had back.
    mutating func fail(_ failure: DriverFailure) {
        guard state != .gone else { return }
        state = .gone
        services.setTimer(Watch.timer, microseconds: 0)
        RTL8139.silence(services, io)
        counters.add(DRYDOCK_TX_ERRORS, transmit.abandon())
        receive.drain()
        services.fail { line in
            line.text("rtl8139: ")
            failure.describe(to: &line)
        }
    }
}
