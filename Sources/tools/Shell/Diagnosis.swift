internal import Messages

/// What is wrong with an interface, by what can be seen of it: findings, the likeliest first, each with what it rests on.
struct Diagnosis {
    struct Finding: Codable, Equatable {
        var text: String
        var evidence: String
        /// 100: it is so; 0: it is worth a look.
        var weight: Int
    }

    /// What was found out; nil and empty: it could not be.
    struct Facts {
        var interface = "em0"
        var nic: NICStatus?
        var look: NICLook?
        /// Why the NIC does not answer.
        var nicSilent: String?
        var report: InterfaceReport?
        var hardware: HardwareReport?
        /// Why the stack does not answer.
        var stackSilent: String?
        /// Of the first thread, the innermost of the driver's own functions that it is in.
        var driverFunction: String?
        /// Buffers that the driver was given and gave back, by direction, as far as they are recorded.
        var given: [String: Int] = [:], returned: [String: Int] = [:]
        /// Interrupts, and the interrupt callouts that said that there was nothing.
        var interrupts = 0, empty = 0
        /// Frames that did not get through, by the reason.
        var losses: [String: Int] = [:]
        var freeSlots: Int?
    }

    static func of(_ facts: Facts) -> [Finding] {
        let all = process(facts) + hardware(facts) + settings(facts) + registers(facts) + traffic(facts)
        return all.enumerated().sorted { ($1.element.weight, $0.offset) < ($0.element.weight, $1.offset) }.map(\.element)
    }

    private static func process(_ facts: Facts) -> [Finding] {
        var found: [Finding] = []
        if let function = facts.driverFunction, facts.stackSilent != nil {
            found.append(Finding(
                text: "the driver does not return: the stack's only thread is in \(function)", evidence: "tt; the stack itself does not answer (\(facts.stackSilent ?? ""))",
                weight: 100))
        } else if let silent = facts.stackSilent {
            found.append(Finding(text: "the stack does not answer", evidence: silent, weight: 90))
        }
        for slow in facts.hardware?.slowCallouts ?? [] {
            found.append(Finding(
                text: "the driver's \(slow.callout) takes long: the stack does nothing else meanwhile", evidence: "endShow: \(slow.count) times 100 ms or longer, \(slow.longestMilliseconds) ms at most",
                weight: 85))
        }
        if let one = facts.hardware?.transmitter, one.stalls > 0 || one.standsMilliseconds >= 1000 {
            found.append(Finding(
                text: "the transmitter stands still: frames that the driver was given to send do not come back",
                evidence: "endShow: \(one.stalls) times; now \(one.frames) of \(one.places) places are taken, and none has come back for \(one.standsMilliseconds) ms",
                weight: 91))
        }
        if facts.hardware?.isolation?.restarts ?? 0 > 0, let isolation = facts.hardware?.isolation {
            found.append(Finding(text: "the driver's process has died and another one took over", evidence: "endShow: \(isolation.restarts) restarts; drydock postmortem", weight: 70))
        }
        return found
    }

    private static func hardware(_ facts: Facts) -> [Finding] {
        var found: [Finding] = []
        if let silent = facts.nicSilent { found.append(Finding(text: "the NIC does not answer", evidence: silent, weight: 95)) }
        guard let nic = facts.nic else { return found }
        if nic.isPulled { found.append(Finding(text: "the card is out of its slot", evidence: "nic show \(nic.identity.name)", weight: 100)) }
        for violation in nic.violations.reversed().prefix(3) {
            found.append(Finding(
                text: "the driver breaks a rule of the datasheet: \(violation.text)",
                evidence: "nic show: \(violation.rule), \(violation.subject), section \(violation.section), \(violation.count) times", weight: 92))
        }
        if nic.cable == nil { found.append(Finding(text: "no cable is plugged in", evidence: "nic show: cable none", weight: 96)) } else if !nic.linkEnabled {
            found.append(Finding(text: "the carrier is held down", evidence: "nic link \(nic.identity.name) down", weight: 96))
        } else if !nic.carrier { found.append(Finding(text: "the cable has no carrier", evidence: "nic show: \(nic.cableState)", weight: 94)) }
        if !nic.impairments.isEmpty, nic.impairments != "none" { found.append(Finding(text: "the cable is impaired", evidence: nic.impairments, weight: 40)) }
        return found
    }

    private static func settings(_ facts: Facts) -> [Finding] {
        guard let report = facts.report else { return [] }
        var found: [Finding] = []
        if !report.flags.contains("UP") { found.append(Finding(text: "the interface is down", evidence: "ifShow: no UP; ifconfig \(facts.interface) up", weight: 97)) }
        if report.addresses.isEmpty { found.append(Finding(text: "it has no address", evidence: "ifShow \(facts.interface)", weight: 60)) }
        if report.addresses.contains(where: { $0.flags.contains("duplicated") }) { found.append(Finding(text: "another machine has its address", evidence: "ifShow: duplicated", weight: 93)) }
        if facts.nic?.carrier == true, facts.nic?.linkEnabled == true, report.media?.linkUp == false {
            found.append(Finding(text: "the driver has not noticed that the link is up", evidence: "nic show: carrier; ifShow: link down", weight: 80))
        }
        return found
    }

    /// Engines that are off, masks that are closed: of the chips whose registers are known.
    private static func registers(_ facts: Facts) -> [Finding] {
        guard let look = facts.look, !look.registers.isEmpty else { return [] }
        func value(_ name: String) -> UInt32? { look.registers.first { $0.name == name || $0.name == name + "[0]" }?.value }
        func field(_ register: String, _ name: String) -> UInt32? {
            look.registers.first { $0.name == register }?.fields.first { $0.name == name }?.value
        }
        var found: [Finding] = []
        let isUp = facts.report?.flags.contains("UP") ?? true
        if look.configuration.count > 4, look.configuration[4] & 4 == 0, look.pid != nil {
            found.append(Finding(text: "bus mastering is off: the device reaches no memory", evidence: "pci \(facts.interface): command", weight: 88))
        }
        for (register, engine) in [("RCTL", "receiver"), ("TCTL", "transmitter")] where isUp && field(register, "EN") == 0 {
            found.append(Finding(text: "the \(engine) is off", evidence: "reg \(facts.interface).\(register).EN = 0", weight: 87))
        }
        for (mask, cause) in [("IMS", "ICR"), ("MASK", "CAUSE")] {
            guard isUp, let open = value(mask) else { continue }
            if open == 0 { found.append(Finding(text: "every interrupt is masked", evidence: "reg \(facts.interface).\(mask) = 0", weight: 86)) } else if let pending = value(cause), pending & open != 0 {
                found.append(Finding(
                    text: "an interrupt is pending that nobody has served", evidence: "\(cause) & \(mask) = 0x\(Number.hexadecimal(pending & open)); it is normal for a moment: ask again", weight: 45))
            }
        }
        for ring in look.rings {
            guard let tail = ring.tail, ring.length > 0, isUp, look.pid != nil else { continue }
            if ring.name.hasPrefix("receive"), ring.head == tail {
                found.append(Finding(text: "the device has no buffer to receive into: frames are lost", evidence: "ring \(facts.interface).rx: head and tail are both \(tail)", weight: 84))
            } else if ring.name.hasPrefix("transmit"), ring.head != tail {
                found.append(Finding(text: "frames wait in the transmit ring", evidence: "ring \(facts.interface).tx: head \(ring.head), tail \(tail); it is normal for a moment: ask again", weight: 42))
            }
        }
        return found
    }

    private static func traffic(_ facts: Facts) -> [Finding] {
        var found: [Finding] = []
        if facts.freeSlots == 0 { found.append(Finding(text: "packet memory is used up", evidence: "netPoolShow", weight: 89)) }
        if let look = facts.look, look.interrupts > 0, facts.interrupts > 8, facts.empty * 4 > facts.interrupts * 3 {
            found.append(Finding(
                text: "the driver finds nothing to do when it is interrupted, though the device has something",
                evidence: "irq \(facts.interface): of \(facts.interrupts) callouts \(facts.empty) said that there was nothing", weight: 83))
        }
        for (reason, count) in facts.losses.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }).prefix(3) {
            found.append(Finding(text: "frames are lost: \(reason)", evidence: "the recorder saw \(count); drydock trace --kind frame", weight: 50))
        }
        for counter in ["RX_MISSED", "RX_NO_MEMORY", "TX_HANGS", "RX_CRC_ERRORS", "TX_ERRORS", "RX_ERRORS"] {
            guard let count = facts.hardware?.counters[counter], count > 0 else { continue }
            found.append(Finding(text: "the driver counts \(counter)", evidence: "endShow: \(count)", weight: counter == "TX_HANGS" ? 82 : 48))
        }
        return found
    }
}
