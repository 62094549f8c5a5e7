public import CDriver
public import DriverKit
import E1000Registers

/// Counts since attach. The device's own counters are 32 bits wide and cleared by reading: they are added up here.
struct Counters {
    var values = InlineArray<40, UInt64>(repeating: 0)

    mutating func add(_ counter: drydock_counter, _ amount: UInt64) { values[Int(counter.rawValue)] &+= amount }
}

extension IntelNIC {
    private static var kept: UInt64 {
        var bits: UInt64 = 0
        for counter in 0..<UInt64(DRYDOCK_COUNTERS.rawValue) where counter != UInt64(DRYDOCK_TX_NO_MEMORY.rawValue) {
            bits |= 1 << counter
        }
        return bits
    }

    /// Adds what the device has counted since the last time. 8254x §13.7
    mutating func accumulateCounters() {
        guard io.read(.status) != .max else { return }
        accumulatePackets()
        accumulateErrors()
    }

    private mutating func accumulatePackets() {
        let received = UInt64(io.read(.gprc)), sent = UInt64(io.read(.gptc))
        counters.add(DRYDOCK_RX_PACKETS, received)
        counters.add(DRYDOCK_TX_PACKETS, sent)
        // Low before high: reading the high half clears both. The device counts the FCS, we do not. 8254x §13.7.31
        counters.add(DRYDOCK_RX_OCTETS, withoutFCS(io.read(.gorcl), io.read(.gorch), received))
        counters.add(DRYDOCK_TX_OCTETS, withoutFCS(io.read(.gotcl), io.read(.gotch), sent))
        counters.add(DRYDOCK_RX_BROADCAST, UInt64(io.read(.bprc)))
        counters.add(DRYDOCK_RX_MULTICAST, UInt64(io.read(.mprc)))
        counters.add(DRYDOCK_TX_BROADCAST, UInt64(io.read(.bptc)))
        counters.add(DRYDOCK_TX_MULTICAST, UInt64(io.read(.mptc)))
    }

    private func withoutFCS(_ low: UInt32, _ high: UInt32, _ packets: UInt64) -> UInt64 {
        let octets = UInt64(high) << 32 | UInt64(low)
        return octets >= 4 &* packets ? octets &- 4 &* packets : octets
    }

    private mutating func accumulateErrors() {
        counters.add(DRYDOCK_RX_NO_MEMORY, UInt64(io.read(.rnbc)))
        counters.add(DRYDOCK_RX_MISSED, UInt64(io.read(.mpc)))
        counters.add(DRYDOCK_TX_SINGLE_COLLISIONS, UInt64(io.read(.scc)))
        counters.add(DRYDOCK_TX_MULTIPLE_COLLISIONS, UInt64(io.read(.mcc)))
        counters.add(DRYDOCK_TX_DEFERRED, UInt64(io.read(.dc)))
        counters.add(DRYDOCK_TX_LATE_COLLISIONS, UInt64(io.read(.latecol)))
        counters.add(DRYDOCK_TX_EXCESSIVE_COLLISIONS, UInt64(io.read(.ecol)))
        counters.add(DRYDOCK_TX_NO_CARRIER, UInt64(io.read(.tncrs)))
        counters.add(DRYDOCK_RX_ALIGNMENT_ERRORS, UInt64(io.read(.algnerrc)))
        counters.add(DRYDOCK_RX_CRC_ERRORS, UInt64(io.read(.crcerrs)))
        counters.add(DRYDOCK_RX_UNDERSIZED, UInt64(io.read(.ruc)) &+ UInt64(io.read(.rfc)))
        counters.add(DRYDOCK_RX_OVERSIZED, UInt64(io.read(.roc)) &+ UInt64(io.read(.rjc)))
        counters.add(DRYDOCK_RX_LENGTH_ERRORS, UInt64(io.read(.rlec)))
        if let symbols = Chip.symbolErrors { counters.add(DRYDOCK_RX_SYMBOL_ERRORS, UInt64(io.read(symbols))) }
        counters.add(DRYDOCK_RX_ERRORS, UInt64(io.read(.rxerrc)))
    }

    /// What was counted before this driver came.
    mutating func discardCounters() {
        accumulateCounters()
        counters = Counters()
    }

    public mutating func statistics(into out: inout drydock_statistics) throws(DriverFailure) {
        if state != .gone { accumulateCounters() }
        out = drydock_statistics()
        out.valid = Self.kept
        counters.values[Int(DRYDOCK_TX_HANGS.rawValue)] = UInt64(live.value.hangs)
        counters.values[Int(DRYDOCK_INTERRUPTS.rawValue)] = live.value.interrupts
        unsafe withUnsafeMutableBytes(of: &out.counter) { octets in
            // SAFETY: both are 40 words of 64 bits.
            for i in 0..<40 { unsafe octets.storeBytes(of: counters.values[i], toByteOffset: i &* 8, as: UInt64.self) }
        }
    }
}
