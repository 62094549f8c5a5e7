internal import Dossier
internal import Recorder

/// One step of a driver as two buses are compared by it: an access, or a callout's end.
struct TraceStep: Equatable {
    /// What must be the same to be the same step: `store TDT`, `end of attach`.
    var what: String
    /// The value stored or found; nil: of a callout, or one that is volatile.
    var value: UInt64?
    /// As it is printed.
    var text: String
    var register: String?
    /// Loads that a loop made of it; 1: no loop; 0: part of a DMA address was stored.
    var times = 1
}

/// A trace in the two parts in which it can be compared.
struct TraceSteps {
    /// Callouts that happen once, in the order that the stack gives.
    private static let ordered: Set<String> = [
        "attach", "start", "stop", "detach", "set_filter", "set_media", "set_offloads", "set_mtu", "quiesce",
    ]
    /// DRYDOCK_READ_CLEARS: counters and causes, whose value is the moment's.
    private static let readClears: UInt8 = 3
    /// DRYDOCK_DOORBELL: written when the device asks for it, which depends on how far it has come.
    private static let doorbell: UInt8 = 5

    var steps: [TraceStep] = []
    /// Accesses of callouts whose number and moment are chance (interrupt, timer, hand-over of buffers, media,
    /// statistics): which happened at all.
    var anytime: Set<String> = []

    init(_ run: TraceRun) {
        var pending: [TraceRecord] = []
        var memory: [(address: UInt64, length: UInt64, name: String)] = []
        for record in run.records {
            switch record.kind {
            case .register, .config: pending.append(record)
            case .dma where record.address != nil && record.action != "free":
                memory.append((record.address ?? 0, record.length ?? 0, "dma\(memory.count)"))
            case .callout, .buffers:
                if Self.ordered.contains(record.action) {
                    for access in pending where Self.access(access, run.registers) != Self.doorbell { add(access, run.registers, memory) }
                    let failed = (record.result ?? 0) < 0 ? " fails" : ""
                    steps.append(TraceStep(what: "end of \(record.action)\(failed)", text: "-- end of \(record.action)\(failed)"))
                } else {
                    for access in pending { anytime.insert("\(record.action): \(access.action) \(Self.place(access))") }
                }
                pending = []
            default: break
            }
        }
    }

    private static func access(_ record: TraceRecord, _ registers: RegisterTable) -> UInt8? {
        guard let region = record.region, let offset = record.offset else { return nil }
        return registers.find(region: region, offset: offset)?.register.access
    }

    private static func place(_ record: TraceRecord) -> String {
        record.register ?? "config 0x\(Number.hexadecimal(record.offset ?? 0, digits: 2))"
    }

    private mutating func add(_ record: TraceRecord, _ registers: RegisterTable, _ memory: [(address: UInt64, length: UInt64, name: String)]) {
        let what = "\(record.action) \(Self.place(record))"
        let value = record.value ?? 0
        var step = TraceStep(what: what, value: value, text: "", register: record.register)
        let digits = "0x" + Number.hexadecimal(value, digits: Int(record.width ?? 4) * 2)
        if record.action == "load", Self.access(record, registers) == Self.readClears {
            step.value = nil
            step.text = "\(what) \(digits) (of the moment)"
        } else if record.action == "store", value > 0xffff, let piece = memory.first(where: { ($0.address & 0xffff_ffff) == value }) {
            step.value = nil
            step.text = "\(what) \(piece.name)"
        } else if record.action == "store", let last = steps.last, last.times == 0, memory.contains(where: { $0.address >> 32 == value }) {
            // The other half of the address before it.
            step.value = nil
            step.text = "\(what) (its upper half)"
        } else {
            step.text = "\(what) \(digits)"
        }
        // A loop that waits: what counts is what it waited for.
        if step.value == nil, record.action == "store" { step.times = 0 }
        if record.action == "load", let last = steps.last, last.what == what {
            step.times = last.times + 1
            steps[steps.count - 1] = step
        } else {
            steps.append(step)
        }
    }
}

/// Two step lists side by side.
struct TraceAlignment {
    struct Row: Codable, Equatable {
        enum Kind: String, Codable { case same, onlyFirst, onlySecond, value }
        var kind: Kind
        /// On the first bus and on the second.
        var first: String?
        var second: String?
        /// Fields whose values differ: `LU 1|0`.
        var fields: [String]?
    }

    var rows: [Row] = []

    init(_ a: [TraceStep], _ b: [TraceStep], _ registers: RegisterTable) {
        let change = b.map(\.what).difference(from: a.map(\.what))
        var removed = Set<Int>(), inserted = Set<Int>()
        for step in change {
            switch step {
            case .remove(let offset, _, _): removed.insert(offset)
            case .insert(let offset, _, _): inserted.insert(offset)
            }
        }
        var (i, j) = (0, 0)
        while i < a.count || j < b.count {
            if i < a.count, removed.contains(i) {
                rows.append(Row(kind: .onlyFirst, first: a[i].text))
                i += 1
            } else if j < b.count, inserted.contains(j) {
                rows.append(Row(kind: .onlySecond, second: b[j].text))
                j += 1
            } else if i < a.count, j < b.count {
                rows.append(Self.pair(a[i], b[j], registers))
                (i, j) = (i + 1, j + 1)
            } else {
                break
            }
        }
    }

    private static func pair(_ a: TraceStep, _ b: TraceStep, _ registers: RegisterTable) -> Row {
        guard let first = a.value, let second = b.value, first != second else { return Row(kind: .same, first: a.text, second: b.text) }
        let bare = a.register.map { String($0.prefix { $0 != "[" }) }
        let fields = registers.registers.first { $0.name == bare }?.fields.filter { $0.value(in: first) != $0.value(in: second) } ?? []
        return Row(
            kind: .value, first: a.text, second: b.text,
            fields: fields.isEmpty ? nil : fields.map { "\($0.name) \($0.value(in: first))|\($0.value(in: second))" })
    }

    var differences: Int { rows.lazy.filter { $0.kind != .same }.count }

    /// Indices of rows to be shown: those that differ, and so many around each.
    func shown(around: Int) -> [Int] {
        var wanted = Set<Int>()
        for (index, row) in rows.enumerated() where row.kind != .same {
            wanted.formUnion(max(0, index - around)...min(rows.count - 1, index + around))
        }
        return wanted.sorted()
    }
}
