package import Recorder

/// What a flight recorder told, and of whom: what its exports are made of.
package struct TraceTold {
    /// How a stack ended.
    package struct Ending: Equatable {
        /// Nanoseconds of the monotonic clock; not before its last event.
        package var time: UInt64
        package var cause: String
        /// The callout that had not ended.
        package var callout: String?, interface: String?

        package init(time: UInt64, cause: String, callout: String? = nil, interface: String? = nil) {
            (self.time, self.cause, self.callout, self.interface) = (time, cause, callout, interface)
        }
    }

    /// Of the stack: `/sock2`; of a dead one with its process, `/sock2, pid 4711`.
    package var title: String
    /// Devices by interface.
    package var devices: [String: RecordedDevice]
    /// In the order of their times.
    package private(set) var records: [TraceRecord]
    package var ending: Ending?

    package init(title: String, devices: [String: RecordedDevice], records: [TraceRecord], ending: Ending? = nil) {
        (self.title, self.devices, self.ending) = (title, devices, ending)
        // A callout's events bear times that were read a little before or after they were written. Events of one moment stay in order.
        let isOrdered = zip(records, records.dropFirst()).allSatisfy { $0.time <= $1.time }
        self.records = isOrdered ? records : records.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }.map(\.element)
    }

    /// Interfaces that have events, in the order of their names.
    package var interfaces: [String] { Set(records.lazy.map(\.interface)).sorted() }

    /// Where the callout began that did not end: at the first thing that was done since the last one ended.
    var unfinishedSince: UInt64? {
        guard let ending, ending.callout != nil, let interface = ending.interface else { return nil }
        let all = records.filter { $0.interface == interface && $0.nic == nil && $0.time <= ending.time }
        let mine = all.contains { $0.process != nil } ? all.filter { $0.process != nil } : all
        let last = mine.lastIndex { [.callout, .buffers].contains($0.kind) }
        let since = last.map { mine[($0 + 1)...] } ?? mine[...]
        // Frames and the interrupt itself are written before the callout begins.
        return since.first { ![.frame, .irq].contains($0.kind) }?.time ?? since.last?.time ?? last.map { mine[$0].time } ?? ending.time
    }
}

/// JSON by hand, one event at a time: an encoder would take minutes for a recorder of 256 MiB.
struct JSONPiece {
    private(set) var text = "{"

    mutating func add(_ name: String, _ value: String) { key(name); text += Self.quoted(value) }
    mutating func add(_ name: String, _ value: some BinaryInteger) {
        key(name)
        // Readers take numbers for doubles: those that would lose digits are given as text.
        text += value.magnitude <= 1 << 53 ? "\(value)" : "\"\(value)\""
    }
    mutating func add(_ name: String, _ value: JSONPiece) { key(name); text += value.closed }
    /// Nanoseconds as microseconds with three decimals.
    mutating func add(_ name: String, microseconds nanoseconds: UInt64) {
        key(name)
        let rest = "\(nanoseconds % 1000)"
        text += "\(nanoseconds / 1000).\(String(repeating: "0", count: 3 - rest.count))\(rest)"
    }

    var closed: String { text + "}" }
    var isEmpty: Bool { text.utf8.count == 1 }

    private mutating func key(_ name: String) { text += (isEmpty ? "\"" : ",\"") + name + "\":" }

    static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": out += "\\\(scalar)"
            case _ where scalar.value < 0x20 || scalar.value == 0x7f: out += "\\u" + Figure.hexadecimal(scalar.value, digits: 4)
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }
}
