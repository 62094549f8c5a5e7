internal import Recorder
internal import Wire

/// What is known of a frame of which only the beginning was kept.
enum TraceFrame {
    /// The layers whose headers lie within what was kept, in one line; empty when there is nothing.
    static func summary(_ frame: RecordedEvent.Frame) -> String {
        guard !frame.octets.isEmpty else { return "" }
        // Zeros stand for the payload, so that lengths fit; layers that would be read from them are left out.
        let missing = max(0, Int(frame.length) - frame.octets.count)
        let whole = frame.octets + [UInt8](repeating: 0, count: min(missing, 65_536))
        // SAFETY: the array outlives the call.
        let description = unsafe FrameDescription(frame: whole.span.bytes)
        guard missing > 0 else { return description.summary }
        let parts = description.summary.components(separator: " | ")
        // Ethernet and IPv6 take 54 octets: of what follows only UDP's header is there in full.
        let layers = description.protocols
        let isDeep = layers.contains("IPv6") && layers.count > 2 && layers[2] != "UDP"
        return parts.prefix(isDeep ? 2 : layers.count).joined(separator: " | ")
    }
}

extension String {
    fileprivate func components(separator: String) -> [String] {
        var parts: [String] = [], rest = self[...]
        while let range = rest.firstRange(of: separator) {
            parts.append(String(rest[..<range.lowerBound]))
            rest = rest[range.upperBound...]
        }
        return parts + [String(rest)]
    }
}
