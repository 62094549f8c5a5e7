internal import Glibc
internal import Host

/// What an ELF file names, by address and by name, and its build id: what is known of it when no tool helps.
///
/// - Source: System V ABI, "Sections", "Symbol Table".
package struct SymbolTable {
    package struct Symbol: Equatable {
        /// Where it lies, as shells have always said it.
        package enum Section: String, Codable, Sendable { case text, data, bss }
        package var name: String
        /// In the file, without where that is loaded.
        package var start: UInt64, octets: UInt64
        package var isFunction: Bool, section: Section
    }

    private struct Entry { var start: UInt64, octets: UInt64, name: Int32, isFunction: Bool, section: UInt16 }

    private var entries: [Entry] = []
    private var names = Octets([])
    private var sections = Octets([])
    package private(set) var buildID: String?
    /// Octets of the file.
    package private(set) var size: Int = 0

    static let mostOctets = 512 << 20, mostTable = 96 << 20

    package init?(_ path: String) {
        guard let file = try? FileDescriptor.open(path, O_RDONLY | O_NONBLOCK), FileSystem.isPlain(file.raw),
            let size = try? SharedMemory.size(of: file.raw), size < Self.mostOctets
        else { return nil }
        self.size = size
        let head = Octets(file.octets(at: 0, 4096))
        guard head.octets.starts(with: [0x7f, 0x45, 0x4c, 0x46, 2, 1]), let table = head.long(40), let count = head.half(60) else { return nil }
        buildID = Self.buildID(image: head)
        sections = Octets(file.octets(at: table, Int(count) * 64))
        // The whole table where there is one, else what the linker needs.
        for kind in [UInt32(2), 11] where entries.isEmpty {
            for index in 0..<Int(count) where sections.word(index * 64 + 4) == kind { load(file, index) }
        }
        entries.sort { ($0.start, $1.octets) < ($1.start, $0.octets) }
    }

    private mutating func load(_ file: borrowing FileDescriptor, _ index: Int) {
        guard let offset = sections.long(index * 64 + 24), let length = sections.long(index * 64 + 32), let link = sections.word(index * 64 + 40),
            length <= UInt64(Self.mostTable), let text = sections.long(Int(link) * 64 + 24), let textLength = sections.long(Int(link) * 64 + 32),
            textLength <= UInt64(Self.mostTable)
        else { return }
        names = Octets(file.octets(at: text, Int(textLength)))
        let symbols = Octets(file.octets(at: offset, Int(length)))
        for at in stride(from: 0, to: symbols.octets.count - 23, by: 24) {
            // Functions and objects that are defined here.
            let kind = symbols.octets[at + 4] & 15
            guard kind == 1 || kind == 2, let section = symbols.half(at + 6), section != 0, let name = symbols.word(at), name < Int32.max,
                let start = symbols.long(at + 8), let octets = symbols.long(at + 16)
            else { continue }
            entries.append(Entry(start: start, octets: octets, name: Int32(name), isFunction: kind == 2, section: section))
        }
    }

    private func text(_ entry: Entry) -> ArraySlice<UInt8> {
        Int(entry.name) < names.octets.count ? names.octets[Int(entry.name)...].prefix(4096).prefix { $0 != 0 } : []
    }

    private func symbol(_ entry: Entry) -> Symbol {
        let flags = sections.long(Int(entry.section) * 64 + 8) ?? 0, kind = sections.word(Int(entry.section) * 64 + 4)
        return Symbol(
            name: Printable.line(text(entry)), start: entry.start, octets: entry.octets, isFunction: entry.isFunction,
            // SHF_EXECINSTR; SHT_NOBITS.
            section: flags & 4 != 0 ? .text : kind == 8 ? .bss : .data)
    }

    /// The function that holds `offset`, as the linker spells it.
    package func name(at offset: UInt64) -> String? {
        symbol(at: offset).flatMap { $0.isFunction && offset - $0.start < max($0.octets, 1) && !$0.name.isEmpty ? $0.name : nil }
    }

    /// The last one that begins at `offset` or before.
    package func symbol(at offset: UInt64) -> Symbol? {
        var low = 0, high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].start <= offset { low = middle + 1 } else { high = middle }
        }
        return low > 0 ? symbol(entries[low - 1]) : nil
    }

    /// The one of exactly that name, as the linker spells it.
    package func find(_ name: String) -> Symbol? {
        let wanted = Array(name.utf8) + [0]
        for entry in entries {
            let at = Int(entry.name)
            guard at <= names.octets.count - wanted.count, names.octets[at] == wanted[0] else { continue }
            if names.octets[at..<at + wanted.count].elementsEqual(wanted) { return symbol(entry) }
        }
        return nil
    }

    /// Those whose linker's name contains `part`, in the order of their addresses.
    package func matching(_ part: String, most: Int) -> [Symbol] {
        let wanted = Array(part.utf8)
        var found: [Symbol] = []
        for entry in entries where found.count < most {
            let name = text(entry)
            if Self.contains(name, wanted) { found.append(symbol(entry)) }
        }
        return found
    }

    private static func contains(_ name: ArraySlice<UInt8>, _ wanted: [UInt8]) -> Bool {
        guard let first = wanted.first else { return true }
        guard name.count >= wanted.count else { return false }
        for at in name.startIndex...(name.endIndex - wanted.count) where name[at] == first {
            if name[at..<at + wanted.count].elementsEqual(wanted) { return true }
        }
        return false
    }

    /// How many there are: functions and objects.
    package var counts: (functions: Int, objects: Int) {
        let functions = entries.reduce(0) { $0 + ($1.isFunction ? 1 : 0) }
        return (functions, entries.count - functions)
    }

    /// All names, as the linker spells them.
    package var allNames: [String] { entries.map { String(decoding: text($0), as: UTF8.self) } }

    /// The build id of an image, from the first page of it, as it lies in a file or in memory.
    package static func buildID(image: Octets) -> String? {
        guard image.octets.starts(with: [0x7f, 0x45, 0x4c, 0x46, 2, 1]), let table = image.long(32), let count = image.half(56) else { return nil }
        for index in 0..<Int(count) {
            guard table < UInt64(image.octets.count), let type = image.word(Int(table) + index * 56), type == 4,
                let offset = image.long(Int(table) + index * 56 + 8), let length = image.long(Int(table) + index * 56 + 32),
                offset < UInt64(image.octets.count), length < UInt64(image.octets.count)
            else { continue }
            var at = Int(offset)
            while at + 12 <= Int(offset + length), let owner = image.word(at), let size = image.word(at + 4), let kind = image.word(at + 8),
                owner < 4096, size < 4096 {
                let start = at + 12 + (Int(owner) + 3) & ~3
                if kind == 3, owner == 4, let id = image.slice(start, Int(size)) {
                    return id.octets.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
                }
                at = start + (Int(size) + 3) & ~3
            }
        }
        return nil
    }
}
