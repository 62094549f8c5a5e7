/// Text of strangers, without what would move a terminal's cursor.
package enum Printable {
    /// A line of at most 2000 octets.
    package static func line(_ octets: some Collection<UInt8>) -> String { text(String(decoding: octets.prefix(2000), as: UTF8.self)) }

    package static func text(_ text: String) -> String {
        func isControl(_ scalar: Unicode.Scalar) -> Bool { scalar.value < 0x20 && scalar.value != 9 || (0x7f..<0xa0).contains(scalar.value) }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { isControl($0) ? "\u{fffd}" : $0 }))
    }
}
