public import CDriver
import DriverKit

/// What a link counts, since attach; never reset.
public struct LinkCounters {
    public var values = InlineArray<40, UInt64>(repeating: 0)
    private let kept: UInt64

    /// - Parameter kept: bit n: counter n is kept, besides packets and octets by kind.
    public init(also kept: UInt64) {
        var bits: UInt64 = 0
        for counter in UInt64(DRYDOCK_TX_PACKETS.rawValue)...UInt64(DRYDOCK_TX_MULTICAST.rawValue) { bits |= 1 << counter }
        for counter in UInt64(DRYDOCK_RX_PACKETS.rawValue)...UInt64(DRYDOCK_RX_MULTICAST.rawValue) { bits |= 1 << counter }
        self.kept = bits | kept | 1 << UInt64(DRYDOCK_INTERRUPTS.rawValue)
    }

    public static func bit(_ counter: drydock_counter) -> UInt64 { 1 << UInt64(counter.rawValue) }

    @inline(__always) public mutating func add(_ counter: drydock_counter, _ amount: UInt64 = 1) { values[Int(counter.rawValue)] &+= amount }

    /// One frame received, or sent, and where it went to by its first two octets: a group's, everybody's.
    @inline(__always) public mutating func received(octets: Int, to destination: UInt16) {
        frame(Int(DRYDOCK_RX_PACKETS.rawValue), octets, destination)
    }
    @inline(__always) public mutating func sent(octets: Int, to destination: UInt16) {
        frame(Int(DRYDOCK_TX_PACKETS.rawValue), octets, destination)
    }
    /// The five counters of a direction lie in the order packets, octets, broadcast, multicast, no memory.
    @inline(__always) private mutating func frame(_ first: Int, _ octets: Int, _ destination: UInt16) {
        values[first] &+= 1
        values[first &+ 1] &+= UInt64(truncatingIfNeeded: octets)
        // The first octet on the wire is the low one in memory order. IEEE 802.3 §3.2.3
        if destination & 1 != 0 { values[first &+ (destination == 0xFFFF ? 2 : 3)] &+= 1 }
    }

    public func fill(_ out: inout drydock_statistics) {
        out = drydock_statistics()
        out.valid = kept
        unsafe withUnsafeMutableBytes(of: &out.counter) { octets in
            // SAFETY: both are 40 words of 64 bits.
            for i in 0..<40 { unsafe octets.storeBytes(of: values[i], toByteOffset: i &* 8, as: UInt64.self) }
        }
    }
}
