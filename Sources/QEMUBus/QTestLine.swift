/// One line that QEMU's qtest server says: the answer to a command, or an interrupt line that changed.
enum QTestLine: Equatable {
    case done
    case value(UInt64)
    case interrupt(line: UInt64, raised: Bool)
    case refused

    /// Anything that is not understood counts as a refusal: the two sides are then out of step.
    init(_ octets: ArraySlice<UInt8>) {
        self = Self.answer(octets) ?? Self.interrupt(octets) ?? .refused
    }

    private static func answer(_ octets: ArraySlice<UInt8>) -> QTestLine? {
        guard octets.starts(with: "OK".utf8) else { return nil }
        if octets.count == 2 { return .done }
        let rest = octets.dropFirst(2)
        guard rest.starts(with: " 0x".utf8), let value = number(rest.dropFirst(3), base: 16) else { return nil }
        return .value(value)
    }

    private static func interrupt(_ octets: ArraySlice<UInt8>) -> QTestLine? {
        for (prefix, raised) in [("IRQ raise ", true), ("IRQ lower ", false)] where octets.starts(with: prefix.utf8) {
            return number(octets.dropFirst(prefix.utf8.count), base: 10).map { .interrupt(line: $0, raised: raised) }
        }
        return nil
    }
}

/// The number that `digits` spell in `base` (10 or 16, either case); nil when they do not, or when 64 bits do not hold it.
func number(_ digits: ArraySlice<UInt8>, base: UInt64) -> UInt64? {
    guard !digits.isEmpty else { return nil }
    var value: UInt64 = 0
    for digit in digits {
        let lower = digit | 0x20
        let worth: UInt64
        if digit >= 0x30 && digit <= 0x39 { worth = UInt64(digit - 0x30) }
        else if lower >= 0x61 && lower <= 0x66 { worth = UInt64(lower - 0x61) + 10 }
        else { return nil }
        let (scaled, tooFar) = value.multipliedReportingOverflow(by: base)
        let (sum, carried) = scaled.addingReportingOverflow(worth)
        guard worth < base && !tooFar && !carried else { return nil }
        value = sum
    }
    return value
}

extension [UInt8] {
    /// Appends ` 0x…`, as qtest reads numbers.
    mutating func append(argument value: UInt64) {
        append(contentsOf: " 0x".utf8)
        var shift = value == 0 ? 0 : (63 - value.leadingZeroBitCount) / 4 * 4
        while shift >= 0 {
            let digit = UInt8(truncatingIfNeeded: value >> UInt64(shift)) & 15
            append(digit < 10 ? 0x30 + digit : 0x57 + digit)
            shift -= 4
        }
    }
}
