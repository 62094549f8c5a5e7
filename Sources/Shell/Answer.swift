internal import Symbols

/// What is said of a value: `value = 341193 = 0x534c9 = sym + 0x185`.
enum Answer {
    static let mostElements = 32, mostLines = 400, mostNesting = 6
    /// How far behind a symbol an address still belongs to it.
    static let furthest: UInt64 = 0x10000

    static func lines<T: Target>(_ value: Value, isAssignment name: String?, _ shell: inout Interpreter<T>) throws(ShellError) -> [String] {
        if case .void = value.type.plain { return [] }
        var lead = "value"
        if let name, let place = value.place, place.bits == nil { lead = "\(name) = 0x\(hex(place.address)): value" }
        switch value.type.plain {
        case .aggregate, .array:
            guard let place = value.place else { return ["\(lead) = \(value.type.text)"] }
            var lines = ["\(lead) = 0x\(hex(place.address))\(symbol(place.address, shell)): \(value.type.text)"]
            append(value.type, place, 1, &lines, &shell)
            return lines
        case .void, .scalar, .pointer, .enumeration, .named, .function:
            return ["\(lead) = " + number(value, shell) + quoted(value, &shell)]
        }
    }

    static func hex(_ number: UInt64) -> String { String(number, radix: 16) }

    /// `10 = 0xa`, and what else the type tells.
    private static func number<T>(_ value: Value, _ shell: Interpreter<T>) -> String {
        if value.isFloating { return "\(value.double)" }
        guard let scalar = value.scalar else { return value.type.text }
        let decimal = scalar.isSigned ? String(Int64(bitPattern: value.bits)) : String(value.bits)
        let width = min(max(scalar.octets, 1), 8) * 8
        var text = "\(decimal) = 0x\(hex(Value.extended(value.bits, bits: value.place?.bits?.count ?? width, isSigned: false)))"
        if scalar.kind == .character, (0x20...0x7e).contains(value.bits) { text += " = '\(Character(UnicodeScalar(UInt8(value.bits))))'" }
        if case .enumeration(let enumeration) = value.type.plain { text += named(enumeration, value.bits).map { " = \($0)" } ?? "" }
        if width >= 32 { text += symbol(value.bits, shell) }
        return text
    }

    /// A case, or the cases that its bits are of.
    private static func named(_ enumeration: CType.Enumeration, _ bits: UInt64) -> String? {
        let value = Int64(bitPattern: bits)
        if let exact = enumeration.cases.first(where: { $0.value == value }) { return exact.name }
        var rest = bits, names: [String] = []
        for one in enumeration.cases where one.value > 0 && one.value & (one.value &- 1) == 0 && rest & UInt64(one.value) != 0 {
            names.append(one.name)
            rest &= ~UInt64(one.value)
        }
        return rest == 0 && !names.isEmpty ? names.joined(separator: " | ") : nil
    }

    /// ` = sym + 0x185`; empty, where no symbol is near.
    static func symbol<T>(_ address: UInt64, _ shell: Interpreter<T>) -> String {
        // Small numbers are no addresses, even where a file without a load address has symbols there.
        guard address >= 0x1000, let near = shell.target.symbol(at: address), near.offset < furthest else { return "" }
        return " = \(near.name)" + (near.offset > 0 ? " + 0x\(hex(near.offset))" : "")
    }

    /// ` = "text"` of a pointer to characters.
    private static func quoted<T>(_ value: Value, _ shell: inout Interpreter<T>) -> String {
        guard case .pointer(let to) = value.type.plain, case .scalar(let scalar) = to.plain, scalar.kind == .character, value.bits != 0 else { return "" }
        var text: [UInt8] = []
        while text.count < 80 {
            guard let octet = try? shell.target.read(value.bits &+ UInt64(text.count), 1).first else { return text.isEmpty ? "" : " = \"\(escaped(text))\"..." }
            if octet == 0 { return " = \"\(escaped(text))\"" }
            text.append(octet)
        }
        return " = \"\(escaped(text))\"..."
    }

    static func escaped(_ text: [UInt8]) -> String {
        text.map { octet in
            switch octet {
            case 0x22, 0x5c: "\\" + String(UnicodeScalar(octet))
            case 0x20...0x7e: String(UnicodeScalar(octet))
            case 10: "\\n"
            default: "\\x" + (octet < 16 ? "0" : "") + hex(UInt64(octet))
            }
        }.joined()
    }

    private static func append<T: Target>(_ type: CType, _ place: Value.Place, _ depth: Int, _ lines: inout [String], _ shell: inout Interpreter<T>) {
        guard lines.count < mostLines else { return }
        let indent = String(repeating: "    ", count: depth)
        switch type.plain {
        case .aggregate(let aggregate):
            guard !aggregate.fields.isEmpty else {
                lines.append(indent + "(its \(aggregate.octets) octets have no fields in the debug information; d shows them)")
                return
            }
            let width = min(24, aggregate.fields.compactMap { $0.name?.count }.max() ?? 0)
            for field in aggregate.fields {
                let name = field.name ?? field.type.text
                let padded = name + String(repeating: " ", count: max(0, width - name.count))
                let at = Value.Place(address: place.address &+ UInt64(bitPattern: Int64(field.octet)), bits: field.bits)
                one(indent + padded, field.type, at, depth, &lines, &shell)
            }
        case .array(let element, let count):
            let size = UInt64(Arithmetic.size(element)), all = count ?? 0
            for index in 0..<min(all, mostElements) {
                one(indent + "[\(index)]", element, .init(address: place.address &+ UInt64(index) &* size), depth, &lines, &shell)
            }
            if all > mostElements { lines.append(indent + "... \(all - mostElements) more") }
        case .void, .scalar, .pointer, .enumeration, .named, .function: one(indent, type, place, depth, &lines, &shell)
        }
    }

    private static func one<T: Target>(
        _ lead: String, _ type: CType, _ place: Value.Place, _ depth: Int, _ lines: inout [String], _ shell: inout Interpreter<T>
    ) {
        guard lines.count < mostLines else { return }
        if lines.count == mostLines - 1 { lines.append("..."); return }
        if case .array(let element, let count?) = type.plain, case .scalar(let scalar) = element.plain, scalar.kind == .character, count > 0, count <= 4096,
            let octets = try? shell.target.read(place.address, count) {
            lines.append("\(lead) = \"\(escaped(Array(octets.prefix { $0 != 0 })))\"")
            return
        }
        do throws(ShellError) {
            let value = try shell.value(type, at: place)
            switch value.type.plain {
            case .aggregate, .array:
                lines.append("\(lead) = \(type.text)")
                if depth < mostNesting { append(value.type, place, depth + 1, &lines, &shell) }
            case .void, .scalar, .pointer, .enumeration, .named, .function:
                lines.append("\(lead) = " + number(value, shell) + quoted(value, &shell))
            }
        } catch {
            lines.append("\(lead) = (\(error.line))")
        }
    }
}
