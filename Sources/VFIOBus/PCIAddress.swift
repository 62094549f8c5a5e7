/// Where a PCI function sits: domain, bus, device and function, as `lspci -D` writes them.
public struct PCIAddress: Equatable, Sendable, CustomStringConvertible {
    public var domain: UInt32, bus: UInt8, device: UInt8, function: UInt8

    /// `0000:00:02.0`, or `00:02.0` for domain 0. Nil: that is no such address.
    public init?(_ text: some StringProtocol) {
        let halves = text.split(separator: ".", omittingEmptySubsequences: false)
        guard halves.count == 2, let function = Self.hex(halves[1], digits: 1...1, below: 8) else { return nil }
        var parts = halves[0].split(separator: ":", omittingEmptySubsequences: false)
        if parts.count == 2 { parts.insert("0000", at: 0) }
        guard parts.count == 3, let domain = Self.hex(parts[0], digits: 4...8, below: 1 << 32),
            let bus = Self.hex(parts[1], digits: 2...2, below: 256), let device = Self.hex(parts[2], digits: 2...2, below: 32)
        else { return nil }
        (self.domain, self.bus) = (UInt32(domain), UInt8(bus))
        (self.device, self.function) = (UInt8(device), UInt8(function))
    }

    private static func hex(_ text: some StringProtocol, digits: ClosedRange<Int>, below limit: UInt64) -> UInt64? {
        guard digits.contains(text.utf8.count), text.utf8.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }),
            let value = UInt64(text, radix: 16), value < limit
        else { return nil }
        return value
    }

    public var description: String {
        func padded(_ value: UInt32, _ digits: Int) -> String {
            let text = String(value, radix: 16)
            return String(repeating: "0", count: max(0, digits - text.count)) + text
        }
        return "\(padded(domain, 4)):\(padded(UInt32(bus), 2)):\(padded(UInt32(device), 2)).\(function)"
    }
}
