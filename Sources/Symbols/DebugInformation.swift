internal import CDwarf

/// The debug information of one ELF file: what its names are, and what their types are made of.
///
/// Read by libdw, which is looked for when a file is opened. Nothing in a file is believed: references are followed a bounded number
/// of times.
///
/// - Source: DWARF 5, chapters 2 to 5.
// SAFETY: the handle is whole from init to deinit and used by one thread; texts are copied out before the next call.
@safe package final class DebugInformation {
    /// Why a file has none, in one line.
    package struct Missing: Error, Equatable { package let line: String }

    /// What a name stands for in the file.
    package struct Entry: Equatable {
        package enum Kind: Equatable { case variable, function, type }
        package var kind: Kind, offset: UInt64
        /// `struct`, `union`, `enum`; nil for a typedef, and for what is no type.
        package var tag: String?
        /// In the file, without where it is loaded; of variables and functions.
        package var address: UInt64?
        package var linkageName: String?
    }

    private let handle: OpaquePointer
    private var index: [String: [Entry]]?
    private var types: [UInt64: CType] = [:]
    private var aggregates: [UInt64: Aggregate] = [:]

    static let mostEntries = 8_000_000, mostMembers = 65_536

    package init(_ path: String) throws(Missing) {
        var room = [CChar](repeating: 0, count: 512)
        guard let handle = unsafe cdwarf_open(path, &room, room.count) else {
            throw Missing(line: String(decoding: room.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
        }
        unsafe self.handle = handle
    }

    deinit { unsafe cdwarf_close(handle) }

    // MARK: The library's answers

    func tag(_ entry: UInt64) -> Tag? { unsafe Tag(rawValue: cdwarf_tag(handle, entry)) }

    func text(_ entry: UInt64, _ attribute: Attribute) -> String? {
        unsafe cdwarf_text(handle, entry, attribute.rawValue).map { unsafe String(cString: $0) }
    }

    func number(_ entry: UInt64, _ attribute: Attribute) -> Int? {
        var number: Int64 = 0
        return unsafe cdwarf_number(handle, entry, attribute.rawValue, &number) == 1 ? Int(number) : nil
    }

    func reference(_ entry: UInt64, _ attribute: Attribute) -> UInt64? {
        let offset = unsafe cdwarf_reference(handle, entry, attribute.rawValue)
        return offset == 0 ? nil : offset
    }

    func children(_ entry: UInt64) -> [UInt64] {
        var all: [UInt64] = [], next = unsafe cdwarf_child(handle, entry)
        while next != 0, all.count < Self.mostMembers {
            all.append(next)
            unsafe next = cdwarf_sibling(handle, next)
        }
        return all
    }

    /// The source line of an address of the file.
    package func line(_ address: UInt64) -> (file: String, line: Int)? {
        var line: Int32 = 0
        guard let file = unsafe cdwarf_line(handle, address, &line) else { return nil }
        return unsafe (String(cString: file), Int(line))
    }

    // MARK: Names

    /// All that has a name at the outermost level, or in a module of Swift's.
    package var names: [String: [Entry]] {
        if let index { return index }
        var found: [String: [Entry]] = [:], state: UInt64 = 0, count = 0
        while count < Self.mostEntries {
            let unit = unsafe cdwarf_next_unit(handle, &state)
            if unit == 0 { break }
            collect(unit, depth: 0, &found, &count)
        }
        index = found
        return found
    }

    private func collect(_ parent: UInt64, depth: Int, _ found: inout [String: [Entry]], _ count: inout Int) {
        var next = unsafe cdwarf_child(handle, parent)
        while next != 0, count < Self.mostEntries {
            defer { unsafe next = cdwarf_sibling(handle, next) }
            count += 1
            guard let tag = tag(next) else { continue }
            if tag == .module || tag == .namespace, depth < 8 { collect(next, depth: depth + 1, &found, &count); continue }
            guard let entry = entry(next, tag), let name = text(next, .name) else { continue }
            found[name, default: []].append(entry)
        }
    }

    private func entry(_ offset: UInt64, _ tag: Tag) -> Entry? {
        // A declaration says only that there is one elsewhere.
        if number(offset, .declaration) == 1 { return nil }
        var address: UInt64 = 0
        switch tag {
        case .variable:
            guard unsafe cdwarf_address(handle, offset, &address) == 1 else { return nil }
            return Entry(kind: .variable, offset: offset, address: address, linkageName: text(offset, .linkageName))
        case .subprogram:
            guard unsafe cdwarf_entry_address(handle, offset, &address) == 1 else { return nil }
            return Entry(kind: .function, offset: offset, address: address, linkageName: text(offset, .linkageName))
        case .structure: return Entry(kind: .type, offset: offset, tag: "struct")
        case .aClass: return Entry(kind: .type, offset: offset, tag: "class")
        case .union: return Entry(kind: .type, offset: offset, tag: "union")
        case .enumeration: return Entry(kind: .type, offset: offset, tag: "enum")
        case .typedef, .base: return Entry(kind: .type, offset: offset)
        default: return nil
        }
    }

    // MARK: Types

    /// The type of a variable, a field or a parameter; of a type, itself.
    package func type(of entry: Entry) -> CType {
        entry.kind == .variable ? inner(entry.offset, 0) : type(entry.offset, 0)
    }

    private func inner(_ offset: UInt64, _ depth: Int) -> CType { reference(offset, .type).map { type($0, depth + 1) } ?? .void }

    private func type(_ offset: UInt64, _ depth: Int) -> CType {
        if let known = types[offset] { return known }
        guard depth < 32 else { return .void }
        let made = made(offset, depth)
        types[offset] = made
        return made
    }

    private func made(_ offset: UInt64, _ depth: Int) -> CType {
        switch tag(offset) {
        case .base: scalar(offset)
        case .typedef: .named(text(offset, .name) ?? "?", inner(offset, depth))
        case .const, .volatile, .restrict, .atomic: inner(offset, depth)
        case .pointer, .reference: .pointer(inner(offset, depth))
        case .array: array(offset, depth)
        case .structure: .aggregate(aggregate(offset, .structure))
        case .aClass: .aggregate(aggregate(offset, .reference))
        case .union: .aggregate(aggregate(offset, .union))
        case .enumeration: enumeration(offset)
        case .subroutine, .subprogram: .function(signature(offset, depth))
        default: .void
        }
    }

    private func scalar(_ offset: UInt64) -> CType {
        let name = text(offset, .name) ?? "?", octets = max(0, min(number(offset, .octets) ?? 0, 64))
        // DW_ATE_…
        return switch number(offset, .encoding) {
        case 2: .scalar(.init(name, octets, .boolean))
        case 4: .scalar(.init(name, octets, .floating))
        case 5, 13: .scalar(.init(name, octets, .signed))
        case 6: .scalar(.init(name, octets, .character, isSigned: true))
        case 8, 16: .scalar(.init(name, octets, .character))
        default: .scalar(.init(name, octets, .unsigned))
        }
    }

    private func array(_ offset: UInt64, _ depth: Int) -> CType {
        let counts = children(offset).filter { tag($0) == .subrange }.prefix(8).map { number($0, .count) ?? number($0, .upperBound).map { $0 &+ 1 } }
        let element = inner(offset, depth)
        return (counts.isEmpty ? [nil] : counts).reversed().reduce(element) { .array($0, count: $1.flatMap { $0 >= 0 ? $0 : nil }) }
    }

    private func enumeration(_ offset: UInt64) -> CType {
        let octets = max(1, min(number(offset, .octets) ?? 4, 8)), name = text(offset, .name)
        let cases = children(offset).filter { tag($0) == .enumerator }.map { CType.Enumeration.Case(text($0, .name) ?? "?", Int64(number($0, .constant) ?? 0)) }
        let isSigned = cases.contains { $0.value < 0 }
        return .enumeration(.init(name: name, scalar: .init("enum \(name ?? "{...}")", octets, isSigned ? .signed : .unsigned), cases: cases))
    }

    private func signature(_ offset: UInt64, _ depth: Int) -> CType.Signature {
        var signature = CType.Signature(result: inner(offset, depth), parameters: [], takesMore: false)
        for child in children(offset) {
            switch tag(child) {
            case .parameter: signature.parameters.append(.init(text(child, .name), inner(child, depth)))
            case .unspecified: signature.takesMore = true
            default: continue
            }
        }
        return signature
    }

    private func aggregate(_ offset: UInt64, _ kind: Aggregate.Kind) -> Aggregate {
        if let known = aggregates[offset] { return known }
        let made = Aggregate(kind, name: text(offset, .name), octets: max(0, number(offset, .octets) ?? 0)) { [unowned self] in fields(offset) }
        aggregates[offset] = made
        return made
    }

    private func fields(_ offset: UInt64) -> [Aggregate.Field] {
        let members = children(offset).filter { tag($0) == .member }
        // swiftc 6.3.1 gives each member the octet behind the one before, whatever its alignment, and leaves out the head of a class's
        // object: only what a struct begins with is where it says. No fields are better than wrong ones.
        if let mangled = text(offset, .linkageName), mangled.hasPrefix("$"), members.count > 1 || !mangled.hasSuffix("VD") { return [] }
        return members.map { member in
            let type = inner(member, 0)
            let name = text(member, .name).flatMap { $0.isEmpty ? nil : $0 }
            let octet = number(member, .location) ?? 0
            guard let count = number(member, .bitCount) else { return .init(name, type, octet: octet) }
            // DWARF 4 counts from the aggregate's beginning as well; the older form from the highest bit of the type's octets.
            var low = number(member, .bitOffset) ?? 0
            if number(member, .bitOffset) == nil, let old = number(member, .oldBitOffset) { low = (number(member, .octets) ?? type.octets ?? 4) &* 8 &- old &- count &+ octet &* 8 }
            return .init(name, type, octet: low >> 3, bits: .init(low: low & 7, count: count))
        }
    }
}

extension DebugInformation {
    /// DW_TAG_… that say something here.
    enum Tag: UInt32 {
        case array = 0x01, aClass = 0x02, enumeration = 0x04, parameter = 0x05, member = 0x0d, pointer = 0x0f, reference = 0x10, structure = 0x13
        case subroutine = 0x15, typedef = 0x16, union = 0x17, unspecified = 0x18, module = 0x1e, subrange = 0x21, base = 0x24, const = 0x26
        case enumerator = 0x28, subprogram = 0x2e, variable = 0x34, volatile = 0x35, restrict = 0x37, namespace = 0x39, atomic = 0x47
    }

    /// DW_AT_… that are asked for.
    enum Attribute: UInt32 {
        case name = 0x03, octets = 0x0b, oldBitOffset = 0x0c, bitCount = 0x0d, constant = 0x1c, upperBound = 0x2f, count = 0x37, location = 0x38
        case declaration = 0x3c, encoding = 0x3e, type = 0x49, bitOffset = 0x6b, linkageName = 0x6e
    }
}
