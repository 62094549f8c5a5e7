import CDriver
import Logging

/// A driver's lines on their way to the stack, which writes them where an in-process driver's go.
struct HostLog: LogHandler {
    let channel: HostChannel
    let words: IsolationWords
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .debug

    init(_ channel: HostChannel, _ words: IsolationWords) { (self.channel, self.words) = (channel, words) }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Each begins with the driver's name and a colon, which the stack writes itself.
    func log(event: LogEvent) {
        let text = "\(event.message)"
        let line = text.firstRange(of: ": ").map { String(text[$0.upperBound...]) } ?? text
        channel.send(HostMessage(.log, text: line, number: Int32(Self.severity(event.level).rawValue)))
        words.raise(IsolationLayout.stackMail)
    }

    private static func severity(_ level: Logger.Level) -> drydock_severity {
        switch level {
        case .critical: DRYDOCK_LOG_CRITICAL
        case .error: DRYDOCK_LOG_ERROR
        case .warning: DRYDOCK_LOG_WARNING
        case .notice: DRYDOCK_LOG_NOTICE
        case .info: DRYDOCK_LOG_INFO
        case .debug, .trace: DRYDOCK_LOG_DEBUG
        }
    }
}
