internal import Dossier
internal import Recorder

/// Which events are shown.
struct TraceFilter {
    /// nil: of every interface.
    var interface: String?
    /// Empty: all.
    var kinds: Set<TraceRecord.Kind> = []
    /// Registers as the user wrote them, in capitals; empty: all.
    var registers: [String] = []
    /// Nanoseconds of the monotonic clock.
    var since: UInt64 = 0

    func admits(_ record: TraceRecord) -> Bool {
        guard record.time >= since, interface == nil || interface == record.interface else { return false }
        guard kinds.isEmpty || kinds.contains(record.kind) else { return false }
        guard !registers.isEmpty else { return true }
        guard let name = record.register?.uppercased() else { return false }
        return registers.contains { $0 == name || name.hasPrefix($0 + "[") }
    }

    /// `register,irq`: the words of `--kind`.
    static func kinds(_ text: String) throws(ToolFailure) -> Set<TraceRecord.Kind> {
        var all: Set<TraceRecord.Kind> = []
        for word in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let kind = TraceRecord.Kind(rawValue: String(word)) else {
                let names = TraceRecord.Kind.allCases.map(\.rawValue).joined(separator: ", ")
                throw ToolFailure("--kind \(text)", "there is no kind \"\(word)\"", "the kinds are: \(names)", exit: 64)
            }
            all.insert(kind)
        }
        return all
    }

    /// `TDT,RAL[3],0x3818`: the words of `--register`, each of which some device must have.
    static func registers(_ text: String, _ devices: some Collection<RecordedDevice>) throws(ToolFailure) -> [String] {
        var all: [String] = []
        let names = Set(devices.flatMap { $0.registers.registers.map { $0.name.uppercased() } })
        for word in text.split(separator: ",", omittingEmptySubsequences: false).map({ $0.uppercased() }) {
            if word.hasPrefix("0X"), let offset = UInt32(word.dropFirst(2), radix: 16) {
                let found = devices.map { $0.registers.name(region: 0, offset: offset).uppercased() }
                all += found.isEmpty ? ["0X" + String(offset, radix: 16).uppercased()] : found
                continue
            }
            guard names.contains(String(word.prefix { $0 != "[" })) else {
                let near = Nearest.of(word, names)
                throw ToolFailure("--register \(text)", "no register is called \"\(word)\"", near.isEmpty ? "" : "did you mean \(near.joined(separator: ", "))?", exit: 64)
            }
            all.append(word)
        }
        return all
    }
}

/// Names that a wrong one may have meant.
enum Nearest {
    /// At most three, the nearest first.
    static func of(_ wrong: String, _ names: some Collection<String>) -> [String] {
        let most = max(1, wrong.count / 3)
        let near = names.map { (name: $0, distance: distance(wrong, $0)) }.filter { $0.distance <= most || $0.name.hasPrefix(wrong) && wrong.count > 1 }
        return near.sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }.prefix(3).map(\.name)
    }

    /// Letters to insert, remove or change.
    static func distance(_ a: String, _ b: String) -> Int {
        let a = Array(a.prefix(64)), b = Array(b.prefix(64))
        var row = Array(0...b.count)
        for (i, letter) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, other) in b.enumerated() {
                let change = diagonal + (letter == other ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(change, row[j] + 1, diagonal + 1)
            }
        }
        return row[b.count]
    }
}
