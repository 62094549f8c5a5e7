/// The dossier as text.
package enum DossierText {
    /// Events that text shows; JSON has all.
    static let mostEvents = 120, mostFrames = 24, mostLog = 40, mostRegisters = 60

    package static func render(_ dossier: Dossier) -> String {
        var text = dossier.sentence + "\n"
        text += facts(dossier.death)
        func section(_ title: String, _ body: String, _ note: String?) {
            text += "\n\(title)\n" + body
            if let note, !note.isEmpty { text += "  (\(note))\n" }
        }
        section("Likely causes", causes(dossier.causes), dossier.causes.isEmpty ? "the evidence points to none" : nil)
        section("Callout in progress", dossier.callout.value.map(callout) ?? "", dossier.callout.note)
        section("Stacks", dossier.threads.value.map { $0.map(thread).joined() } ?? "", dossier.threads.note)
        section("Device registers", dossier.registers.value.map { $0.map(registers).joined() } ?? "", dossier.registers.note)
        section("Rings", dossier.rings.value.map { $0.map(ring).joined() } ?? "", dossier.rings.note)
        section("Packet memory", dossier.memory.value.map(memory) ?? "", dossier.memory.note)
        section("Last events", dossier.events.value.map(events) ?? "", dossier.events.note)
        section("Last frames (all in \(CrashFolder.capture))", dossier.frames.value.map { $0.suffix(mostFrames).map(frame).joined() } ?? "", dossier.frames.note)
        section("Log", dossier.log.value.map { $0.suffix(mostLog).map { "  \($0)\n" }.joined() } ?? "", dossier.log.note)
        section("Versions", dossier.versions.map { "  \(Figure.left($0.name, 24)) \($0.value)\n" }.joined(), nil)
        section("To set it up again", dossier.reproduce.value.map { $0.map { "  \($0)\n" }.joined() } ?? "", dossier.reproduce.note)
        return text + "\nAll of it: \(dossier.folder)\n"
    }

    private static func facts(_ death: Dossier.Death) -> String {
        var words = ["pid \(death.pid)"]
        if let signal = death.signal { words.append(signal + (death.code.map { " (code \($0))" } ?? "")) }
        if let exit = death.exitCode { words.append("exit code \(exit)") }
        if let address = death.address { words.append("address \(Figure.address(address))") }
        if let instruction = death.instruction { words.append("instruction \(Figure.address(instruction))") }
        return words.joined(separator: ", ") + "\n"
    }

    private static func causes(_ causes: [Dossier.LikelyCause]) -> String {
        causes.enumerated().map { "  \($0 + 1). \($1.text)\n     (\($1.evidence))\n" }.joined()
    }

    static func callout(_ callout: Dossier.RunningCallout) -> String {
        let time = callout.atLeast.map { ", for at least \(Figure.span($0)), \(Figure.plural(callout.events, "event")) within it" } ?? ", and recorded nothing within it"
        return "  \(callout.name) of \(callout.interface)\(time)\n"
    }

    static func thread(_ thread: Dossier.ThreadStack) -> String {
        var text = "  thread \(thread.thread)\(thread.isFaulting ? ", which died" : "")\n"
        for (index, frame) in thread.frames.enumerated() {
            text += Figure.line([
                " ", frame.isDriver ? "*" : " ", Figure.right("\(index)", 3), name(frame), frame.place.map { "at \($0)" } ?? "",
                "[\(frame.module)+\(Figure.address(frame.offset))]" + (frame.isInlined ? " inlined" : "") + (frame.isGuess ? " guessed" : ""),
            ].filter { !$0.isEmpty })
        }
        return text + (thread.note.map { "        (\($0))\n" } ?? "")
    }

    static func name(_ frame: Dossier.Frame) -> String { frame.symbol ?? Figure.address(frame.address) }

    private static func registers(_ device: Dossier.DeviceRegisters) -> String {
        "  \(device.interface) (\(device.nic)): \(device.source)\n" + device.quiet.map { "    \($0)\n" }.joined()
            + told(device).map { register in
                Figure.line(["   ", Figure.left(register.name, 14), "0x" + Figure.hexadecimal(register.value, digits: 8), Figure.right(seen(register), 14), fields(register)])
            }.joined()
            + (rest(device).map { "    \($0)\n" } ?? "")
    }

    /// Registers that hold something, as many as one wants to read.
    static func told(_ device: Dossier.DeviceRegisters) -> [Dossier.DeviceRegisters.Register] { Array(device.registers.filter { $0.value != 0 }.prefix(mostRegisters)) }

    static func rest(_ device: Dossier.DeviceRegisters) -> String? {
        let left = device.registers.count - told(device).count
        return left == 0 ? nil : "\(left) more, of which \(device.registers.count { $0.value == 0 }) are zero, are in \(CrashFolder.json)"
    }

    static func seen(_ register: Dossier.DeviceRegisters.Register) -> String {
        register.age.map { "\(register.isStore ? "stored" : "loaded") -\(Figure.span($0))" } ?? ""
    }

    static func fields(_ register: Dossier.DeviceRegisters.Register) -> String {
        register.fields.map { $0.value == 1 ? $0.name : "\($0.name)=\($0.value < 10 ? "\($0.value)" : Figure.address($0.value))" }.joined(separator: " ")
    }

    private static func ring(_ ring: Dossier.RingState) -> String {
        "  \(ring.interface) \(ring.direction.rawValue): \(totals(ring))\n"
            + (ring.registers.isEmpty ? "" : "    \(ring.registers.joined(separator: ", "))\n")
            + ring.slots.map { Figure.line(["    slot", Figure.left("\($0.slot)", 6), Figure.left($0.state, 40), $0.owner.map { "owner \($0)" } ?? ""]) }.joined()
    }

    static func totals(_ ring: Dossier.RingState) -> String {
        var text = "\(Figure.plural(ring.given, "buffer")) given to the driver, \(ring.returned) taken back"
        if let last = ring.lastGiven { text += "; last given \(Figure.span(last)) before the end" }
        if let last = ring.lastReturned { text += "; last taken back \(Figure.span(last)) before" }
        return text
    }

    private static func memory(_ census: PacketCensusText.Census) -> String { PacketCensusText.lines(census).map { "  \($0)\n" }.joined() }

    private static func events(_ events: [TraceRecord]) -> String {
        var clock = TraceText(.absolute)
        let shown = events.suffix(mostEvents).map { clock.line($0) }.joined()
        return (events.count > mostEvents ? "  (the newest \(mostEvents) of \(events.count); all are in \(CrashFolder.json))\n" : "") + shown
    }

    private static func frame(_ frame: Dossier.FrameLine) -> String {
        Figure.line(["  -" + Figure.left(Figure.span(frame.age), 10), Figure.left(frame.interface, 6), Figure.left(frame.direction, 9),
                     Figure.right("\(frame.octets)", 5), frame.summary + (frame.loss.map { ", lost: \($0)" } ?? "")])
    }
}
