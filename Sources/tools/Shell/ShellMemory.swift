internal import Cores
internal import Dossier
internal import Host
internal import Shell

/// The memory of what a shell looks at, living or dead.
protocol ShellMemory: AnyObject {
    /// In order of address.
    func mappings() -> [Mapping]
    /// Another number whenever ``mappings()`` had something new to say.
    var generation: Int { get }
    /// Octets from `address` on; fewer where they end.
    func read(_ address: UInt64, _ count: Int) -> [UInt8]
    /// - Throws: `.notWritable`, `.notMapped`: then nothing, or not all, was written.
    func write(_ octets: [UInt8], at address: UInt64) throws(ShellError)
}

/// Of a process that lives, through a file that its supervisor has opened: the process needs to do nothing, and may hang.
final class LiveMemory: ShellMemory {
    let pid: Int32
    private let file: FileDescriptor

    init(pid: Int32, _ file: consuming FileDescriptor) {
        self.pid = pid
        self.file = file
    }

    private(set) var generation = 0
    private var told: (octets: [UInt8], mappings: [Mapping])?

    func mappings() -> [Mapping] {
        let octets = (try? FileDescriptor.open("/proc/\(pid)/maps", FileFlags.read).readAll(limit: 32 << 20)) ?? []
        if let told, told.octets == octets { return told.mappings }
        let mappings = Mapping.all(octets)
        told = (octets, mappings)
        generation += 1
        return mappings
    }

    func read(_ address: UInt64, _ count: Int) -> [UInt8] { file.octets(at: address, count) }

    func write(_ octets: [UInt8], at address: UInt64) throws(ShellError) {
        // The kernel would write a private copy of a page that the process itself may not write.
        guard let mapping = mappings().first(where: { $0.range.contains(address) }) else { throw .notMapped(address, octets: octets.count) }
        guard mapping.isWritable else { throw .notWritable(address) }
        guard file.write(octets, at: address) == octets.count else { throw .notWritable(address) }
    }
}

/// Of a core, and of the files that were mapped where the core leaves their octets out.
final class CoreMemory: ShellMemory {
    let core: CoreImage
    private let all: [Mapping]
    /// A file that stands for one that was mapped, by the path that it was mapped from.
    var files: (String, UInt64) -> String? = { _, _ in nil }
    private var opened: [String: OpenFile] = [:]

    private final class OpenFile {
        let file: FileDescriptor
        init?(_ path: String) {
            guard let file = try? FileDescriptor.open(path, FileFlags.read) else { return nil }
            self.file = file
        }
    }

    init(_ core: CoreImage) {
        self.core = core
        all = core.segments.map { segment in
            var mapping = Mapping(range: segment.address..<segment.address + segment.octets)
            (mapping.isReadable, mapping.isWritable, mapping.isExecutable) = (segment.isReadable, segment.isWritable, segment.isExecutable)
            if let named = core.mapping(at: segment.address) {
                (mapping.path, mapping.inode) = (named.path, 1)
                mapping.offset = named.offset &+ (segment.address - named.range.lowerBound)
            }
            return mapping
        }
    }

    func mappings() -> [Mapping] { all }
    var generation: Int { 1 }

    func read(_ address: UInt64, _ count: Int) -> [UInt8] {
        var octets: [UInt8] = []
        while octets.count < count {
            let at = address &+ UInt64(octets.count), piece = piece(at, count - octets.count)
            if piece.isEmpty { break }
            octets += piece
        }
        return octets
    }

    private func piece(_ address: UInt64, _ count: Int) -> [UInt8] {
        guard let segment = core.segment(at: address) else { return [] }
        let most = Int(min(UInt64(count), segment.address + segment.octets - address))
        let stored = core.memory(address, most)
        guard stored.isEmpty, let mapping = core.mapping(at: address), let path = files(mapping.path, address) else { return stored }
        if opened[path] == nil { opened[path] = OpenFile(path) }
        return opened[path]?.file.octets(at: mapping.offset &+ (address - mapping.range.lowerBound), most) ?? []
    }

    func write(_ octets: [UInt8], at address: UInt64) throws(ShellError) {
        throw .refused("a core is not changed; new symbols can be made")
    }
}
