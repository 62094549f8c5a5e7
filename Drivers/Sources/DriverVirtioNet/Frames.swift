import CDriver
public import DriverKit
import DriverVirtio
import VirtioNetRegisters

// Packets to send, each behind the header that lies aside of its first descriptor: virtio 1.2 §5.1.6.1, §5.1.6.2
extension VirtioNet {
    public mutating func offer(_ list: Span<Buffer>, _ start: Int, _ parts: Int) -> Offer {
        guard parts <= VirtioNet.longestFrame, let octets = FrameParts.octets(list, from: start, parts: parts),
              let header = PacketHeader(sending: list[start], octets: octets, longest: core.longestFrame, offloads: core.offloads) else { return .refused }
        let queue = transmit.count == 1 ? 0 : list[start].flow % transmit.count
        guard transmit[queue].room > parts else { return .full }
        // Nobody offers the frame again from here on.
        if list[start].flags.contains(.segment) { list[start].completeSums(whole: octets) }
        transmit[queue].post(list, start, parts, header)
        return .taken
    }

    public mutating func announce() { for queue in 0..<transmit.count { transmit[queue].publish() } }

    /// Buffers of one frame at most.
    static var longestFrame: Int { 16 }

    public mutating func returnTransmit(_ out: inout MutableSpan<Buffer>) -> Int {
        do throws(RingFault) {
            for queue in 0..<transmit.count {
                while core.takesHome, let head = try transmit[queue].sent() { finish(queue, head, failed: false) }
            }
        } catch { fail(error) }
        return core.home(&out)
    }

    /// What the device has sent was sent, everything else comes back as failed.
    public mutating func abandon(keepingReceived: Bool) {
        for queue in 0..<transmit.count {
            while let head = try? transmit[queue].sent() { finish(queue, head, failed: false) }
            while let head = transmit[queue].abandoned() { finish(queue, head, failed: true) }
            if !keepingReceived { core.counters.add(DRYDOCK_RX_ERRORS, receive[queue].frames(mergeable: features.contains(.mergeable))) }
        }
    }

    private mutating func finish(_ queue: Int, _ head: Int, failed: Bool) {
        let parts = transmit[queue].descriptors(head) &- 1
        var part = 0
        transmit[queue].take(head, returned: !failed) {
            part &+= 1
            core.sendHome(OwnedBuffer(taking: $0), isFirst: part == 1, isLast: part == parts, failed: failed)
        }
    }

    public var progress: TransmitProgress {
        TransmitProgress(isBusy: transmit.contains { $0.inFlight > 0 && $0.finished == 0 }, finished: core.counters[DRYDOCK_TX_PACKETS])
    }
}

// Received packets, each with its header before it in its first buffer: virtio 1.2 §5.1.6.3, §5.1.6.4
extension VirtioNet {
    public mutating func provideReceive(_ buffers: Span<Buffer>) -> Int {
        // What a stop left must have gone home.
        if core.state == .stopped, isIdle { core.state = .attached }
        guard core.state == .running || core.state == .attached else { return 0 }
        var n = 0, full = 0, queue = 0
        // Without mergeable buffers every one must hold the largest packet. virtio 1.2 §5.1.6.3.1
        while n < buffers.count, full < receive.count, buffers[n].capacity >= 1526 {
            if receive[queue].room > 0 {
                receive[queue].add(OwnedBuffer(taking: buffers[n]), deviceWrites: true, more: false)
                (n, full) = (n &+ 1, 0)
            } else { full &+= 1 }
            queue = queue &+ 1 == receive.count ? 0 : queue &+ 1
        }
        if core.state == .running { for queue in 0..<receive.count { receive[queue].publish() } }
        return n
    }

    public var isIdle: Bool { !receive.contains { $0.inFlight > 0 } }

    public func suppressQueues() {
        receive.forEach { $0.suppress() }
        transmit.forEach { $0.suppress() }
    }

    public mutating func returnReceive(_ out: inout MutableSpan<Buffer>) -> Int {
        let trust = core.offloads & DRYDOCK_CAP_TCP4CSUM_RX != 0, mergeable = features.contains(.mergeable)
        var n = 0
        do throws(RingFault) {
            for queue in 0..<receive.count where core.state != .gone {
                while n < out.count, try receive[queue].receive(&out, &n, mergeable: mergeable, trust: trust, &core.counters) {}
                // A frame that found no room comes with the next call, which then must be made.
                if core.state == .running, n < out.count, receive[queue].finished > 0 { core.comeBack() }
            }
        } catch { fail(error) }
        for queue in 0..<receive.count where core.state == .stopped || core.state == .gone {
            while n < out.count, let head = receive[queue].abandoned() {
                receive[queue].take(head, returned: false) { out[n] = OwnedBuffer(taking: $0).surrenderUnused() }
                n &+= 1
            }
        }
        return n
    }
}

extension Virtqueue {
    /// Hands over the `parts` buffers of a frame, behind their header.
    @inline(__always)
    fileprivate mutating func post(_ list: Span<Buffer>, _ start: Int, _ parts: Int, _ header: PacketHeader) {
        let head = next, words = header.words
        memory.store64(aside(head), words.0)
        memory.store32(aside(head) &+ 8, words.1)
        add(asideAddress(head), octets: PacketHeader.octets, deviceWrites: false, more: true)
        for part in 0..<parts { add(OwnedBuffer(taking: list[start &+ part]), deviceWrites: false, more: part < parts &- 1) }
    }

    /// The oldest frame that was sent and not taken yet. Half of what is under way may come back before the next interrupt.
    fileprivate func sent() throws(RingFault) -> Int? {
        guard finished > 0 || rearm(later: inFlight / 2) else { return nil }
        return try oldest().head
    }

    /// Moves the oldest frame into `out` at `n`. False: there is none that is whole, or no room for it.
    fileprivate mutating func receive(_ out: inout MutableSpan<Buffer>, _ n: inout Int, mergeable: Bool, trust: Bool,
                                      _ counters: inout CounterSet) throws(RingFault) -> Bool {
        guard finished > 0 || rearm() else { return false }
        let first = try oldest().head, header = PacketHeader(receivedIn: look(first)), parts = mergeable ? Int(header.buffers) : 1
        guard parts > 0, parts <= size else { throw RingFault(queue: index, descriptor: UInt32(first)) }
        guard finished >= parts || rearm(later: parts &- 1) else { return false }
        guard parts <= VirtioNet.longestFrame else {
            for _ in 0..<parts { recycle(try oldest().head) }
            publish()
            counters.add(DRYDOCK_RX_OVERSIZED, 1)
            // One a call: a device that sends nothing else does not hold the stack up.
            _ = rearm()
            return false
        }
        guard n &+ parts <= out.count else { return false }
        let start = n
        var octets = 0, fits = header.segmentation == 0
        while n < start &+ parts {
            let chain = try oldest(), before = n == start ? PacketHeader.octets : 0
            take(chain.head) { out[n] = $0 }
            // What the device claims to have written must lie in what it was given.
            fits = fits && chain.octets > before && chain.octets <= out[n].capacity
            out[n].dropFirst(before)
            (out[n].length, out[n].flags) = (fits ? chain.octets &- before : 0, .error)
            octets &+= out[n].length
            n &+= 1
        }
        counters.received(&out, start..<n, isGood: fits && octets >= 14)
        if fits, octets >= 14, header.isChecked(octets: octets, trust: trust) { out[start].flags.insert(.l4Checked) }
        return true
    }

    /// Frames that came back and were not taken yet: what a reset loses.
    fileprivate func frames(mergeable: Bool) -> UInt64 {
        var frames: UInt64 = 0, at = 0
        while at < min(finished, inFlight), claimed(at) < size {
            frames &+= 1
            at &+= mergeable ? max(1, Int(PacketHeader(receivedIn: look(claimed(at))).buffers)) : 1
        }
        return frames
    }
}
