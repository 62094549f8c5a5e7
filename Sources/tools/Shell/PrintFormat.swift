internal import Shell

/// A format of C's `printf`, for whole numbers and texts.
struct PrintFormat {
    private enum Piece {
        case text(String)
        /// The letter, whether all 64 bits count, the width, and what fills it.
        case value(Character, isLong: Bool, width: Int, fill: Character, isLeft: Bool)
    }

    /// Octets of a text that are looked at.
    static let mostText = 256
    private static let mostWidth = 200
    private var pieces: [Piece] = []

    /// - Parameter values: how many are given.
    init(_ format: String, values: Int) throws(ShellError) {
        var rest = Substring(format), text = "", wanted = 0
        while let first = rest.popFirst() {
            if first == "\\" {
                let next = rest.popFirst() ?? "\\"
                text += next == "n" ? "\n" : next == "t" ? "\t" : String(next)
            } else if first != "%" || rest.hasPrefix("%") {
                if first == "%" { rest.removeFirst() }
                text.append(first)
            } else {
                pieces += [.text(text), try Self.value(&rest)]
                (text, wanted) = ("", wanted + 1)
            }
        }
        // A line ends by itself.
        pieces.append(.text(text.hasSuffix("\n") ? String(text.dropLast()) : text))
        guard wanted == values else { throw .badOperand("the format asks for \(wanted) value\(wanted == 1 ? "" : "s"), and \(values) \(values == 1 ? "is" : "are") given") }
    }

    private static func value(_ rest: inout Substring) throws(ShellError) -> Piece {
        let flags = rest.prefix { "-0#+ ".contains($0) }
        rest = rest.dropFirst(flags.count)
        let digits = rest.prefix { $0.isASCII && $0.isNumber }
        rest = rest.dropFirst(digits.count)
        let size = rest.prefix { "lhzj".contains($0) }
        rest = rest.dropFirst(size.count)
        guard let letter = rest.popFirst(), "diuxXpsc".contains(letter), digits.isEmpty || (Int(digits) ?? .max) <= mostWidth else {
            throw .badOperand("a format has %d %u %x %X %p %s %c, with l for 64 bits and a width up to \(mostWidth)")
        }
        return .value(
            letter, isLong: size.contains { "lzj".contains($0) }, width: Int(digits) ?? 0, fill: flags.contains("0") && !flags.contains("-") ? "0" : " ", isLeft: flags.contains("-"))
    }

    /// - Parameter read: the text at an address.
    func line(_ values: [UInt64], _ read: (UInt64) -> String) -> String {
        var line = "", next = 0
        for piece in pieces {
            switch piece {
            case .text(let text): line += text
            case .value(let letter, let isLong, let width, let fill, let isLeft):
                let text = Self.text(values[next], letter, isLong, read), missing = String(repeating: fill, count: max(0, width - text.count))
                // A sign stands in front of zeros.
                if fill == "0", text.hasPrefix("-") { line += "-" + missing + text.dropFirst() } else { line += isLeft ? text + missing : missing + text }
                next += 1
            }
        }
        return line
    }

    private static func text(_ value: UInt64, _ letter: Character, _ isLong: Bool, _ read: (UInt64) -> String) -> String {
        let cut = isLong ? value : value & 0xffff_ffff
        switch letter {
        case "d", "i": return isLong ? "\(Int64(bitPattern: value))" : "\(Int32(truncatingIfNeeded: value))"
        case "u": return "\(cut)"
        case "x": return String(cut, radix: 16)
        case "X": return String(cut, radix: 16, uppercase: true)
        case "p": return "0x" + String(value, radix: 16)
        case "c": return String(UnicodeScalar(UInt8(truncatingIfNeeded: value)))
        default: return read(value)
        }
    }

    /// An expression with numbers in the place of `$1` to `$6`.
    static func replaced(_ expression: String, _ arguments: [UInt64]) -> String {
        var result = "", rest = Substring(expression)
        while let first = rest.popFirst() {
            guard first == "$", let digit = rest.first?.wholeNumberValue, (1...arguments.count).contains(digit) else {
                result.append(first)
                continue
            }
            rest.removeFirst()
            result += "0x\(String(arguments[digit - 1], radix: 16))UL"
        }
        return result
    }
}
