internal import Glibc
internal import Host

/// A program on disk, and whether a library can be preloaded into it.
struct ProgramFile: Equatable {
    enum Linking: Equatable {
        case dynamic
        /// Why no library gets into it.
        case fixed(String)
    }

    var path: String
    var linking: Linking

    /// Finds `word` as a shell does: a path, or a name in PATH.
    static func find(_ word: String, in world: World) throws(ToolFailure) -> ProgramFile {
        if word.contains("/") {
            guard FileSystem.exists(word) else { throw ToolFailure(word, "there is no such program", "", exit: 127) }
            return ProgramFile(path: try executable(word), linking: linking(word))
        }
        let folders = (world.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":", omittingEmptySubsequences: false)
        for folder in folders {
            let path = folder.isEmpty ? "./\(word)" : "\(folder)/\(word)"
            if isExecutable(path) { return ProgramFile(path: path, linking: linking(path)) }
        }
        throw ToolFailure(word, "there is no such program in PATH", "", exit: 127)
    }

    private static func executable(_ path: String) throws(ToolFailure) -> String {
        guard isExecutable(path) else { throw ToolFailure(path, "it cannot be executed", "chmod +x, if it is a program", exit: 126) }
        return path
    }

    private static func isExecutable(_ path: String) -> Bool {
        var status = stat()
        guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return false }
        return unsafe access(path, X_OK) == 0
    }

    static func linking(_ path: String) -> Linking {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return .fixed("it cannot be read") }
        // The loader takes no libraries from the environment into a program with another's rights. ld.so(8)
        if status.st_mode & S_ISUID != 0, status.st_uid != getuid() { return .fixed("it runs with the rights of another user (set-user-ID)") }
        if status.st_mode & S_ISGID != 0, status.st_gid != getgid() { return .fixed("it runs with the rights of another group (set-group-ID)") }
        let head = octets(of: path, most: 4096)
        if head.starts(with: [0x23, 0x21]) {
            // A script: its interpreter is what runs.
            let line = head.dropFirst(2).prefix { $0 != 10 }.drop { $0 == 32 || $0 == 9 }
            let interpreter = String(decoding: line.prefix { $0 != 32 && $0 != 9 }, as: UTF8.self)
            return linking(ofELF: octets(of: interpreter, most: 4096))
        }
        return linking(ofELF: head)
    }

    /// Of the first 4096 octets, which hold the program headers of every program that linkers make. elf(5).
    static func linking(ofELF head: [UInt8]) -> Linking {
        guard head.starts(with: [0x7f, 0x45, 0x4c, 0x46]) else { return .dynamic }
        guard head.count >= 64, head[4] == 2, head[5] == 1, number(head, 18, 2) == machine else { return .fixed("it is a program of another kind of machine") }
        let start = number(head, 32, 8), size = number(head, 54, 2), count = number(head, 56, 2)
        for index in 0..<count {
            let at = start &+ index &* size
            guard at >= 0, at &+ 4 <= head.count else { break }
            // PT_INTERP: a loader is asked for.
            if number(head, at, 4) == 3 { return .dynamic }
        }
        return .fixed("it is linked statically: no library gets into it")
    }

    #if arch(arm64)
    static let machine = 183
    #else
    static let machine = 62
    #endif

    private static func number(_ head: [UInt8], _ at: Int, _ count: Int) -> Int {
        var value: UInt64 = 0
        for index in 0..<count { value |= UInt64(head[at + index]) << UInt64(8 * index) }
        return Int(truncatingIfNeeded: value)
    }

    private static func octets(of path: String, most: Int) -> [UInt8] {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return [] }
        defer { close(file) }
        var room = [UInt8](repeating: 0, count: most)
        // SAFETY: at most `most` octets are written.
        let count = unsafe room.withUnsafeMutableBytes { unsafe read(file, $0.baseAddress!, $0.count) }
        return Array(room.prefix(max(0, count)))
    }
}
