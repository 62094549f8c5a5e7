import CDriver
public import DriverKit
import HostLink

/// Frames for the kernel: written at once; what has been written waits to go home.
struct TapTransmitter: ~Copyable {
    /// Besides packets and octets.
    static var counters: UInt64 {
        LinkCounters.bit(DRYDOCK_TX_NO_CARRIER) | LinkCounters.bit(DRYDOCK_TX_ERRORS) | LinkCounters.bit(DRYDOCK_TX_NO_MEMORY)
            | LinkCounters.bit(DRYDOCK_RX_ERRORS) | LinkCounters.bit(DRYDOCK_RX_UNDERSIZED) | LinkCounters.bit(DRYDOCK_RX_OVERSIZED)
    }
    enum Outcome { case sent, lost, later, gone }

    private var done: BufferQueue
    private var vector = FrameVector()
    private let header: Bool
    private let limit: Int
    /// Frames that the kernel must not be given.
    private(set) var refused: UInt64 = 0

    init(_ settings: Settings) {
        limit = Int(settings.link.transmit)
        done = BufferQueue(capacity: limit)
        header = settings.header
    }

    var isEmpty: Bool { done.isEmpty }

    /// Writes whole frames, in order, until one must wait.
    mutating func provide(_ list: Span<Buffer>, _ counters: inout LinkCounters, _ tap: Int32) -> (taken: Int, last: Outcome) {
        var n = 0
        while n < list.count {
            let parts = list.parts(from: n)
            guard parts > 0, done.count &+ parts <= limit else { break }
            let outcome = send(list, n, parts, &counters, tap)
            guard outcome == .sent || outcome == .lost else { return (n, outcome) }
            for i in 0..<parts {
                var buffer = list[n &+ i]
                buffer.flags = i == parts &- 1 ? [] : .more
                if i == 0 && outcome == .lost { buffer.flags.insert(.failed) }
                done.append(buffer)
            }
            n &+= parts
        }
        return (n, .sent)
    }

    @inline(__always)
    private mutating func send(_ list: Span<Buffer>, _ start: Int, _ parts: Int, _ counters: inout LinkCounters, _ tap: Int32) -> Outcome {
        let first = list[start]
        var octets = 0
        for i in 0..<parts { octets &+= list[start &+ i].length }
        guard parts <= FrameVector.longest, octets >= 14, !first.flags.contains(.vlan), VirtioHeader.allows(first, length: octets),
              header || first.flags.isDisjoint(with: [.insertChecksum, .segment]) else {
            refused &+= 1
            counters.add(DRYDOCK_TX_ERRORS)
            return .lost
        }
        vector.begin(header: header)
        if header { vector.header = VirtioHeader(sending: first, version: first.ipVersion) }
        for i in 0..<parts { vector.addFull(list[start &+ i]) }
        let written = vector.write(tap)
        if written >= 0 {
            counters.sent(octets: octets, to: first.firstOctets)
            return .sent
        }
        switch Int32(truncatingIfNeeded: -written) {
        case HostError.again, HostError.noBuffers, HostError.noMemory: return .later
        case 77: return .gone // EBADFD: detached from its interface
        // EIO: the kernel's end is down, as a cable without a carrier.
        case 5: counters.add(DRYDOCK_TX_NO_CARRIER)
        default: counters.add(DRYDOCK_TX_ERRORS)
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
