internal import CLinux
internal import Glibc

/// A signal, by number.
public struct Signal: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: Int32
    public init(rawValue: Int32) { self.rawValue = rawValue }

    public static let hangup = Signal(rawValue: SIGHUP)
    public static let interrupt = Signal(rawValue: SIGINT)
    public static let quit = Signal(rawValue: SIGQUIT)
    public static let abort = Signal(rawValue: SIGABRT)
    public static let kill = Signal(rawValue: SIGKILL)
    public static let segmentation = Signal(rawValue: SIGSEGV)
    public static let terminate = Signal(rawValue: SIGTERM)
    public static let stop = Signal(rawValue: SIGSTOP)
    /// A file would have become longer than its limit allows.
    public static let fileSize = Signal(rawValue: SIGXFSZ)
    public static let resume = Signal(rawValue: SIGCONT)
    public static let child = Signal(rawValue: SIGCHLD)
    public static let pipe = Signal(rawValue: SIGPIPE)
    public static let user1 = Signal(rawValue: SIGUSR1)
    public static let user2 = Signal(rawValue: SIGUSR2)
    public static let windowChange = Signal(rawValue: SIGWINCH)

    /// `SIGSEGV`; a number that has no name is printed as one.
    public var description: String {
        // SAFETY: clinux_signal_name returns a string literal or nil.
        guard let name = unsafe clinux_signal_name(rawValue) else { return "signal \(rawValue)" }
        return unsafe "SIG" + String(cString: name)
    }

    /// A number as `slay -s` takes it: `9`, `SIGKILL`, `kill`.
    public init?(text: String) {
        if let number = Int32(text) {
            guard (1...64).contains(number) else { return nil }
            self.init(rawValue: number)
            return
        }
        let wanted = text.uppercased()
        let full = wanted.hasPrefix("SIG") ? wanted : "SIG" + wanted
        guard let found = (1...31).map({ Signal(rawValue: $0) }).first(where: { $0.description == full }) else { return nil }
        self = found
    }
}

/// Signals as events of an `EventLoop` instead of interruptions.
public struct SignalDescriptor: ~Copyable {
    public let descriptor: FileDescriptor

    /// Blocks `signals` in this thread and in threads that it makes from now on: call it first in `main`.
    public init(_ signals: [Signal]) throws(SystemError) {
        let numbers = signals.map(\.rawValue)
        descriptor = try FileDescriptor("signalfd", unsafe clinux_signal_descriptor(numbers, Int32(numbers.count)))
    }

    public var raw: Int32 { descriptor.raw }

    /// The next signal that came, nil when there is none.
    public borrowing func take() -> Signal? {
        let number = clinux_signal_take(descriptor.raw)
        return number == 0 ? nil : Signal(rawValue: number)
    }
}
