internal import Messages
internal import Shell

/// `ifShow`, `routeShow` and their like: what the stack says of itself, in the words of `ifconfig`, `netstat`, `arp` and `nicinfo`.
enum NetworkCommands {
    static var all: [ShellCommand] {
        [
            ShellCommand("ifShow", "[interface]", "interfaces: flags, addresses, medium") { (session, arguments) throws(ShellError) in
                let list = try interfaces(session, arguments)
                return ShellAnswer(text: IfconfigText.render(list), data: list)
            },
            ShellCommand("endShow", "[interface]", "hardware, driver and counters, as nicinfo shows them") { (session, arguments) throws(ShellError) in
                try hardware(session, arguments)
            },
            ShellCommand("muxShow", "[interface]", "which protocols are bound to which interface") { (session, arguments) throws(ShellError) in
                try bound(session, arguments)
            },
            ShellCommand("netPoolShow", "", "packet memory: slots by size and owner") { (session, _) throws(ShellError) in try pools(session) },
            ShellCommand("mbufShow", "", "the same as netPoolShow") { (session, _) throws(ShellError) in try pools(session) },
            ShellCommand("inetstatShow", "", "sockets, with their queues and states") { (session, _) throws(ShellError) in
                guard case .sockets(let list) = try ask(session, .sockets) else { throw nonsense }
                return ShellAnswer(text: NetstatText.sockets(list, all: true), data: list)
            },
            ShellCommand("routeShow", "", "the routing table") { (session, _) throws(ShellError) in
                guard case .routes(let list) = try ask(session, .routes(nil)) else { throw nonsense }
                return ShellAnswer(text: RouteText.table(list), data: list)
            },
            ShellCommand("arpShow", "", "neighbours by ARP") { (session, _) throws(ShellError) in
                guard case .neighbors(let list) = try ask(session, .neighbors(.inet)) else { throw nonsense }
                return ShellAnswer(text: NeighborText.arp(list), data: list)
            },
            ShellCommand("ndpShow", "", "neighbours by IPv6's discovery") { (session, _) throws(ShellError) in
                guard case .neighbors(let list) = try ask(session, .neighbors(.inet6)) else { throw nonsense }
                return ShellAnswer(text: NeighborText.ndp(list), data: list)
            },
            statistics("tcpstatShow", ["tcp"]), statistics("udpstatShow", ["udp"]), statistics("icmpstatShow", ["icmp", "icmp6"]),
            statistics("ipstatShow", ["ip", "ip6"]), statistics("dropShow", ["dropped", "driver"]),
        ]
    }

    private static func statistics(_ name: String, _ groups: [String]) -> ShellCommand {
        ShellCommand(name, "[-s]", "counters of \(groups.joined(separator: " and ")); -s: without zeros") { (session, arguments) throws(ShellError) in
            guard case .statistics(let all) = try ask(session, .statistics) else { throw nonsense }
            let list = all.filter { groups.contains($0.name) }
            return ShellAnswer(text: NetstatText.statistics(list, zeros: arguments.text != "-s"), data: list)
        }
    }

    static var nonsense: ShellError { .refused("the stack's answer does not fit the question; restart it with the same build as this tool") }

    static func ask(_ session: ShellSession, _ request: StackRequest) throws(ShellError) -> StackReply {
        let (reply, instead) = try session.subject.ask(request)
        if let instead { session.remark(instead) }
        return reply
    }

    static func interfaces(_ session: ShellSession, _ arguments: ShellArguments) throws(ShellError) -> [InterfaceReport] {
        guard case .interfaces(let list) = try ask(session, .interfaces) else { throw nonsense }
        guard let name = arguments.words.first else { return list }
        guard let one = list.first(where: { $0.name == name }) else {
            throw .refused("there is no interface \(name); there are: \(list.map(\.name).joined(separator: ", "))")
        }
        return [one]
    }

    private static func hardware(_ session: ShellSession, _ arguments: ShellArguments) throws(ShellError) -> ShellAnswer {
        var reports: [HardwareReport] = []
        for one in try interfaces(session, arguments) where one.media != nil && one.vlan == nil {
            guard case .hardware(let report) = try ask(session, .hardware(interface: one.name)) else { throw nonsense }
            reports.append(report)
        }
        return ShellAnswer(text: reports.map(NicinfoText.render).joined(separator: "\n"), data: reports)
    }

    private static func pools(_ session: ShellSession) throws(ShellError) -> ShellAnswer {
        guard case .memory(let report) = try ask(session, .memory) else { throw nonsense }
        return ShellAnswer(text: NetstatText.memory(report), data: report)
    }

    /// What is bound to an interface follows from what it is and which addresses it has.
    private static func bound(_ session: ShellSession, _ arguments: ShellArguments) throws(ShellError) -> ShellAnswer {
        struct Bound: Encodable { var interface: String, protocols: [String] }
        let list = try interfaces(session, arguments), all = try interfaces(session, ShellArguments(""))
        let rows = list.map { one in
            var protocols = one.flags.contains("LOOPBACK") ? [] : ["ARP"]
            protocols += ["IPv4", "IPv6"].enumerated().filter { index, _ in one.addresses.contains { $0.family == (index == 0 ? .inet : .inet6) } }.map(\.1)
            protocols += all.filter { $0.vlan?.parent == one.name }.map { "VLAN \($0.vlan?.tag ?? 0) (\($0.name))" }
            return Bound(interface: one.name, protocols: protocols)
        }
        return ShellAnswer(rows.map { "\(Column.left($0.interface, 10)) \($0.protocols.isEmpty ? "nothing is bound" : $0.protocols.joined(separator: ", "))" }, data: rows)
    }
}
