internal import Symbols

/// One line of a log, in its parts.
struct LogLine: Codable, Equatable {
    /// `2026-01-31 23:59:59.123`, UTC; nil: nobody stamped it, as with what a driver prints.
    var time: String?
    /// Who wrote it, and its number.
    var process: String?
    var pid: Int32?
    /// QNX's: 0 shutdown, 1 critical, 2 error, 3 warning, 4 notice, 5 info, 6 and 7 debug.
    var severity: Int
    var text: String

    /// What a line's text begins with where it is worse than a notice.
    private static let severities = [("critical: ", 1), ("error: ", 2), ("warning: ", 3)]
    static let plain = 5

    /// Reads a line of `LogFile`; whatever else stands there is text.
    init(_ octets: some Collection<UInt8>) {
        let line = Printable.line(octets)
        (severity, text) = (Self.plain, line)
        guard line.count > 24, let stamp = Self.stamp(line.prefix(23)), line.dropFirst(23).first == " " else { return }
        let rest = line.dropFirst(24)
        guard let open = rest.firstIndex(of: "["), let end = rest[open...].firstRange(of: "]: "), open > rest.startIndex,
            let pid = Int32(rest[rest.index(after: open)..<end.lowerBound]) else { return }
        (time, process, self.pid, text) = (stamp, String(rest[..<open]), pid, String(rest[end.upperBound...]))
        for (word, number) in Self.severities where text.hasPrefix(word) { (severity, text) = (number, String(text.dropFirst(word.count))) }
    }

    private static func stamp(_ text: Substring) -> String? {
        let pattern = "dddd-dd-dd dd:dd:dd.ddd"
        let fits = zip(text, pattern).allSatisfy { $1 == "d" ? $0.isASCII && $0.isNumber : $0 == $1 }
        return fits && text.count == pattern.count ? String(text) : nil
    }

    static func head(milliseconds: Bool) -> String {
        Column.line([Column.left("Time", milliseconds ? 19 : 15), "Sev", Column.left("Process", 24), "Text"])
    }

    /// `Jan 31 23:59:59   3 io-pkt-v6-hc[4711]       em0: …`
    func row(milliseconds: Bool) -> String {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let stamp = time.map { time in
            let month = Int(time.dropFirst(5).prefix(2)).flatMap { months.indices.contains($0 - 1) ? months[$0 - 1] : nil } ?? "???"
            return "\(month) \(time.dropFirst(8).prefix(milliseconds ? 15 : 11))"
        } ?? ""
        let who = process.map { "\($0)[\(pid ?? 0)]" } ?? ""
        return Column.line([Column.left(stamp, milliseconds ? 19 : 15), Column.right(severity, 3), Column.left(who, 24), text])
    }
}
