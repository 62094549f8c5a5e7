internal import Host

/// The driver builds that an instance keeps because they have run for long enough (`restart_proven=SECONDS`), as they lie in their folder: beside
/// that of the instance, which a start empties. The supervisor keeps them; both it and its stack go back to them.
public struct ProvenStore: Equatable, Sendable {
    /// Of all builds together, in octets.
    public static let mostOctets: UInt64 = 128 << 20

    /// One that is kept: its folder, named by when it was mounted, holds the image under the name of its file.
    public struct Build: Equatable, Sendable {
        public let path: String
        /// `20260131T235959`, UTC.
        public let mounted: Substring
        /// That it had run, at least.
        public let seconds: Int

        /// Behind "it is started again".
        public var sentence: String { "with the build of \(path.split(separator: "/").last ?? "") of \(mounted), which ran for \(seconds) s" }
    }

    /// An image that the stack has loaded, or had.
    public struct Image: Equatable, Sendable {
        /// `driver-3-devnp-e1000.so`, `isolated-em0.3-devnp-e1000.so`.
        public let name: String
        public let path: String

        public init(name: String, path: String) { (self.name, self.path) = (name, path) }

        /// The name of the driver's file.
        public var file: Substring { name.split(separator: "-", maxSplits: 2).last ?? "" }
    }

    public let folder: String

    public init(folder: String) { self.folder = folder }

    /// Of the instance whose folder that is; nil: it has no place beside it.
    public init?(instance folder: String) {
        guard let slash = folder.lastIndex(of: "/") else { return nil }
        self.init(folder: "\(folder[..<slash])/.proven/\(folder[folder.index(after: slash)...])")
    }

    /// The folders of the builds, the oldest first.
    public func homes() -> [String] { FileSystem.names(in: folder).filter { $0.hasPrefix("build-") } }

    /// The proven builds of a driver's file, the newest first.
    public func builds(of file: String) -> [Build] {
        homes().reversed().compactMap { home in
            let parts = home.split(separator: "-"), path = "\(folder)/\(home)/\(file)"
            guard parts.count == 3, let ran = Int(parts[2]), FileSystem.exists(path) else { return nil }
            return Build(path: path, mounted: parts[1], seconds: ran)
        }
    }

    /// The newest proven build of a driver's file that is none of those that died.
    public func other(than dead: [Image], of file: String) -> Build? {
        let images = dead.filter { $0.file == file }
        // Of a build that is not there any more nobody can say which it was.
        guard !images.isEmpty else { return nil }
        return builds(of: file).first { build in !images.contains { Self.areSame($0.path, build.path) } }
    }

    /// Whether two files hold the same.
    public static func areSame(_ one: String, _ other: String) -> Bool {
        func octets(_ path: String) -> [UInt8]? { try? FileSystem.reading(path).readAll(limit: Int(mostOctets)) }
        guard let first = octets(one), let second = octets(other) else { return false }
        return first == second
    }

    /// Whether a mount's file is one of them.
    public func holds(_ path: String) -> Bool { path.hasPrefix(folder + "/") }
}
