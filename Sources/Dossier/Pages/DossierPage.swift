internal import Rings

/// The dossier as one page of HTML that needs nothing else: no script, no font, no network.
package enum DossierPage {
    static let mostEvents = 400

    package static func render(_ dossier: Dossier) -> String {
        let parts: [(id: String, title: String, body: HTML, note: String?)] = [
            ("causes", "Likely causes", causes(dossier.causes), dossier.causes.isEmpty ? "The evidence points to none." : nil),
            ("callout", "Callout in progress", dossier.callout.value.map(callout) ?? HTML(), dossier.callout.note),
            ("stacks", "Stacks", dossier.threads.value.map(stacks) ?? HTML(), dossier.threads.note),
            ("registers", "Device registers", dossier.registers.value.map { HTML.joined($0.map(registers)) } ?? HTML(), dossier.registers.note),
            ("rings", "Rings", dossier.rings.value.map { HTML.joined($0.map(ring)) } ?? HTML(), dossier.rings.note),
            ("memory", "Packet memory", dossier.memory.value.map(memory) ?? HTML(), dossier.memory.note),
            ("events", "Last events", dossier.events.value.map(events) ?? HTML(), dossier.events.note),
            ("frames", "Last frames", dossier.frames.value.map(frames) ?? HTML(), dossier.frames.note),
            ("log", "Log", dossier.log.value.map { HTML.element("pre", "", $0.suffix(120).joined(separator: "\n")) } ?? HTML(), dossier.log.note),
            ("versions", "Versions", versions(dossier.versions), nil),
            ("reproduce", "To set it up again", dossier.reproduce.value.map { HTML.element("pre", "shell", $0.joined(separator: "\n")) } ?? HTML(), dossier.reproduce.note),
        ]
        let links = parts.map { HTML(raw: "<a href=\"#\($0.id)\">\(HTML.escaped($0.title))</a>") }
        let sections = parts.map { part in
            let note = part.note.map { HTML.element("p", "note", $0) } ?? HTML()
            return HTML(raw: "<section id=\"\(part.id)\">\(HTML.joined([HTML.element("h2", "", part.title), part.body, note]).text)</section>")
        }
        return """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
            <title>\(HTML.escaped(dossier.death.driver ?? "stack")): crash dossier</title><style>\(PageStyle.text)</style></head><body>
            \(header(dossier).text)
            <div class="page">
            \(HTML.element("nav", "", HTML.joined(links)).text)
            <main>\(HTML.joined(sections).text)</main></div></body></html>

            """
    }

    private static func header(_ dossier: Dossier) -> HTML {
        let death = dossier.death
        var chips: [(String, String)] = [("rule", dossier.rule)]
        if let signal = death.signal { chips.append(("signal", signal)) }
        if let address = death.address, death.signal != nil { chips.append(("address", Figure.address(address))) }
        if let code = death.exitCode { chips.append(("exit code", "\(code)")) }
        if let driver = death.driver { chips.append(("driver", driver)) }
        if let interface = death.interface { chips.append(("interface", interface)) }
        chips += [("pid", "\(death.pid)"), ("time", Calendar.text(death.when))]
        let list = chips.map { HTML.element("span", "chip", HTML.joined([HTML.element("b", "", $0.0), HTML(raw: HTML.escaped($0.1))])) }
        return HTML.element("header", "", HTML.element("div", "inner", HTML.joined([
            HTML.element("p", "kind", "Crash dossier"), HTML.element("h1", "", dossier.sentence), HTML.element("div", "chips", HTML.joined(list)),
        ])))
    }

    private static func causes(_ causes: [Dossier.LikelyCause]) -> HTML {
        guard !causes.isEmpty else { return HTML() }
        return HTML.element("ol", "causes", HTML.joined(causes.map {
            HTML.element("li", "", HTML.joined([HTML.element("span", "", $0.text), HTML.element("small", "", $0.evidence)]))
        }))
    }

    private static func callout(_ callout: Dossier.RunningCallout) -> HTML {
        HTML.element("p", "", DossierText.callout(callout))
    }

    private static func stacks(_ threads: [Dossier.ThreadStack]) -> HTML {
        HTML.joined(threads.map { thread in
            let frames = HTML.element("ol", "stack", HTML.joined(thread.frames.map(frame)))
            let note = thread.note.map { HTML.element("p", "note", $0) } ?? HTML()
            let title = "Thread \(thread.thread)" + (thread.isFaulting ? ", which died" : "")
            return HTML(raw: "<details\(thread.isFaulting ? " open" : "")><summary>\(title)</summary>\(frames.text)\(note.text)</details>")
        })
    }

    private static func frame(_ frame: Dossier.Frame) -> HTML {
        let style = [frame.isDriver ? "driver" : "", frame.isInlined ? "inlined" : ""].filter { !$0.isEmpty }.joined(separator: " ")
        let place = frame.place.map { HTML.element("span", "place", $0) } ?? HTML()
        let module = "\(frame.module) + \(Figure.address(frame.offset))" + (frame.isInlined ? ", inlined" : "") + (frame.isGuess ? ", guessed" : "")
        return HTML.element("li", style, HTML.joined([HTML.element("code", "", DossierText.name(frame)), place, HTML.element("small", "", module)]))
    }

    private static func registers(_ device: Dossier.DeviceRegisters) -> HTML {
        let rows = DossierText.told(device).map { register in
            [HTML.element("b", "", register.name), HTML.element("code", "", "0x" + Figure.hexadecimal(register.value, digits: 8)),
             HTML(raw: HTML.escaped(DossierText.fields(register))), HTML.element("small", "", DossierText.seen(register))]
        }
        return HTML.joined([
            HTML.element("h3", "", "\(device.interface) (\(device.nic))"), HTML.element("p", "source", device.source),
            device.quiet.isEmpty ? HTML() : HTML.element("ul", "", HTML.joined(device.quiet.map { HTML.element("li", "", $0) })),
            HTML.table("registers", head: ["register", "value", "fields", "seen"], rows: rows),
            DossierText.rest(device).map { HTML.element("p", "source", $0) } ?? HTML(),
        ])
    }

    private static func ring(_ ring: Dossier.RingState) -> HTML {
        let rows = ring.slots.map { slot in
            [HTML(raw: "\(slot.slot)"), HTML(raw: HTML.escaped(slot.state)), HTML.element("span", "owner \(slot.owner ?? "")", slot.owner ?? ""), HTML.element("small", "", "event \(slot.event)")]
        }
        return HTML.joined([
            HTML.element("h3", "", "\(ring.interface) \(ring.direction.rawValue)"), HTML.element("p", "", DossierText.totals(ring)),
            ring.registers.isEmpty ? HTML() : HTML.element("p", "source", ring.registers.joined(separator: ", ")),
            HTML.table("slots", head: ["slot", "last seen", "owner now", ""], rows: rows),
        ])
    }

    private static func memory(_ census: PacketCensusText.Census) -> HTML {
        HTML.joined([census.small, census.large].map { owners in
            let total = max(owners.values.reduce(0, +), 1)
            let bars = PacketCensusText.order(owners).map { owner in
                "<span class=\"bar owner \(HTML.escaped(owner))\" style=\"flex:\(max(Double(owners[owner] ?? 0) / Double(total), 0.004))\"></span>"
            }
            return HTML(raw: "<div class=\"bars\">\(bars.joined())</div>")
        } + PacketCensusText.lines(census).map { HTML.element("p", "source", $0) })
    }

    private static func events(_ events: [TraceRecord]) -> HTML {
        var clock = TraceText(.absolute)
        let lines = events.suffix(mostEvents).map { record in
            HTML.element("span", "event \(record.kind.rawValue)", String(clock.line(record).dropLast()))
        }
        let head = events.count > mostEvents ? HTML.element("p", "source", "The newest \(mostEvents) of \(events.count); all are in \(CrashFolder.json).") : HTML()
        return HTML.joined([head, HTML.element("pre", "events", HTML.joined(lines))])
    }

    private static func frames(_ frames: [Dossier.FrameLine]) -> HTML {
        let rows = frames.map { frame in
            [HTML.element("small", "", "−\(Figure.span(frame.age))"), HTML(raw: HTML.escaped(frame.interface)), HTML(raw: HTML.escaped(frame.direction)),
             HTML(raw: "\(frame.octets)"), HTML.element("code", "", frame.summary + (frame.loss.map { ", lost: \($0)" } ?? ""))]
        }
        return HTML.joined([HTML.element("p", "source", "The beginnings of these frames are in \(CrashFolder.capture)."), HTML.table("frames", head: ["before", "", "", "octets", "frame"], rows: rows)])
    }

    private static func versions(_ versions: [Dossier.Version]) -> HTML {
        HTML.table("versions", head: ["", ""], rows: versions.map { [HTML.element("b", "", $0.name), HTML.element("code", "", $0.value)] })
    }
}
