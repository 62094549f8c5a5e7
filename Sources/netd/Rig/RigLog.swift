package import Logging

/// What a driver logged, kept for whoever asks.
package final class RigLog: @unchecked Sendable {
    // One thread's: the rig's.
    package private(set) var lines: [(level: Logger.Level, text: String)] = []
    private(set) lazy var logger: Logger = Logger(label: "rig") { _ in Handler(log: self) }

    package init() {}
    package func clear() { lines = [] }
    /// The last line of at least that gravity.
    package func last(_ level: Logger.Level) -> String? { lines.last { $0.level >= level }?.text }

    private struct Handler: LogHandler {
        let log: RigLog
        var metadata: Logger.Metadata = [:]
        var logLevel: Logger.Level = .debug

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            if log.lines.count < 10_000 { log.lines.append((event.level, "\(event.message)")) }
        }
    }
}
