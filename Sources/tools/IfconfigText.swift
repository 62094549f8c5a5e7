internal import Messages

/// What `ifconfig` prints, in the shape of the BSD tools as QNX had them.
enum IfconfigText {
    struct Shape: Equatable {
        /// `-v`: counters.
        var verbose = false
        /// `-m`: the media that the hardware can do.
        var media = false
        init(verbose: Bool = false, media: Bool = false) { (self.verbose, self.media) = (verbose, media) }
    }

    /// Bit values of BSD's `if_flags`.
    static let flagBits: [(name: String, bit: UInt32)] = [
        ("UP", 0x1), ("BROADCAST", 0x2), ("DEBUG", 0x4), ("LOOPBACK", 0x8), ("POINTOPOINT", 0x10), ("NOTRAILERS", 0x20),
        ("RUNNING", 0x40), ("NOARP", 0x80), ("PROMISC", 0x100), ("ALLMULTI", 0x200), ("OACTIVE", 0x400),
        ("SIMPLEX", 0x800), ("LINK0", 0x1000), ("LINK1", 0x2000), ("LINK2", 0x4000), ("MULTICAST", 0x8000),
    ]
    static let capabilityBits: [(name: String, bit: UInt32)] = [
        ("IP4CSUM", 0x1), ("TCP4CSUM", 0x2), ("UDP4CSUM", 0x4), ("TCP6CSUM", 0x8), ("UDP6CSUM", 0x10), ("TSO4", 0x20),
        ("TSO6", 0x40), ("LRO", 0x80),
    ]

    static func render(_ list: [InterfaceReport], _ shape: Shape = Shape()) -> String {
        list.map { render($0, shape) }.joined()
    }

    static func render(_ report: InterfaceReport, _ shape: Shape = Shape()) -> String {
        var text = "\(report.name): flags=\(bits(report.flags, flagBits)) mtu \(report.mtu)\n"
        text += capabilities(report)
        if let vlan = report.vlan { text += "\tvlan: \(vlan.tag) parent: \(vlan.parent)\n" }
        if let address = report.linkAddress { text += "\taddress: \(address)\n" }
        if let media = report.media {
            text += "\tmedia: Ethernet \(mediaText(media))\n"
            text += "\tstatus: \(media.linkUp ? "active" : "no carrier")\n"
        }
        if shape.media { text += supported(report) }
        if shape.verbose { text += counters(report.counters) }
        var first = true
        for address in report.addresses {
            text += addressLine(address, report.name, first: first)
            if address.family == .inet { first = false }
        }
        return text
    }

    /// `8843<UP,BROADCAST>`; names without a bit are printed and add nothing to the number.
    static func bits(_ names: [String], _ table: [(name: String, bit: UInt32)]) -> String {
        let given = Set(names.map { $0.uppercased() })
        let known = table.filter { given.contains($0.name) }
        let others = given.subtracting(known.map(\.name)).sorted()
        let words = known.map(\.name) + others
        let number = Number.hexadecimal(known.reduce(0) { $0 | $1.bit })
        return words.isEmpty ? number : "\(number)<\(words.joined(separator: ","))>"
    }

    private static func capabilities(_ report: InterfaceReport) -> String {
        let (receive, transmit) = (report.capabilitiesReceive, report.capabilitiesTransmit)
        guard !receive.isEmpty || !transmit.isEmpty else { return "" }
        var text = ""
        if !receive.isEmpty { text += "\tcapabilities rx=\(bits(receive, capabilityBits))\n" }
        if !transmit.isEmpty { text += "\tcapabilities tx=\(bits(transmit, capabilityBits))\n" }
        return text + "\tenabled=\(bits(report.enabled, capabilityBits))\n"
    }

    /// `autoselect (1000baseT full-duplex)`, `autoselect (none)`, `100baseTX half-duplex`.
    static func mediaText(_ media: MediaReport) -> String {
        let medium = mediumName(media.megabits)
        let present = medium.map { "\($0) \(media.fullDuplex ? "full-duplex" : "half-duplex")" } ?? "none"
        return media.automatic ? "autoselect (\(present))" : present
    }

    static func mediumName(_ megabits: Int) -> String? {
        switch megabits {
        case 10: "10baseT"
        case 100: "100baseTX"
        case 1...: "\(megabits)baseT"
        default: nil
        }
    }

    private static func supported(_ report: InterfaceReport) -> String {
        guard let media = report.media, !media.supported.isEmpty else { return "" }
        return "\tsupported Ethernet media:\n" + media.supported.map { "\t\tmedia \($0)\n" }.joined()
    }

    private static func addressLine(_ address: AddressReport, _ interface: String, first: Bool) -> String {
        switch address.family {
        case .inet:
            var text = "\tinet \(first ? "" : "alias ")\(address.address) netmask \(AddressText.netmask(address.prefixLength))"
            if let broadcast = address.broadcast { text += " broadcast \(broadcast)" }
            return text + flags(address) + "\n"
        case .inet6:
            let zoned = address.scope != nil && !address.address.contains("%")
            var text = "\tinet6 \(address.address)\(zoned ? "%\(interface)" : "") prefixlen \(address.prefixLength)"
            text += flags(address)
            if let scope = address.scope { text += " scopeid 0x\(Number.hexadecimal(scope))" }
            return text + "\n"
        }
    }

    private static func flags(_ address: AddressReport) -> String { address.flags.map { " \($0)" }.joined() }

    /// Packets and octets always; the others only where they have counted something.
    static func counters(_ counters: InterfaceCounters) -> String {
        func line(_ name: String, _ packets: UInt64, _ octets: UInt64, _ rest: [(UInt64, String)]) -> String {
            let more = rest.filter { $0.0 > 0 }.map { ", \($0.0) \($0.1)" }.joined()
            return "\t\(name): \(packets) packets, \(octets) bytes\(more)\n"
        }
        let input = line("input", counters.packetsIn, counters.octetsIn, [
            (counters.multicastIn, "multicasts"), (counters.errorsIn, "errors"), (counters.dropsIn, "drops"),
        ])
        return input + line("output", counters.packetsOut, counters.octetsOut, [
            (counters.multicastOut, "multicasts"), (counters.errorsOut, "errors"), (counters.dropsOut, "drops"),
            (counters.collisions, "collisions"),
        ])
    }
}
