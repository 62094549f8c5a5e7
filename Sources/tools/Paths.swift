internal import Glibc
internal import Host

/// Names of files.
enum Paths {
    /// `path` from the root; a relative one is taken from the folder that we are in.
    static func absolute(_ path: String, in folder: String = current) -> String {
        guard !path.hasPrefix("/") else { return path }
        var bare = path[...]
        while bare.hasPrefix("./") { bare = bare.dropFirst(2).drop { $0 == "/" } }
        return folder == "/" ? "/\(bare)" : "\(folder)/\(bare)"
    }

    /// The folder that we are in; `/` when it has been removed.
    static var current: String {
        // SAFETY: getcwd(NULL, 0) returns memory of its own, freed after it was copied, or NULL.
        guard let found = unsafe getcwd(nil, 0) else { return "/" }
        defer { unsafe free(found) }
        return unsafe String(cString: found)
    }

    /// Where a link leads; nil when it is none.
    static func link(_ path: String) -> String? {
        var octets = [UInt8](repeating: 0, count: 4096)
        // SAFETY: readlink writes at most the count that it is given, and says how many.
        let count = unsafe octets.withUnsafeMutableBytes { unsafe readlink(path, $0.baseAddress!, $0.count) }
        return count > 0 && count < octets.count ? String(decoding: octets[..<count], as: UTF8.self) : nil
    }

    /// The running program's file.
    static var ourselves: String? { link(Spawn.ourselves) }

    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    static func name(of path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }
}

/// Waiting for a fixed time, where there is nothing to wait on.
enum Pause {
    static func milliseconds(_ time: UInt32) { usleep(time * 1000) }
}
