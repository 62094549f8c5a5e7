internal import ArgumentParser

/// How a program is brought to a stack.
struct RunPlan: Equatable {
    enum Way: String, CaseIterable, ExpressibleByArgument { case preload, notify, both }

    /// Of a Unix socket's address. unix(7).
    static let longestPath = 107

    /// The library's path; nil: it is not used.
    var library: String?
    var notifies: Bool

    /// - Parameter way: the user's wish; nil: whatever is possible, and both if they are.
    /// - Throws: why a wish cannot be fulfilled, or why nothing is possible.
    init(_ way: Way?, program: ProgramFile, library: PreloadLibrary, notifier: Bool) throws(ToolFailure) {
        let wantsLibrary = way != .notify, wantsNotifier = way != .preload
        notifies = wantsNotifier && notifier
        let obstacle = RunPlan.obstacle(program, library)
        self.library = wantsLibrary && obstacle == nil ? library.path : nil
        if let obstacle, way == .preload || way == .both || (way == nil && !notifies) { throw obstacle }
        if wantsNotifier, !notifier, way != nil { throw ToolFailure("--by \(way!.rawValue)", "this build cannot be notified of system calls", "use --by preload") }
    }

    /// Why the library cannot be used; nil: it can.
    private static func obstacle(_ program: ProgramFile, _ library: PreloadLibrary) -> ToolFailure? {
        switch program.linking {
        case .dynamic: break
        case .fixed(let why): return ToolFailure(program.path, why, "use --by notify")
        }
        guard let path = library.path else { return library.absence }
        guard !path.contains(where: { $0 == " " || $0 == ":" || $0 == "\n" }) else {
            return ToolFailure(path, "the loader takes no path with spaces or colons", "copy the library elsewhere, and set DRYDOCK_PRELOAD")
        }
        return nil
    }

    /// The program's environment, as `NAME=value` words.
    func environment(_ given: [String: String], calls: String) -> [String] {
        var all = given
        all["DRYDOCK_CALLS"] = calls
        all["DRYDOCK_NOTIFIED"] = nil
        if let library {
            // The same library twice does no harm, but grows with every level of nesting.
            let others = (given["LD_PRELOAD"] ?? "").split { $0 == ":" || $0 == " " }.map(String.init).filter { $0 != library }
            all["LD_PRELOAD"] = ([library] + others).joined(separator: ":")
        }
        return all.map { "\($0.key)=\($0.value)" }.sorted()
    }
}

/// Where the library is.
struct PreloadLibrary: Equatable {
    static let name = "libdrydock-preload.so"
    /// nil: nowhere.
    var path: String?
    /// Where it was looked for.
    var folders: [String] = []
    /// DRYDOCK_PRELOAD, which alone was looked at.
    var named: String?

    var absence: ToolFailure {
        if let named { return ToolFailure("DRYDOCK_PRELOAD=\(named)", "there is no such file", "build it: swift build -c release --package-path Programs") }
        return ToolFailure(
            PreloadLibrary.name, "it is in none of \(folders.joined(separator: ", "))",
            "build it: swift build -c release --package-path Programs, or name it: DRYDOCK_PRELOAD=FILE")
    }
}
