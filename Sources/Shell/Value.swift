internal import Symbols

/// What an expression is worth, and where it lies when it has a place.
struct Value: Equatable {
    var type: CType
    /// A number: normalised to its type, that is extended to 64 bits by its sign. A double's bits for floating kinds, whatever their size.
    var bits: UInt64
    var place: Place?
    /// The name of the new symbol that an assignment makes; such a value has no type yet.
    var newName: String?

    struct Place: Equatable {
        var address: UInt64
        var bits: Aggregate.Field.Bits?
    }

    init(_ type: CType, _ bits: UInt64, at place: Place? = nil) { (self.type, self.bits, self.place) = (type, bits, place) }

    static func int(_ value: Int) -> Value { Value(.int, UInt64(bitPattern: Int64(value))) }
    static func double(_ value: Double, _ type: CType = .double) -> Value { Value(type, value.bitPattern) }

    var isFloating: Bool { scalar?.kind == .floating }
    var double: Double { isFloating ? Double(bitPattern: bits) : scalar?.isSigned == true ? Double(Int64(bitPattern: bits)) : Double(bits) }
    var isTrue: Bool { isFloating ? double != 0 : bits != 0 }

    /// The number that the type is of: an enumeration's, and an address for pointers, arrays and functions.
    var scalar: CType.Scalar? { Self.scalar(type) }

    static func scalar(_ type: CType) -> CType.Scalar? {
        switch type.plain {
        case .scalar(let scalar): scalar
        case .enumeration(let enumeration): enumeration.scalar
        case .pointer, .array, .function: .init("unsigned long", 8, .unsigned)
        case .void, .aggregate, .named: nil
        }
    }

    /// What a pointer points at and an array has elements of.
    var target: CType? {
        switch type.plain {
        case .pointer(let to): to
        case .array(let element, _): element
        case .function: type
        case .void, .scalar, .aggregate, .enumeration, .named: nil
        }
    }

    /// The same number in another type, as an assignment or a cast makes it.
    ///
    /// - Throws: `.badCast`, where one of both is no number.
    func converted(to new: CType) throws(ShellError) -> Value {
        if case .void = new.plain { return Value(.void, 0) }
        if case .array = new.plain { throw .badCast(from: type.text, to: new.text) }
        if case .function = new.plain { throw .badCast(from: type.text, to: new.text) }
        guard let from = scalar, let to = Self.scalar(new) else { throw .badCast(from: type.text, to: new.text) }
        if to.kind == .floating {
            let number = double
            return .double(to.octets == 4 ? Double(Float(number)) : number, new)
        }
        if to.kind == .boolean { return Value(new, isTrue ? 1 : 0) }
        if from.kind == .floating {
            if case .pointer = new.plain { throw .badCast(from: type.text, to: new.text) }
            return Value(new, Self.normal(Self.whole(double), to))
        }
        return Value(new, Self.normal(bits, to))
    }

    /// Towards zero; what no number of 64 bits is becomes the nearest one, where C leaves open what happens.
    private static func whole(_ number: Double) -> UInt64 {
        if let signed = Int64(exactly: number.rounded(.towardZero)) { return UInt64(bitPattern: signed) }
        if let unsigned = UInt64(exactly: number.rounded(.towardZero)) { return unsigned }
        return number.isNaN ? 0 : number < 0 ? UInt64(bitPattern: .min) : .max
    }

    /// Cut to the type's octets, and extended by its sign.
    static func normal(_ bits: UInt64, _ scalar: CType.Scalar) -> UInt64 {
        extended(bits, bits: min(max(scalar.octets, 1), 8) * 8, isSigned: scalar.isSigned)
    }

    static func extended(_ value: UInt64, bits: Int, isSigned: Bool) -> UInt64 {
        guard bits < 64 else { return value }
        guard bits > 0 else { return 0 }
        let shift = UInt64(64 - bits)
        return isSigned ? UInt64(bitPattern: Int64(bitPattern: value << shift) >> Int64(shift)) : (value << shift) >> shift
    }

    /// From memory, lowest octet first.
    init(_ type: CType, reading octets: [UInt8], at place: Place) throws(ShellError) {
        guard let scalar = Self.scalar(type), scalar.octets <= 8, scalar.octets > 0, octets.count <= 8 else { throw .badOperand("a \(type.text) is no number") }
        var bits = octets.reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
        if let field = place.bits {
            bits = Self.extended(bits >> UInt64(min(max(field.low, 0), 63)), bits: field.count, isSigned: scalar.isSigned)
        } else if scalar.kind == .floating {
            guard scalar.octets == 4 || scalar.octets == 8 else { throw .badOperand("a \(type.text) of \(scalar.octets) octets cannot be read") }
            bits = (scalar.octets == 4 ? Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits))) : Double(bitPattern: bits)).bitPattern
        } else {
            bits = Self.normal(bits, scalar)
        }
        self.init(type, bits, at: place)
    }

    /// For memory.
    var octets: [UInt8] {
        guard let scalar, scalar.octets > 0 else { return [] }
        let raw = scalar.kind == .floating && scalar.octets == 4 ? UInt64(Float(double).bitPattern) : bits
        return (0..<min(scalar.octets, 8)).map { UInt8(truncatingIfNeeded: raw >> UInt64($0 * 8)) }
    }
}
