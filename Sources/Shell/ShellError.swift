/// Why a line has no answer; each is one line for a person.
package enum ShellError: Error, Equatable {
    /// - Parameter column: counted from 1.
    case syntax(String, column: Int)
    case unknownSymbol(String, nearest: [String])
    case unknownType(String, nearest: [String])
    case unknownField(String, of: String, nearest: [String])
    case tooManyArguments(String, given: Int, taken: Int)
    case badCast(from: String, to: String)
    case badOperand(String)
    case notAssignable
    case divisionByZero
    case notMapped(UInt64, octets: Int)
    case notWritable(UInt64)
    /// What the target says: a call that faulted, a core that runs nothing.
    case refused(String)
    case tooLong

    package var line: String {
        switch self {
        case .syntax(let what, let column): "column \(column): \(what)"
        case .unknownSymbol(let name, let nearest): "unknown symbol \(name)" + Self.tail(nearest)
        case .unknownType(let name, let nearest): "unknown type \(name)" + Self.tail(nearest)
        case .unknownField(let name, let type, let nearest): "\(type) has no field \(name)" + Self.tail(nearest)
        case .tooManyArguments(let name, let given, let taken): "\(name) takes \(taken) argument\(taken == 1 ? "" : "s"), not \(given)"
        case .badCast(let from, let to): "\(from) cannot be cast to \(to)"
        case .badOperand(let what): what
        case .notAssignable: "what stands left of the assignment has no place in memory"
        case .divisionByZero: "division by zero"
        case .notMapped(let address, let octets): "address 0x\(String(address, radix: 16)) is not mapped (\(octets) octet\(octets == 1 ? "" : "s") wanted)"
        case .notWritable(let address): "address 0x\(String(address, radix: 16)) cannot be written"
        case .refused(let what): what
        case .tooLong: "the expression is too long or too deep; split it with new symbols"
        }
    }

    private static func tail(_ nearest: [String]) -> String {
        nearest.isEmpty ? "; lkup \"part\" searches" : "; nearest: " + nearest.joined(separator: ", ")
    }
}
