public import CDriver

/// Counts of one device since attach, under the contract's numbers: for what the driver counts itself, and for adding up what the
/// device counts.
@frozen public struct CounterSet: Sendable {
    @usableFromInline var values = InlineArray<40, UInt64>(repeating: 0)

    @inlinable public init() {}

    @inlinable public subscript(_ counter: drydock_counter) -> UInt64 {
        get { values[Int(counter.rawValue)] }
        set { values[Int(counter.rawValue)] = newValue }
    }

    @inlinable public mutating func add(_ counter: drydock_counter, _ amount: UInt64) { values[Int(counter.rawValue)] &+= amount }

    /// Counts one good frame that arrived.
    @inlinable @inline(__always)
    public mutating func received(_ octets: Int, to audience: Audience) {
        add(DRYDOCK_RX_PACKETS, 1)
        add(DRYDOCK_RX_OCTETS, UInt64(truncatingIfNeeded: octets))
        if audience == .multicast { add(DRYDOCK_RX_MULTICAST, 1) }
        if audience == .broadcast { add(DRYDOCK_RX_BROADCAST, 1) }
    }

    /// Makes the buffers of `frame` one frame, and counts it: a good one, or a bad one, of which every buffer says so. Lengths are set.
    @inlinable @inline(__always)
    public mutating func received(_ out: inout MutableSpan<Buffer>, _ frame: Range<Int>, isGood: Bool) {
        var octets = 0
        for part in frame {
            octets &+= out[part].length
            out[part].flags = part == frame.upperBound &- 1 ? [] : .more
            if !isGood { out[part].flags.insert(.error) }
        }
        if isGood { received(octets, to: out[frame.lowerBound].audience) } else { add(DRYDOCK_RX_ERRORS, 1) }
    }

    /// Counts one frame that left.
    @inlinable @inline(__always)
    public mutating func sent(_ octets: Int, to audience: Audience) {
        add(DRYDOCK_TX_PACKETS, 1)
        add(DRYDOCK_TX_OCTETS, UInt64(truncatingIfNeeded: octets))
        if audience == .multicast { add(DRYDOCK_TX_MULTICAST, 1) }
        if audience == .broadcast { add(DRYDOCK_TX_BROADCAST, 1) }
    }

    /// The bits of what every driver counts: frames and octets both ways, bad and unsent frames, hangs, interrupts.
    public static var usual: UInt64 {
        DRYDOCK_TX_PACKETS.bit | DRYDOCK_TX_OCTETS.bit | DRYDOCK_TX_BROADCAST.bit | DRYDOCK_TX_MULTICAST.bit
            | DRYDOCK_RX_PACKETS.bit | DRYDOCK_RX_OCTETS.bit | DRYDOCK_RX_BROADCAST.bit | DRYDOCK_RX_MULTICAST.bit
            | DRYDOCK_TX_ERRORS.bit | DRYDOCK_RX_ERRORS.bit | DRYDOCK_TX_HANGS.bit | DRYDOCK_INTERRUPTS.bit
    }

    /// The contract's table: these counts, and a bit in `valid` for each counter that `kept` has.
    public func report(_ kept: UInt64, into out: inout drydock_statistics) {
        out = drydock_statistics()
        out.valid = kept
        unsafe withUnsafeMutableBytes(of: &out.counter) { octets in
            // SAFETY: both are 40 words of 64 bits.
            for i in 0..<40 { unsafe octets.storeBytes(of: values[i], toByteOffset: i &* 8, as: UInt64.self) }
        }
    }
}

extension drydock_counter {
    /// The counter's bit in `valid`.
    @inlinable public var bit: UInt64 { 1 << UInt64(rawValue) }
}

/// Whom a frame is for, as its destination says. IEEE 802.3 §3.2.3
@frozen public enum Audience: Sendable { case station, multicast, broadcast }
