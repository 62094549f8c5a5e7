import CDriver
public import DriverKit
import PCnetRegisters

// The four verbs of the frame path, one doorbell a batch.
extension PCnet {
    public mutating func provideReceive(_ buffers: Span<Buffer>) -> Int {
        guard state != .gone else { return 0 }
        return receive.provide(buffers, state == .running ? io.ports : nil)
    }

    public mutating func returnReceive(_ out: inout MutableSpan<Buffer>) -> Int { receive.take(&out, &counters) }

    public mutating func provideTransmit(_ buffers: Span<Buffer>) -> Int {
        guard state == .running else { return 0 }
        let before = transmit.positions.tail
        var refused: UInt64 = 0
        let taken = transmit.provide(buffers, longest: Int(settings.mtu &+ PCnet.headerOctets), refused: &refused)
        if refused > 0 {
            counters.add(DRYDOCK_TX_ERRORS, refused)
            live.value.refusedFrames &+= refused
        }
        // The device looks by itself too, but seldom. CSR0 (TDMD)
        if transmit.positions.tail != before { io.csr.write(.csr0, CSR0().tdmd.mask | CSR0().iena.mask) }
        return taken
    }

    public mutating func returnTransmit(_ out: inout MutableSpan<Buffer>) -> Int { transmit.take(&out, &counters) }
}
