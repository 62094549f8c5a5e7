import CDriver
public import DriverKit
import E1000Registers

// The four verbs of the frame path, one doorbell a batch.
extension E1000 {
    public mutating func provideReceive(_ buffers: Span<Buffer>) -> Int {
        guard state != .gone else { return 0 }
        let taken = receive.provide(buffers, mayChoose: state != .running)
        if taken > 0 && state == .running { receive.ring(io) }
        return taken
    }

    public mutating func returnReceive(_ out: inout MutableSpan<Buffer>) -> Int {
        var bad: UInt64 = 0
        let returned = receive.take(&out, vlan: offloads & DRYDOCK_CAP_VLAN_HW != 0, bad: &bad)
        if bad > 0 { counters.add(DRYDOCK_RX_ERRORS, bad) }
        return returned
    }

    public mutating func provideTransmit(_ buffers: Span<Buffer>) -> Int {
        guard state == .running else { return 0 }
        let before = transmit.positions.tail
        var refused: UInt64 = 0
        let limits = FrameLimits(longest: Int(settings.mtu &+ E1000.headerOctets), insertsVLAN: offloads & DRYDOCK_CAP_VLAN_HW != 0,
                                 delayed: moderation.delaysTransmit)
        let taken = transmit.provide(buffers, limits: limits, refused: &refused)
        if refused > 0 {
            counters.add(DRYDOCK_TX_ERRORS, refused)
            live.value.refusedFrames &+= refused
        }
        if transmit.positions.tail != before { transmit.ring(io) }
        return taken
    }

    public mutating func returnTransmit(_ out: inout MutableSpan<Buffer>) -> Int {
        var failed: UInt64 = 0
        let returned = transmit.take(&out, failed: &failed)
        if failed > 0 { counters.add(DRYDOCK_TX_ERRORS, failed) }
        return returned
    }
}
