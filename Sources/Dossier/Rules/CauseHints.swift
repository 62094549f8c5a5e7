internal import Rings

/// Hints, the likeliest first: only what some evidence supports.
struct CauseHints {
    let facts: FaultFacts
    let explanation: Explanation
    let story: RecordedStory?
    let census: PacketCensus?
    let log: [String]
    /// The thread that died.
    let stack: Dossier.ThreadStack?
    /// Devices that were not to be stopped.
    let unquiet: [String]

    static let most = 8

    func all() -> [Dossier.LikelyCause] {
        Array((recursion() + violations() + devices() + refusedMemory() + ownership() + rule() + slowness() + exhaustion() + complaints()).prefix(Self.most))
    }

    /// The faulting stack shows one function again and again.
    private func recursion() -> [Dossier.LikelyCause] {
        let names = (stack?.frames ?? []).compactMap(\.symbol)
        guard let (name, count) = Dictionary(grouping: names, by: { $0 }).mapValues(\.count).max(by: { ($0.value, $1.key) < ($1.value, $0.key) }), count >= 8 else { return [] }
        return [.init("\(name) calls itself without end", evidence: "it stands \(count) times on the stack of the thread that died")]
    }

    /// What the device itself noted.
    private func violations() -> [Dossier.LikelyCause] {
        (story?.records ?? []).filter { $0.kind == .violation }.suffix(3).reversed().map {
            .init("the driver broke a rule of its device: \($0.text ?? "")", evidence: "recorder event \($0.number), \(before($0))")
        }
    }

    private func devices() -> [Dossier.LikelyCause] {
        unquiet.prefix(2).map { .init("a device went on after its driver had died: \($0)", evidence: "what it read back as, in \(CrashFolder.nics)") }
    }

    private func refusedMemory() -> [Dossier.LikelyCause] {
        guard let record = story?.records.last(where: { $0.kind == .dma && $0.text == "refused" }) else { return [] }
        return [.init("the driver was refused memory for its device (\(record.action)) and may not have checked", evidence: "recorder event \(record.number), \(before(record))")]
    }

    /// A slot that was touched when it was another's.
    private func ownership() -> [Dossier.LikelyCause] {
        guard case .packetSlot(let slot, let owner) = facts.region, let owner, owner != "driver" else { return [] }
        let event = story?.records.last { $0.slot == slot }
        let when = event.map { ", handed over \(before($0))" } ?? ""
        return [.init("the driver touched packet slot \(slot) when it belonged to \(owner)\(when)",
                      evidence: event.map { "recorder event \($0.number)" } ?? "the owner in the slot's header")]
    }

    private func rule() -> [Dossier.LikelyCause] {
        let evidence = facts.place.map { "the driver's innermost frame is at \($0)" } ?? "signal and address"
        switch explanation.rule {
        case "null-pointer" where facts.address > 0:
            return [.init("a pointer to a structure was never set, or set to nil: its field at offset \(facts.address) was used", evidence: evidence)]
        case "null-pointer": return [.init("a pointer was used that is nil", evidence: evidence)]
        case "null-call": return [.init("a callback was called that is not set", evidence: evidence)]
        case "overwritten-return", "stack-smash": return [.init("an array on the stack was written without a bound", evidence: evidence)]
        case "non-canonical": return [.init("memory that holds a pointer was overwritten, or used after it was freed", evidence: evidence)]
        case "trap": return [.init("a check stopped a mistake before it did harm: look at the line of the first driver frame", evidence: evidence)]
        default: return []
        }
    }

    /// A callout that took long before the end.
    private func slowness() -> [Dossier.LikelyCause] {
        guard let record = story?.records.filter({ $0.kind == .callout }).max(by: { ($0.duration ?? 0) < ($1.duration ?? 0) }),
            let duration = record.duration, duration >= 100_000_000
        else { return [] }
        return [.init("the callout \(record.action) of \(record.interface) took \(Figure.span(duration)): it waits where there must be no wait", evidence: "recorder event \(record.number)")]
    }

    private func exhaustion() -> [Dossier.LikelyCause] {
        guard let census, let free = census.small["free"] ?? Optional(0), let total = Optional(census.small.values.reduce(0, +)), total > 0 else { return [] }
        if let damaged = census.small[PacketCensus.damaged] ?? census.large[PacketCensus.damaged] {
            return [.init("packet memory was overwritten: \(Figure.plural(damaged, "slot header")) hold no owner", evidence: "the slots' headers")]
        }
        guard free == 0, let (owner, count) = census.small.filter({ $0.key != "free" }).max(by: { $0.value < $1.value }) else { return [] }
        return [.init("packet memory was used up: \(count) of \(total) slots belong to \(owner)", evidence: "the slots' headers")]
    }

    /// The driver's own last words.
    private func complaints() -> [Dossier.LikelyCause] {
        let records = (story?.records ?? []).filter { $0.kind == .log && ["critical", "error", "warning"].contains($0.action) }
        return records.suffix(2).reversed().map { .init("the driver itself said: \($0.text ?? "")", evidence: "recorder event \($0.number), \(before($0))") }
    }

    private func before(_ record: TraceRecord) -> String { story.map { "\(Figure.span($0.age(record.calendar))) before the end" } ?? "" }
}
