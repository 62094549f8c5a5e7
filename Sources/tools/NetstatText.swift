internal import Messages

/// What `netstat` prints beside the routing table.
enum NetstatText {
    // MARK: -i

    static func interfaces(_ list: [InterfaceReport], octets: Bool = false) -> String {
        var text = octets ? octetRow("Ibytes", "Obytes", ["Name", "Mtu", "Network", "Address"])
            : row(["Name", "Mtu", "Network", "Address"], ["Ipkts", "Ierrs", "Idrop", "Opkts", "Oerrs", "Odrop", "Colls"])
        for report in list {
            for (network, address) in places(report) {
                let cells = [report.name, "\(report.mtu)", network, address]
                let c = report.counters
                text += octets ? octetRow("\(c.octetsIn)", "\(c.octetsOut)", cells)
                    : row(cells, [c.packetsIn, c.errorsIn, c.dropsIn, c.packetsOut, c.errorsOut, c.dropsOut, c.collisions].map { "\($0)" })
            }
        }
        return text
    }

    /// The link first, then one line an address, as on BSD.
    private static func places(_ report: InterfaceReport) -> [(String, String)] {
        [("<Link>", report.linkAddress ?? "")] + report.addresses.map { address in
            let zone = address.scope != nil && !address.address.contains("%") ? "%\(report.name)" : ""
            return (network(address), address.address + zone)
        }
    }

    private static func network(_ address: AddressReport) -> String { AddressText.network(address.address, address.prefixLength) }

    private static func row(_ left: [String], _ right: [String]) -> String {
        let widths = [9, 6, 6, 9, 6, 6, 6]
        return Column.line(head(left) + zip(right, widths).map { Column.right($0, $1) })
    }

    private static func octetRow(_ input: String, _ output: String, _ left: [String]) -> String {
        Column.line(head(left) + [Column.right(input, 12), Column.right(output, 12)])
    }

    private static func head(_ cells: [String]) -> [String] {
        zip(cells, [5, 5, 18, 25]).map { Column.left($0, $1) }
    }

    // MARK: -s

    /// - Parameter zeros: false leaves out what has counted nothing.
    static func statistics(_ groups: [StatisticsGroup], zeros: Bool) -> String {
        var text = ""
        for group in groups {
            text += "\(group.name):\n"
            for counter in group.counters where zeros || counter.value > 0 { text += "\t\(counter.value) \(counter.name)\n" }
        }
        return text
    }

    // MARK: -m

    static func memory(_ report: MemoryReport) -> String {
        let owners = ["free", "stack", "driver", "device", "socket"]
        var text = Column.line(["octets", "slots"].map { Column.right($0, 7) } + owners.map { Column.right($0, 7) })
        for pool in report.pools {
            text += Column.line(
                ["\(pool.slotOctets)", "\(pool.slots)"].map { Column.right($0, 7) }
                    + owners.map { Column.right("\(pool.owners[$0] ?? 0)", 7) })
            for (owner, count) in pool.owners.sorted(by: { $0.key < $1.key }) where !owners.contains(owner) && count > 0 {
                text += "\t\(count) held by \(owner)\n"
            }
        }
        return text + "\(report.exhausted) times a slot was wanted and none was free\n"
    }

    // MARK: sockets

    static func sockets(_ list: [SocketReport], all: Bool) -> String {
        var text = "Active Internet connections\(all ? " (including servers)" : "")\n"
        text += socketRow("Proto", "Recv-Q", "Send-Q", "Local Address", "Foreign Address", "(state)", "Dropped", "PID")
        for socket in list where all || socket.remote != nil && socket.state != "TIME_WAIT" {
            text += socketRow(socket.protocol, "\(socket.receiveQueue)", "\(socket.sendQueue)", place(socket.local),
                              socket.remote.map(place) ?? "*.*", socket.state ?? "", "\(socket.dropped)", socket.pid == 0 ? "-" : "\(socket.pid)")
        }
        return text
    }

    /// `10.1.0.2.7`, `*.7`: BSD's dot in front of the port.
    static func place(_ address: SocketAddress) -> String {
        let host = ["", "0.0.0.0", "::"].contains(address.address) ? "*" : address.address
        return "\(host).\(address.port == 0 ? "*" : "\(address.port)")"
    }

    private static func socketRow(
        _ proto: String, _ receive: String, _ send: String, _ local: String, _ remote: String, _ state: String, _ dropped: String, _ pid: String
    ) -> String {
        Column.line([
            Column.left(proto, 5), Column.right(receive, 6), Column.right(send, 6), "", Column.left(local, 28),
            Column.left(remote, 28), Column.left(state, 12), Column.right(dropped, 7), Column.right(pid, 7),
        ])
    }

    // MARK: -w

    /// The two head lines, repeated every 21 samples.
    static func watchHead(_ interface: String) -> String {
        func five(_ cells: [String]) -> [String] { zip(cells, [9, 6, 9, 6, 6]).map { Column.right($0, $1) } }
        let names = ["packets", "errs", "packets", "errs", "colls"]
        let width = 9 + 6 + 1, rest = 9 + 6 + 6 + 2
        let first = [("\(interface) in", width), ("\(interface) out", rest), ("total in", width), ("total out", rest)]
        return Column.line(first.map { Column.right($0.0, $0.1) }) + Column.line(five(names) + five(names))
    }

    static func watchRow(_ one: InterfaceCounters, _ total: InterfaceCounters) -> String {
        func five(_ c: InterfaceCounters) -> [String] {
            zip([c.packetsIn, c.errorsIn, c.packetsOut, c.errorsOut, c.collisions], [9, 6, 9, 6, 6]).map { Column.right($0, $1) }
        }
        return Column.line(five(one) + five(total))
    }
}

extension InterfaceCounters {
    /// What was counted since `earlier`; a counter that began anew counts from 0.
    func since(_ earlier: InterfaceCounters) -> InterfaceCounters {
        combined(earlier) { $0 >= $1 ? $0 - $1 : $0 }
    }

    func adding(_ other: InterfaceCounters) -> InterfaceCounters { combined(other) { $0 &+ $1 } }

    private func combined(_ b: InterfaceCounters, _ by: (UInt64, UInt64) -> UInt64) -> InterfaceCounters {
        var result = InterfaceCounters()
        result.packetsIn = by(packetsIn, b.packetsIn)
        result.octetsIn = by(octetsIn, b.octetsIn)
        result.errorsIn = by(errorsIn, b.errorsIn)
        result.dropsIn = by(dropsIn, b.dropsIn)
        result.multicastIn = by(multicastIn, b.multicastIn)
        result.packetsOut = by(packetsOut, b.packetsOut)
        result.octetsOut = by(octetsOut, b.octetsOut)
        result.errorsOut = by(errorsOut, b.errorsOut)
        result.dropsOut = by(dropsOut, b.dropsOut)
        result.multicastOut = by(multicastOut, b.multicastOut)
        result.collisions = by(collisions, b.collisions)
        return result
    }
}
