internal import Symbols

/// - Source: ISO/IEC 9899:2018, 6.4.4 "Constants", 6.4.5 "String literals"; binary ones and separators are C23's.
extension Lexer {
    mutating func number() throws(ShellError) -> Token.Kind {
        let start = at
        // All that can belong to a number, then what it is.
        while at < octets.count {
            let octet = peek()
            let isSign = (octet == UInt8(ascii: "+") || octet == UInt8(ascii: "-")) && isExponent(start)
            let isSeparator = octet == UInt8(ascii: "'") && Self.isWordOctet(peek(1)) && at > start
            guard Self.isWordOctet(octet) || octet == UInt8(ascii: ".") || isSign || isSeparator else { break }
            at += 1
        }
        let text = String(decoding: octets[start..<at].filter { $0 != UInt8(ascii: "'") }, as: UTF8.self).lowercased()
        if let whole = Self.whole(text) { return whole }
        if let floating = Self.floating(text) { return floating }
        at = start
        throw wrong("\(text) is no number")
    }

    private static func isWordOctet(_ octet: UInt8) -> Bool { octet < 0x80 && octet != UInt8(ascii: "$") && (isNameStart(octet) || isDigit(octet)) }

    /// A sign belongs to the number after `e`, or after `p` where the number is hexadecimal.
    private func isExponent(_ start: Int) -> Bool {
        guard at > start else { return false }
        let isHexadecimal = at > start + 1 && octets[start] == 0x30 && octets[start + 1] | 0x20 == UInt8(ascii: "x")
        return octets[at - 1] | 0x20 == UInt8(ascii: isHexadecimal ? "p" : "e")
    }

    private static func whole(_ text: String) -> Token.Kind? {
        var digits = Substring(text), radix = 10
        if text.hasPrefix("0x") { (digits, radix) = (text.dropFirst(2), 16) } else if text.hasPrefix("0b") { (digits, radix) = (text.dropFirst(2), 2) }
        var suffix = ""
        while let last = digits.last, last == "u" || last == "l" { suffix = String(last) + suffix; digits.removeLast() }
        guard ["", "u", "l", "ul", "lu", "ll", "ull", "llu"].contains(suffix), digits.first?.isHexDigit == true else { return nil }
        if radix == 10, digits.count > 1, digits.first == "0" { radix = 8 }
        guard let value = UInt64(digits, radix: radix) else { return nil }
        // The first type of the list that holds it: 6.4.4.1.
        let mayBeUnsigned = suffix.contains("u") || radix != 10, mustBeUnsigned = suffix.contains("u")
        if !suffix.contains("l") {
            if !mustBeUnsigned, value <= UInt64(Int32.max) { return .number(value, .int) }
            if mayBeUnsigned, value <= UInt64(UInt32.max) { return .number(value, .unsigned) }
        }
        // A decimal number that no signed type holds is an unsigned one, as compilers have it.
        return .number(value, mustBeUnsigned || value > UInt64(Int64.max) ? .unsignedLong : .long)
    }

    private static func floating(_ text: String) -> Token.Kind? {
        let isHexadecimal = text.hasPrefix("0x")
        guard text.contains(where: { isHexadecimal ? $0 == "p" : $0 == "." || $0 == "e" }) else { return nil }
        var digits = text, type = CType.double
        if digits.hasSuffix("f") { digits.removeLast(); type = .float } else if digits.hasSuffix("l") { digits.removeLast() }
        if digits.hasPrefix(".") { digits = "0" + digits }
        digits = digits.replacing(/\.(?=[ep]|$)/, with: ".0")
        guard digits.utf8.count < 400, let value = Double(digits) else { return nil }
        return .floating(type == .float ? Double(Float(value)) : value, type)
    }

    /// `'a'`, `'\n'`, and up to four octets, the first one highest, as compilers have it.
    mutating func character() throws(ShellError) -> Token.Kind {
        let start = at, text = try quoted(UInt8(ascii: "'"))
        guard (1...4).contains(text.count) else { at = start; throw wrong(text.isEmpty ? "'' holds no character" : "a character has at most four octets") }
        if text.count == 1 { return .number(UInt64(bitPattern: Int64(Int8(bitPattern: text[0]))), .char) }
        return .number(UInt64(bitPattern: Int64(Int32(bitPattern: text.reduce(0) { $0 << 8 | UInt32($1) }))), .int)
    }

    mutating func quoted(_ mark: UInt8) throws(ShellError) -> [UInt8] {
        let start = at
        var text: [UInt8] = []
        at += 1
        while at < octets.count, peek() != mark {
            if peek() == UInt8(ascii: "\\") { text += try escape() } else { text.append(peek()); at += 1 }
        }
        guard at < octets.count else { at = start; throw wrong(mark == UInt8(ascii: "'") ? "the character has no closing '" : "the string has no closing \"") }
        at += 1
        return text
    }

    private static let plainEscapes: [UInt8: UInt8] = [
        UInt8(ascii: "n"): 10, UInt8(ascii: "t"): 9, UInt8(ascii: "r"): 13, UInt8(ascii: "a"): 7, UInt8(ascii: "b"): 8, UInt8(ascii: "f"): 12,
        UInt8(ascii: "v"): 11, UInt8(ascii: "e"): 27, UInt8(ascii: "\\"): 0x5c, UInt8(ascii: "'"): 0x27, UInt8(ascii: "\""): 0x22, UInt8(ascii: "?"): 0x3f,
    ]

    private mutating func escape() throws(ShellError) -> [UInt8] {
        at += 1
        let octet = peek()
        if let plain = Self.plainEscapes[octet] { at += 1; return [plain] }
        if octet == UInt8(ascii: "x") {
            at += 1
            guard let value = digits(16, most: 2) else { throw wrong("\\x has no digits") }
            return [UInt8(truncatingIfNeeded: value)]
        }
        if octet == UInt8(ascii: "u") || octet == UInt8(ascii: "U") {
            at += 1
            let count = octet == UInt8(ascii: "u") ? 4 : 8
            guard let value = digits(16, most: count), let scalar = UnicodeScalar(value) else { throw wrong("\\u names no character") }
            return Array(String(Character(scalar)).utf8)
        }
        guard let value = digits(8, most: 3) else { throw wrong("\\ is followed by nothing that C knows") }
        return [UInt8(truncatingIfNeeded: value)]
    }

    private mutating func digits(_ radix: UInt32, most: Int) -> UInt32? {
        var value: UInt32 = 0, count = 0
        while count < most, let digit = Character(UnicodeScalar(peek())).hexDigitValue, digit < radix, peek() < 0x80 {
            value = value &* radix &+ UInt32(digit)
            (at, count) = (at + 1, count + 1)
        }
        return count > 0 ? value : nil
    }
}
