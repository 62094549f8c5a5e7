internal import Symbols

/// Evaluates lines of C on a target, and remembers the symbols that they make.
package struct Interpreter<T: Target> {
    package var target: T
    /// What assignments to unknown names have made.
    var made: [String: Made] = [:]
    /// What to tell before the answers of the line.
    private(set) var notes: [String] = []

    struct Made { var address: UInt64, type: CType }

    package static var mostArguments: Int { 10 }
    private var mostMade: Int { 1000 }

    package init(_ target: T) { self.target = target }

    /// The answers to a line, a line of text each; an error ends it, and what was answered before it stands.
    package mutating func answer(_ line: String) -> (lines: [String], error: ShellError?) {
        var lines: [String] = []
        do throws(ShellError) {
            for statement in try parsed(line) {
                notes = []
                let value = try evaluated(statement)
                lines += notes + (try Answer.lines(value, isAssignment: statement.assignsTo(), &self))
            }
        } catch {
            return (lines + notes, error)
        }
        return (lines, nil)
    }

    /// The value of one expression that is a number: a command's argument.
    package mutating func number(_ text: String) throws(ShellError) -> UInt64 {
        let statements = try parsed(text)
        guard statements.count == 1, let only = statements.first else { throw .badOperand("'\(text)' is no number") }
        let value = try evaluate(only)
        if case .aggregate = value.type.plain, let place = value.place { return place.address }
        guard value.scalar != nil, !value.isFloating else { throw .badOperand("'\(text)' is a \(value.type.text), and no number") }
        return value.bits
    }

    func parsed(_ line: String) throws(ShellError) -> [Expression] {
        let target = target
        var parser = Parser(
            try Lexer.tokens(line), types: { target.type($0, $1) }, nearestTypes: { NearestNames.of($0, among: target.typeNames) })
        return try parser.statements()
    }

    /// A lone name that is a function's is a call of it, as in VxWorks.
    private mutating func evaluated(_ statement: Expression) throws(ShellError) -> Value {
        let value = try evaluate(statement)
        if case .name = statement.kind, case .function = value.type.plain { return try call(statement, []) }
        return value
    }

    mutating func evaluate(_ expression: Expression) throws(ShellError) -> Value {
        switch expression.kind {
        case .number(let bits, let type): return Value(type, bits)
        case .floating(let number, let type): return .double(number, type)
        case .string(let text):
            return Value(.pointer(.char), try target.place(text + [0]))
        case .name(let name):
            guard let value = try named(name) else { throw unknown(name) }
            return value
        case .unary(let operation, let inner): return try unary(operation, inner)
        case .step(let by, let isPrefix, let inner): return try step(by, isPrefix: isPrefix, inner)
        case .binary(let operation, let left, let right): return try binary(operation, left, right)
        case .assign(let operation, let left, let right): return try assign(operation, left, right)
        case .conditional(let condition, let yes, let no):
            return try evaluate(try truth(condition) ? yes : no)
        case .cast(let type, let inner):
            return try cast(try evaluate(inner), to: type)
        case .sizeOfType(let type): return try size(type)
        // What a call or an assignment inside would do is not done, but where its operand lies has to be known.
        case .sizeOf(let inner): return try size(inner.isHarmless ? try evaluate(inner).type : .int)
        case .call(let function, let arguments): return try call(function, arguments)
        case .index(let base, let index):
            return try dereferenced(try Arithmetic.binary("+", try evaluate(base), try evaluate(index)))
        case .member(let base, let field, let isArrow): return try member(try evaluate(base), field, isArrow: isArrow)
        }
    }

    private func size(_ type: CType) throws(ShellError) -> Value {
        guard let octets = type.octets else { throw .badOperand("\(type.text) has no size") }
        return Value(.unsignedLong, UInt64(octets))
    }

    func unknown(_ name: String) -> ShellError {
        .unknownSymbol(name, nearest: NearestNames.of(name, among: target.symbolNames + made.keys))
    }

    private mutating func truth(_ expression: Expression) throws(ShellError) -> Bool {
        let value = try evaluate(expression)
        guard value.scalar != nil else { throw .badOperand("\(value.type.text) is neither true nor false") }
        return value.isTrue
    }

    private mutating func unary(_ operation: String, _ inner: Expression) throws(ShellError) -> Value {
        let value = try evaluate(inner)
        switch operation {
        case "*": return try dereferenced(value)
        case "&":
            if case .function = value.type.plain { return Value(.pointer(value.type), value.bits) }
            guard let place = value.place, place.bits == nil else { throw .badOperand("what '&' stands before has no address") }
            return Value(.pointer(value.type), place.address)
        default: return try Arithmetic.unary(operation, value)
        }
    }

    private mutating func binary(_ operation: String, _ left: Expression, _ right: Expression) throws(ShellError) -> Value {
        switch operation {
        case "&&":
            guard try truth(left) else { return .int(0) }
            return .int(try truth(right) ? 1 : 0)
        case "||":
            guard try !truth(left) else { return .int(1) }
            return .int(try truth(right) ? 1 : 0)
        case ",":
            _ = try evaluate(left)
            return try evaluate(right)
        default: return try Arithmetic.binary(operation, try evaluate(left), try evaluate(right))
        }
    }

    private mutating func step(_ by: Int64, isPrefix: Bool, _ inner: Expression) throws(ShellError) -> Value {
        let old = try evaluate(inner)
        let new = try store(try Arithmetic.binary(by > 0 ? "+" : "-", old, .int(1)), into: old)
        var plain = old
        plain.place = nil
        return isPrefix ? new : plain
    }

    private mutating func assign(_ operation: String?, _ left: Expression, _ right: Expression) throws(ShellError) -> Value {
        if operation == nil, case .name(let name) = left.kind, try named(name) == nil { return try make(name, try evaluate(right)) }
        // The value first: a call on the right may move what the left side leads to.
        let value = try evaluate(right), place = try evaluate(left)
        guard let operation else { return try store(value, into: place) }
        return try store(try Arithmetic.binary(operation, place, value), into: place)
    }

    /// A new symbol lies in the target's memory, so that its address may be given to functions.
    private mutating func make(_ name: String, _ value: Value) throws(ShellError) -> Value {
        guard made.count < mostMade else { throw .refused("there are \(mostMade) new symbols already") }
        var type = value.type
        if case .array(let element, _) = type.plain { type = .pointer(element) }
        if case .function = type.plain { type = .pointer(type) }
        guard Value.scalar(type) != nil else { throw .badOperand("a new symbol cannot hold a \(type.text); its address it can") }
        var new = Value(type, value.bits)
        let octets = new.octets
        let address = try target.place(octets + [UInt8](repeating: 0, count: max(0, 8 - octets.count)))
        made[name] = Made(address: address, type: type)
        notes.append("new symbol \"\(name)\" added to symbol table.")
        new.place = .init(address: address)
        return new
    }
}

extension Expression {
    /// The answer to an assignment says where the value lies.
    func assignsTo() -> String? {
        switch kind {
        case .assign(_, let left, _), .step(_, true, let left): left.text
        case .number, .floating, .string, .name, .unary, .step, .binary, .conditional, .cast, .sizeOfType, .sizeOf, .call, .index, .member: nil
        }
    }

    /// A name or a field of one; nil: not short enough to repeat.
    private var text: String? {
        switch kind {
        case .name(let name): name
        case .member(let base, let field, let isArrow): base.text.map { $0 + (isArrow ? "->" : ".") + field }
        default: nil
        }
    }

    /// Nothing in it changes anything.
    var isHarmless: Bool {
        switch kind {
        case .call, .assign, .step, .string: false
        case .number, .floating, .name, .sizeOfType, .sizeOf: true
        case .unary(_, let inner), .cast(_, let inner), .member(let inner, _, _): inner.isHarmless
        case .binary(_, let left, let right), .index(let left, let right): left.isHarmless && right.isHarmless
        case .conditional(let one, let two, let three): one.isHarmless && two.isHarmless && three.isHarmless
        }
    }
}
