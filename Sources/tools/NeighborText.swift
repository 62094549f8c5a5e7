internal import Messages

/// What `arp` and `ndp` print.
enum NeighborText {
    /// `? (10.1.0.1) at 02:00:00:00:00:01 on em0 permanent`
    static func arp(_ list: [NeighborReport]) -> String {
        list.map { entry in
            let address = entry.linkAddress ?? "(incomplete)"
            let life = entry.state == "permanent" ? " permanent" : entry.expires.map { " expires in \($0) s" } ?? ""
            return "? (\(entry.address)) at \(address) on \(entry.interface)\(life)\n"
        }.joined()
    }

    static func ndp(_ list: [NeighborReport]) -> String {
        var text = row("Neighbor", "Linklayer Address", "Netif", "Expire", "S", "Flags")
        for entry in list {
            let expires = entry.state == "permanent" ? "permanent" : entry.expires.map(Number.duration) ?? "-"
            text += row(entry.address, entry.linkAddress ?? "(incomplete)", entry.interface, expires, letter(entry.state),
                        entry.isRouter ? "R" : "")
        }
        return text
    }

    private static func row(_ cells: String...) -> String {
        let widths = [31, 17, 6, 9, 1, 5]
        return Column.line(zip(cells, widths).map { Column.left($0, $1) })
    }

    /// BSD's letters for the states of RFC 4861 §7.3.2.
    static func letter(_ state: String) -> String {
        switch state {
        case "incomplete": "I"
        case "reachable", "permanent": "R"
        case "stale": "S"
        case "delay": "D"
        case "probe": "P"
        case "failed": "W"
        default: "?"
        }
    }

    /// `fe80::1%em0 if=em0, expire=29m50s`
    static func routers(_ report: DiscoveryReport) -> String {
        report.routers.map { "\($0.address) if=\($0.interface), expire=\(Number.duration($0.lifetime))\n" }.joined()
    }

    static func prefixes(_ report: DiscoveryReport) -> String {
        func life(_ seconds: Int?) -> String { seconds.map(Number.duration) ?? "infinity" }
        return report.prefixes.map {
            "\($0.prefix) if=\($0.interface)\n  vltime=\(life($0.validLifetime)), pltime=\(life($0.preferredLifetime))\n"
        }.joined()
    }
}
