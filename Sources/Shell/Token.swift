internal import Symbols

/// A word of a line.
struct Token: Equatable {
    enum Kind: Equatable {
        case name(String)
        case number(UInt64, CType)
        case floating(Double, CType)
        case string([UInt8])
        case sign(String)
        case end
    }
    var kind: Kind
    /// Counted from 1.
    var column: Int
}

/// Cuts a line into words, as C does.
///
/// - Source: ISO/IEC 9899:2018, 6.4 "Lexical elements".
struct Lexer {
    static let mostOctets = 16_384, mostTokens = 2048
    /// The longest first.
    private static let signs: [[UInt8]] = [
        "<<=", ">>=", "...", "->", "++", "--", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=",
        "+", "-", "*", "/", "%", "&", "|", "^", "~", "!", "<", ">", "=", "?", ":", ",", ";", "(", ")", "[", "]", ".",
    ].map { Array($0.utf8) }

    let octets: [UInt8]
    var at = 0

    /// - Throws: `.syntax` or `.tooLong`.
    static func tokens(_ line: String) throws(ShellError) -> [Token] {
        var lexer = Lexer(octets: Array(line.utf8)), tokens: [Token] = []
        guard lexer.octets.count <= mostOctets else { throw .tooLong }
        repeat {
            tokens.append(try lexer.next())
            guard tokens.count <= mostTokens else { throw .tooLong }
        } while tokens.last?.kind != .end
        return tokens
    }

    func peek(_ ahead: Int = 0) -> UInt8 { at + ahead < octets.count ? octets[at + ahead] : 0 }

    func wrong(_ what: String) -> ShellError { .syntax(what, column: at + 1) }

    private mutating func skipBlanks() throws(ShellError) {
        while at < octets.count {
            if [0x20, 0x09, 0x0a, 0x0d].contains(peek()) {
                at += 1
            } else if peek() == UInt8(ascii: "/"), peek(1) == UInt8(ascii: "/") {
                at = octets.count
            } else if peek() == UInt8(ascii: "/"), peek(1) == UInt8(ascii: "*") {
                var end = at + 2
                while end + 1 < octets.count, octets[end] != UInt8(ascii: "*") || octets[end + 1] != UInt8(ascii: "/") { end += 1 }
                guard end + 1 < octets.count else { throw wrong("the comment has no end") }
                at = end + 2
            } else {
                return
            }
        }
    }

    private mutating func next() throws(ShellError) -> Token {
        try skipBlanks()
        let column = at + 1
        guard at < octets.count else { return Token(kind: .end, column: column) }
        let octet = peek()
        if Self.isDigit(octet) || octet == UInt8(ascii: ".") && Self.isDigit(peek(1)) { return Token(kind: try number(), column: column) }
        if octet == UInt8(ascii: "\"") { return Token(kind: .string(try quoted(octet)), column: column) }
        if octet == UInt8(ascii: "'") { return Token(kind: try character(), column: column) }
        if octet == UInt8(ascii: "`") { return Token(kind: .name(try spelled()), column: column) }
        if Self.isNameStart(octet) {
            let start = at
            while at < octets.count, Self.isNameStart(peek()) || Self.isDigit(peek()) { at += 1 }
            return Token(kind: .name(String(decoding: octets[start..<at], as: UTF8.self)), column: column)
        }
        for sign in Self.signs where octets[at...].starts(with: sign) {
            at += sign.count
            return Token(kind: .sign(String(decoding: sign, as: UTF8.self)), column: column)
        }
        throw wrong("\(Self.shown(octet)) means nothing here")
    }

    /// A name with signs of its own, as Swift's demangled ones have: `` `Driver.poll(budget:)` ``.
    private mutating func spelled() throws(ShellError) -> String {
        guard let end = octets[(at + 1)...].firstIndex(of: UInt8(ascii: "`")), end > at + 1 else { throw wrong("the name has no closing `") }
        defer { at = end + 1 }
        return String(decoding: octets[(at + 1)..<end], as: UTF8.self)
    }

    static func isDigit(_ octet: UInt8) -> Bool { (0x30...0x39).contains(octet) }
    static func isNameStart(_ octet: UInt8) -> Bool {
        (0x41...0x5a).contains(octet) || (0x61...0x7a).contains(octet) || octet == UInt8(ascii: "_") || octet == UInt8(ascii: "$") || octet >= 0x80
    }
    static func shown(_ octet: UInt8) -> String {
        (0x21...0x7e).contains(octet) ? "'\(Character(UnicodeScalar(octet)))'" : "the octet 0x\(String(octet, radix: 16))"
    }
}
