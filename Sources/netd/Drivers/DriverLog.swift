import CDriver
package import Logging

/// Where the lines of one driver go: into the instance's log, under its own name, at most so many a second.
package final class DriverLog {
    private let logger: Logger
    private let driver: String
    private var second: UInt64 = 0
    private var lines = 0
    private var suppressed = 0
    private static let linesASecond = 50

    package init(_ logger: Logger, driver: String) { (self.logger, self.driver) = (logger, driver) }

    func write(_ severity: UInt32, _ text: String, second now: UInt64 = 0) {
        if now != second {
            if suppressed > 0 { logger.warning("\(driver): \(suppressed) lines suppressed") }
            (second, lines, suppressed) = (now, 0, 0)
        }
        guard lines < Self.linesASecond else { suppressed += 1; return }
        lines += 1
        logger.log(level: Self.level(severity), "\(driver): \(Self.clean(text))")
    }

    private static func level(_ severity: UInt32) -> Logger.Level {
        switch severity {
        case 0...1: .critical
        case 2: .error
        case 3: .warning
        case 4: .notice
        case 5: .info
        default: .debug
        }
    }

    /// One line of text, whatever a driver passed.
    private static func clean(_ text: String) -> String {
        String(text.prefix(500).map { $0.isNewline || ($0.isASCII && $0.asciiValue! < 0x20) ? " " : $0 })
    }
}
