internal import DHCP
internal import Wire

/// What `dhcp.client` says.
enum DHCPText {
    static func count(_ number: Int, _ thing: String) -> String { number == 1 ? "1 \(thing)" : "\(number) \(thing)s" }

    private static func time(_ seconds: UInt32?) -> String { seconds.map { "for \($0) s" } ?? "for ever" }

    /// `10.1.0.7/24 from 10.1.0.1 for 3600 s`.
    static func bound(_ lease: Lease) -> String { "\(lease.address)/\(lease.prefixLength) from \(lease.server) \(time(lease.seconds))" }

    static func bound(_ lease: Lease6) -> String {
        lease.addresses.map { "\($0.address) by DHCPv6 \(time($0.validSeconds == .max ? nil : $0.validSeconds))" }.joined(separator: ", ")
    }

    static func ended(_ address: String, _ why: LeaseEnd) -> String {
        switch why {
        case .expired: "\(address): the lease has expired"
        case .refused: "\(address): the server takes it back"
        case .released: "\(address): given back"
        case .declined: "\(address): another host has it; declined"
        }
    }

    static func table(_ records: [DHCPRecord]) -> String {
        records.map { record in
            let left = record.expires.map { $0 - DHCPRecord.calendar }
            let time = left.map { $0 > 0 ? "for another \(Number.duration($0))" : "expired" } ?? "for ever"
            return "\(record.interface): \(record.address)/\(record.prefixLength) from \(record.server), \(time)\n"
        }.joined()
    }
}
