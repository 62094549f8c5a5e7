internal import Symbols

/// Values that lie somewhere: how they are found, read and written.
extension Interpreter {
    /// What a name stands for; nil: nothing has it.
    func namedPlace(_ name: String) -> (address: UInt64, type: CType)? {
        if let own = made[name] { return (own.address, own.type) }
        guard let symbol = target.symbol(name) else { return nil }
        if let type = symbol.type { return (symbol.address, type) }
        // Without debug information a function is one of unknown arguments, and a variable a number of its size.
        if symbol.isFunction { return (symbol.address, .function(.init(result: .int, parameters: [], takesMore: true))) }
        switch symbol.octets {
        case 1: return (symbol.address, .char)
        case 2: return (symbol.address, .scalar(.init("short", 2, .signed)))
        case 8: return (symbol.address, .long)
        default: return (symbol.address, .int)
        }
    }

    mutating func named(_ name: String) throws(ShellError) -> Value? {
        guard let (address, type) = namedPlace(name) else { return nil }
        return try value(type, at: .init(address: address))
    }

    /// Reads a number; what is none is known by its address alone.
    mutating func value(_ type: CType, at place: Value.Place) throws(ShellError) -> Value {
        switch type.plain {
        case .void, .named: throw .badOperand("\(type.text) has no value")
        case .function, .aggregate, .array: return Value(type, place.address, at: place)
        case .scalar, .pointer, .enumeration:
            guard let octets = type.octets, octets > 0 else { throw .badOperand("\(type.text) has no value") }
            // What is wider than a register is shown octet by octet, never calculated with.
            guard octets <= 8 else { return Value(.array(.scalar(.init("unsigned char", 1, .unsigned)), count: octets), place.address, at: place) }
            return try Value(type, reading: try target.read(place.address, try held(place, octets)), at: place)
        }
    }

    /// Octets that a place covers: a bitfield may need fewer or more than its type has.
    private func held(_ place: Value.Place, _ octets: Int) throws(ShellError) -> Int {
        guard let bits = place.bits else { return octets }
        guard (0..<64).contains(bits.low), (1...64).contains(bits.count), bits.low + bits.count <= 64 else {
            throw .badOperand("a field of \(bits.count) bits at bit \(bits.low) cannot be read")
        }
        return (bits.low + bits.count + 7) / 8
    }

    mutating func dereferenced(_ value: Value) throws(ShellError) -> Value {
        if let to = value.target {
            if case .function = to.plain { return Value(to, value.bits) }
            guard to.octets != nil else { throw .badOperand("a \(value.type.text) leads to nothing of known size; cast it first") }
            return try self.value(to, at: .init(address: value.bits))
        }
        // VxWorks reads an int at any number.
        guard value.scalar != nil, !value.isFloating else { throw .badOperand("'*' cannot be done with \(value.type.text)") }
        return try self.value(.int, at: .init(address: value.bits))
    }

    /// - Returns: the value as it is read back by its type.
    mutating func store(_ value: Value, into old: Value) throws(ShellError) -> Value {
        guard let place = old.place, Value.scalar(old.type) != nil else {
            if case .aggregate = old.type.plain, old.type == value.type, old.place != nil { return try copy(value, into: old) }
            throw .notAssignable
        }
        switch old.type.plain {
        case .array, .function: throw .notAssignable
        case .void, .scalar, .pointer, .aggregate, .enumeration, .named: break
        }
        var new = try value.converted(to: old.type)
        if let bits = place.bits {
            let count = try held(place, 0)
            let was = try target.read(place.address, count).reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
            let ones: UInt64 = bits.count == 64 ? .max : (1 << UInt64(bits.count)) - 1, mask = ones << UInt64(bits.low)
            let word = was & ~mask | new.bits << UInt64(bits.low) & mask
            try target.write(place.address, (0..<count).map { UInt8(truncatingIfNeeded: word >> UInt64($0 * 8)) })
            new.bits = Value.extended(new.bits, bits: bits.count, isSigned: new.scalar?.isSigned ?? false)
        } else {
            try target.write(place.address, new.octets)
        }
        new.place = place
        return new
    }

    private mutating func copy(_ value: Value, into old: Value) throws(ShellError) -> Value {
        guard let from = value.place, let to = old.place, let octets = old.type.octets, octets <= 1 << 20 else { throw .notAssignable }
        try target.write(to.address, try target.read(from.address, octets))
        return old
    }

    func cast(_ value: Value, to type: CType) throws(ShellError) -> Value {
        // A structure that is cast to itself stays where it is.
        if case .aggregate = type.plain, type.plain == value.type.plain { return value }
        return try value.converted(to: type)
    }

    mutating func member(_ base: Value, _ name: String, isArrow: Bool) throws(ShellError) -> Value {
        // `.` on a pointer and `->` on a structure mean what was meant.
        let type = base.target ?? base.type
        guard case .aggregate(let aggregate) = type.plain else { throw .badOperand("\(base.type.text) has no fields") }
        guard let start = base.target != nil ? base.bits : base.place?.address else { throw .badOperand("the \(type.text) has no place in memory") }
        guard let (octet, field) = Self.field(name, aggregate, depth: 0) else {
            let names = aggregate.fields.compactMap(\.name)
            let nearest = NearestNames.of(name, among: names)
            throw .unknownField(name, of: type.text, nearest: nearest.isEmpty ? Array(names.prefix(6)) : nearest)
        }
        return try value(field.type, at: .init(address: start &+ UInt64(bitPattern: Int64(octet)), bits: field.bits))
    }

    /// A field, looked for in anonymous structures as well, and its octet in the outermost.
    private static func field(_ name: String, _ aggregate: Aggregate, depth: Int) -> (octet: Int, field: Aggregate.Field)? {
        guard depth < 16 else { return nil }
        for field in aggregate.fields {
            if field.name == name { return (field.octet, field) }
            if field.name == nil, case .aggregate(let inner) = field.type.plain, let found = Self.field(name, inner, depth: depth + 1) {
                return (field.octet &+ found.octet, found.field)
            }
        }
        return nil
    }

    // MARK: Calls

    mutating func call(_ function: Expression, _ arguments: [Expression]) throws(ShellError) -> Value {
        let called = try evaluate(function)
        var name = "the function"
        if case .name(let known) = function.kind { name = known }
        guard arguments.count <= Self.mostArguments else { throw .tooManyArguments(name, given: arguments.count, taken: Self.mostArguments) }
        let signature = try signature(of: called)
        if !signature.takesMore, arguments.count > signature.parameters.count {
            throw .tooManyArguments(name, given: arguments.count, taken: signature.parameters.count)
        }
        var given: [Argument] = []
        for (index, argument) in arguments.enumerated() {
            var value = try evaluate(argument)
            if index < signature.parameters.count, value.scalar != nil, Value.scalar(signature.parameters[index].type) != nil, value.target == nil {
                value = try value.converted(to: signature.parameters[index].type)
            }
            guard value.scalar != nil else { throw .badOperand("a \(value.type.text) cannot be given to a function; its address can") }
            given.append(value.isFloating ? .floating(value.double) : .integer(value.bits))
        }
        // Missing ones are zero; a function that takes none is not given any.
        let count = signature.takesMore ? Self.mostArguments : min(signature.parameters.count, Self.mostArguments)
        for index in given.count..<max(count, given.count) {
            let type = index < signature.parameters.count ? signature.parameters[index].type : .int
            given.append(Value.scalar(type)?.kind == .floating ? .floating(0) : .integer(0))
        }
        return try result(try target.call(called.bits, given), signature.result)
    }

    /// A number is called as a function of unknown arguments, as in VxWorks.
    private func signature(of value: Value) throws(ShellError) -> CType.Signature {
        if case .function(let signature) = (value.target ?? value.type).plain { return signature }
        guard value.scalar != nil, !value.isFloating else { throw .badOperand("a \(value.type.text) cannot be called") }
        return .init(result: .int, parameters: [], takesMore: true)
    }

    private func result(_ returned: Returned, _ type: CType) throws(ShellError) -> Value {
        if case .void = type.plain { return Value(.void, 0) }
        guard let scalar = Value.scalar(type), scalar.octets <= 8 else { throw .refused("the call has ended; its \(type.text) does not come back in a register") }
        if scalar.kind == .floating { return .double(returned.floating, type) }
        return Value(type, Value.normal(returned.integer, scalar))
    }
}
