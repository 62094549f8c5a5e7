import CDriver
public import DriverKit
import HostLink

/// Empty buffers for frames of the kernel's, read straight into them.
struct TapReceiver: ~Copyable {
    private var empties: BufferQueue
    private var vector = FrameVector()
    private let header: Bool
    private let limit: Int
    /// After a stop: what is left goes home empty.
    private var draining = false
    /// Times in a row that one frame was all there was, up to `lonely`.
    private var lone: UInt8 = 0
    private var turn: UInt8 = 0
    /// From then on looking for a second frame is left to the event loop, which looks anyway, but for every fourth time: an
    /// exchange of question and answer is spared a read in vain, and a stream is soon seen.
    private static var lonely: UInt8 { 8 }
    /// The event loop does not look: there is no buffer to read into.
    private(set) var isPaused = false

    init(_ settings: Settings) {
        limit = Int(settings.link.receive)
        empties = BufferQueue(capacity: limit)
        header = settings.header
    }

    var isDraining: Bool { draining && !empties.isEmpty }
    mutating func drain() { (draining, isPaused) = (true, false) }

    mutating func provide(_ list: Span<Buffer>) -> Int {
        if draining {
            guard empties.isEmpty else { return 0 }
            draining = false
        }
        return empties.append(list, most: limit &- empties.count)
    }

    /// Frames from before the start are nobody's: at most a queue of them.
    mutating func discard(_ tap: Int32) {
        guard !empties.isEmpty else { return }
        for _ in 0..<1024 {
            vector.begin(header: header)
            vector.addEmpty(empties.peek(0))
            guard vector.read(tap) > 0 else { return }
        }
    }

    /// Reads frames into `out` until there are no more, or no room. Returns how many buffers; nil: the interface is gone.
    ///
    /// - Parameter joined: frames of several TCP segments may come.
    mutating func take(_ out: inout MutableSpan<Buffer>, _ counters: inout CounterSet, _ tap: Int32, mtu: Int, checked: Bool,
                       joined: Bool = false) -> Int? {
        if draining { return empties.empty(into: &out, from: 0) }
        // Room for the longest frame that may come, whatever its length.
        let slots = joined ? FrameVector.longestJoined : min((mtu &+ LinkCore.headerOctets &+ 2047) / 2048, FrameVector.longest)
        var n = 0, frames = 0
        turn &+= 1
        defer { if frames > 0 { lone = frames == 1 ? min(lone &+ 1, Self.lonely) : 0 } }
        while n &+ slots <= out.count, empties.count >= slots {
            if frames == 1, lone == Self.lonely, turn & 3 != 0 { return n }
            vector.begin(header: header)
            for i in 0..<slots { vector.addEmpty(empties.peek(i)) }
            var octets = vector.read(tap)
            guard octets >= 0 else {
                if octets == -Int(HostError.again) { return n }
                if octets == -77 { return nil } // EBADFD: detached from its interface
                counters.add(DRYDOCK_RX_ERRORS, 1)
                return n
            }
            if header { octets &-= VirtioHeader.octets }
            let limit = joined && header && vector.header.isJoined ? Int.max : mtu &+ LinkCore.headerOctets
            n = emit(&out, n, octets, &counters, limit: limit, checked: checked)
            frames &+= 1
        }
        isPaused = empties.count < slots
        return n
    }

    /// The frame just read, over as many buffers as it fills.
    @inline(__always)
    private mutating func emit(_ out: inout MutableSpan<Buffer>, _ start: Int, _ octets: Int, _ counters: inout CounterSet, limit: Int,
                               checked: Bool) -> Int {
        var n = start, left = octets
        repeat {
            var buffer = empties.takeFirst()
            buffer.length = min(max(left, 0), buffer.capacity)
            left &-= buffer.length
            buffer.flags = left > 0 ? .more : []
            out[n] = buffer
            n &+= 1
        } while left > 0 && !empties.isEmpty
        guard octets >= 14, octets <= limit else {
            counters.add(octets < 14 ? DRYDOCK_RX_UNDERSIZED : DRYDOCK_RX_OVERSIZED, 1)
            for i in start..<n { out[i].flags.insert(.error) }
            return n
        }
        if header && checked {
            out[start].flags.formUnion(vector.header.received)
            out[start].segmentOctets = vector.header.segmentOctets
        }
        counters.received(octets, to: Audience(out[start].destination))
        return n
    }

    /// The event loop looks again.
    mutating func resume() { isPaused = false }
}

extension Tap {
    public mutating func provideReceive(_ buffers: Span<Buffer>) -> Int {
        let taken = core.state == .gone ? 0 : receive.provide(buffers)
        if taken > 0, receive.isPaused {
            receive.resume()
            try? services.watch(Tap.frames, tap.raw)
        }
        return taken
    }

    public mutating func returnReceive(_ out: inout MutableSpan<Buffer>) -> Int {
        if core.state == .gone { receive.drain() }
        let checked = offloads & Tap.receiveSums != 0
        let joined = offloads & DRYDOCK_CAP_JOIN_RX != 0
        guard let count = receive.take(&out, &core.counters, tap.raw, mtu: Int(core.mtu), checked: checked, joined: joined) else {
            lost()
            return 0
        }
        // A descriptor that stays readable with nothing to read into would keep the stack from everything else.
        if receive.isPaused { try? services.watch(Tap.frames, nil) }
        return count
    }
}
