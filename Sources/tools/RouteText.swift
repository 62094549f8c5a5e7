internal import Messages
internal import Wire

/// What `route` and `netstat -r` print.
enum RouteText {
    static func table(_ routes: [RouteReport]) -> String {
        var text = "Routing tables\n"
        for (family, title, width) in [(Family.inet, "Internet", 18), (.inet6, "Internet6", 39)] {
            let list = routes.filter { $0.family == family }
            guard !list.isEmpty else { continue }
            text += "\n\(title):\n" + row("Destination", "Gateway", "Flags", "Use", "Mtu", "Interface", width)
            for route in list {
                text += row(route.destination, route.gateway, route.flags, "\(route.uses)", route.mtu.map { "\($0)" } ?? "-",
                            route.interface, width)
            }
        }
        return text
    }

    private static func row(
        _ destination: String, _ gateway: String, _ flags: String, _ uses: String, _ mtu: String, _ interface: String, _ width: Int
    ) -> String {
        Column.line([
            Column.left(destination, width), Column.left(gateway, width), Column.left(flags, 6), Column.right(uses, 8),
            Column.right(mtu, 6), interface,
        ])
    }

    /// `route get`.
    static func found(_ target: String, _ route: RouteReport) -> String {
        let parts = route.destination.split(separator: "/").map(String.init)
        var lines = [("route to", target), ("destination", parts.first ?? route.destination)]
        if parts.count == 2, let length = Int(parts[1]) {
            lines.append(route.family == .inet ? ("mask", AddressText.dotted(length)) : ("prefixlen", "\(length)"))
        }
        if !route.gateway.hasPrefix("link#") { lines.append(("gateway", route.gateway)) }
        lines.append(("interface", route.interface))
        lines.append(("flags", "<\(words(route.flags))>"))
        if let mtu = route.mtu { lines.append(("mtu", "\(mtu)")) }
        return lines.map { Column.right($0.0, 12) + ": \($0.1)\n" }.joined()
    }

    private static func words(_ flags: String) -> String {
        let names: [Character: String] = [
            "U": "UP", "G": "GATEWAY", "H": "HOST", "S": "STATIC", "R": "REJECT", "B": "BLACKHOLE", "L": "LLINFO", "D": "DYNAMIC",
            "M": "MODIFIED", "C": "CLONING", "l": "LOCAL", "b": "BROADCAST",
        ]
        return flags.map { names[$0] ?? String($0) }.joined(separator: ",")
    }

    /// `add net 10.2.0.0/16: gateway 10.1.0.1`
    static func done(_ verb: String, _ setting: RouteSetting) -> String {
        let net = setting.destination == "default" || setting.destination.contains("/")
        let way = setting.gateway.map { ": gateway \($0)" } ?? setting.interface.map { ": interface \($0)" } ?? ""
        return "\(verb) \(net ? "net" : "host") \(setting.destination)\(way)\n"
    }
}
