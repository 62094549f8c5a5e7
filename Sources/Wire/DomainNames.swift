/// Domain names as router advertisements and DHCP carry them, on their way to a resolver's configuration.
public enum DomainNames {
    /// The names of a list in labels, without final dots. RFC 1035 §3.1, RFC 8106 §5.2, RFC 8415 §10.
    ///
    /// Cold: allocates. Names hold letters, digits, hyphens and underscores only, since they reach a resolver's
    /// configuration; compression is not allowed there.
    ///
    /// - Throws: `badOption` for a label that ends beyond the list, is compressed or holds other characters, for a name
    ///   of more than 253 octets, and for a list without a name.
    public static func read(_ list: RawSpan) throws(WireError) -> [String] {
        var names: [String] = [], offset = 0
        // A zero octet where a name would begin is the padding.
        while offset < list.byteCount, list.load8(offset) != 0 {
            names.append(try name(in: list, &offset))
        }
        guard !names.isEmpty else { throw .badOption }
        return names
    }

    private static func name(in list: RawSpan, _ offset: inout Int) throws(WireError) -> String {
        var name = ""
        while true {
            guard offset < list.byteCount else { throw .badOption }
            let length = Int(list.load8(offset))
            offset &+= 1
            if length == 0 { return name }
            guard length <= 63, length <= list.byteCount &- offset, name.utf8.count &+ length <= 252 else { throw .badOption }
            if !name.isEmpty { name += "." }
            for index in offset..<(offset &+ length) {
                guard isHostCharacter(list.load8(index)) else { throw .badOption }
                name.unicodeScalars.append(Unicode.Scalar(list.load8(index)))
            }
            offset &+= length
        }
    }

    /// A name as text, as DHCPv4 has it: its labels checked like those of ``read(_:)``, a final dot or NUL taken off.
    /// RFC 2132 §3.14, §3.17.
    ///
    /// - Returns: nil for what is no name, or could say more than one word to whoever reads the file it ends in.
    public static func name(text: [UInt8]) -> String? {
        var text = text[...]
        while text.last == 0 { text.removeLast() }
        if text.last == UInt8(ascii: ".") { text.removeLast() }
        guard !text.isEmpty, text.count <= 253 else { return nil }
        for label in text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) {
            guard !label.isEmpty, label.count <= 63, label.allSatisfy(isHostCharacter) else { return nil }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The name's labels and the root, as ``read(_:)`` takes them; empty for what is no name.
    public static func labels(of name: String) -> [UInt8] {
        guard let checked = self.name(text: Array(name.utf8)) else { return [] }
        return checked.utf8.split(separator: UInt8(ascii: ".")).flatMap { [UInt8($0.count)] + $0 } + [0]
    }

    private static func isHostCharacter(_ character: UInt8) -> Bool {
        switch character {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }
}

extension NeighborOptions {
    /// The domain names of a search list option. RFC 8106 §5.2. Cold: allocates.
    ///
    /// - Throws: as ``DomainNames/read(_:)``.
    public func domainNames(in range: Range<Int>) throws(WireError) -> [String] { try DomainNames.read(octets(in: range)) }
}
