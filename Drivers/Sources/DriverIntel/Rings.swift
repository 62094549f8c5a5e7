import CDriver
public import DriverKit
import E1000Registers

// The four verbs of the frame path, one doorbell a batch.
extension IntelNIC {
    @inline(__always)
    public mutating func provideReceive(_ buffers: Span<Buffer>) -> Int {
        guard state != .gone else { return 0 }
        if state != .running, !buffers.isEmpty, receive.isEmpty, second?.isEmpty ?? true {
            receive.choose(buffers[0].capacity)
            second?.choose(buffers[0].capacity)
        }
        if Chip.receiveQueues > 1 && hasSecond { return provideBoth(buffers) }
        let taken = receive.provide(buffers)
        if taken > 0 && state == .running { receive.ring(io, 0) }
        return taken
    }

    /// Evens the two queues out: what one lacks more of goes there first, and neither is rung in vain.
    @inline(never)
    private mutating func provideBoth(_ buffers: Span<Buffer>) -> Int {
        let lead = (buffers.count &+ (second?.used ?? 0) &- receive.used) / 2
        let before = receive.used
        var taken = receive.provide(buffers.extracting(first: max(0, min(lead, buffers.count))))
        let behind = second?.provide(buffers.extracting(droppingFirst: taken)) ?? 0
        taken &+= behind
        taken &+= receive.provide(buffers.extracting(droppingFirst: taken))
        if state == .running && receive.used != before { receive.ring(io, 0) }
        if state == .running && behind > 0 { second?.ring(io, 1) }
        return taken
    }

    @inline(__always)
    public mutating func returnReceive(_ out: inout MutableSpan<Buffer>) -> Int {
        var bad: UInt64 = 0, returned = 0
        let vlan = offloads & DRYDOCK_CAP_VLAN_HW != 0
        if Chip.receiveQueues > 1 && hasSecond {
            returned = takeBoth(&out, vlan: vlan, bad: &bad)
        } else {
            returned = receive.take(&out, from: 0, vlan: vlan, bad: &bad)
        }
        if bad > 0 { counters.add(DRYDOCK_RX_ERRORS, bad) }
        return returned
    }

    /// Frames of one queue stay in their order; the queues take turns at being first.
    @inline(never)
    private mutating func takeBoth(_ out: inout MutableSpan<Buffer>, vlan: Bool, bad: inout UInt64) -> Int {
        secondFirst.toggle()
        var end = 0
        for turn in 0..<2 {
            let start = end
            if (turn == 0) == secondFirst {
                end = second?.take(&out, from: start, vlan: vlan, bad: &bad) ?? start
                live.value.queue1Buffers &+= UInt64(end &- start)
            } else {
                end = receive.take(&out, from: start, vlan: vlan, bad: &bad)
                live.value.queue0Buffers &+= UInt64(end &- start)
            }
        }
        return end
    }

    @inline(__always)
    public mutating func provideTransmit(_ buffers: Span<Buffer>) -> Int {
        guard state == .running else { return 0 }
        let before = transmit.positions.tail
        var refused: UInt64 = 0
        let limits = FrameLimits(longest: Int(settings.mtu &+ Self.headerOctets), offloads: offloads, delayed: moderation.delaysTransmit)
        let taken = transmit.provide(buffers, limits: limits, refused: &refused)
        if refused > 0 {
            counters.add(DRYDOCK_TX_ERRORS, refused)
            live.value.refusedFrames &+= refused
        }
        if transmit.positions.tail != before { transmit.ring(io) }
        return taken
    }

    @inline(__always)
    public mutating func returnTransmit(_ out: inout MutableSpan<Buffer>) -> Int {
        var failed: UInt64 = 0
        let returned = transmit.take(&out, failed: &failed)
        if failed > 0 { counters.add(DRYDOCK_TX_ERRORS, failed) }
        return returned
    }
}

/// The shape of both rings. 8254x §3.2.6, §3.4
enum GigabitLayout: DescriptorLayout {
    static var octets: Int { 16 }
    static var alignment: Int { 128 }
}
