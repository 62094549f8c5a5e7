public import DriverKit
import CDriver
import VirtioNetRegisters

// Received packets: virtio 1.2 §5.1.6.3, §5.1.6.4
extension VirtioNet {
    public mutating func provideReceive(_ buffers: Span<Buffer>) -> Int {
        // What a stop left must have gone home.
        guard state == .running || state == .attached || receiveIsEmpty else { return 0 }
        guard state != .gone else { return 0 }
        var n = 0, full = 0, queue = 0
        while n < buffers.count, full < receive.count, buffers[n].capacity >= VirtioNet.smallestBuffer {
            if receive[queue].room >= 2 {
                receive[queue].post(buffers, n, 1, PacketHeader(), deviceWrites: true)
                (n, full) = (n &+ 1, 0)
            } else { full &+= 1 }
            queue = queue &+ 1 == receive.count ? 0 : queue &+ 1
        }
        if state == .running { for queue in 0..<receive.count { receive[queue].publish() } }
        return n
    }

    /// Without mergeable buffers every one must hold the largest packet. virtio 1.2 §5.1.6.3.1
    static var smallestBuffer: Int { 1526 + PacketHeader.octets }

    var receiveIsEmpty: Bool {
        for queue in 0..<receive.count where receive[queue].inFlight > 0 { return false }
        return true
    }

    public mutating func returnReceive(_ out: inout MutableSpan<Buffer>) -> Int {
        var n = 0
        do throws(RingFault) {
            for queue in 0..<receive.count where state != .gone {
                try receive[queue].receive(&out, &n, mergeable: features.contains(.mergeable), trust: offloads & DRYDOCK_CAP_TCP4CSUM_RX != 0, &counters)
                // A frame that found no room comes with the next call, which then must be made.
                if state == .running, n < out.count, receive[queue].finished > 0 { services.setTimer(Watch.again, microseconds: 1) }
            }
        } catch { fail(error) }
        guard state == .stopped || state == .gone else { return n }
        for queue in 0..<receive.count {
            while n < out.count, let head = receive[queue].abandoned() {
                receive[queue].take(head, returned: false) {
                    out[n] = OwnedBuffer(taking: $0).surrenderUnused()
                    n &+= 1
                }
            }
        }
        return n
    }
}

extension Virtqueue {
    /// Moves whole frames into `out` from `n`.
    mutating func receive(_ out: inout MutableSpan<Buffer>, _ n: inout Int, mergeable: Bool, trust: Bool, _ counters: inout CounterSet) throws(RingFault) {
        while n < out.count {
            guard finished > 0 else {
                if rearm() { continue }
                return
            }
            let first = try oldest()
            if skipped > 0 {
                take(first.head) { out[n] = OwnedBuffer(taking: $0).surrenderUnused() }
                (skipped, n) = (skipped &- 1, n &+ 1)
                continue
            }
            let header = header(first.head), parts = mergeable ? Int(header.buffers) : 1
            guard parts > 0, parts <= layout.size else { throw RingFault(queue: index, descriptor: UInt32(first.head)) }
            guard finished >= parts else {
                if rearm(later: parts &- 1) { continue }
                return
            }
            if parts > VirtioNet.longestFrame {
                counters.add(DRYDOCK_RX_OVERSIZED, 1)
                skipped = parts
                continue
            }
            guard n &+ parts <= out.count else { return }
            try frame(header, parts, &out, &n, trust: trust, &counters)
        }
    }

    /// Frames that came back and were not taken yet: what a reset loses.
    func frames(mergeable: Bool) -> UInt64 {
        var frames: UInt64 = 0, at = 0
        while at < min(finished, inFlight) {
            let head = Int(memory.load32(layout.usedEntry((Int(seen) &+ at) & (layout.size &- 1))))
            guard head < layout.size else { break }
            frames &+= 1
            at &+= mergeable ? max(1, Int(header(head).buffers)) : 1
        }
        return frames
    }

    /// One frame. Behind the first part, a chain's header area has the first octets of data: they go to the end of the part
    /// before, which has room for them.
    private mutating func frame(_ header: PacketHeader, _ parts: Int, _ out: inout MutableSpan<Buffer>, _ n: inout Int, trust: Bool, _ counters: inout CounterSet) throws(RingFault) {
        let start = n
        var octets = -PacketHeader.octets, fits = true
        for part in 0..<parts {
            let chain: (head: Int, octets: Int)
            do throws(RingFault) { chain = try oldest() } catch {
                // The parts so far are a bad frame of their own.
                if n > start { out[n &- 1].flags = .error }
                throw error
            }
            if part > 0 { fits = out[n &- 1].append(from: memory, at: layout.header(chain.head), octets: min(chain.octets, PacketHeader.octets)) && fits }
            let length = max(0, chain.octets &- PacketHeader.octets)
            take(chain.head) {
                out[n] = $0
                out[n].flags = part == parts &- 1 ? [] : .more
                // What the device claims to have written must lie in what it was given.
                if length > $0.capacity &- PacketHeader.octets { fits = false }
                out[n].length = fits ? length : 0
                n &+= 1
            }
            octets &+= chain.octets
        }
        guard fits, octets >= 14, header.segmentation == 0 else {
            counters.add(DRYDOCK_RX_ERRORS, 1)
            for part in start..<n { out[part].flags.insert(.error) }
            return
        }
        // The last part went into the one before it: its buffer goes home empty.
        if parts > 1, out[n &- 1].length == 0 {
            out[n &- 1].flags = .unused
            out[n &- 2].flags = []
        }
        if Virtqueue.isChecked(header, octets, trust: trust) { out[start].flags.insert(.l4Checked) }
        counters.received(octets, to: out[start].audience)
    }

    /// Verified by the device; or never on a wire: a local peer's frame whose sum is still to be made. virtio 1.2 §5.1.6.4.2
    private static func isChecked(_ header: PacketHeader, _ octets: Int, trust: Bool) -> Bool {
        if header.flags & PacketHeader.needsChecksum != 0 { return Int(header.checksumStart) + Int(header.checksumOffset) + 2 <= octets }
        return trust && header.flags & PacketHeader.dataValid != 0
    }
}
