internal import Glibc
internal import Host

/// The functions of an ELF file by address, and its build id: what is known of it when no tool helps.
///
/// - Source: System V ABI, "Sections", "Symbol Table".
struct SymbolTable {
    struct Function { var start: UInt64, octets: UInt64, name: Int }

    private var functions: [Function] = []
    private var names = Octets([])
    private(set) var buildID: String?
    /// Octets of the file.
    private(set) var size: Int = 0

    static let mostOctets = 512 << 20, mostTable = 96 << 20

    init?(_ path: String) {
        guard let file = try? FileDescriptor.open(path, O_RDONLY | O_NONBLOCK) else { return nil }
        var status = stat()
        guard unsafe fstat(file.raw, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size < Self.mostOctets else { return nil }
        size = Int(status.st_size)
        let head = Octets(PartialRead.octets(of: file, 0, 4096))
        guard head.octets.starts(with: [0x7f, 0x45, 0x4c, 0x46, 2, 1]), let table = head.long(40), let count = head.half(60) else { return nil }
        buildID = Self.buildID(image: head)
        let sections = Octets(PartialRead.octets(of: file, table, Int(count) * 64))
        // The whole table where there is one, else what the linker needs.
        for kind in [UInt32(2), 11] where functions.isEmpty {
            for index in 0..<Int(count) where sections.word(index * 64 + 4) == kind { load(file, sections, index) }
        }
        functions.sort { $0.start < $1.start }
    }

    private mutating func load(_ file: borrowing FileDescriptor, _ sections: Octets, _ index: Int) {
        guard let offset = sections.long(index * 64 + 24), let length = sections.long(index * 64 + 32), let link = sections.word(index * 64 + 40),
            length <= UInt64(Self.mostTable), let text = sections.long(Int(link) * 64 + 24), let textLength = sections.long(Int(link) * 64 + 32),
            textLength <= UInt64(Self.mostTable)
        else { return }
        names = Octets(PartialRead.octets(of: file, text, Int(textLength)))
        let symbols = Octets(PartialRead.octets(of: file, offset, Int(length)))
        for at in stride(from: 0, to: symbols.octets.count - 23, by: 24) {
            // Functions that are defined here.
            guard symbols.octets[at + 4] & 15 == 2, symbols.half(at + 6) != 0, let name = symbols.word(at), let start = symbols.long(at + 8),
                let octets = symbols.long(at + 16)
            else { continue }
            functions.append(Function(start: start, octets: octets, name: Int(name)))
        }
    }

    /// The function that holds `offset`, as the linker spells it.
    func name(at offset: UInt64) -> String? {
        var low = 0, high = functions.count
        while low < high {
            let middle = (low + high) / 2
            if functions[middle].start <= offset { low = middle + 1 } else { high = middle }
        }
        guard low > 0 else { return nil }
        let found = functions[low - 1]
        guard offset - found.start < max(found.octets, 1), found.name < names.octets.count else { return nil }
        let text = names.octets[found.name...].prefix(4096).prefix { $0 != 0 }
        return text.isEmpty ? nil : CrashFolder.line(text)
    }

    /// The build id of an image, from the first page of it, as it lies in a file or in memory.
    static func buildID(image: Octets) -> String? {
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
                    return id.octets.map { Figure.hexadecimal($0, digits: 2) }.joined()
                }
                at = start + (Int(size) + 3) & ~3
            }
        }
        return nil
    }
}
