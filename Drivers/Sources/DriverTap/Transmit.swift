import CDriver
public import DriverKit
import HostLink

/// Frames for the kernel: written at once; what has been written waits to go home.
struct TapTransmitter: ~Copyable {
    /// Besides packets and octets.
    static var counters: UInt64 {
        DRYDOCK_TX_NO_CARRIER.bit | DRYDOCK_TX_ERRORS.bit | DRYDOCK_RX_ERRORS.bit | DRYDOCK_RX_UNDERSIZED.bit | DRYDOCK_RX_OVERSIZED.bit
    }
    enum Outcome { case sent, lost, later, gone }

    private var done: ReturnQueue
    private var vector = FrameVector()
    private let header: Bool
    /// Frames that the kernel must not be given.
    private(set) var refused: UInt64 = 0

    init(_ settings: Settings) {
        done = ReturnQueue(capacity: Int(settings.link.transmit))
        header = settings.header
    }

    var isEmpty: Bool { done.isEmpty }

    /// Writes whole frames, in order, until one must wait.
    mutating func provide(_ list: Span<Buffer>, _ counters: inout CounterSet, _ tap: Int32) -> (taken: Int, last: Outcome) {
        var n = 0
        while n < list.count {
            let parts = list.parts(from: n)
            guard parts > 0, done.room >= parts else { break }
            let outcome = send(list, n, parts, &counters, tap)
            guard outcome == .sent || outcome == .lost else { return (n, outcome) }
            done.add(list, from: n, parts: parts, failed: outcome == .lost)
            n &+= parts
        }
        return (n, .sent)
    }

    @inline(__always)
    private mutating func send(_ list: Span<Buffer>, _ start: Int, _ parts: Int, _ counters: inout CounterSet, _ tap: Int32) -> Outcome {
        let first = list[start]
        var octets = 0
        for i in 0..<parts { octets &+= list[start &+ i].length }
        guard parts <= FrameVector.longest, octets >= 14, !first.flags.contains(.vlan), VirtioHeader.allows(first, length: octets),
              header || first.flags.isDisjoint(with: [.insertChecksum, .segment]), first.flags.contains(.segment) || !first.flags.contains(.insertIP) else {
            refused &+= 1
            counters.add(DRYDOCK_TX_ERRORS, 1)
            return .lost
        }
        vector.begin(header: header)
        if header { vector.header = VirtioHeader(sending: first, version: first.ipVersion) }
        if first.flags.contains(.segment) { vector.addUncut(first, whole: octets) } else { vector.addFull(first) }
        for i in 1..<max(parts, 1) { vector.addFull(list[start &+ i]) }
        let written = vector.write(tap)
        if written >= 0 {
            counters.sent(octets, to: Audience(first.destination))
            return .sent
        }
        switch Int32(truncatingIfNeeded: -written) {
        case HostError.again, HostError.noBuffers, HostError.noMemory: return .later
        case 77: return .gone // EBADFD: detached from its interface
        // EIO: the kernel's end is down, as a cable without a carrier.
        case 5: counters.add(DRYDOCK_TX_NO_CARRIER, 1)
        default: counters.add(DRYDOCK_TX_ERRORS, 1)
        }
        return .lost
    }

    mutating func take(_ out: inout MutableSpan<Buffer>) -> Int { done.take(&out) }
}

extension Tap {
    public mutating func provideTransmit(_ buffers: Span<Buffer>) -> Int {
        guard core.state == .running else { return 0 }
        let (taken, last) = transmit.provide(buffers, &core.counters, tap.raw)
        core.live.value.refusedFrames = transmit.refused
        switch last {
        case .later:
            core.live.value.retries &+= 1
            services.setTimer(Tap.retry, microseconds: UInt64(max(core.live.value.retryMicroseconds, 1)))
        case .gone: lost()
        case .sent, .lost: break
        }
        return taken
    }

    public mutating func returnTransmit(_ out: inout MutableSpan<Buffer>) -> Int { transmit.take(&out) }
}
