internal import Symbols

/// What a line says, before anybody has looked anything up.
struct Expression {
    indirect enum Kind {
        case number(UInt64, CType)
        case floating(Double, CType)
        case string([UInt8])
        case name(String)
        case unary(String, Expression)
        /// `++` and `--`, before or behind.
        case step(by: Int64, isPrefix: Bool, Expression)
        case binary(String, Expression, Expression)
        /// `operation` is nil for plain `=`.
        case assign(operation: String?, Expression, Expression)
        case conditional(Expression, Expression, Expression)
        case cast(CType, Expression)
        case sizeOfType(CType)
        case sizeOf(Expression)
        case call(Expression, [Expression])
        case index(Expression, Expression)
        /// `isArrow` tells `->` from `.`.
        case member(Expression, String, isArrow: Bool)
    }
    var kind: Kind
    /// Expressions inside each other: what looks at one does so recursively.
    var depth: Int

    static let mostDepth = 120

    init(_ kind: Kind, _ inside: Expression...) throws(ShellError) { try self.init(kind, inside: inside) }

    init(_ kind: Kind, inside: [Expression]) throws(ShellError) {
        self.kind = kind
        depth = 1 + (inside.map(\.depth).max() ?? 0)
        guard depth <= Self.mostDepth else { throw .tooLong }
    }
}
