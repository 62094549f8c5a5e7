public import DriverKit
import CDriver
import VirtioNetRegisters

// Packets to send: virtio 1.2 §5.1.6.1, §5.1.6.2
extension VirtioNet {
    public mutating func provideTransmit(_ buffers: Span<Buffer>) -> Int {
        guard state == .running else { return 0 }
        var n = 0
        while n < buffers.count {
            let parts = FrameParts.count(buffers, from: n)
            guard parts > 0 else { break }
            if let header = header(buffers, n, parts) {
                let queue = transmit.count == 1 ? 0 : flow(buffers[n]) % transmit.count
                guard transmit[queue].room > parts else { break }
                transmit[queue].post(buffers, n, parts, header, deviceWrites: false)
            } else {
                guard done.room >= parts &+ VirtioNet.slots(transmit) else { break }
                for part in 0..<parts { done.add(buffers[n &+ part], isFirst: part == 0, isLast: part == parts &- 1, failed: true) }
                counters.add(DRYDOCK_TX_ERRORS, 1)
                live.value.refusedFrames &+= 1
            }
            n &+= parts
        }
        for queue in 0..<transmit.count { transmit[queue].publish() }
        return n
    }

    /// What the device is told of a frame; nil: it must not be given this one.
    @inline(__always)
    private func header(_ list: Span<Buffer>, _ start: Int, _ parts: Int) -> PacketHeader? {
        let first = list[start], flags = first.flags, longest = Int((settings.mtu ?? 1500) &+ VirtioNet.headerOctets)
        guard parts <= VirtioNet.longestFrame, !flags.contains(.vlan), !flags.contains(.insertIP) || flags.contains(.segment) else { return nil }
        guard let octets = FrameParts.octets(list, from: start, parts: parts), octets >= 14 else { return nil }
        var header = PacketHeader()
        if flags.contains(.insertChecksum) {
            let end = Int(first.checksumStart) + Int(first.checksumOffset) + 2
            guard offloads & DRYDOCK_CAP_TCP4CSUM_TX != 0, end <= octets else { return nil }
            header.flags = PacketHeader.needsChecksum
            (header.checksumStart, header.checksumOffset) = (first.checksumStart, first.checksumOffset)
        }
        guard flags.contains(.segment) else { return octets <= longest ? header : nil }
        // The version of IP says which segmentation; without the sums there is none. virtio 1.2 §5.1.6.2
        let version = (first.octet(Int(first.ipStart)) ?? 0) >> 4
        let needed: UInt32 = version == 4 ? DRYDOCK_CAP_TSO4 : version == 6 ? DRYDOCK_CAP_TSO6 : 0
        guard offloads & needed != 0, flags.contains(.insertChecksum), first.segmentOctets > 0, Int(first.headerOctets) < octets else { return nil }
        header.segmentation = version == 4 ? PacketHeader.tcp4 : PacketHeader.tcp6
        (header.headerOctets, header.segmentOctets) = (first.headerOctets, first.segmentOctets)
        return header
    }

    /// The same for all frames of a flow, so that they stay in order and the device steers answers to the same pair:
    /// addresses and ports of IPv4, addresses of IPv6. virtio 1.2 §5.1.6.5.6
    private func flow(_ buffer: Buffer) -> Int {
        var sum = 0
        for at in 26..<38 { sum = sum &* 31 &+ Int(buffer.octet(at) ?? 0) }
        // The low bits alone say little of a sum of odd multiples.
        return (sum &* 0x9E37_79B1) >> 16 & 0xFFFF
    }

    public mutating func returnTransmit(_ out: inout MutableSpan<Buffer>) -> Int {
        var n = done.take(&out)
        do throws(RingFault) {
            for queue in 0..<transmit.count {
                try transmit[queue].complete(room: out.count, &n, &counters) { out[$1] = $0 }
                if state == .running, n < out.count, transmit[queue].finished > 0 { services.setTimer(Watch.again, microseconds: 1) }
            }
        } catch { fail(error) }
        return n
    }

    /// The device is reset: what it has sent was sent, everything else comes back as failed.
    mutating func abandonTransmit() {
        for queue in 0..<transmit.count {
            var n = 0
            try? transmit[queue].complete(room: .max, &n, &counters) { (buffer, _) in
                done.add(buffer, isFirst: true, isLast: !buffer.flags.contains(.more), failed: false)
            }
            while let head = transmit[queue].abandoned() {
                var left = transmit[queue].parts(head), isFirst = true
                transmit[queue].take(head, returned: false) {
                    left &-= 1
                    done.add($0, isFirst: isFirst, isLast: left == 0, failed: true)
                    isFirst = false
                }
                counters.add(DRYDOCK_TX_ERRORS, 1)
            }
        }
    }
}

extension Virtqueue {
    /// Hands whole frames that were sent to `body`, with their place from `n`; `room` is the first place that is not there.
    @inline(__always)
    mutating func complete(room limit: Int, _ n: inout Int, _ counters: inout CounterSet, _ body: (Buffer, Int) -> Void) throws(RingFault) {
        while true {
            guard finished > 0 else {
                // Half of what is under way may come back before the next interrupt.
                if rearm(later: inFlight / 2) { continue }
                return
            }
            let (head, _) = try oldest(), parts = parts(head)
            guard n &+ parts <= limit else { return }
            var left = parts, octets = 0, first = Buffer()
            take(head) {
                if left == parts { first = $0 }
                left &-= 1
                octets &+= $0.length
                var buffer = $0
                buffer.flags = left == 0 ? [] : .more
                body(buffer, n)
                n &+= 1
            }
            counters.sent(octets, to: first.audience)
        }
    }
}
