internal import Messages

/// What `nic` prints.
enum NicText {
    static func table(_ list: [NICStatus]) -> String {
        func line(_ cells: String...) -> String {
            Column.line(zip(cells, [12, 18, 8, 8, 20, 0]).map { Column.left($0, $1) })
        }
        guard !list.isEmpty else { return "there is no NIC; make one: nic add em-a sim:82540em\n" }
        return list.reduce(line("NAME", "HARDWARE", "PID", "LINK", "STACK", "CABLE")) { text, nic in
            text + line(
                nic.identity.name, nic.identity.specification, "\(nic.identity.pid)", link(nic), nic.identity.claimedBy ?? "-",
                nic.cable.map { "\($0)\(nic.carrier ? "" : " (\(nic.cableState))")" } ?? "-")
        }
    }

    private static func link(_ nic: NICStatus) -> String {
        if nic.isPulled { return "pulled" }
        return nic.place != nil ? "-" : nic.linkEnabled ? (nic.carrier ? "up" : "down") : "held"
    }

    static func page(_ nic: NICStatus) -> String {
        let identity = nic.identity
        func hex(_ value: UInt16) -> String { Number.hexadecimal(value, digits: 4) }
        var text = "\(identity.name): \(identity.title)\n"
        text += "\thardware \(identity.specification), PCI \(hex(identity.vendor)):\(hex(identity.device))"
        text += " revision \(identity.revision), pid \(identity.pid), up \(Number.duration(Int(clamping: nic.uptime)))\n"
        for (region, octets) in identity.regionLengths.enumerated() where octets > 0 {
            text += "\tregion \(region): 0x\(Number.hexadecimal(octets)) octets\n"
        }
        if nic.isPulled { text += "\tthe card lies beside its slot; to put it back: nic push \(identity.name)\n" }
        text += "\tstack \(identity.claimedBy ?? "none")\n"
        if let place = nic.place { return text + "\t\(place)\n\tlink as the driver sees it: nicinfo\n" + counters(nic) + violations(nic) }
        text += "\tcable \(nic.cable ?? "none")\(nic.cableState.isEmpty ? "" : ": \(nic.cableState)")\n"
        text += "\tlink \(link(nic))\(nic.linkEnabled ? "" : " down by hand")\n"
        if !nic.impairments.isEmpty { text += "\timpairments \(nic.impairments)\n" }
        if let capture = nic.capture { text += "\tcapture \(capture)\n" }
        return text + counters(nic) + violations(nic)
    }

    private static func counters(_ nic: NICStatus) -> String {
        nic.counters.reduce(nic.counters.isEmpty ? "" : "\tcounters:\n") { text, counter in
            text + "\t\t\(Column.right(counter.value, 12)) \(counter.name)\n"
        }
    }

    private static func violations(_ nic: NICStatus) -> String {
        guard nic.violationsTotal > 0 else { return "" }
        let hidden = nic.violations.count
        var text = "\tthe driver broke the datasheet's rules \(nic.violationsTotal) times"
        text += UInt64(hidden) < nic.violationsTotal ? ", by kind:\n" : ":\n"
        for violation in nic.violations {
            text += "\t\t\(violation.count) x \(violation.rule) \(violation.subject) = 0x\(Number.hexadecimal(violation.value))"
            text += " (\(violation.section)): \(violation.text)\n"
        }
        return text
    }
}
