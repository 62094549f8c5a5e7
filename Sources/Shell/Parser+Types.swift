internal import Symbols

/// Types in casts and `sizeof`.
///
/// - Source: ISO/IEC 9899:2018, 6.7.2 "Type specifiers", 6.7.7 "Type names".
extension Parser {
    private static let words: Set<String> = [
        "void", "char", "short", "int", "long", "float", "double", "signed", "unsigned", "_Bool", "bool", "const", "volatile", "struct", "union", "enum",
    ]
    /// Names that every C program has, whether or not its debug information says so.
    static var known: [String: CType] {
        var known: [String: CType] = [:]
        for (octets, signed, unsigned) in [(1, "signed char", "unsigned char"), (2, "short", "unsigned short"), (4, "int", "unsigned int"), (8, "long", "unsigned long")] {
            known["int\(octets * 8)_t"] = .named("int\(octets * 8)_t", .scalar(.init(signed, octets, .signed)))
            known["uint\(octets * 8)_t"] = .named("uint\(octets * 8)_t", .scalar(.init(unsigned, octets, .unsigned)))
        }
        for name in ["size_t", "uintptr_t"] { known[name] = .named(name, .unsignedLong) }
        for name in ["ssize_t", "intptr_t", "ptrdiff_t"] { known[name] = .named(name, .long) }
        return known
    }

    func startsType(ahead: Int) -> Bool {
        guard case .name(let name) = token(ahead: ahead).kind else { return false }
        return Self.words.contains(name) || (types(nil, name) ?? Self.known[name]) != nil
    }

    /// `unsigned long *`, `struct ring (*)[4]` without the inner parentheses: pointers and arrays only, as casts need.
    mutating func typeName() throws(ShellError) -> CType {
        var type = try specifiers()
        while true {
            if take("*") { type = .pointer(type); continue }
            if token.kind == .name("const") || token.kind == .name("volatile") { at += 1; continue }
            break
        }
        if isSign("("), isSign("*", ahead: 1), isSign(")", ahead: 2), isSign("(", ahead: 3) { return try functionPointer(type) }
        return try arrays(of: type)
    }

    private mutating func arrays(of element: CType) throws(ShellError) -> CType {
        var counts: [Int] = []
        while take("[") {
            guard case .number(let count, _) = token.kind, count <= 1 << 32, counts.count < 8 else { throw wrong("an array's type needs its number of elements") }
            counts.append(Int(count))
            at += 1
            try need("]")
        }
        return counts.reversed().reduce(element) { .array($0, count: $1) }
    }

    /// `int (*)(char *, int)`: what a number has to become before it can be called with a result of that type.
    private mutating func functionPointer(_ result: CType) throws(ShellError) -> CType {
        at += 4
        var parameters: [CType.Signature.Parameter] = [], takesMore = isSign(")")
        if token.kind == .name("void"), isSign(")", ahead: 1) { at += 1 }
        while !take(")") {
            if take("...") {
                takesMore = true
            } else {
                parameters.append(.init(nil, try deeper { parser throws(ShellError) in try parser.typeName() }))
            }
            guard isSign(")") || take(",") else { throw wrong("')' is missing before \(shown)") }
        }
        return .pointer(.function(.init(result: result, parameters: parameters, takesMore: takesMore)))
    }

    private mutating func specifiers() throws(ShellError) -> CType {
        var words: [String] = []
        while case .name(let name) = token.kind {
            if name == "const" || name == "volatile" { at += 1; continue }
            if ["struct", "union", "enum"].contains(name), words.isEmpty { return try tagged(name) }
            guard Self.words.contains(name) else {
                guard words.isEmpty else { break }
                guard let type = types(nil, name) ?? Self.known[name] else { throw .unknownType(name, nearest: nearestTypes(name)) }
                at += 1
                return type
            }
            words.append(name)
            at += 1
        }
        let sorted = words.sorted().joined(separator: " ")
        guard let type = Self.basic[sorted] else {
            throw wrong(words.isEmpty ? "a type is missing before \(shown)" : "'\(words.joined(separator: " "))' is no type")
        }
        return type
    }

    private mutating func tagged(_ tag: String) throws(ShellError) -> CType {
        at += 1
        guard case .name(let name) = token.kind else { throw wrong("the name of the \(tag) is missing before \(shown)") }
        guard let type = types(tag, name) else { throw .unknownType("\(tag) \(name)", nearest: nearestTypes(name)) }
        at += 1
        return type
    }

    /// By the words in the order of the alphabet: C takes them in any.
    private static var basic: [String: CType] {
        [
            "void": .void, "char": .char, "_Bool": .bool, "bool": .bool, "float": .float, "double": .double, "double long": .double,
            "char signed": .scalar(.init("signed char", 1, .character, isSigned: true)), "char unsigned": .scalar(.init("unsigned char", 1, .character)),
            "short": short, "int short": short, "short signed": short, "int short signed": short,
            "short unsigned": unsignedShort, "int short unsigned": unsignedShort,
            "int": .int, "signed": .int, "int signed": .int, "unsigned": .unsigned, "int unsigned": .unsigned,
            "long": .long, "int long": .long, "long signed": .long, "int long signed": .long, "long long": longLong, "int long long": longLong,
            "long long signed": longLong, "int long long signed": longLong,
            "long unsigned": .unsignedLong, "int long unsigned": .unsignedLong, "long long unsigned": unsignedLongLong,
            "int long long unsigned": unsignedLongLong,
        ]
    }
    private static var short: CType { .scalar(.init("short", 2, .signed)) }
    private static var unsignedShort: CType { .scalar(.init("unsigned short", 2, .unsigned)) }
    private static var longLong: CType { .scalar(.init("long long", 8, .signed)) }
    private static var unsignedLongLong: CType { .scalar(.init("unsigned long long", 8, .unsigned)) }
}
