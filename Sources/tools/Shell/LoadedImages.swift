internal import Cores
internal import Dossier
internal import Shell
internal import Symbols

/// The files that are loaded in a process: what they name, and of which types that is. Drivers come first, then the program.
final class LoadedImages {
    final class Image {
        let base: UInt64, end: UInt64, path: String
        private let make: () -> Module
        private(set) lazy var module: Module = make()
        private(set) lazy var types: DebugInformation? = load()
        /// Why there are no types.
        private(set) var missing: String?

        init(base: UInt64, end: UInt64, path: String, _ make: @escaping () -> Module) {
            (self.base, self.end, self.path, self.make) = (base, end, path, make)
        }

        var isDriver: Bool { path.contains("/driver-") || path.hasPrefix(LoadedImages.handedOver) }
        var isProgram: Bool { path.split(separator: "/").last?.hasPrefix("drydock") ?? false }

        private func load() -> DebugInformation? {
            // Libraries are many, and nobody looks into their structures.
            guard isDriver || isProgram else { return nil }
            guard let file = module.file else { missing = module.note; return nil }
            do throws(DebugInformation.Missing) { return try DebugInformation(file) } catch { missing = error.line; return nil }
        }
    }

    private(set) var images: [Image] = []
    private let memory: any ShellMemory
    private let folder: CrashFolder, texts: [String]
    private var known: [String] = [], generation = 0
    /// Names that were looked up since the images are what they are.
    private var found: [String: TargetSymbol?] = [:]
    /// The file that an isolated driver's image was copied from.
    private let driver: String?

    /// How the kernel calls the image of an isolated driver, which has no file.
    fileprivate static let handedOver = "/memfd:drydock-driver-image"

    init(_ memory: any ShellMemory, folder: CrashFolder, texts: [String], driver: String? = nil) {
        (self.memory, self.folder, self.texts, self.driver) = (memory, folder, texts, driver)
        refresh()
    }

    /// Looks again at what is loaded: a driver may have been exchanged.
    func refresh() {
        let all = memory.mappings()
        guard memory.generation != generation else { return }
        generation = memory.generation
        let files = all.filter { !$0.path.isEmpty && $0.inode != 0 }
        let code = Set(files.filter(\.isExecutable).map(\.path))
        let now = files.filter { code.contains($0.path) }
        let names = now.map { "\($0.range.lowerBound) \($0.path)" }
        guard names != known else { return }
        known = names
        found = [:]
        let grouped = Dictionary(grouping: now, by: \.path).map { path, mappings -> Image in
            let base = mappings.filter { $0.offset == 0 }.map(\.range.lowerBound).min() ?? mappings[0].range.lowerBound
            let last = mappings.map(\.range.upperBound).max() ?? base
            // What begins as zeros is in no file, and lies behind it.
            let end = all.first { $0.range.lowerBound == last && $0.path.isEmpty }?.range.upperBound ?? last
            let (memory, folder, texts) = (memory, folder, texts)
            let file = path.hasPrefix(Self.handedOver) ? driver ?? path : path
            return images.first { $0.path == path && $0.base == base }
                ?? Image(base: base, end: end, path: path) { Module(file, image: memory.read(base, 4096), folder, texts: texts) }
        }
        func rank(_ image: Image) -> Int { image.isDriver ? 0 : image.isProgram ? 1 : 2 }
        images = grouped.sorted { (rank($0), $0.base) < (rank($1), $1.base) }
    }

    func image(at address: UInt64) -> Image? { images.first { $0.base <= address && address < $0.end } }

    /// The file that stands for the one that was mapped there from `path`.
    func file(of path: String, at address: UInt64) -> String? {
        guard let image = image(at: address), image.path == path else { return nil }
        return image.module.file
    }

    // MARK: Names

    func symbol(_ name: String) -> TargetSymbol? {
        if let known = found[name] { return known }
        let symbol = lookedUp(name)
        found[name] = .some(symbol)
        return symbol
    }

    private func lookedUp(_ name: String) -> TargetSymbol? {
        for image in images {
            if let found = typed(name, image, isSwift: false) { return found }
            guard let found = image.module.table?.find(name) else { continue }
            return TargetSymbol(name, image.base &+ found.start, octets: Int(clamping: found.octets), isFunction: found.isFunction)
        }
        // A name of C's is one thing; Swift has many of one name, of which the first is taken.
        for image in images { if let found = typed(name, image, isSwift: true) { return found } }
        return nil
    }

    /// By the debug information, which has Swift's names as they were written.
    private func typed(_ name: String, _ image: Image, isSwift: Bool) -> TargetSymbol? {
        guard let types = image.types, let entry = types.names[name]?.first(where: { $0.kind != .type && ($0.linkageName?.hasPrefix("$") ?? false) == isSwift }),
            let address = entry.address
        else { return nil }
        return TargetSymbol(name, image.base &+ address, type: types.type(of: entry), isFunction: entry.kind == .function)
    }

    /// The symbol that an address lies in, or shortly behind.
    func symbol(at address: UInt64) -> (name: String, offset: UInt64)? {
        guard let image = image(at: address), let found = image.module.table?.symbol(at: address - image.base), !found.name.isEmpty else { return nil }
        return (Demangling.name(found.name), address - image.base - found.start)
    }

    func type(_ tag: String?, _ name: String) -> CType? {
        for image in images {
            guard let types = image.types else { continue }
            let fits = types.names[name]?.filter { $0.kind == .type && ($0.tag == tag || tag == nil && $0.tag == "class") }
            if let entry = fits?.first { return types.type(of: entry) }
        }
        return nil
    }

    var symbolNames: [String] {
        images.filter { $0.isDriver || $0.isProgram }.flatMap { image -> [String] in
            guard let types = image.types else { return image.module.table?.allNames ?? [] }
            return types.names.compactMap { name, entries in entries.contains { $0.kind != .type } ? name : nil }
        }
    }

    var typeNames: [String] {
        images.compactMap(\.types).flatMap { types in types.names.compactMap { name, entries in entries.contains { $0.kind == .type } ? name : nil } }
    }

    /// Where an address was written: `driver.c:120`.
    func line(_ address: UInt64) -> String? {
        guard let image = image(at: address), let found = image.types?.line(address - image.base) else { return nil }
        return "\(Paths.name(of: found.file)):\(found.line)"
    }
}
