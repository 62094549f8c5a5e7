internal import Cables
internal import Dossier
internal import Host
internal import Messages

/// A capture out of a stack's flight recorder: the beginning of each frame that stack and driver exchanged, and why some were lost.
/// For links that no process of ours sees the frames of, and for losses between driver and stack.
final class RecordedFrames {
    /// How often the recorder is read, in nanoseconds.
    static let period: UInt64 = 50_000_000

    private var source: TraceSource
    private let interface: String
    private var writer: CaptureWriter
    private let began = MonotonicClock.calendar()
    private var seen: UInt64 = 0, overwritten: UInt64

    /// - Parameter octets: of a frame that are kept at most; 0: as many as the recorder has.
    init(_ interface: String, of stack: FolderName, hardware: String, _ targets: CaptureTargets, octets: Int) throws(ToolFailure) {
        var source = try TraceSource(targets.runtime, stack, patience: targets.patience)
        // What was before is drydock trace's.
        _ = source.read()
        overwritten = source.overwritten
        (self.source, self.interface) = (source, interface)
        let description = "the flight recorder of \(StackClient.title(stack)): the beginning of each frame, as stack and driver exchanged it"
        writer = CaptureWriter(interface: interface, description: description, hardware: hardware, octets: octets)
    }

    var isAlive: Bool { source.isAlive }

    /// What has come since the last time, as pcapng.
    func take(isEnd: Bool) -> [UInt8] {
        for record in source.read() where record.kind == .frame && record.interface == interface { add(record) }
        if isEnd { writer.addStatistics(began...max(began, MonotonicClock.calendar()), seen: seen, lost: 0) }
        return writer.take()
    }

    private func add(_ record: TraceRecord) {
        var notes = record.loss.map { ["lost between driver and stack: \($0)"] } ?? []
        if source.overwritten != overwritten {
            overwritten = source.overwritten
            notes.append("frames before this one may be missing: the flight recorder came round")
        }
        seen += 1
        let octets = record.frameOctets
        // SAFETY: the array outlives the call.
        unsafe writer.add(
            octets.span.bytes, calendar: record.calendar, direction: record.action == "received" ? .received : .sent,
            comment: notes.isEmpty ? nil : notes.joined(separator: "; "), whole: Int(clamping: record.length ?? 0))
    }
}
