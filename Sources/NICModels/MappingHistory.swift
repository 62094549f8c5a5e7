/// What became of DMA mappings: explains an access that none of them covers.
///
/// Remembers the last ``most`` mappings that ended; those that are there now are their keeper's to know.
public struct MappingHistory: Sendable {
    /// A mapping, in device addresses.
    public struct Mapping: Equatable, Sendable {
        public var address: UInt64, length: UInt64
        /// When it was made, in monotonic nanoseconds; 0: the keeper has no clock.
        public var made: UInt64

        public init(address: UInt64, length: UInt64, made: UInt64) {
            (self.address, self.length, self.made) = (address, length, made)
        }

        func covers(_ other: UInt64) -> Bool { other >= address && other - address < length }

        /// Octets between `other` and the mapping; 0 inside.
        public func distance(to other: UInt64) -> UInt64 {
            if other < address { return address - other }
            return other - address < length ? 0 : other - address - length + 1
        }
    }

    /// Mappings remembered after their end.
    public static let most = 256

    private struct Ended: Sendable {
        var mapping: Mapping
        var time: UInt64
    }

    /// A ring once it is full; `next` is then the oldest.
    private var ended: [Ended] = []
    private var next = 0
    private var hasForgotten = false

    public init() {}

    /// A claim begins: device addresses of before mean nothing.
    public mutating func clear() { self = MappingHistory() }

    /// `mapping` was taken away at `now`.
    public mutating func end(_ mapping: Mapping, now: UInt64) {
        let entry = Ended(mapping: mapping, time: now)
        guard ended.count == Self.most else { return ended.append(entry) }
        ended[next] = entry
        next = (next + 1) % Self.most
        hasForgotten = true
    }

    /// Why an access of the device to `address` failed, as far as mappings explain it.
    ///
    /// - Parameter nearest: the mapping that is there now and closest to the address.
    /// - Returns: part of a sentence: `unmapped 3 ms ago, was 4096 octets at 0x…`.
    public func account(of address: UInt64, nearest: Mapping?, now: UInt64) -> String {
        if let last = youngest(covering: address) {
            let mapping = last.mapping
            return "unmapped\(Self.ago(last.time, now)), was \(Self.place(mapping)), \(address - mapping.address) octets into it"
        }
        let start = hasForgotten ? "not mapped, nor among the last \(Self.most) mappings that ended" : "never mapped"
        guard let nearest else { return start + "; nothing is mapped" }
        let distance = nearest.distance(to: address)
        if distance == 0 { return "begins in \(Self.place(nearest)), and leaves it" }
        let side = address < nearest.address ? "begins \(distance) octets after" : "ended \(distance - 1) octets before"
        return start + "; the nearest mapping, \(Self.place(nearest)), \(side)"
    }

    private func youngest(covering address: UInt64) -> Ended? {
        let inOrder = ended[next...] + ended[..<next]
        return inOrder.last { $0.mapping.covers(address) }
    }

    private static func place(_ mapping: Mapping) -> String {
        "\(mapping.length) octets at 0x\(String(mapping.address, radix: 16))"
    }

    /// ` 3 ms ago`; nothing where there is no clock.
    private static func ago(_ then: UInt64, _ now: UInt64) -> String {
        guard then > 0, now >= then else { return "" }
        let nanoseconds = now - then
        switch nanoseconds {
        case ..<1_000_000: return " \(nanoseconds / 1000) µs ago"
        case ..<10_000_000_000: return " \(nanoseconds / 1_000_000) ms ago"
        default: return " \(nanoseconds / 1_000_000_000) s ago"
        }
    }
}
