package import Host
internal import Messages
internal import Recorder
internal import Rings

/// Makes a dossier of a crash folder. What is missing or damaged costs its own part, and no other.
package struct DossierBuilder {
    let folder: CrashFolder
    /// For looking functions and lines up.
    let time: Duration
    let tool: LineTool?
    /// Commands that set up again what died; nil: they are not known.
    let commands: [String]?

    package init(_ folder: CrashFolder, commands: [String]? = nil, time: Duration = .milliseconds(2000)) {
        self.init(folder, commands: commands, time: time, tool: LineTool())
    }

    init(_ folder: CrashFolder, commands: [String]? = nil, time: Duration, tool: LineTool?) {
        (self.folder, self.commands, self.time, self.tool) = (folder, commands, time, tool)
    }

    package func build() -> Dossier { findings().dossier }

    /// Writes the dossier's files into the folder. - Throws: why one cannot be written.
    @discardableResult
    package func write(most: Int = DossierWriter.most) throws(SystemError) -> Dossier { try DossierWriter.write(findings(), folder, most: most) }

    /// The dossier, and the frames that its capture file holds.
    struct Findings {
        var dossier: Dossier
        var story: RecordedStory?
    }

    func findings() -> Findings {
        let stone = Dossier.Part<Tombstone> { () throws(Missing) in try folder.value(Tombstone.self, Tombstone.file) }
        let died = stone.value.flatMap { $0.when.isFinite && $0.when > 0 && $0.when < 1.8e10 ? UInt64($0.when * 1e9) : nil }
        var story: RecordedStory?, storyNote: String?
        do throws(Missing) { story = try RecordedStory(folder, died: died, stone.value) } catch { storyNote = error.why }
        let census = Dossier.Part<PacketCensus> { () throws(Missing) in try folder.value(PacketCensus.self, CrashFolder.census) }
        let log = Dossier.Part<[String]> { () throws(Missing) in try folder.logTail() }
        let core = CoreFindings(folder, stone.value, census.value, tool: tool, time: time, texts: texts(log.value))
        let facts = facts(stone.value, core, story, log.value ?? [])
        let explanation = CauseRules.explain(facts)
        let hints = CauseHints(
            facts: facts, explanation: explanation, story: story, census: census.value, log: log.value ?? [],
            stack: core.threads.value?.first { $0.isFaulting }, unquiet: QuietedDevices(folder).unquiet)
        let dossier = Dossier(
            sentence: stone.value == nil ? "Something died, and left no word of how: \(stone.note ?? "")." : FirstSentence.make(facts, explanation),
            rule: explanation.rule, folder: folder.path, death: death(stone.value), causes: hints.all(), threads: core.threads,
            callout: callout(stone.value, story, storyNote), registers: registers(story, storyNote), rings: rings(story, storyNote, census.value),
            memory: census, events: events(story, storyNote), frames: frames(story, storyNote), log: log,
            versions: core.versions + Self.versions, reproduce: Reproduction.part(commands, stone.value))
        return Findings(dossier: dossier, story: story)
    }

    /// Texts that may name the file that a driver was loaded from.
    private func texts(_ log: [String]?) -> [String] {
        let plan = (try? folder.octets(CrashFolder.plan)).map { [CrashFolder.printable(String(decoding: $0, as: UTF8.self))] } ?? []
        return plan + (log ?? [])
    }

    private func death(_ stone: Tombstone?) -> Dossier.Death {
        Dossier.Death(
            when: stone?.when ?? 0, pid: stone?.pid ?? 0, signal: stone?.signal.map { Signal(rawValue: $0).description }, code: stone?.code,
            exitCode: stone?.exitCode, address: stone?.address, instruction: stone?.ip, driver: Self.text(stone?.driver),
            callout: Self.text(stone?.callout), interface: Self.text(stone?.interface),
            command: CrashFolder.printable((stone?.command ?? []).map(Reproduction.quoted).joined(separator: " ")))
    }

    private static func text(_ text: String?) -> String? { text.flatMap { $0.isEmpty ? nil : CrashFolder.printable($0) } }

    private func facts(_ stone: Tombstone?, _ core: CoreFindings, _ story: RecordedStory?, _ log: [String]) -> FaultFacts {
        var facts = FaultFacts()
        guard let stone else { return facts }
        (facts.signal, facts.code, facts.exitCode) = (stone.signal, stone.code ?? 0, stone.exitCode)
        (facts.address, facts.instruction) = (stone.address ?? 0, stone.ip ?? 0)
        (facts.driver, facts.callout, facts.interface) = (Self.text(stone.driver), Self.text(stone.callout), Self.text(stone.interface))
        facts.access = ["read": .read, "write": .write, "execute": .execute][stone.access ?? ""] ?? .unknown
        facts.region = core.region
        facts.hang = stone.hungMilliseconds.map { min($0, 1 << 40) * 1_000_000 }
        // It is the last of too many deaths.
        facts.aftermath = Self.text(stone.consequence)
        if let isolated = stone.isolated {
            facts.isIsolated = true
            // A fault of its own says more than what the stack made of it.
            if facts.hang == nil, stone.ip == nil { facts.ended = Self.text(isolated.why) }
            facts.aftermath = Self.aftermath(isolated)
        }
        facts.message = facts.isIsolated ? nil : LastWords.find(log)
        facts.givenUp = story?.records.last { $0.kind == .device && $0.action == "failed" && story?.age($0.calendar) ?? .max < 5_000_000_000 }?.text
        // Where a process waits whose transmitter stands still says nothing of why.
        if facts.ended?.hasPrefix(Tombstone.Isolated.stoodStill) != true {
            (facts.isInDriver, facts.place, facts.function, facts.called) = core.blame(driver: facts.driver)
        }
        if facts.driver != nil { facts.occasion = story?.occasion(facts.interface) }
        return facts
    }

    private static func aftermath(_ isolated: Tombstone.Isolated) -> String {
        if let outcome = Self.text(isolated.outcome) { return "the stack went on, and \(outcome)" }
        guard let successor = isolated.successor else { return "the stack went on without the device" }
        let time = isolated.microseconds.map { " \(Figure.span(min($0, 1 << 40) * 1000)) later" } ?? ""
        return "the stack went on, and process \(successor) drives the device\(time)"
    }

    private func callout(_ stone: Tombstone?, _ story: RecordedStory?, _ note: String?) -> Dossier.Part<Dossier.RunningCallout> {
        guard let stone else { return .missing("died.json is not in the folder") }
        guard let name = Self.text(stone.callout), let interface = Self.text(stone.interface) else { return .missing("no driver's callout was running") }
        guard let story else { return .known(.init(name: name, interface: interface, atLeast: nil, events: 0), note: note) }
        return .known(story.running(name, interface))
    }

    private func registers(_ story: RecordedStory?, _ note: String?) -> Dossier.Part<[Dossier.DeviceRegisters]> {
        let interfaces = (story?.devices.values).map { Dictionary($0.map { ($0.nic, $0.interface) }) { first, _ in first } } ?? [:]
        // What the device itself said goes before what its driver last saw.
        let read = QuietedDevices(folder).registers(interfaces), seen = story?.lastSeen() ?? []
        let all = read + seen.filter { device in !read.contains { $0.nic == device.nic } }
        return all.isEmpty ? .missing(note ?? "the recorder saw no register of any device") : .known(all)
    }

    private func rings(_ story: RecordedStory?, _ note: String?, _ census: PacketCensus?) -> Dossier.Part<[Dossier.RingState]> {
        guard let story else { return .missing(note ?? "") }
        guard !story.rings.isEmpty else { return .missing("the recorder saw no buffer go to a driver or come back") }
        let seen = story.lastSeen()
        return .known(story.rings.map { ring in
            var ring = ring
            for index in ring.slots.indices { ring.slots[index].owner = census?.owner(of: ring.slots[index].slot) }
            let initial = ring.direction == .receive ? "RD" : "TD"
            ring.registers = (seen.first { $0.interface == ring.interface }?.registers ?? [])
                .filter { $0.name.hasPrefix(initial) }.map { "\($0.name) \(Figure.address($0.value))" }
            return ring
        }, note: census == nil ? "owners are not known: census.json is not in the folder" : nil)
    }

    private func events(_ story: RecordedStory?, _ note: String?) -> Dossier.Part<[TraceRecord]> {
        guard let story else { return .missing(note ?? "") }
        return .known(story.records, note: story.notes.isEmpty ? nil : story.notes.joined(separator: "; "))
    }

    private func frames(_ story: RecordedStory?, _ note: String?) -> Dossier.Part<[Dossier.FrameLine]> {
        guard let story else { return .missing(note ?? "") }
        guard !story.frames.isEmpty else { return .missing("the recorder saw no frame") }
        return .known(story.frames.suffix(64).map { record, frame in
            .init(age: story.age(record.calendar), interface: record.interface, direction: record.action, octets: Int(frame.length),
                  summary: CrashFolder.printable(record.text ?? ""), loss: record.loss)
        })
    }

    private static var versions: [Dossier.Version] {
        let kernel = FileSystem.text("/proc/sys/kernel/osrelease").map { String($0.prefix { $0 != "\n" }) }
        return [.init("kernel", kernel ?? "unknown")]
    }
}

/// The line by which a library or runtime said why it gives up.
enum LastWords {
    static let marks = ["Fatal error", "stack smashing detected", "free(): ", "malloc(): ", "double free", "corrupted ", "terminate called", "Assertion "]

    static func find(_ log: [String]) -> String? {
        guard let line = log.suffix(50).last(where: { line in marks.contains { line.contains($0) } }) else { return nil }
        return String(line.prefix(300))
    }
}
