import CDriver
public import DriverKit
import RTL8139Registers

// The four verbs of the frame path.
extension RTL8139 {
    public mutating func provideReceive(_ buffers: Span<Buffer>) -> Int { state == .gone ? 0 : receive.provide(buffers) }

    public mutating func returnReceive(_ out: inout MutableSpan<Buffer>) -> Int {
        if state == .running && receive.mayHaveFrames { harvest() }
        return receive.take(&out)
    }

    public mutating func provideTransmit(_ buffers: Span<Buffer>) -> Int {
        guard state == .running else { return 0 }
        var refused: UInt64 = 0, copied: UInt64 = 0
        let taken = transmit.provide(buffers, io, longest: Int(settings.mtu &+ RTL8139.headerOctets),
                                     threshold: live.value.transmitThreshold, refused: &refused, copied: &copied)
        live.value.copiedFrames &+= copied
        if refused > 0 {
            counters.add(DRYDOCK_TX_ERRORS, refused)
            live.value.refusedFrames &+= refused
        }
        return taken
    }

    public mutating func returnTransmit(_ out: inout MutableSpan<Buffer>) -> Int {
        if state == .running && transmit.isBusy { collectSent() }
        return transmit.take(&out)
    }

    /// Frames out of the ring into buffers; a ring that makes no sense is started again.
    mutating func harvest() {
        switch receive.harvest(io, mayDiscard: false, &counters) {
        case .fine:
            guard receive.overflowed, !receive.signalled else { break }
            // With CAPR moved there is room: only now do these two stay cleared. ISR (003Eh)
            receive.overflowed = false
            io.write(.isr, Causes().rxovw.mask | Causes().fovw.mask)
        case .broken: restartReceiver("the receive ring holds no frame where one should be")
        case .gone: _ = isGone()
        }
    }

    /// Finished frames go home, as the one register says that has them all. TSAD (0060h)
    mutating func collectSent() {
        let status = io.read(.tsad)
        if status == 0xFFFF && isGone() { return }
        while transmit.isBusy && transmit.canFinish {
            switch transmit.oldest(status) {
            case .pending: return
            case .sent: sent()
            case .underrun:
                counters.add(DRYDOCK_TX_UNDERRUNS, 1)
                live.value.transmitThreshold = min(live.value.transmitThreshold &+ 8, 48)
                sent()
            case .aborted: return abort()
            }
        }
    }

    private mutating func sent() {
        let note = transmit.finish(sent: true)
        counters.sent(Int(note.octets), to: note.audience)
    }

    /// After 16 collisions the transmitter stands still, and would send the frame again on demand (TCR.CLRABT); by then its buffer
    /// may be somebody else's. A reset leaves nothing behind.
    private mutating func abort() {
        let status = transmit.oldestStatus(io)
        counters.add(TSD().owc.isSet(status) ? DRYDOCK_TX_LATE_COLLISIONS : DRYDOCK_TX_EXCESSIVE_COLLISIONS, 1)
        if TSD().crs.isSet(status) { counters.add(DRYDOCK_TX_NO_CARRIER, 1) }
        recover("a transmission was aborted")
    }
}
