/// A function that is to run in a stack's process, or in one of its driver hosts.
public struct FunctionCall: Codable, Sendable, Equatable {
    /// Of the integers and addresses; of the floating-point numbers, which travel in registers of their own.
    public static let mostIntegers = 10, mostDoubles = 8
    /// Milliseconds that it may take at most: the supervisor hears nobody meanwhile.
    public static let mostMilliseconds = 10_000

    /// nil: the stack's own.
    public var process: Int32?
    public var function: UInt64
    public var integers: [UInt64]
    public var doubles: [Double]
    public var milliseconds: Int
    /// Also where the thread does not wait, but is in the middle of something: it then runs inside of that.
    public var anywhere: Bool

    public init(process: Int32?, function: UInt64, integers: [UInt64], doubles: [Double], milliseconds: Int, anywhere: Bool) {
        (self.process, self.function, self.integers) = (process, function, integers)
        (self.doubles, self.milliseconds, self.anywhere) = (doubles, milliseconds, anywhere)
    }
}

/// What became of it.
public enum CallOutcome: Codable, Sendable, Equatable {
    /// Both registers that a result may be in.
    case returned(integer: UInt64, floating: Double)
    /// Stopped at its fault: the signal, the instruction, and the address that it was about.
    case faulted(signal: Int32, at: UInt64, address: UInt64)
    /// Stopped, for its time was over: where it was.
    case lasted(at: UInt64)
    /// The process ended in it.
    case died
    /// Not begun: the thread was at that address, in the middle of something.
    case busy(at: UInt64)
    /// Not begun: calls are not known on this machine's processor.
    case foreign
}
