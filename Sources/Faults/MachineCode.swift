/// The functions of a driver image, and their instructions. ELF-64 for x86-64, as the linker leaves it.
///
/// Sources: ELF-64 Object File Format, version 1.5.
public struct MachineCode: Sendable {
    /// One entry of the symbol table.
    public struct Function: Equatable, Sendable {
        /// As the symbol table has it: mangled.
        public var name: String
        /// Octets from the file's start, and how many.
        public var start: Int, length: Int
        /// As the file gives it.
        public var address: Int
    }

    /// Why nothing can be changed in a file.
    public enum Refusal: String, Error {
        case notELF = "it is no 64-bit ELF file"
        case notX86 = "it is not for x86-64, the only machine whose instructions are known here"
        case noFunctions = "its symbols name no function: it is stripped"
        case malformed = "its sections are not where its header says"
    }

    public private(set) var octets: [UInt8]
    /// By where they lie; none overlaps another.
    public let functions: [Function]
    /// Octets of all functions together.
    public let length: Int

    /// - Throws: why nothing can be changed in this file.
    public init(_ octets: [UInt8]) throws(Refusal) {
        let file = Reader(octets)
        guard file.number(0, 4) == 0x464c_457f, file.number(4, 1) == 2, file.number(5, 1) == 1 else { throw .notELF }
        guard file.number(18, 2) == 62 else { throw .notX86 }
        guard let table = file.number(40, 8), let each = file.number(58, 2), let count = file.number(60, 2), each >= 64, count < 4096,
            table <= octets.count else {
            throw .malformed
        }
        let sections = (0..<count).compactMap { Section(file, table + $0 * each) }
        guard sections.count == count else { throw .malformed }
        // The full table where there is one; a stripped image has the other.
        guard let symbols = sections.first(where: { $0.kind == 2 }) ?? sections.first(where: { $0.kind == 11 }), symbols.link < count else {
            throw .noFunctions
        }
        functions = Self.functions(file, symbols, names: sections[symbols.link], sections)
        guard !functions.isEmpty else { throw .noFunctions }
        length = functions.reduce(0) { $0 + $1.length }
        self.octets = octets
    }

    private static func functions(_ file: Reader, _ symbols: Section, names: Section, _ sections: [Section]) -> [Function] {
        var found: [Function] = []
        for at in stride(from: symbols.offset, to: symbols.offset + symbols.size, by: 24) {
            // Functions of a size, in a section that is executed. ELF-64 Object File Format, table 14.
            guard let name = file.number(at, 4), let kind = file.number(at + 4, 1), kind & 15 == 2, let index = file.number(at + 6, 2),
                let address = file.number(at + 8, 8), let size = file.number(at + 16, 8), size > 0, sections.indices.contains(index)
            else { continue }
            let section = sections[index], start = address &- section.address
            guard section.kind == 1, section.flags & 4 != 0, start >= 0, start <= section.size, size <= section.size - start else { continue }
            found.append(Function(name: file.text(names.offset &+ name), start: section.offset + start, length: size, address: address))
        }
        found.sort { ($0.start, $0.length, $0.name) < ($1.start, $1.length, $1.name) }
        var out: [Function] = []
        for one in found where out.last.map({ $0.start + $0.length <= one.start }) ?? true { out.append(one) }
        return out
    }

    /// The function that has the octet `place`, counted through all functions.
    func function(holding place: Int) -> Function {
        var left = place
        return functions.first { left -= $0.length; return left < 0 } ?? functions[functions.count - 1]
    }

    /// The instructions of a function, by the place where each begins; ends where one is not understood.
    public func instructions(_ function: Function) -> [(at: Int, instruction: Instruction)] {
        var out: [(at: Int, instruction: Instruction)] = [], at = function.start
        let end = function.start + function.length
        while at < end, let one = Instruction(octets, at: at), at + one.length <= end {
            out.append((at, one))
            at += one.length
        }
        return out
    }

    mutating func store(_ new: [UInt8], at place: Int) { octets.replaceSubrange(place..<place + new.count, with: new) }

    private struct Section {
        var kind: Int, flags: Int, address: Int, offset: Int, size: Int, link: Int

        init?(_ file: Reader, _ at: Int) {
            guard let kind = file.number(at + 4, 4), let flags = file.number(at + 8, 8), let address = file.number(at + 16, 8),
                let offset = file.number(at + 24, 8), let size = file.number(at + 32, 8), let link = file.number(at + 40, 4)
            else { return nil }
            // Sections without octets in the file may say any size.
            guard kind == 8 || kind == 0 || (offset <= file.count && size <= file.count - offset) else { return nil }
            (self.kind, self.flags, self.address, self.offset, self.size, self.link) = (kind, flags, address, offset, size, link)
        }
    }

    /// Numbers in little-endian order, where they are inside.
    private struct Reader {
        let octets: [UInt8]
        init(_ octets: [UInt8]) { self.octets = octets }
        var count: Int { octets.count }

        func number(_ at: Int, _ width: Int) -> Int? {
            guard at >= 0, at <= count - width else { return nil }
            return Int(exactly: (0..<width).reduce(UInt64(0)) { $0 | UInt64(octets[at + $1]) << UInt64(8 * $1) })
        }

        func text(_ at: Int) -> String {
            guard octets.indices.contains(at) else { return "" }
            return String(decoding: octets[at...].prefix(512).prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}
