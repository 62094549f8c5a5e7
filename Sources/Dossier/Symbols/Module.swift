internal import Host
package import Symbols

/// A file that was mapped in the process that died, and the file that is looked into in its place.
///
/// A driver is loaded from a private copy, which lies beside the core. Where it does not, the file that it was copied from serves,
/// when its build id is the one that the core holds.
package struct Module {
    /// As a person knows it.
    package let name: String
    /// What is looked into; nil: there is no such file, or it is another build.
    package let file: String?
    package let table: SymbolTable?
    /// Of the image in the core.
    package let buildID: String?
    package let note: String?
    package let isDriver: Bool

    /// - Parameters:
    ///   - path: as the kernel has it in the list of mappings.
    ///   - image: the first page of it in memory.
    ///   - folder: where the core lies, or where a living stack keeps its copies of drivers.
    ///   - texts: what may name the file that a driver was copied from.
    package init(_ path: String, image: [UInt8], _ folder: CrashFolder, texts: [String]) {
        let plain = path.hasSuffix(Self.removed) ? String(path.dropLast(Self.removed.count)) : path
        buildID = SymbolTable.buildID(image: Octets(image))
        let short = Self.driver(Dossier.Frame.last(plain))
        name = short ?? Dossier.Frame.last(plain)
        isDriver = short != nil
        let copies = [folder.file(Dossier.Frame.last(plain)), plain]
        let candidates = short.map { copies + Self.paths(endingIn: $0, texts) } ?? [plain]
        var rebuilt: String?
        for path in candidates {
            guard let table = SymbolTable(path) else { continue }
            if let ours = buildID, let theirs = table.buildID, ours != theirs { rebuilt = path; continue }
            (file, self.table, note) = (path, table, nil)
            return
        }
        (file, table) = (nil, nil)
        note = rebuilt.map { "\($0) has been built again since: its names and lines are not those of what was running" }
            ?? "the file of \(name) is not found: its functions have no names"
    }

    private static let removed = " (deleted)"

    /// `libdevnp-e1000.so` of `driver-3-libdevnp-e1000.so`; nil: no private copy.
    static func driver(_ file: String) -> String? {
        guard file.hasPrefix("driver-") else { return nil }
        let rest = file.dropFirst("driver-".count).drop { $0.isNumber }
        return rest.hasPrefix("-") && rest.count > 1 ? String(rest.dropFirst()) : nil
    }

    /// Absolute paths of a file of that name that stand in some text, the last named first.
    static func paths(endingIn name: String, _ texts: [String]) -> [String] {
        var paths: [String] = []
        for text in texts {
            let words = text.split { " \t\"',;=()[]".contains($0) }.map { $0.replacing("\\/", with: "/") }
            paths += words.map { String($0) }.filter { $0.hasPrefix("/") && $0.hasSuffix("/" + name) }
        }
        var seen: Set<String> = []
        return paths.reversed().filter { seen.insert($0).inserted }
    }
}
