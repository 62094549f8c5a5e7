import CDriver
import Stack

/// Capability bits of the driver contract and the words that `ifconfig` has for them.
enum CapabilityNames {
    static let receive: [(bit: UInt32, name: String)] = [
        (DRYDOCK_CAP_IP4CSUM_RX, "IP4CSUM"), (DRYDOCK_CAP_TCP4CSUM_RX, "TCP4CSUM"), (DRYDOCK_CAP_UDP4CSUM_RX, "UDP4CSUM"),
        (DRYDOCK_CAP_TCP6CSUM_RX, "TCP6CSUM"), (DRYDOCK_CAP_UDP6CSUM_RX, "UDP6CSUM"),
        // Large receive offload, as BSD's word is.
        (DRYDOCK_CAP_JOIN_RX, "LRO"),
    ]
    static let transmit: [(bit: UInt32, name: String)] = [
        (DRYDOCK_CAP_IP4CSUM_TX, "IP4CSUM"), (DRYDOCK_CAP_TCP4CSUM_TX, "TCP4CSUM"), (DRYDOCK_CAP_UDP4CSUM_TX, "UDP4CSUM"),
        (DRYDOCK_CAP_TCP6CSUM_TX, "TCP6CSUM"), (DRYDOCK_CAP_UDP6CSUM_TX, "UDP6CSUM"), (DRYDOCK_CAP_TSO4, "TSO4"),
        (DRYDOCK_CAP_TSO6, "TSO6"),
    ]
    static let ethernet: [(bit: UInt32, name: String)] = [
        (DRYDOCK_CAP_VLAN_MTU, "VLAN_MTU"), (DRYDOCK_CAP_VLAN_HW, "VLAN_HWTAGGING"), (DRYDOCK_CAP_VLAN_FILTER, "VLAN_HWFILTER"),
        (DRYDOCK_CAP_JUMBO, "JUMBO_MTU"),
    ]

    static func names(_ table: [(bit: UInt32, name: String)], in bits: UInt32) -> [String] {
        table.filter { bits & $0.bit != 0 }.map(\.name)
    }

    /// Bits that one word of `ifconfig` switches: `ip4csum` is receive and transmit, as far as the hardware has them.
    static func bits(for word: String) -> UInt32? {
        let name = word.uppercased()
        let found = (receive + transmit + ethernet).filter { $0.name == name || $0.name == "\(name)TAGGING" }
        return found.isEmpty ? nil : found.reduce(0) { $0 | $1.bit }
    }

    /// What the stack may leave to the hardware.
    static func stackCapabilities(_ enabled: UInt32) -> Capabilities {
        var all = Capabilities()
        let sums = DRYDOCK_CAP_TCP4CSUM_TX | DRYDOCK_CAP_UDP4CSUM_TX
        if enabled & sums == sums { all.insert(.transmitTransportChecksum) }
        if enabled & (DRYDOCK_CAP_TSO4 | DRYDOCK_CAP_TCP4CSUM_TX) == DRYDOCK_CAP_TSO4 | DRYDOCK_CAP_TCP4CSUM_TX { all.insert(.segmentTCP4) }
        if enabled & (DRYDOCK_CAP_TSO6 | DRYDOCK_CAP_TCP6CSUM_TX) == DRYDOCK_CAP_TSO6 | DRYDOCK_CAP_TCP6CSUM_TX { all.insert(.segmentTCP6) }
        if enabled & DRYDOCK_CAP_VLAN_HW != 0 { all.formUnion([.insertVLANTag, .stripVLANTag]) }
        if enabled & DRYDOCK_CAP_IP4CSUM_RX != 0 { all.insert(.receiveChecksum) }
        return all
    }
}

/// The counters of the driver contract by name, in the contract's order.
enum DriverCounters {
    static let names = [
        "TX_PACKETS", "TX_OCTETS", "TX_BROADCAST", "TX_MULTICAST", "TX_NO_MEMORY",
        "RX_PACKETS", "RX_OCTETS", "RX_BROADCAST", "RX_MULTICAST", "RX_NO_MEMORY",
        "TX_SINGLE_COLLISIONS", "TX_MULTIPLE_COLLISIONS", "TX_DEFERRED", "TX_LATE_COLLISIONS",
        "TX_EXCESSIVE_COLLISIONS", "TX_UNDERRUNS", "TX_NO_CARRIER", "RX_ALIGNMENT_ERRORS",
        "RX_CRC_ERRORS", "RX_MISSED", "RX_UNDERSIZED", "RX_OVERSIZED", "RX_LENGTH_ERRORS",
        "RX_SYMBOL_ERRORS", "TX_ERRORS", "RX_ERRORS", "TX_HANGS", "INTERRUPTS",
    ]

    /// Those that the driver keeps.
    static func kept(_ statistics: drydock_statistics) -> [String: UInt64] {
        var statistics = statistics
        let values = unsafe withUnsafeBytes(of: &statistics.counter) { raw in
            // SAFETY: the field is an array of 64-bit integers in the contract.
            names.indices.map { unsafe raw.load(fromByteOffset: $0 * 8, as: UInt64.self) }
        }
        var kept: [String: UInt64] = [:]
        for (index, name) in names.enumerated() where statistics.valid >> UInt64(index) & 1 == 1 { kept[name] = values[index] }
        return kept
    }
}
