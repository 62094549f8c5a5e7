internal import Glibc
package import Host
internal import Messages
internal import Symbols

/// An ELF core: its threads, what was mapped where, and its memory; open while it is used. Nothing in it is believed: every offset is checked.
///
/// - Source: System V ABI, "ELF Header", "Program Header", "Note Section"; core(5), elf(5).
package final class CoreImage {
    package struct Segment { package var address: UInt64, octets: UInt64, stored: UInt64, offset: UInt64, isExecutable: Bool, isWritable: Bool, isReadable: Bool }
    package struct Mapping: Equatable { package var range: Range<UInt64>, offset: UInt64, path: String }
    package struct Thread: Equatable {
        package var id: Int32
        package var signal: Int32
        package var instruction: UInt64, frame: UInt64, stack: UInt64
        /// Where a function that calls none keeps the address that it returns to; nil where the machine has no such register.
        package var link: UInt64?
        /// All of the general ones, by the machine's names.
        package var registers: [Register] = []
    }
    package struct Register: Codable, Equatable, Sendable { package var name: String, value: UInt64 }

    private let file: FileDescriptor
    package private(set) var segments: [Segment] = []
    package private(set) var mappings: [Mapping] = []
    package private(set) var threads: [Thread] = []
    /// The machine's number in the ELF header.
    private(set) var machine: UInt16 = 0

    static let mostNotes = 16 << 20
    /// What the stack said of itself when it was written: a ``Testimony``; nil: it said nothing.
    package private(set) var testimony: [UInt8]?

    package convenience init(_ path: String) throws(Missing) { try self.init(Self.open(path)) }

    package init(_ file: consuming FileDescriptor) throws(Missing) {
        self.file = file
        let head = Octets(self.file.octets(at: 0, 64))
        guard head.octets.starts(with: [0x7f, 0x45, 0x4c, 0x46, 2, 1]), let kind = head.half(16), let machine = head.half(18),
            let table = head.long(32), let count = head.half(56), kind == 4
        else { throw Missing("core is no ELF core of 64 bits") }
        self.machine = machine
        let headers = Octets(self.file.octets(at: table, Int(count) * 56))
        var notes: [(UInt64, UInt64)] = []
        for index in 0..<Int(count) {
            let at = index * 56
            guard let type = headers.word(at), let flags = headers.word(at + 4), let offset = headers.long(at + 8),
                let address = headers.long(at + 16), let stored = headers.long(at + 32), let octets = headers.long(at + 40)
            else { break }
            if type == 4 { notes.append((offset, stored)) }
            guard type == 1, octets > 0, address &+ octets > address else { continue }
            segments.append(Segment(
                address: address, octets: octets, stored: min(stored, octets), offset: offset, isExecutable: flags & 1 != 0,
                isWritable: flags & 2 != 0, isReadable: flags & 4 != 0))
        }
        segments.sort { $0.address < $1.address }
        for (offset, length) in notes { readNotes(Octets(self.file.octets(at: offset, Int(min(length, UInt64(Self.mostNotes)))))) }
        guard !threads.isEmpty else { throw Missing("core holds no thread's registers: it is cut off or damaged") }
    }

    private static func open(_ path: String) throws(Missing) -> FileDescriptor {
        do { return try FileDescriptor.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK) } catch {
            throw Missing(error.number == .notFound ? "core is not in the folder" : "core cannot be read: \(error.number)")
        }
    }

    private func readNotes(_ notes: Octets) {
        var at = 0
        while let owner = notes.word(at), let length = notes.word(at + 4), let type = notes.word(at + 8) {
            let start = at + 12 + (Int(owner) + 3) & ~3
            guard let body = notes.slice(start, Int(length)) else { return }
            // NT_PRSTATUS and NT_FILE.
            if type == 1, let thread = thread(body) { threads.append(thread) }
            if type == 0x4649_4c45 { mappings = Self.files(body) }
            if type == Testimony.noteType { testimony = body.octets }
            at = start + (Int(length) + 3) & ~3
        }
    }

    /// The general registers begin at octet 112 of what the kernel calls elf_prstatus.
    private func thread(_ body: Octets) -> Thread? {
        guard let signal = body.half(12), let id = body.word(32) else { return nil }
        let places: (pc: Int, frame: Int, stack: Int, link: Int?)
        switch machine {
        case 62: places = (16, 4, 19, nil)
        case 183: places = (32, 29, 31, 30)
        default: return nil
        }
        guard let pc = body.long(112 + places.pc * 8), let frame = body.long(112 + places.frame * 8), let stack = body.long(112 + places.stack * 8)
        else { return nil }
        return Thread(
            id: Int32(bitPattern: id), signal: Int32(signal), instruction: pc, frame: frame, stack: stack,
            link: places.link.flatMap { body.long(112 + $0 * 8) }, registers: names.enumerated().map { .init(name: $1, value: body.long(112 + $0 * 8) ?? 0) })
    }

    /// In the order of the note.
    private var names: [String] {
        machine == 62
            ? ["r15", "r14", "r13", "r12", "rbp", "rbx", "r11", "r10", "r9", "r8", "rax", "rcx", "rdx", "rsi", "rdi", "orig_rax", "rip", "cs", "eflags",
               "rsp", "ss", "fs_base", "gs_base", "ds", "es", "fs", "gs"]
            : (0..<31).map { "x\($0)" } + ["sp", "pc", "pstate"]
    }

    private static func files(_ body: Octets) -> [Mapping] {
        guard let count = body.long(0), let page = body.long(8), count <= 65_536, page <= 1 << 24 else { return [] }
        var names = body.octets.dropFirst(16 + Int(count) * 24).split(separator: 0, omittingEmptySubsequences: false)[...]
        var mappings: [Mapping] = []
        for index in 0..<Int(count) {
            let at = 16 + index * 24
            guard let low = body.long(at), let high = body.long(at + 8), let offset = body.long(at + 16), let name = names.popFirst() else { break }
            guard low < high else { continue }
            mappings.append(Mapping(range: low..<high, offset: offset.multipliedReportingOverflow(by: page).partialValue, path: CrashFolder.line(name)))
        }
        return mappings
    }

    /// Octets of the process's memory that the core holds; empty when it holds none there.
    package func memory(_ address: UInt64, _ count: Int) -> [UInt8] {
        guard let segment = segment(at: address), count > 0 else { return [] }
        let within = address - segment.address
        guard within < segment.stored else { return [] }
        return file.octets(at: segment.offset &+ within, Int(min(UInt64(count), segment.stored - within)))
    }

    package func word(_ address: UInt64) -> UInt64? { Octets(memory(address, 8)).long(0) }

    package func segment(at address: UInt64) -> Segment? {
        var low = 0, high = segments.count
        while low < high {
            let middle = (low + high) / 2
            if segments[middle].address <= address { low = middle + 1 } else { high = middle }
        }
        guard low > 0 else { return nil }
        let found = segments[low - 1]
        return address - found.address < found.octets ? found : nil
    }

    package func mapping(at address: UInt64) -> Mapping? { mappings.first { $0.range.contains(address) } }

    /// Where the first octet of the file that is mapped at `address` lies.
    package func base(of mapping: Mapping) -> UInt64 {
        mappings.filter { $0.path == mapping.path && $0.offset == 0 && $0.range.lowerBound <= mapping.range.lowerBound }.map(\.range.lowerBound).max()
            ?? mapping.range.lowerBound &- mapping.offset
    }

    package func isCode(_ address: UInt64) -> Bool { segment(at: address)?.isExecutable ?? false }
}
