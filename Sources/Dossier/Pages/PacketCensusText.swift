internal import Rings

/// Packet memory in words.
enum PacketCensusText {
    typealias Census = PacketCensus

    static func lines(_ census: Census) -> [String] {
        [("2 KiB slots", census.small), ("16 KiB slots", census.large)].map { name, owners in
            let total = owners.values.reduce(0, +)
            return "\(name): \(total), of which " + order(owners).map { "\(owners[$0] ?? 0) \($0)" }.joined(separator: ", ")
        }
    }

    /// The free ones last.
    static func order(_ owners: [String: Int]) -> [String] { owners.keys.sorted { ($0 == "free" ? 1 : 0, $0) < ($1 == "free" ? 1 : 0, $1) } }
}
