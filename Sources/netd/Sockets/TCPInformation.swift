import Glibc
import Stack

/// Linux's `struct tcp_info` (tcp(7)), as far as programs read it: 160 octets, up to `tcpi_segs_in` and what is before it.
enum TCPInformation {
    static func octets(_ information: StreamInformation) -> [UInt8] {
        var out = [UInt8](repeating: 0, count: 160)
        let recovery = information.recovery
        let segment = max(information.segmentOctets, 1)
        out[0] = information.state.linuxNumber
        out[5] = (information.hasTimestamps ? 1 : 0) | (information.hasSACK ? 2 : 0) | 4
        out[6] = information.sendScale | information.receiveScale << 4
        func put(_ offset: Int, _ value: Int) {
            let value = UInt32(clamping: value)
            for k in 0..<4 { out[offset + k] = UInt8(truncatingIfNeeded: value >> UInt32(8 * k)) }
        }
        func put64(_ offset: Int, _ value: UInt64) {
            for k in 0..<8 { out[offset + k] = UInt8(truncatingIfNeeded: value >> UInt64(8 * k)) }
        }
        put(8, recovery.timeout.inMicroseconds)
        put(12, 40_000)
        put(16, information.segmentOctets)
        put(20, information.receivedSegment)
        put(24, (recovery.outstanding + segment - 1) / segment)
        put(28, recovery.sacked / segment)
        put(32, recovery.lost / segment)
        put(60, information.segmentOctets + 40)
        put(64, information.receiveCapacity)
        put(68, recovery.roundTrip.inMicroseconds)
        put(72, recovery.variation.inMicroseconds)
        put(76, recovery.threshold.map { $0 / segment } ?? 0x7fff_ffff)
        put(80, recovery.window / segment)
        put(84, information.segmentOctets)
        put(88, 3)
        put(96, information.receiveCapacity)
        put(100, recovery.retransmitted)
        put64(120, information.counters.octetsOut)
        put64(128, information.counters.octetsIn)
        put(136, Int(clamping: information.counters.segmentsOut))
        put(140, Int(clamping: information.counters.segmentsIn))
        put(148, recovery.leastRoundTrip.inMicroseconds)
        return out
    }
}

extension Interval {
    var inMicroseconds: Int { Int(nanoseconds / 1000) }
}

extension ConnectionState {
    /// As Linux numbers them.
    fileprivate var linuxNumber: UInt8 {
        switch self {
        case .established: 1
        case .synSent: 2
        case .synReceived: 3
        case .finWait1: 4
        case .finWait2: 5
        case .timeWait: 6
        case .closed: 7
        case .closeWait: 8
        case .lastAck: 9
        case .listen: 10
        case .closing: 11
        }
    }
}
