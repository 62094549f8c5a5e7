internal import Symbols

/// C's operators on numbers: what they are converted to, and what comes out. Nothing here can trap.
///
/// - Source: ISO/IEC 9899:2018, 6.3.1 "Arithmetic operands", 6.5.5 to 6.5.12.
enum Arithmetic {
    /// `+ - * / % & | ^ << >> == != < > <= >=`
    static func binary(_ operation: String, _ left: Value, _ right: Value) throws(ShellError) -> Value {
        if let pointer = try pointers(operation, left, right) { return pointer }
        guard left.scalar != nil, right.scalar != nil else {
            throw .badOperand("'\(operation)' cannot be done with \(left.type.text) and \(right.type.text)")
        }
        if operation == "<<" || operation == ">>" { return try shift(operation, try promoted(left), try promoted(right)) }
        let type = try common(left, right)
        let (a, b) = (try left.converted(to: type), try right.converted(to: type))
        if a.isFloating { return try floating(operation, a.double, b.double, type) }
        return try whole(operation, a.bits, b.bits, type)
    }

    /// `- + ~ !`
    static func unary(_ operation: String, _ value: Value) throws(ShellError) -> Value {
        if operation == "!" {
            guard value.scalar != nil else { throw .badOperand("'!' cannot be done with \(value.type.text)") }
            return .int(value.isTrue ? 0 : 1)
        }
        guard case .scalar? = Optional(numberType(value.type)) else { throw .badOperand("'\(operation)' cannot be done with \(value.type.text)") }
        if value.isFloating {
            guard operation != "~" else { throw .badOperand("'~' cannot be done with \(value.type.text)") }
            return .double(operation == "-" ? -value.double : value.double, value.type)
        }
        let number = try promoted(value)
        guard let scalar = number.scalar else { return number }
        switch operation {
        case "-": return Value(number.type, Value.normal(0 &- number.bits, scalar))
        case "~": return Value(number.type, Value.normal(~number.bits, scalar))
        default: return number
        }
    }

    /// An enumeration is a number here; anything else is what it is.
    private static func numberType(_ type: CType) -> CType {
        if case .enumeration(let enumeration) = type.plain { return .scalar(enumeration.scalar) }
        return type.plain
    }

    /// At least an `int`: 6.3.1.1.
    static func promoted(_ value: Value) throws(ShellError) -> Value {
        guard case .scalar(let scalar) = numberType(value.type) else { throw .badOperand("\(value.type.text) is no number") }
        if scalar.kind == .floating { throw .badOperand("a whole number is needed, not \(value.type.text)") }
        if scalar.octets < 4 || scalar.kind == .boolean { return try value.converted(to: .int) }
        // A bitfield that an int holds is one.
        if let bits = value.place?.bits, bits.count < 32 { return Value(.int, value.bits) }
        if scalar.octets == 4 { return try value.converted(to: scalar.isSigned ? .int : .unsigned) }
        return Value(.scalar(scalar), value.bits)
    }

    /// The usual arithmetic conversions: 6.3.1.8.
    static func common(_ left: Value, _ right: Value) throws(ShellError) -> CType {
        if left.isFloating || right.isFloating {
            let widest = max(left.isFloating ? left.scalar?.octets ?? 0 : 0, right.isFloating ? right.scalar?.octets ?? 0 : 0)
            return widest == 4 ? .float : .double
        }
        // An address counts as a number that is as wide.
        let (a, b) = (try number(left), try number(right))
        guard let one = a.scalar, let other = b.scalar else { return .int }
        if one.octets == other.octets { return one.isSigned ? b.type : a.type }
        return one.octets > other.octets ? a.type : b.type
    }

    private static func number(_ value: Value) throws(ShellError) -> Value {
        value.target == nil ? try promoted(value) : Value(.unsignedLong, value.bits)
    }

    private static func shift(_ operation: String, _ value: Value, _ by: Value) throws(ShellError) -> Value {
        guard let scalar = value.scalar else { return value }
        let width = UInt64(min(scalar.octets, 8) * 8)
        guard by.bits < width else { throw .badOperand("a shift by \(Int64(bitPattern: by.bits)) of a number of \(width) bits") }
        if operation == "<<" { return Value(value.type, Value.normal(value.bits << by.bits, scalar)) }
        return Value(value.type, scalar.isSigned ? UInt64(bitPattern: Int64(bitPattern: value.bits) >> Int64(by.bits)) : value.bits >> by.bits)
    }

    private static func floating(_ operation: String, _ a: Double, _ b: Double, _ type: CType) throws(ShellError) -> Value {
        let result: Double
        switch operation {
        case "+": result = a + b
        case "-": result = a - b
        case "*": result = a * b
        // Infinity is an answer that a float gives, and one that nobody who divides by zero wants.
        case "/": if b == 0 { throw .divisionByZero } else { result = a / b }
        case "==": return .int(a == b ? 1 : 0)
        case "!=": return .int(a != b ? 1 : 0)
        case "<": return .int(a < b ? 1 : 0)
        case ">": return .int(a > b ? 1 : 0)
        case "<=": return .int(a <= b ? 1 : 0)
        case ">=": return .int(a >= b ? 1 : 0)
        default: throw .badOperand("'\(operation)' cannot be done with \(type.text)")
        }
        return try Value.double(result).converted(to: type)
    }

    private static func whole(_ operation: String, _ a: UInt64, _ b: UInt64, _ type: CType) throws(ShellError) -> Value {
        guard let scalar = Value.scalar(type) else { throw .badOperand("\(type.text) is no number") }
        let isLess = scalar.isSigned ? Int64(bitPattern: a) < Int64(bitPattern: b) : a < b
        let result: UInt64
        switch operation {
        case "+": result = a &+ b
        case "-": result = a &- b
        case "*": result = a &* b
        case "/", "%": result = try quotient(operation, a, b, isSigned: scalar.isSigned)
        case "&": result = a & b
        case "|": result = a | b
        case "^": result = a ^ b
        case "==": return .int(a == b ? 1 : 0)
        case "!=": return .int(a != b ? 1 : 0)
        case "<": return .int(isLess ? 1 : 0)
        case ">": return .int(!isLess && a != b ? 1 : 0)
        case "<=": return .int(isLess || a == b ? 1 : 0)
        case ">=": return .int(isLess ? 0 : 1)
        default: throw .badOperand("'\(operation)' is no operator")
        }
        return Value(type, Value.normal(result, scalar))
    }

    /// The smallest number divided by -1 wraps to itself.
    private static func quotient(_ operation: String, _ a: UInt64, _ b: UInt64, isSigned: Bool) throws(ShellError) -> UInt64 {
        guard b != 0 else { throw .divisionByZero }
        guard isSigned else { return operation == "/" ? a / b : a % b }
        let (left, right) = (Int64(bitPattern: a), Int64(bitPattern: b))
        let result = operation == "/" ? left.dividedReportingOverflow(by: right) : left.remainderReportingOverflow(dividingBy: right)
        return UInt64(bitPattern: result.partialValue)
    }

    /// `p + n`, `n + p`, `p - n`, `p - q`; nil: not about pointers, or a comparison, for which an address is a number.
    private static func pointers(_ operation: String, _ left: Value, _ right: Value) throws(ShellError) -> Value? {
        guard operation == "+" || operation == "-" else { return nil }
        if let element = left.target, let other = right.target {
            guard operation == "-" else { throw .badOperand("two pointers cannot be added") }
            guard size(element) == size(other), size(element) > 0 else { throw .badOperand("\(left.type.text) and \(right.type.text) cannot be subtracted") }
            return Value(.long, UInt64(bitPattern: Int64(bitPattern: left.bits &- right.bits) / Int64(size(element))))
        }
        let isLeft = left.target != nil
        guard let element = left.target ?? right.target else { return nil }
        guard isLeft || operation == "+" else { throw .badOperand("a pointer cannot be subtracted from a number") }
        let (base, count) = isLeft ? (left, right) : (right, left)
        let step = try promoted(count).bits &* UInt64(size(element))
        return Value(.pointer(element), operation == "+" ? base.bits &+ step : base.bits &- step)
    }

    /// Octets of one step; 1 for what has no size, as compilers have it.
    static func size(_ type: CType) -> Int { max(type.octets ?? 1, 0) }
}
