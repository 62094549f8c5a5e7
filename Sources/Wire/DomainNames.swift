extension NeighborOptions {
    /// The domain names of a search list option, without final dots. RFC 8106 §5.2, RFC 1035 §3.1.
    ///
    /// Cold: allocates. Names hold letters, digits, hyphens and underscores only, since they reach a resolver's
    /// configuration; compression is not allowed there.
    ///
    /// - Throws: `badOption` for a label that ends beyond the option, is compressed or holds other characters, for a name
    ///   of more than 253 octets, and for an option without a name.
    public func domainNames(in range: Range<Int>) throws(WireError) -> [String] {
        let list = octets(in: range)
        var names: [String] = [], offset = 0
        // A zero octet where a name would begin is the padding.
        while offset < list.byteCount, list.load8(offset) != 0 {
            names.append(try Self.name(in: list, &offset))
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

    private static func isHostCharacter(_ character: UInt8) -> Bool {
        switch character {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }
}
