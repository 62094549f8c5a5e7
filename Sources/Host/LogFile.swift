internal import Glibc

/// An instance's log: one line an event, with the calendar's time, the writer's name and number.
public struct LogFile: ~Copyable, Sendable {
    public let descriptor: FileDescriptor
    private let name: String

    /// - Parameter name: who writes: `io-pkt-v6-hc`.
    public init(_ descriptor: consuming FileDescriptor, name: String) {
        self.descriptor = descriptor
        self.name = name
    }

    /// Opens or makes a log to append to.
    public static func open(_ path: String, name: String) throws(SystemError) -> LogFile {
        LogFile(try FileDescriptor.open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW), name: name)
    }

    public var raw: Int32 { descriptor.raw }

    /// Appends a line, in one piece. A log that cannot be written is no reason to stop.
    public borrowing func write(_ text: String) {
        let line = "\(Self.time()) \(name)[\(getpid())]: \(String(text.map { $0.isNewline ? " " : $0 }))\n"
        try? descriptor.write(Array(line.utf8))
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
