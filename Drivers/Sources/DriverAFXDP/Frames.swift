import CDriver
import CHostLink
public import DriverKit
import HostLink

extension AFXDP {
    public mutating func provideReceive(_ buffers: Span<Buffer>) -> Int {
        guard core.state == .running, socket.isOpen else { return 0 }
        let free = socket.value.fill.room(buffers.count)
        let room = min(free, Int(settings.link.receive) &- slots.receiving)
        let count = min(buffers.count, max(room, 0))
        var n = 0
        while n < count, let address = slots.keep(buffers[n], .receive) {
            socket.value.fill.put(address: address)
            n &+= 1
        }
        guard n > 0 else { return 0 }
        socket.value.fill.publish()
        if isPaused {
            isPaused = false
            try? services.watch(AFXDP.frames, socket.value.descriptor.raw)
        }
        return n
    }

    public mutating func returnReceive(_ out: inout MutableSpan<Buffer>) -> Int {
        guard core.state == .running, socket.isOpen else { return empty(&out) }
        let ready = socket.value.received.available(out.count)
        let count = min(ready, out.count)
        guard count > 0 else {
            // The kernel may wait to be told that there are buffers, or, polled busily, does its work in our call.
            if settings.busyPoll || socket.value.fill.needsWakeUp { _ = hostlink_wake_receive(socket.value.descriptor.raw) }
            return 0
        }
        var n = 0
        for _ in 0..<count {
            let frame = socket.value.received.takeFrame()
            guard var buffer = slots.give(frame.address, .receive) else {
                core.counters.add(DRYDOCK_RX_ERRORS, 1)
                continue
            }
            accept(&buffer, frame)
            out[n] = buffer
            n &+= 1
        }
        socket.value.received.release()
        if slots.receiving == 0 {
            isPaused = true
            try? services.watch(AFXDP.frames, nil)
        }
        return n
    }

    /// Where the frame lies in its slot, and how long it is.
    @inline(__always) private mutating func accept(_ buffer: inout Buffer, _ frame: hostlink_xdesc) {
        let offset = Int(truncatingIfNeeded: frame.address &- (buffer.deviceAddress &- slots.start)), octets = Int(frame.octets)
        guard offset >= 0, octets >= 14, octets <= Int(core.mtu) &+ LinkCore.headerOctets, offset &+ octets <= buffer.capacity else {
            buffer.length = 0
            buffer.flags = .error
            core.counters.add(octets > Int(core.mtu) &+ LinkCore.headerOctets ? DRYDOCK_RX_OVERSIZED : DRYDOCK_RX_ERRORS, 1)
            return
        }
        buffer.dropFirst(offset)
        buffer.length = octets
        let destination = buffer.destination
        guard members.filter.accepts(destination) else {
            buffer.length = 0
            buffer.flags = .unused
            return
        }
        buffer.flags = []
        core.counters.received(octets, to: Audience(destination))
    }

    /// After a stop every buffer goes home empty.
    private mutating func empty(_ out: inout MutableSpan<Buffer>) -> Int {
        guard !socket.isOpen else { return 0 }
        var n = 0
        while n < out.count, var buffer = slots.giveAny(.receive) {
            buffer.length = 0
            buffer.flags = .unused
            out[n] = buffer
            n &+= 1
        }
        return n
    }

    public mutating func provideTransmit(_ buffers: Span<Buffer>) -> Int {
        guard core.state == .running, socket.isOpen else { return 0 }
        let limit = min(buffers.count, refused.room &- slots.sending)
        let room = socket.value.transmit.room(limit)
        var n = 0, put = 0
        while n < limit {
            let parts = buffers.parts(from: n)
            guard parts > 0, n &+ parts <= limit else { break }
            if parts == 1, isFit(buffers[n]) {
                guard put < room, let address = slots.keep(buffers[n], .transmit) else { break }
                socket.value.transmit.put(address: address, octets: UInt32(truncatingIfNeeded: buffers[n].length))
                core.counters.sent(buffers[n].length, to: Audience(buffers[n].destination))
                put &+= 1
            } else {
                refuse(buffers, n, parts)
            }
            n &+= parts
        }
        if put > 0 {
            socket.value.transmit.publish()
            push()
        }
        return n
    }

    /// A frame that the kernel takes: in one chunk of memory, with nothing left for the interface to do.
    @inline(__always) private func isFit(_ buffer: Buffer) -> Bool {
        let chunk = 1 << Int(SlotTable.chunkShift), start = Int(truncatingIfNeeded: buffer.deviceAddress &- slots.start) & (chunk &- 1)
        return buffer.length >= 14 && buffer.length <= Int(core.mtu) &+ LinkCore.headerOctets && start &+ buffer.length <= chunk
            && buffer.flags.isDisjoint(with: [.insertChecksum, .insertIP, .segment, .vlan])
    }

    private mutating func refuse(_ buffers: Span<Buffer>, _ start: Int, _ parts: Int) {
        core.live.value.refusedFrames &+= 1
        core.counters.add(DRYDOCK_TX_ERRORS, 1)
        refused.add(buffers, from: start, parts: parts, failed: true)
    }

    /// Has the kernel send what is in the ring; a timer when it does not get on.
    mutating func push() {
        var waiting = socket.value.transmit.waiting
        for _ in 0..<AFXDP.pushes where waiting > 0 && (settings.busyPoll || socket.value.transmit.needsWakeUp) {
            core.live.value.wakeUps &+= 1
            _ = hostlink_wake(socket.value.descriptor.raw)
            let left = socket.value.transmit.waiting
            guard left > 0 else { return }
            if left == waiting { break }
            waiting = left
        }
        guard waiting > 0 else { return }
        core.live.value.retries &+= 1
        services.setTimer(AFXDP.retry, microseconds: UInt64(max(core.live.value.retryMicroseconds, 1)))
    }

    public mutating func returnTransmit(_ out: inout MutableSpan<Buffer>) -> Int {
        var n = refused.take(&out)
        guard socket.isOpen else {
            while n < out.count, var buffer = slots.giveAny(.transmit) {
                buffer.flags = .failed
                out[n] = buffer
                n &+= 1
            }
            return n
        }
        let ready = socket.value.completed.available(out.count &- n)
        let count = min(ready, out.count &- n)
        for _ in 0..<count {
            guard var buffer = slots.give(socket.value.completed.takeAddress(), .transmit) else { continue }
            buffer.flags = []
            out[n] = buffer
            n &+= 1
        }
        if count > 0 { socket.value.completed.release() }
        return n
    }
}
