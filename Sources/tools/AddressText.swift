internal import Messages
internal import Wire

/// Addresses and masks as users type them and BSD prints them.
enum AddressText {
    /// The family of an address, its `%zone` not looked at; nil when it is no address.
    static func family(_ text: some StringProtocol) -> Family? {
        let bare = String(text.prefix { $0 != "%" })
        if bare.count == text.count, IPv4Address(bare) != nil { return .inet }
        return IPv6Address(bare) != nil ? .inet6 : nil
    }

    /// `10.1.0.2/24` as an address and a length; nil when the part after the slash is no length of that family.
    static func split(_ text: String) -> (address: String, length: Int?, family: Family)? {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let family = family(parts[0]) else { return nil }
        guard parts.count == 2 else { return (parts[0], nil, family) }
        guard let length = length(parts[1], family) else { return nil }
        return (parts[0], length, family)
    }

    /// A prefix length in decimal.
    static func length(_ text: String, _ family: Family) -> Int? {
        guard text.utf8.allSatisfy({ (48...57).contains($0) }), let value = Int(text) else { return nil }
        return value <= (family == .inet ? 32 : 128) ? value : nil
    }

    /// A mask as a length: `255.255.255.0`, `0xffffff00`; nil when its ones are not contiguous.
    static func length(netmask text: String) -> Int? {
        let value: UInt32
        if text.hasPrefix("0x") || text.hasPrefix("0X") {
            guard let number = UInt32(text.dropFirst(2), radix: 16) else { return nil }
            value = number
        } else {
            guard let address = IPv4Address(text) else { return nil }
            value = address.value
        }
        let ones = (~value).leadingZeroBitCount
        return value == mask(ones) ? ones : nil
    }

    /// `0xffffff00`.
    static func netmask(_ length: Int) -> String { "0x" + Number.hexadecimal(mask(length), digits: 8) }

    /// `255.255.255.0`.
    static func dotted(_ length: Int) -> String { IPv4Address(mask(length)).description }

    private static func mask(_ length: Int) -> UInt32 { length <= 0 ? 0 : ~0 << UInt32(32 - min(length, 32)) }
}

extension AddressText {
    /// The network of an address: `10.1.0/24` is printed in full, `10.1.0.0/24`; the address itself when it cannot be read.
    static func network(_ address: String, _ length: Int) -> String {
        let bare = String(address.prefix { $0 != "%" })
        if let v4 = IPv4Address(bare) { return "\(IPv4Address(v4.value & mask(length)))/\(length)" }
        guard let v6 = IPv6Address(bare) else { return address }
        let high = length >= 64 ? v6.high : v6.high & ~(length <= 0 ? .max : .max >> UInt64(length))
        let low = length >= 128 ? v6.low : length <= 64 ? 0 : v6.low & ~(UInt64.max >> UInt64(length - 64))
        return "\(IPv6Address(high: high, low: low))/\(length)"
    }
}
