internal import Symbols

/// Makes an expression of the words of one statement.
///
/// - Source: ISO/IEC 9899:2018, 6.5 "Expressions"; calls without parentheses are VxWorks'.
struct Parser {
    let tokens: [Token]
    var at = 0
    /// What a tag and a name mean, where they mean a type.
    let types: (String?, String) -> CType?
    let nearestTypes: (String) -> [String]
    private var nesting = 0

    init(_ tokens: [Token], types: @escaping (String?, String) -> CType?, nearestTypes: @escaping (String) -> [String] = { _ in [] }) {
        (self.tokens, self.types, self.nearestTypes) = (tokens, types, nearestTypes)
    }

    /// Binary operators by how strongly they bind.
    private static let strength: [String: Int] = [
        "||": 1, "&&": 2, "|": 3, "^": 4, "&": 5, "==": 6, "!=": 6, "<": 7, ">": 7, "<=": 7, ">=": 7, "<<": 8, ">>": 8, "+": 9, "-": 9,
        "*": 10, "/": 10, "%": 10,
    ]
    private static let assignments: Set<String> = ["=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="]

    var token: Token { tokens[min(at, tokens.count - 1)] }
    func token(ahead: Int) -> Token { tokens[min(at + ahead, tokens.count - 1)] }
    func isSign(_ sign: String, ahead: Int = 0) -> Bool { token(ahead: ahead).kind == .sign(sign) }

    mutating func take(_ sign: String) -> Bool {
        guard isSign(sign) else { return false }
        at += 1
        return true
    }

    mutating func need(_ sign: String) throws(ShellError) {
        guard take(sign) else { throw wrong("'\(sign)' is missing before \(shown)") }
    }

    func wrong(_ what: String) -> ShellError { .syntax(what, column: token.column) }

    var shown: String {
        switch token.kind {
        case .name(let name): "'\(name)'"
        case .number, .floating: "the number"
        case .string: "the string"
        case .sign(let sign): "'\(sign)'"
        case .end: "the end"
        }
    }

    /// All statements of a line.
    mutating func statements() throws(ShellError) -> [Expression] {
        var all: [Expression] = []
        while token.kind != .end {
            if take(";") { continue }
            all.append(try statement())
            guard isSign(";") || token.kind == .end else { throw wrong("\(shown) stands where nothing is expected") }
        }
        return all
    }

    /// `f 1, 2` and a lone `f` are calls; anything else is an expression.
    private mutating func statement() throws(ShellError) -> Expression {
        guard case .name(let name) = token.kind, name != "sizeof", startsOperand(ahead: 1) else { return try comma() }
        let function = try Expression(.name(name))
        at += 1
        var arguments = [try assignment()]
        while take(",") { arguments.append(try assignment()) }
        return try Expression(.call(function, arguments), inside: [function] + arguments)
    }

    /// Words that no operator begins with: what follows a name can only be an argument of it then.
    private func startsOperand(ahead: Int) -> Bool {
        switch token(ahead: ahead).kind {
        case .name, .number, .floating, .string, .sign("~"), .sign("!"): true
        case .sign, .end: false
        }
    }

    private mutating func comma() throws(ShellError) -> Expression {
        var left = try assignment()
        while take(",") {
            let right = try assignment()
            left = try Expression(.binary(",", left, right), left, right)
        }
        return left
    }

    mutating func deeper<T>(_ body: (inout Parser) throws(ShellError) -> T) throws(ShellError) -> T {
        nesting += 1
        defer { nesting -= 1 }
        guard nesting <= Expression.mostDepth else { throw .tooLong }
        return try body(&self)
    }

    mutating func assignment() throws(ShellError) -> Expression {
        try deeper { parser throws(ShellError) in
            let left = try parser.conditional()
            guard case .sign(let sign) = parser.token.kind, Self.assignments.contains(sign) else { return left }
            parser.at += 1
            let right = try parser.assignment()
            return try Expression(.assign(operation: sign == "=" ? nil : String(sign.dropLast()), left, right), left, right)
        }
    }

    private mutating func conditional() throws(ShellError) -> Expression {
        let condition = try binary(1)
        guard take("?") else { return condition }
        let yes = try deeper { parser throws(ShellError) in try parser.comma() }
        try need(":")
        let no = try deeper { parser throws(ShellError) in try parser.conditional() }
        return try Expression(.conditional(condition, yes, no), condition, yes, no)
    }

    private mutating func binary(_ least: Int) throws(ShellError) -> Expression {
        var left = try unary()
        while case .sign(let sign) = token.kind, let strength = Self.strength[sign], strength >= least {
            at += 1
            let right = try binary(strength + 1)
            left = try Expression(.binary(sign, left, right), left, right)
        }
        return left
    }

    private mutating func unary() throws(ShellError) -> Expression {
        try deeper { parser throws(ShellError) in try parser.unaryHere() }
    }

    private mutating func unaryHere() throws(ShellError) -> Expression {
        switch token.kind {
        case .sign(let sign) where ["-", "+", "!", "~", "*", "&"].contains(sign):
            at += 1
            let inner = try unary()
            return try Expression(.unary(sign, inner), inner)
        case .sign(let sign) where sign == "++" || sign == "--":
            at += 1
            let inner = try unary()
            return try Expression(.step(by: sign == "++" ? 1 : -1, isPrefix: true, inner), inner)
        case .sign("("):
            guard startsType(ahead: 1) else { return try postfix() }
            at += 1
            let type = try typeName()
            try need(")")
            let inner = try unary()
            return try Expression(.cast(type, inner), inner)
        case .name("sizeof"):
            at += 1
            guard isSign("("), startsType(ahead: 1) else {
                let inner = try unary()
                return try Expression(.sizeOf(inner), inner)
            }
            at += 1
            let type = try typeName()
            try need(")")
            return try Expression(.sizeOfType(type))
        case .name, .number, .floating, .string, .sign, .end:
            return try postfix()
        }
    }

    private mutating func postfix() throws(ShellError) -> Expression {
        var left = try primary()
        while case .sign(let sign) = token.kind {
            switch sign {
            case "(": left = try call(left)
            case "[":
                at += 1
                let index = try deeper { parser throws(ShellError) in try parser.comma() }
                try need("]")
                left = try Expression(.index(left, index), left, index)
            case ".", "->":
                at += 1
                guard case .name(let field) = token.kind else { throw wrong("a field's name is missing before \(shown)") }
                at += 1
                left = try Expression(.member(left, field, isArrow: sign == "->"), left)
            case "++", "--":
                at += 1
                left = try Expression(.step(by: sign == "++" ? 1 : -1, isPrefix: false, left), left)
            default: return left
            }
        }
        return left
    }

    private mutating func call(_ function: Expression) throws(ShellError) -> Expression {
        at += 1
        var arguments: [Expression] = []
        if !take(")") {
            repeat { arguments.append(try assignment()) } while take(",")
            try need(")")
        }
        return try Expression(.call(function, arguments), inside: [function] + arguments)
    }

    private mutating func primary() throws(ShellError) -> Expression {
        let kind = token.kind
        switch kind {
        case .number(let value, let type): at += 1; return try Expression(.number(value, type))
        case .floating(let value, let type): at += 1; return try Expression(.floating(value, type))
        case .name(let name): at += 1; return try Expression(.name(name))
        case .string(var text):
            at += 1
            // Strings behind each other are one.
            while case .string(let more) = token.kind { text += more; at += 1 }
            return try Expression(.string(text))
        case .sign("("):
            at += 1
            let inner = try deeper { parser throws(ShellError) in try parser.comma() }
            try need(")")
            return inner
        case .sign, .end: throw wrong(kind == .end ? "the expression stops short" : "\(shown) stands where a value is expected")
        }
    }
}
