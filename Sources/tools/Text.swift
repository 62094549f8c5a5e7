internal import FoundationEssentials

/// Text in columns.
enum Column {
    /// At least `width` characters, the text first.
    static func left(_ text: some StringProtocol, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    /// At least `width` characters, the text last.
    static func right(_ text: some CustomStringConvertible, _ width: Int) -> String {
        let text = text.description
        return String(repeating: " ", count: max(0, width - text.count)) + text
    }

    /// A line with nothing behind its last word.
    static func line(_ cells: [String], separator: String = " ") -> String {
        var line = cells.joined(separator: separator)
        while line.last == " " { line.removeLast() }
        return line + "\n"
    }
}

/// Numbers as the tools print them.
enum Number {
    static func hexadecimal(_ value: some BinaryInteger, digits: Int = 1) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }

    /// `value` with exactly `places` decimals, rounded half away from zero.
    static func fixed(_ value: Double, _ places: Int) -> String {
        var scale = 1.0
        for _ in 0..<places { scale *= 10 }
        guard value.isFinite, abs(value) * scale < 9e15 else { return "-" }
        let scaled = Int64((value * scale).rounded())
        let digits = String(scaled.magnitude)
        let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
        let sign = scaled < 0 ? "-" : ""
        guard places > 0 else { return sign + padded }
        return sign + padded.dropLast(places) + "." + padded.suffix(places)
    }

    /// Seconds as `1h02m03s`, `2m03s`, `3s`; with days in front where there are any.
    static func duration(_ seconds: Int) -> String {
        let (days, hours, minutes, rest) = (seconds / 86400, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60)
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        if days > 0 { return "\(days)d\(two(hours))h\(two(minutes))m\(two(rest))s" }
        if hours > 0 { return "\(hours)h\(two(minutes))m\(two(rest))s" }
        return minutes > 0 ? "\(minutes)m\(two(rest))s" : "\(rest)s"
    }

    /// Octets as `512`, `12K`, `3M`: the largest unit that leaves no more than four digits.
    static func size(_ octets: UInt64) -> String {
        var (value, unit) = (octets, 0)
        while value >= 10_000, unit < 4 {
            value /= 1024
            unit += 1
        }
        return "\(value)" + ["", "K", "M", "G", "T"][unit]
    }
}

/// What `--json` prints: keys in alphabetical order, so that two runs can be compared.
enum JSONText {
    /// The same in one line, without a newline behind it.
    static func line(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value) else { return "null" }
        return String(decoding: data, as: UTF8.self)
    }

    static func render(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value) else { return "null\n" }
        return String(decoding: data, as: UTF8.self) + "\n"
    }
}
