internal import CLinux

/// A system call that failed.
public struct SystemError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The call, and what it was about: `open`, `bind`.
    public let call: StaticString
    public let number: Errno

    public init(_ call: StaticString, _ number: Errno) {
        self.call = call
        self.number = number
    }

    /// The failure that `errno` holds now.
    package static func last(_ call: StaticString) -> SystemError { SystemError(call, .last) }

    public var description: String { "\(call): \(number)" }

    public static func == (a: SystemError, b: SystemError) -> Bool {
        a.number == b.number && a.call.description == b.call.description
    }
}
