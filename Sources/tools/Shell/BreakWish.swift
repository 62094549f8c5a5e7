internal import Shell

/// What stands behind `break`: `[-t seconds] place [read | write] [if what == number] [, seconds]`.
struct BreakWish: Equatable {
    enum Access: String { case read, write }

    var place: String
    var access: Access?
    /// Of the condition: `value` or `$1` to `$6`, and the number that it is to be.
    var condition: (left: String, right: String)?
    /// To be waited, and to stand; nil: the usual.
    var seconds: String?, standing: String?

    init(_ arguments: ShellArguments) throws(ShellError) {
        var text = Substring(arguments.text)
        if text.hasPrefix("-t ") {
            text = text.dropFirst(3).drop { $0 == " " }
            standing = String(text.prefix { $0 != " " })
            text = text.dropFirst(standing?.count ?? 0)
        }
        let list = ShellArguments(text).list
        guard var first = list.first, !first.isEmpty, list.count <= 2 else { throw Self.usage }
        if list.count == 2 { seconds = list[1] }
        if let at = first.firstRange(of: " if ") {
            let parts = String(first[at.upperBound...])
            guard let sign = parts.firstRange(of: "==") else { throw .badOperand("a condition is as in: if value == 5, if $2 == 5") }
            condition = (parts[..<sign.lowerBound].trimmingSpaces, parts[sign.upperBound...].trimmingSpaces)
            first = first[..<at.lowerBound].trimmingSpaces
        }
        let words = first.split(separator: " ")
        access = words.count > 1 ? words.last.flatMap { Access(rawValue: String($0)) } : nil
        place = access == nil ? first : first.dropLast(access?.rawValue.count ?? 0).trimmingSpaces
    }

    static let usage = ShellError.badOperand("wait for what? as in: break em0.TDT write, 5; break e1000_transmit; break &em0.interrupts write")

    /// The argument that a word of a condition means.
    ///
    /// - Parameter value: which argument a stored register's value is; nil: there is none.
    static func argument(_ word: String, value: UInt32?) throws(ShellError) -> UInt32 {
        if word == "value", let value { return value }
        guard word.first == "$", let number = UInt32(word.dropFirst()), (1...6).contains(number) else {
            throw .badOperand(value == nil ? "a condition is about an argument, $1 to $6, not \(word)" : "a condition is about the value that is written, not \(word)")
        }
        return number - 1
    }

    static func == (one: Self, other: Self) -> Bool {
        (one.place, one.access, one.seconds, one.standing) == (other.place, other.access, other.seconds, other.standing)
            && one.condition?.left == other.condition?.left && one.condition?.right == other.condition?.right
    }
}
