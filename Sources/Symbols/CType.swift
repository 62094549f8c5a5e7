/// A type of C, or of Swift as far as its debug information says what C's does.
package indirect enum CType: Equatable {
    case void
    case scalar(Scalar)
    case pointer(CType)
    /// `count` is nil where the source leaves it out: `int a[]`.
    case array(CType, count: Int?)
    case aggregate(Aggregate)
    case enumeration(Enumeration)
    /// A typedef: another name for a type.
    case named(String, CType)
    case function(Signature)

    /// A number, as a register of the processor holds one.
    package struct Scalar: Equatable {
        package enum Kind: Equatable { case signed, unsigned, boolean, character, floating }
        package var name: String, octets: Int, kind: Kind, isSigned: Bool

        package init(_ name: String, _ octets: Int, _ kind: Kind, isSigned: Bool = false) {
            (self.name, self.octets, self.kind) = (name, octets, kind)
            self.isSigned = kind == .signed || kind == .floating || isSigned
        }
    }

    package struct Enumeration: Equatable {
        package struct Case: Equatable {
            package var name: String, value: Int64
            package init(_ name: String, _ value: Int64) { (self.name, self.value) = (name, value) }
        }
        package var name: String?, scalar: Scalar, cases: [Case]
        package init(name: String?, scalar: Scalar, cases: [Case]) { (self.name, self.scalar, self.cases) = (name, scalar, cases) }
    }

    /// What a function takes and gives.
    package struct Signature: Equatable {
        package struct Parameter: Equatable {
            package var name: String?, type: CType
            package init(_ name: String?, _ type: CType) { (self.name, self.type) = (name, type) }
        }
        package var result: CType, parameters: [Parameter]
        /// `...` at the end, or nothing is known of the parameters.
        package var takesMore: Bool
        package init(result: CType, parameters: [Parameter], takesMore: Bool) {
            (self.result, self.parameters, self.takesMore) = (result, parameters, takesMore)
        }
    }
}

/// A struct, union or class. A reference, since a list's node holds a pointer to itself.
package final class Aggregate: Equatable {
    package enum Kind: String, Sendable { case structure = "struct", union, reference = "class" }

    package struct Field: Equatable {
        /// nil: an anonymous struct or union, whose fields are looked up through it.
        package var name: String?
        package var type: CType
        /// From the beginning of the aggregate.
        package var octet: Int
        /// Of a bitfield: its lowest bit counted from `octet`'s lowest, and how many.
        package var bits: Bits?
        package struct Bits: Equatable {
            package var low: Int, count: Int
            package init(low: Int, count: Int) { (self.low, self.count) = (low, count) }
        }
        package init(_ name: String?, _ type: CType, octet: Int, bits: Bits? = nil) {
            (self.name, self.type, self.octet, self.bits) = (name, type, octet, bits)
        }
    }

    package let kind: Kind
    package let name: String?
    package let octets: Int
    /// Empty: declared only, or the compiler has not said.
    package private(set) lazy var fields: [Field] = read()
    private let read: () -> [Field]

    /// - Parameter fields: called once, when they are first asked for: a type names a hundred others that nobody looks at.
    package init(_ kind: Kind, name: String?, octets: Int, fields: @escaping () -> [Field]) {
        (self.kind, self.name, self.octets, read) = (kind, name, octets, fields)
    }

    package static func == (left: Aggregate, right: Aggregate) -> Bool { left === right }
}

extension CType {
    // Computed: a type may hold an aggregate, which is no constant.
    package static var char: CType { scalar(Scalar("char", 1, .character, isSigned: true)) }
    package static var int: CType { scalar(Scalar("int", 4, .signed)) }
    package static var unsigned: CType { scalar(Scalar("unsigned int", 4, .unsigned)) }
    package static var long: CType { scalar(Scalar("long", 8, .signed)) }
    package static var unsignedLong: CType { scalar(Scalar("unsigned long", 8, .unsigned)) }
    package static var float: CType { scalar(Scalar("float", 4, .floating)) }
    package static var double: CType { scalar(Scalar("double", 8, .floating)) }
    package static var bool: CType { scalar(Scalar("_Bool", 1, .boolean)) }

    /// Without typedefs around it.
    package var plain: CType {
        var type = self
        // A damaged file may name a chain without end.
        for _ in 0..<64 { if case .named(_, let inner) = type { type = inner } else { return type } }
        return .void
    }

    /// Octets of a value; nil: it has no size.
    package var octets: Int? {
        switch plain {
        case .void, .function, .named: nil
        case .scalar(let scalar): scalar.octets
        case .pointer: 8
        case .array(let element, let count):
            element.octets.flatMap { size in
                let product = size.multipliedReportingOverflow(by: count ?? 0)
                return product.overflow ? nil : product.partialValue
            }
        case .aggregate(let aggregate): aggregate.octets
        case .enumeration(let enumeration): enumeration.scalar.octets
        }
    }

    /// As C writes it, without a variable's name.
    package var text: String { text(0) }

    private func text(_ depth: Int) -> String {
        guard depth < 16 else { return "..." }
        switch self {
        case .void: return "void"
        case .scalar(let scalar): return scalar.name
        case .pointer(let to):
            let inner = to.text(depth + 1)
            if case .function = to, let open = inner.firstIndex(of: "(") { return inner[..<open] + "(*)" + inner[open...] }
            return inner.hasSuffix("*") ? inner + "*" : inner + " *"
        case .array(let element, let count):
            let inner = element.text(depth + 1), size = "[\(count.map(String.init) ?? "")]"
            guard let bracket = inner.firstIndex(of: "[") else { return inner + size }
            return inner[..<bracket] + size + inner[bracket...]
        case .aggregate(let aggregate): return "\(aggregate.kind.rawValue) \(aggregate.name ?? "{...}")"
        case .enumeration(let enumeration): return "enum \(enumeration.name ?? "{...}")"
        case .named(let name, _): return name
        case .function(let signature): return "\(signature.result.text(depth + 1)) \(signature.parameterText(depth + 1))"
        }
    }
}

extension CType.Signature {
    /// `(int unit, char *name)`
    fileprivate func parameterText(_ depth: Int) -> String {
        var parts = parameters.map { parameter in
            var text = parameter.type.plainText(depth)
            if let name = parameter.name { text += text.hasSuffix("*") ? name : " " + name }
            return text
        }
        if takesMore { parts.append("...") }
        return "(" + (parts.isEmpty ? "void" : parts.joined(separator: ", ")) + ")"
    }

    /// The line that says how a function is called: `int em_poll(struct em *em, int budget)`.
    package func synopsis(_ name: String) -> String {
        let result = result.text
        return result + (result.hasSuffix("*") ? "" : " ") + name + parameterText(0)
    }
}

extension CType {
    fileprivate func plainText(_ depth: Int) -> String { text(depth) }
}
