internal import Cables
internal import Recorder

/// A recorder's frames as pcapng, with what the driver did between them as comments.
///
/// Of each frame there is what the recorder kept: its beginning, beside its whole length. A frame's comment says why it was lost, and
/// what happened on its interface since the frame before it; that of an interface's last frame also what came after it.
package struct TraceCapture {
    /// Events that a comment tells at most, and octets of one of them.
    package static let mostEvents = 32
    static let mostOctets = 160

    private let told: TraceTold
    private var writer: CaptureWriter

    /// Writes the whole capture.
    ///
    /// - Parameter sink: receives it in pieces of some 64 KiB; what it throws ends the work.
    /// - Returns: the number of frames.
    package static func write(_ told: TraceTold, to sink: ([UInt8]) throws -> Void) throws -> Int {
        let interfaces = told.interfaces.filter { !$0.isEmpty || told.devices.isEmpty }
        let first = interfaces.first ?? told.devices.keys.sorted().first ?? "drydock"
        var capture = TraceCapture(told: told, writer: CaptureWriter(interface: first, description: description(first, told)))
        for interface in interfaces.dropFirst() { capture.writer.addInterface(interface, description: description(interface, told)) }
        return try capture.write(interfaces, sink)
    }

    private static func description(_ interface: String, _ told: TraceTold) -> String {
        let device = told.devices[interface].map { ": \($0.driver), \($0.nic) (\($0.bus))" } ?? ""
        return "\(told.title)\(device); the beginning of each frame, by the flight recorder"
    }

    private mutating func write(_ interfaces: [String], _ sink: ([UInt8]) throws -> Void) throws -> Int {
        var between: [String: Between] = [:], after: [String: Between] = [:], last: [String: Int] = [:], frames = 0
        for (index, record) in told.records.enumerated() where record.kind == .frame { last[record.interface] = index }
        for (index, record) in told.records.enumerated() where record.kind != .frame && index > last[record.interface] ?? .max {
            after[record.interface, default: Between()].add(record)
        }
        for (index, record) in told.records.enumerated() {
            guard record.kind == .frame else {
                between[record.interface, default: Between()].add(record)
                continue
            }
            let before = between.removeValue(forKey: record.interface)
            var parts = [record.loss.map { "lost: \($0)" }, record.vlan.map { "VLAN \($0 & 0xfff)" }].compactMap { $0 }
            if let before { parts.append(before.text("before it", of: record)) }
            if last[record.interface] == index, let behind = after[record.interface] { parts.append(behind.text("after it", of: record)) }
            if last[record.interface] == index, let ending = told.ending { parts.append("died: \(ending.cause)") }
            add(record, interfaces.firstIndex(of: record.interface) ?? 0, parts.isEmpty ? nil : parts.joined(separator: "\n"))
            frames += 1
            if writer.octets.count >= 65_536 { try sink(writer.take()) }
        }
        try sink(writer.take())
        return frames
    }

    private mutating func add(_ record: TraceRecord, _ interface: Int, _ comment: String?) {
        let kept = record.frameOctets
        // SAFETY: the array outlives the call.
        unsafe writer.add(
            kept.span.bytes, calendar: record.calendar, direction: record.action == "sent" ? .sent : .received, comment: comment,
            whole: Int(record.length ?? 0), interface: interface)
    }

    /// Events between two frames: the last of them, for those tell most.
    private struct Between {
        private var records: [TraceRecord] = []
        private var left = 0

        mutating func add(_ record: TraceRecord) {
            records.append(record)
            guard records.count > 2 * mostEvents else { return }
            left += mostEvents
            records.removeFirst(mostEvents)
        }

        func text(_ where: String, of frame: TraceRecord) -> String {
            let shown = records.suffix(mostEvents), missing = left + records.count - shown.count
            var lines = ["\(`where`):"]
            if missing > 0 { lines.append("  \(missing) more") }
            for record in shown {
                let span = record.time > frame.time ? "+\(TraceText.duration(record.time - frame.time))" : "-\(TraceText.duration(frame.time - record.time))"
                lines.append("  \(span) \(cut(TraceText.what(record)))")
            }
            return lines.joined(separator: "\n")
        }

        private func cut(_ text: String) -> String {
            guard text.utf8.count > mostOctets else { return text }
            var short = text.prefix(mostOctets)
            while short.utf8.count > mostOctets - 3 { short.removeLast() }
            return short + "…"
        }
    }
}
