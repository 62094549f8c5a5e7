import Host
import Logging

/// The stack's log: the instance's file, and with `-v` its errors on the console too.
struct StackLog: LogHandler {
    let log: LogLines
    var logLevel = Logger.Level.info
    var metadata = Logger.Metadata()

    subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { log.write(event.level, "\(event.message)") }
}

/// Where lines go; one object, however often the logger is copied.
final class LogLines: Sendable {
    private let file: LogFile
    private let console: FileDescriptor?

    /// - Parameter console: gets errors too; nil without `-v`.
    init(file: consuming LogFile, console: consuming FileDescriptor?) {
        self.file = file
        self.console = console
    }

    func write(_ level: Logger.Level, _ text: String) {
        file.write(level >= .warning ? "\(level): \(text)" : text)
        guard level >= .error, console != nil else { return }
        try? console?.write(Array("io-pkt: \(text)\n".utf8))
    }
}
