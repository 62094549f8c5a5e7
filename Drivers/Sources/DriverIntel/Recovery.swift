public import DriverKit
import CDriver
import E1000Registers

/// What the watchdog saw at its last look.
struct Watch {
    /// The contract's timer that it uses.
    static var timer: UInt32 { 0 }
    /// The device's counters are 32 bits wide: one look in so many adds them up.
    static var accumulateEvery: UInt32 { 30 }

    var busy = false
    var cleaned: UInt32 = 0
    var ticks: UInt32 = 0

    mutating func start() { self = Watch() }
}

extension IntelNIC {
    public mutating func timer(_ number: UInt32) -> Events {
        guard state == .running, number == Watch.timer else { return [] }
        let status = io.read(.status)
        if status == .max && isGone() { return [] }
        var events = lookAtLink()
        // A lost interrupt costs at most one tick.
        if receive.hasFrame || second?.hasFrame == true { events.insert(.receive) }
        if transmit.oldestIsDone { events.insert(.transmit) }
        let stuck = watch.busy && transmit.isBusy && transmit.cleaned == watch.cleaned && !transmit.oldestIsDone
        if stuck && STATUS().lu.isSet(status) && !STATUS().txoff.isSet(status) {
            recover("the transmitter hangs")
            events.formUnion([.transmit, .receive])
        } else if let ailment = Chip.ailment(&self) {
            recover(ailment)
            events.formUnion([.transmit, .receive])
        }
        guard state == .running else { return events }
        (watch.busy, watch.cleaned) = (transmit.isBusy, transmit.cleaned)
        watch.ticks &+= 1
        if watch.ticks % Watch.accumulateEvery == 0 { accumulateCounters() }
        applyModeration()
        services.setTimer(Watch.timer, microseconds: UInt64(max(live.value.watchdogMicroseconds, 10_000)))
        return events
    }

    /// Resets the device and brings it back to where it was. Frames that were not sent come back as failed, received ones
    /// that were not yet returned are lost; both are counted.
    public mutating func recover(_ reason: StaticString) {
        let head = io.read(.tdh), tail = io.read(.tdt), positions = transmit.positions
        services.log(.warning) { line in
            line.text(Chip.name)
            line.text(": ")
            line.text(reason)
            line.text(": TDH ")
            line.decimal(head)
            line.text(", TDT ")
            line.decimal(tail)
            line.text(", next to clean ")
            line.decimal(positions.head)
            line.text(", next to fill ")
            line.decimal(positions.tail)
            line.text("; resetting")
        }
        live.value.hangs &+= 1
        accumulateCounters()
        do throws(DriverFailure) {
            try Self.reset(services, io)
            counters.add(DRYDOCK_RX_ERRORS, receive.completeFrames() &+ (second?.completeFrames() ?? 0))
            counters.add(DRYDOCK_TX_ERRORS, transmit.abandon())
            try program()
            enable()
            linkUp = STATUS().lu.isSet(io.read(.status))
        } catch {
            fail(error)
        }
    }

    /// Whether the device has left the bus; if so, says so once and lets nothing more happen.
    public mutating func isGone() -> Bool {
        guard io.read(.status) == .max, services.config(0, width: 2) == 0xFFFF || io.read(.ctrl) == .max else { return false }
        fail(.gone)
        return true
    }

    /// The device cannot be used any more. All buffers can be had back.
    mutating func fail(_ failure: DriverFailure) {
        guard state != .gone else { return }
        state = .gone
        services.setTimer(Watch.timer, microseconds: 0)
        Self.silence(services, io)
        counters.add(DRYDOCK_TX_ERRORS, transmit.abandon())
        receive.drain()
        second?.drain()
        services.fail { line in
            line.text(Chip.name)
            line.text(": ")
            failure.describe(to: &line)
        }
    }
}
