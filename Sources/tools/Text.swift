internal import Dossier
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
    static func hexadecimal(_ value: some BinaryInteger, digits: Int = 1) -> String { Figure.hexadecimal(value, digits: digits) }
    /// `value` with exactly `places` decimals, rounded half away from zero.
    static func fixed(_ value: Double, _ places: Int) -> String { Figure.fixed(value, places) }

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
