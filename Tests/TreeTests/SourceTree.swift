import Foundation

/// The package's own files, as the tests of this target read them.
enum SourceTree {
    struct File {
        /// Relative to the package: `Sources/Wire/ARP.swift`.
        var path: String
        var lines: [String]
        /// `Wire` of `Sources/Wire/ARP.swift`.
        var module: String
    }

    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Every file of the given ending under the given folders, without build products.
    static func files(_ folders: [String], ending: [String] = [".swift"]) -> [File] {
        folders.flatMap { folder -> [File] in
            let base = root.appending(path: folder)
            guard let walk = FileManager.default.enumerator(atPath: base.path(percentEncoded: false)) else { return [] }
            return walk.compactMap { entry in
                guard let name = entry as? String, !name.split(separator: "/").contains(where: { $0.hasPrefix(".build") }),
                      ending.contains(where: name.hasSuffix),
                      let text = try? String(contentsOf: base.appending(path: name), encoding: .utf8) else { return nil }
                return File(path: "\(folder)/\(name)", lines: text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init),
                            module: String(name.split(separator: "/")[0]))
            }
        }
    }

    static let sources = files(["Sources", "Drivers/Sources", "Programs/Sources"])
    static let tests = files(["Tests"])
}
