import CDriver
public import DriverKit
import PCnetRegisters

// The four verbs of the frame path, one doorbell a batch, and what becomes of frames when the device is reset.
extension PCnet {
    public mutating func provideReceive(_ buffers: Span<Buffer>) -> Int {
        guard core.state != .gone else { return 0 }
        return receive.provide(buffers, core.state == .running ? io.ports : nil)
    }

    public mutating func returnReceive(_ out: inout MutableSpan<Buffer>) -> Int { receive.take(&out, &core.counters) }

    public mutating func offer(_ list: Span<Buffer>, _ start: Int, _ parts: Int) -> Offer {
        transmit.offer(list, start, parts, longest: core.longestFrame)
    }

    /// The device looks by itself too, but seldom. CSR0 (TDMD)
    public mutating func announce() {
        guard transmit.positions.tail != told else { return }
        told = transmit.positions.tail
        io.csr.write(.csr0, CSR0().tdmd.mask | CSR0().iena.mask)
    }

    public mutating func returnTransmit(_ out: inout MutableSpan<Buffer>) -> Int {
        transmit.take(&out, from: core.home(&out), &core.counters)
    }

    public var isIdle: Bool { !receive.isDraining }

    public mutating func abandon(keepingReceived: Bool) {
        transmit.abandon(&core.done, &core.counters)
        if !keepingReceived { core.counters.add(DRYDOCK_RX_ERRORS, receive.lose()) }
        if core.state != .running { receive.drain() }
    }
}
