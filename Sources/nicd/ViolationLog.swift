internal import Messages
internal import NICModels

/// The rules of the datasheet that drivers broke: one entry a rule and subject, with how often. Bounded: the oldest entry
/// goes when there are too many, but the total stays true.
struct ViolationLog {
    static let most = 64

    private struct Entry {
        var violation: Violation
        var count: UInt64
    }

    private var entries: [Entry] = []
    private(set) var total: UInt64 = 0

    /// Notes one. - Returns: true when it is worth a line in the log: the 1st, 10th, 100th … of its kind.
    mutating func note(_ violation: Violation) -> Bool {
        total &+= 1
        if let index = entries.firstIndex(where: { $0.violation.rule == violation.rule && $0.violation.subject == violation.subject }) {
            entries[index].count &+= 1
            entries[index].violation = violation
            return Self.isPowerOfTen(entries[index].count)
        }
        if entries.count >= Self.most { entries.removeFirst() }
        entries.append(Entry(violation: violation, count: 1))
        return true
    }

    private static func isPowerOfTen(_ count: UInt64) -> Bool {
        var rest = count
        while rest >= 10, rest % 10 == 0 { rest /= 10 }
        return rest == 1
    }

    var report: [NICViolation] {
        entries.map {
            NICViolation(
                rule: $0.violation.rule.rawValue, subject: $0.violation.subject, section: $0.violation.section, text: $0.violation.text,
                value: $0.violation.value, count: $0.count)
        }
    }
}
