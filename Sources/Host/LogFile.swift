internal import Glibc

/// An instance's log: one line an event, with the calendar's time, the writer's name and number.
///
/// Bounded: beyond `most` octets its contents move to a second file, once, and it begins anew. Processes share it.
public struct LogFile: ~Copyable, Sendable {
    public let descriptor: FileDescriptor
    private let name: String
    /// nil: somebody else sees to its size.
    private let path: String?
    private let most: Int

    /// Octets of a log, and of the file behind it.
    public static let standardMost = 1 << 20

    /// Where an older part of the log `path` is kept.
    public static func older(_ path: String) -> String { path + ".1" }

    /// - Parameters:
    ///   - name: who writes: `io-pkt-v6-hc`.
    ///   - path: the file's, for when it is too long.
    public init(_ descriptor: consuming FileDescriptor, name: String, path: String? = nil, most: Int = LogFile.standardMost) {
        self.descriptor = descriptor
        (self.name, self.path, self.most) = (name, path, most)
    }

    /// Opens or makes a log to append to.
    public static func open(_ path: String, name: String, most: Int = LogFile.standardMost) throws(SystemError) -> LogFile {
        LogFile(try FileDescriptor.open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW), name: name, path: path, most: most)
    }

    public var raw: Int32 { descriptor.raw }

    /// Appends a line, in one piece. A log that cannot be written is no reason to stop.
    ///
    /// - Returns: the line's octets.
    @discardableResult public borrowing func write(_ text: String) -> Int {
        let line = Array("\(Self.time()) \(name)[\(getpid())]: \(String(text.map { $0.isNewline ? " " : $0 }))\n".utf8)
        try? descriptor.write(line)
        keepBounded()
        return line.count
    }

    /// Moves its contents to the second file when they are too long. What is written behind our back, as by a driver's
    /// printf, is bounded by calling this now and then.
    ///
    /// The file is emptied in place, for others hold it open to append; a file of our own is what excludes two at once.
    public borrowing func keepBounded() {
        guard let path, let length = try? SharedMemory.size(of: descriptor.raw), length > most else { return }
        guard let own = try? FileDescriptor.open(path, O_RDWR | O_NOFOLLOW), flock(own.raw, LOCK_EX | LOCK_NB) == 0 else { return }
        guard let now = try? SharedMemory.size(of: own.raw), now > most else { return }
        // Of what grew beyond all measure, the end is what tells.
        if now > 2 * most { _ = lseek(own.raw, off_t(now - 2 * most), SEEK_SET) }
        if let octets = try? own.readAll(limit: 2 * most) { try? FileSystem.replace(Self.older(path), with: octets) }
        _ = ftruncate(own.raw, 0)
    }

    /// `2026-01-31 23:59:59.123`, UTC.
    static func time() -> String {
        let now = MonotonicClock.calendar()
        var seconds = time_t(now / 1_000_000_000), parts = unsafe tm()
        unsafe gmtime_r(&seconds, &parts)
        func padded(_ number: Int32, _ width: Int = 2) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        return unsafe "\(parts.tm_year + 1900)-\(padded(parts.tm_mon + 1))-\(padded(parts.tm_mday)) "
            + "\(padded(parts.tm_hour)):\(padded(parts.tm_min)):\(padded(parts.tm_sec)).\(padded(Int32(now / 1_000_000 % 1000), 3))"
    }
}
