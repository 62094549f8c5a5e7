internal import Messages

/// The page that `nicinfo` prints.
enum NicinfoText {
    /// Where values begin: behind two spaces, the label and its dotted leader.
    private static let leader = 44

    /// Counters in the page's order, by the names of the driver contract. What is absent is not kept by the driver.
    static let groups: [[(label: String, counter: String)]] = [
        [
            ("Packets Transmitted OK", "TX_PACKETS"), ("Bytes Transmitted OK", "TX_OCTETS"),
            ("Broadcast Packets Transmitted OK", "TX_BROADCAST"), ("Multicast Packets Transmitted OK", "TX_MULTICAST"),
            ("Memory Allocation Failures on Transmit", "TX_NO_MEMORY"),
        ],
        [
            ("Packets Received OK", "RX_PACKETS"), ("Bytes Received OK", "RX_OCTETS"),
            ("Broadcast Packets Received OK", "RX_BROADCAST"), ("Multicast Packets Received OK", "RX_MULTICAST"),
            ("Memory Allocation Failures on Receive", "RX_NO_MEMORY"),
        ],
        [
            ("Single Collisions on Transmit", "TX_SINGLE_COLLISIONS"),
            ("Multiple Collisions on Transmit", "TX_MULTIPLE_COLLISIONS"), ("Deferred Transmits", "TX_DEFERRED"),
            ("Late Collision on Transmit errors", "TX_LATE_COLLISIONS"),
            ("Transmits aborted (excessive collisions)", "TX_EXCESSIVE_COLLISIONS"),
            ("Transmit Underruns", "TX_UNDERRUNS"), ("No Carrier on Transmit", "TX_NO_CARRIER"),
            ("Receive Alignment errors", "RX_ALIGNMENT_ERRORS"), ("Received packets with CRC errors", "RX_CRC_ERRORS"),
            ("Packets Dropped on receive", "RX_MISSED"), ("Ethernet Headers out of range", "RX_LENGTH_ERRORS"),
            ("Oversized Packets received", "RX_OVERSIZED"), ("Undersized Packets received", "RX_UNDERSIZED"),
            ("Symbol errors on receive", "RX_SYMBOL_ERRORS"), ("Transmit errors", "TX_ERRORS"),
            ("Receive errors", "RX_ERRORS"), ("Transmitter hangs", "TX_HANGS"), ("Interrupts", "INTERRUPTS"),
        ],
    ]

    static func render(_ report: HardwareReport) -> String {
        var text = "\(report.interface):\n  \(report.description)\n"
        if !report.media.linkUp { text += "  Link is DOWN\n" }
        text += "\n" + identity(report)
        for group in groups {
            let lines = group.compactMap { label, counter in report.counters[counter].map { line(label, "\($0)") } }
            if !lines.isEmpty { text += "\n" + lines.joined() }
        }
        let slow = report.slowCallouts.map { line("Slow callouts: \($0.callout)", "\($0.count) (longest \($0.longestMilliseconds) ms)") }
        if let stalls = report.transmitter?.stalls, stalls > 0 { text += "\n" + line("Transmitter stood still", "\(stalls)") }
        return slow.isEmpty ? text : text + "\n" + slow.joined()
    }

    private static func identity(_ report: HardwareReport) -> String {
        var text = line("Driver", "\(report.driver) \(report.driverVersion)")
        text += line("Hardware", "\(report.nic) (\(report.bus))")
        if let isolation = report.isolation {
            let process = isolation.pid.map { "\($0)" } ?? "none now"
            text += line("Process of the driver", process + ", \(isolation.restarts) \(isolation.restarts == 1 ? "restart" : "restarts")")
            if !isolation.confinement.isEmpty { text += line("  Confined by", isolation.confinement) }
        }
        text += line("Physical Node ID", nodeID(report.permanentAddress))
        text += line("Current Physical Node ID", nodeID(report.currentAddress))
        text += line("Current Operation Rate", rate(report.media))
        // A link of the host's own has neither a PHY nor an interrupt line.
        let isHardware = report.bus != "host"
        if isHardware { text += line("Active Interface Type", "MII") + line("  Active PHY address", "\(report.phyAddress)") }
        text += line("Maximum Transmittable data Unit", "\(report.mtu)")
        text += line("Maximum Receivable data Unit", "\(report.maximumMTU)")
        if isHardware { text += line("Hardware Interrupt", report.interrupt.map { "\($0), \(report.vectors) \(report.vectors == 1 ? "vector" : "vectors")" } ?? "none") }
        for aperture in report.apertures where aperture.octets > 0 {
            text += line("Memory Aperture", "0x0 - 0x\(Number.hexadecimal(aperture.octets - 1)) (region \(aperture.region))")
        }
        text += line("Promiscuous Mode", report.promiscuous ? "On" : "Off")
        return text + line("Multicast Support", report.multicast ? "Enabled" : "Disabled")
    }

    private static func line(_ label: String, _ value: String) -> String {
        "  \(label) " + String(repeating: ".", count: max(1, leader - label.count - 1)) + " \(value)\n"
    }

    /// `02:00:00:00:00:01` as `020000 000001`.
    static func nodeID(_ address: String) -> String {
        let digits = address.filter { $0 != ":" }.uppercased()
        return digits.count == 12 ? digits.prefix(6) + " " + digits.suffix(6) : address
    }

    static func rate(_ media: MediaReport) -> String {
        guard media.linkUp, media.megabits > 0 else { return "Unknown" }
        return "\(media.megabits).00 Mb/s \(media.fullDuplex ? "full" : "half")-duplex"
    }
}
