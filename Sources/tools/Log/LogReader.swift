internal import Host

/// Reads a log of two files that is written meanwhile: each line once, in order, also those that move to the second file.
struct LogReader: ~Copyable {
    /// Octets of a line that has no end; what comes after them is another line.
    private static let mostLine = 65_536
    /// Octets that are read at once.
    private static let piece = 1 << 20

    private let path: String
    /// Open to the end: its last lines can be read after its name has gone.
    private let file: FileDescriptor
    private var offset: UInt64 = 0
    private var rest: [UInt8] = []
    private var hasBegun = false

    init(_ path: String) throws(SystemError) {
        self.path = path
        file = try FileSystem.reading(path)
    }

    /// Lines that came since the last time.
    mutating func take() -> [LogLine] {
        var lines: [LogLine] = []
        if !hasBegun, let older = FileSystem.tail(LogFile.older(path), 2 * LogFile.standardMost) { lines += add(older) }
        hasBegun = true
        let size = UInt64((try? SharedMemory.size(of: file.raw)) ?? 0)
        if size < offset {
            // It has moved, and began anew: what was not seen stands at the end of the second file.
            if let older = FileSystem.tail(LogFile.older(path), 2 * LogFile.standardMost), older.count > offset { lines += add(Array(older[Int(offset)...])) }
            offset = 0
        }
        while true {
            let octets = file.octets(at: offset, Self.piece)
            guard !octets.isEmpty else { return lines }
            offset += UInt64(octets.count)
            lines += add(octets)
        }
    }

    /// The last line, when nothing ended it.
    mutating func finish() -> [LogLine] {
        defer { rest = [] }
        return rest.isEmpty ? [] : [LogLine(rest)]
    }

    private mutating func add(_ octets: [UInt8]) -> [LogLine] {
        var parts = (rest + octets).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        rest = parts.popLast().map(Array.init) ?? []
        if rest.count > Self.mostLine {
            parts.append(rest[...])
            rest = []
        }
        return parts.filter { !$0.isEmpty }.map { LogLine($0) }
    }
}
