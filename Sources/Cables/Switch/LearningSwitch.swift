internal import Wire

/// A learning switch: which ports a frame leaves by. No I/O, no clock. IEEE 802.1Q §8.6, §8.7, §8.8, without VLAN
/// awareness: a tag is carried as it is, and addresses are learned without regard to it.
public struct LearningSwitch {
    /// Seconds after which an address not heard from is forgotten. IEEE 802.1Q table 8-6.
    public static let agingSeconds: UInt64 = 300
    public static let mostAddresses = 4096

    /// What becomes of a frame.
    public enum Decision: Equatable, Sendable {
        case port(Int)
        /// Every port but the one it came in by.
        case flood
        case refuse(Refusal)
    }

    public enum Refusal: Equatable, Sendable {
        /// Shorter than an Ethernet header.
        case runt
        /// The destination is on the port that it came from.
        case samePort
        /// 01-80-C2-00-00-00 to -0F: never forwarded. IEEE 802.1Q table 8-1.
        case reserved
    }

    private struct Entry {
        var port: Int
        var heard: UInt64
    }

    private var table: [MACAddress: Entry] = [:]
    /// Frames whose source could not be learned because the table was full.
    public private(set) var unlearned: UInt64 = 0

    public init() { table.reserveCapacity(Self.mostAddresses) }

    /// Addresses known.
    public var count: Int { table.count }

    /// Learns a frame's source and finds where it goes.
    ///
    /// - Parameter now: monotonic nanoseconds.
    public mutating func decide(_ frame: RawSpan, from port: Int, now: UInt64) -> Decision {
        guard frame.byteCount >= CableLimits.shortestFrame else { return .refuse(.runt) }
        let destination = MACAddress(frame, at: 0), source = MACAddress(frame, at: 6)
        learn(source, port: port, now: now)
        if destination.value & ~0xF == 0x0180_C200_0000 { return .refuse(.reserved) }
        if destination.isMulticast { return .flood }
        guard let entry = table[destination] else { return .flood }
        guard now &- entry.heard < Self.agingSeconds * 1_000_000_000 else {
            table[destination] = nil
            return .flood
        }
        return entry.port == port ? .refuse(.samePort) : .port(entry.port)
    }

    private mutating func learn(_ source: MACAddress, port: Int, now: UInt64) {
        // A group address is nobody's source. IEEE 802.1Q §8.7.
        guard source.isStation else { return }
        if table[source] == nil, table.count >= Self.mostAddresses {
            unlearned &+= 1
            return
        }
        table[source] = Entry(port: port, heard: now)
    }

    /// Forgets what was learned on a port: its cable was pulled.
    public mutating func forget(port: Int) { table = table.filter { $0.value.port != port } }

    /// Forgets addresses that were not heard from for the aging time. Call every few seconds.
    public mutating func age(now: UInt64) {
        table = table.filter { now &- $0.value.heard < Self.agingSeconds * 1_000_000_000 }
    }
}

extension MACAddress {
    /// The address in a frame that is known to hold it: unlike `EthernetView`, a switch looks at no type.
    init(_ frame: RawSpan, at offset: Int) {
        var value: UInt64 = 0
        for k in offset..<offset + 6 { value = value << 8 | UInt64(frame.octet(k)) }
        self.init(value: value)
    }
}
