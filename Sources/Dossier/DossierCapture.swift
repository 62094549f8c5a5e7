internal import Cables
internal import Recorder

/// The last frames as a capture file: one that every tool for captures reads.
enum DossierCapture {
    /// Of what the recorder kept: the beginning of each frame, its whole length beside it.
    static func octets(_ story: RecordedStory) -> [UInt8] {
        var writer = CaptureWriter(interface: "drydock", description: "the last frames before a crash, as the flight recorder has them")
        for (record, frame) in story.frames {
            let kept = frame.octets
            let comment = ["\(record.interface), slot \(frame.buffer)", frame.loss == .none ? nil : "lost: \(frame.loss.text)"].compactMap { $0 }.joined(separator: ", ")
            // SAFETY: the array outlives the call.
            unsafe writer.add(
                kept.span.bytes, calendar: record.calendar, direction: frame.direction == .received ? .received : .sent, comment: comment,
                whole: Int(frame.length))
        }
        return writer.take()
    }
}
