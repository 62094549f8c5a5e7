internal import Recorder

/// A recorder's events as a trace that ui.perfetto.dev opens: JSON of the Trace Event Format.
///
/// A process stands for the stack and for each NIC that recorded by itself, a thread for each track of an interface. Callouts are slices,
/// nested; what happened at one moment is an instant; buffers that the driver holds are counted.
package struct PerfettoTrace {
    private enum Track: Int, CaseIterable {
        case callouts, interrupts, registers, rings, wire, notes
    }

    private let told: TraceTold
    /// The text, a piece at a time.
    private let sink: (String) throws -> Void
    private var waiting = ""
    private var isFirst = true
    private var processes: [String: Int] = [:]
    private var tracks: [String: Int] = [:]

    /// Writes the whole document.
    ///
    /// - Parameter sink: receives it in pieces of some 64 KiB; what it throws ends the work.
    package static func write(_ told: TraceTold, to sink: @escaping (String) throws -> Void) throws {
        var trace = PerfettoTrace(told: told, sink: sink)
        try trace.write()
    }

    private init(told: TraceTold, sink: @escaping (String) throws -> Void) {
        (self.told, self.sink) = (told, sink)
    }

    private mutating func write() throws {
        waiting = "{\"displayTimeUnit\":\"ns\",\"otherData\":{\"clock\":\"CLOCK_MONOTONIC\",\"from\":\(JSONPiece.quoted(told.title))"
        if let ending = told.ending { waiting += ",\"died\":\(JSONPiece.quoted(ending.cause))" }
        waiting += "},\"traceEvents\":["
        // The stack is there also when nothing was recorded.
        _ = try process(nil)
        try callouts()
        try moments()
        try buffers()
        try end()
        waiting += "\n]}\n"
        try sink(waiting)
    }

    // MARK: tracks

    private mutating func process(_ apart: String?) throws -> Int {
        let key = apart ?? ""
        if let known = processes[key] { return known }
        let number = processes.count + 1
        processes[key] = number
        try name("process_name", apart ?? "stack \(told.title)", number, number)
        return number
    }

    private mutating func track(_ track: Track, _ record: (interface: String, apart: String?)) throws -> (process: Int, thread: Int) {
        let process = try process(record.apart)
        let key = "\(process) \(record.interface) \(track)"
        if let known = tracks[key] { return (process, known) }
        // A thread of the process's own number would be taken for its main thread.
        let number = 1001 + tracks.count
        tracks[key] = number
        try name("thread_name", (record.interface.isEmpty ? "" : record.interface + " ") + "\(track)", process, number)
        var place = JSONPiece()
        let row = told.interfaces.firstIndex(of: record.interface) ?? 0
        place.add("sort_index", row * Track.allCases.count + track.rawValue)
        var piece = head("M", "thread_sort_index", process, number)
        piece.add("args", place)
        try put(piece)
        return (process, number)
    }

    private mutating func name(_ what: String, _ text: String, _ process: Int, _ thread: Int) throws {
        var name = JSONPiece(), piece = head("M", what, process, thread)
        name.add("name", text)
        piece.add("args", name)
        try put(piece)
    }

    // MARK: events

    /// Callouts, and the delays within them: each within the one around it.
    private mutating func callouts() throws {
        var slices: [(start: UInt64, end: UInt64, index: Int)] = []
        for (index, record) in told.records.enumerated() {
            let span = record.duration ?? 0
            switch record.kind {
            case .callout, .buffers: slices.append((record.time - min(record.time, span), record.time, index))
            case .delay: slices.append((record.time, record.time &+ min(span, 1 << 40), index))
            default: continue
            }
        }
        // Of two that began together the longer is around the other.
        slices.sort { ($0.start, $1.end, $0.index) < ($1.start, $0.end, $1.index) }
        var open: [Int: [UInt64]] = [:]
        for slice in slices {
            let record = told.records[slice.index], place = try track(.callouts, (record.interface, record.apart))
            var around = open[place.thread] ?? []
            while let last = around.last, last <= slice.start { around.removeLast() }
            let end = min(slice.end, around.last ?? .max)
            open[place.thread] = around + [end]
            var piece = head("X", record.action, place.process, place.thread)
            piece.add("ts", microseconds: slice.start)
            piece.add("dur", microseconds: end - min(slice.start, end))
            piece.add("args", arguments(record))
            try put(piece)
        }
    }

    private mutating func moments() throws {
        for record in told.records {
            guard let track = Self.track(record.kind) else { continue }
            try instant(Self.name(record), record.time, try self.track(track, (record.interface, record.apart)), arguments(record))
        }
    }

    private static func track(_ kind: TraceRecord.Kind) -> Track? {
        switch kind {
        case .irq: .interrupts
        case .register, .config: .registers
        case .buffers, .dma: .rings
        case .frame, .link: .wire
        case .log, .note, .violation, .device: .notes
        case .callout, .delay: nil
        }
    }

    private static func name(_ record: TraceRecord) -> String {
        switch record.kind {
        case .register, .config: "\(record.action) \(record.register ?? "config 0x\(Figure.hexadecimal(record.offset ?? 0, digits: 2))")"
        case .frame: "\(record.action) \(record.length ?? 0) octets" + (record.loss.map { ", lost: \($0)" } ?? "")
        case .buffers: "\(record.action) \(record.count ?? 0)" + (record.offered.map { " of \($0)" } ?? "")
        default: String(TraceText.what(record).prefix(120))
        }
    }

    private typealias Change = (time: UInt64, count: Int)

    /// Buffers that the driver holds.
    private mutating func buffers() throws {
        // Of each direction of an interface, one list for each driver that was attached.
        var changes: [String: [[Change]]] = [:], places: [String: String?] = [:]
        for record in told.records {
            if record.kind == .device, record.action == "attached" {
                for way in ["receive", "transmit"] { changes["\(record.interface) \(way)", default: []].append([(record.time, 0)]) }
            }
            let words = record.action.split(separator: "_")
            guard record.kind == .buffers, let count = record.count, count > 0, words.count == 2, ["provide", "return"].contains(words[0]) else { continue }
            let key = "\(record.process.map { "\($0) " } ?? "")\(record.interface) \(words[1])"
            var drivers = changes.removeValue(forKey: key) ?? [[]]
            drivers[drivers.count - 1].append((record.time, words[0] == "provide" ? count : -count))
            changes[key] = drivers
            places[key] = .some(record.apart)
        }
        for (key, apart) in places.sorted(by: { $0.key < $1.key }) {
            let process = try process(apart)
            for (time, held) in (changes[key] ?? []).flatMap(Self.held) {
                var piece = head("C", "\(key) buffers that the driver holds", process, process), value = JSONPiece()
                value.add("buffers", held)
                piece.add("ts", microseconds: time)
                piece.add("args", value)
                try put(piece)
            }
        }
    }

    /// How many it holds after each change. How many it held at first nobody knows where the beginning was overwritten: the fewest that
    /// fit what followed are assumed.
    private static func held(_ changes: [Change]) -> [Change] {
        var sum = 0
        let all = changes.map { change in
            sum += change.count
            return (time: change.time, count: sum)
        }
        let missing = -min(0, all.map(\.count).min() ?? 0)
        return all.map { ($0.time, $0.count + missing) }
    }

    /// The callout that did not end, and the death.
    private mutating func end() throws {
        guard let ending = told.ending else { return }
        if let callout = ending.callout, let interface = ending.interface, let since = told.unfinishedSince {
            let place = try track(.callouts, (interface, nil))
            var piece = head("B", callout, place.process, place.thread), arguments = JSONPiece()
            piece.add("ts", microseconds: since)
            arguments.add("unfinished", ending.cause)
            piece.add("args", arguments)
            try put(piece)
        }
        try instant("died: \(ending.cause)", ending.time, try track(.notes, (ending.interface ?? "", nil)), JSONPiece(), scope: "p")
    }

    // MARK: text

    private mutating func instant(
        _ name: String, _ time: UInt64, _ place: (process: Int, thread: Int), _ arguments: JSONPiece, scope: String = "t"
    ) throws {
        var piece = head("i", name, place.process, place.thread)
        piece.add("ts", microseconds: time)
        piece.add("s", scope)
        if !arguments.isEmpty { piece.add("args", arguments) }
        try put(piece)
    }

    private func head(_ phase: String, _ name: String, _ process: Int, _ thread: Int) -> JSONPiece {
        var piece = JSONPiece()
        piece.add("ph", phase)
        piece.add("name", name)
        piece.add("pid", process)
        piece.add("tid", thread)
        return piece
    }

    private func arguments(_ record: TraceRecord) -> JSONPiece {
        var piece = JSONPiece()
        piece.add("event", record.number)
        if let value = record.value { piece.add("value", "0x" + Figure.hexadecimal(value, digits: Int(record.width ?? 4) * 2)) }
        for field in record.fields ?? [] { piece.add(field.name, (field.was.map { "\($0) → " } ?? "") + "\(field.value)") }
        if let address = record.address { piece.add("address", Figure.address(address)) }
        if let length = record.length { piece.add("octets", length) }
        if let count = record.count { piece.add("count", count) }
        if let offered = record.offered { piece.add("offered", offered) }
        if let slot = record.slot { piece.add("slot", slot) }
        if let argument = record.argument { piece.add("argument", argument) }
        if let result = record.result { piece.add("result", result) }
        if let vlan = record.vlan { piece.add("vlan", vlan & 0xfff) }
        if let loss = record.loss { piece.add("lost", loss) }
        if let text = record.text, !text.isEmpty { piece.add("text", text) }
        return piece
    }

    private mutating func put(_ piece: JSONPiece) throws {
        waiting += isFirst ? "\n" : ",\n"
        waiting += piece.closed
        isFirst = false
        guard waiting.utf8.count >= 65_536 else { return }
        try sink(waiting)
        waiting = ""
    }
}
