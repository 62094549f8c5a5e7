/// Numbers and columns as the recorder's lines, the dossier and the tools have them.
package enum Figure {
    package static func hexadecimal(_ value: some BinaryInteger, digits: Int = 1) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }

    /// `0x18`.
    static func address(_ value: UInt64) -> String { "0x" + hexadecimal(value) }

    /// With exactly `places` decimals, rounded half away from zero.
    package static func fixed(_ value: Double, _ places: Int) -> String {
        var scale = 1.0
        for _ in 0..<places { scale *= 10 }
        guard value.isFinite, abs(value) * scale < 9e15 else { return "-" }
        let scaled = Int64((value * scale).rounded())
        let digits = String(scaled.magnitude)
        let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
        return (scaled < 0 ? "-" : "") + padded.dropLast(places) + (places > 0 ? "." : "") + padded.suffix(places)
    }

    static func left(_ text: some StringProtocol, _ width: Int) -> String { text + String(repeating: " ", count: max(0, width - text.count)) }
    static func right(_ text: some StringProtocol, _ width: Int) -> String { String(repeating: " ", count: max(0, width - text.count)) + text }

    /// A line with nothing behind its last word.
    static func line(_ cells: [String]) -> String {
        var line = cells.joined(separator: " ")
        while line.last == " " { line.removeLast() }
        return line + "\n"
    }

    /// Nanoseconds in the unit that a person would choose.
    static func span(_ nanoseconds: UInt64) -> String {
        switch nanoseconds {
        case ..<1_000: "\(nanoseconds) ns"
        case ..<1_000_000: "\(fixed(Double(nanoseconds) / 1e3, 1)) µs"
        case ..<1_000_000_000: "\(fixed(Double(nanoseconds) / 1e6, 1)) ms"
        default: "\(fixed(Double(nanoseconds) / 1e9, 1)) s"
        }
    }

    static func octets(_ count: Int) -> String {
        count < 10_000 ? "\(count) octets" : count < 10_000_000 ? "\(count / 1024) KiB" : "\(count >> 20) MiB"
    }

    static func plural(_ count: Int, _ one: String) -> String { "\(count) \(one)\(count == 1 ? "" : "s")" }
}
