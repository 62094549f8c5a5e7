extension IPv6Address: LosslessStringConvertible {
    /// The sixteen-bit group `index` (0...7).
    func group(_ index: Int) -> UInt16 {
        UInt16(truncatingIfNeeded: (index < 4 ? high : low) >> UInt64(48 - 16 * (index % 4)))
    }

    /// The canonical form: lower case, the first longest run of zero groups as `::`. RFC 5952 §4.
    public var description: String {
        if let mapped = mappedIPv4 { return "::ffff:\(mapped)" }  // RFC 5952 §5
        let run = longestZeroRun
        var text = "", index = 0
        while index < 8 {
            if index == run.lowerBound, !run.isEmpty {
                text += "::"
                index = run.upperBound
                continue
            }
            if !text.isEmpty, !text.hasSuffix(":") { text += ":" }
            text += String(group(index), radix: 16)
            index += 1
        }
        return text
    }

    /// The first longest run of at least two zero groups; empty when there is none. RFC 5952 §4.2.2, §4.2.3.
    private var longestZeroRun: Range<Int> {
        var best = 0..<0, start = 0
        for index in 0..<8 {
            if group(index) != 0 { start = index + 1; continue }
            let run = start..<(index + 1)
            if run.count > max(best.count, 1) { best = run }
        }
        return best
    }

    /// Every form of RFC 4291 §2.2, in either case; nil otherwise. A zone (`%em0`) is refused: see ``ZonedIPv6Address``.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count <= 45 else { return nil }
        self.init(characters: Array(text.utf8)[...])
    }

    init?(characters: ArraySlice<UInt8>) {
        let colon = UInt8(ascii: ":")
        var gap: ArraySlice<UInt8>.Index?
        for index in characters.indices.dropLast() where characters[index] == colon && characters[index + 1] == colon {
            guard gap == nil else { return nil }  // also refuses ":::"
            gap = index
        }
        let groups: [UInt16]
        if let gap {
            guard let before = Self.groups(characters[..<gap], embeddedIPv4: false),
                let after = Self.groups(characters[(gap + 2)...], embeddedIPv4: true),
                before.count + after.count <= 7
            else { return nil }
            groups = before + Array(repeating: 0, count: 8 - before.count - after.count) + after
        } else {
            guard let all = Self.groups(characters, embeddedIPv4: true), all.count == 8 else { return nil }
            groups = all
        }
        let number = { (part: ArraySlice<UInt16>) in part.reduce(UInt64(0)) { $0 << 16 | UInt64($1) } }
        self.init(high: number(groups[0..<4]), low: number(groups[4..<8]))
    }

    /// The groups of a text without `::`; the last two may be written as an IPv4 address.
    private static func groups(_ characters: ArraySlice<UInt8>, embeddedIPv4: Bool) -> [UInt16]? {
        guard !characters.isEmpty else { return [] }
        let parts = characters.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        var groups: [UInt16] = []
        for (index, part) in parts.enumerated() {
            if embeddedIPv4, index == parts.count - 1, part.contains(UInt8(ascii: ".")) {
                guard let address = IPv4Address(characters: part) else { return nil }
                groups += [UInt16(address.value >> 16), UInt16(address.value & 0xffff)]
                continue
            }
            guard (1...4).contains(part.count) else { return nil }
            var value: UInt16 = 0
            for character in part {
                guard let digit = hexadecimalDigit(character) else { return nil }
                value = value << 4 | UInt16(digit)
            }
            groups.append(value)
        }
        return groups.count <= 8 ? groups : nil
    }
}

/// An address with the zone it belongs to, as a user writes it: `fe80::1%em0`. RFC 4007 §11.
///
/// Zones never travel on a wire; the name is the interface's.
public struct ZonedIPv6Address: Equatable, Hashable, Sendable, LosslessStringConvertible {
    public var address: IPv6Address
    /// The interface's name; nil when none was written.
    public var zone: String?

    public init(_ address: IPv6Address, zone: String? = nil) {
        self.address = address
        self.zone = zone
    }

    /// `ADDRESS` or `ADDRESS%ZONE`, the zone 1 to 31 printable octets; nil otherwise.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let address = IPv6Address(first) else { return nil }
        self.address = address
        guard parts.count == 2 else { return }
        let zone = parts[1].utf8
        guard (1...31).contains(zone.count), zone.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "%") }) else { return nil }
        self.zone = String(parts[1])
    }

    public var description: String { zone.map { "\(address)%\($0)" } ?? address.description }
}
