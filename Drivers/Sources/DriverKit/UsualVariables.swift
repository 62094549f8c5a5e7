/// The variables that every driver of a device has, under the same names in the shell.
@frozen public struct UsualVariables: DriverVariables {
    /// Between two looks at link and transmitter; also the time after which the latter counts as hung.
    public var watchdogMicroseconds: UInt32 = 1_000_000
    public var verbose: UInt32 = 0
    /// Seen, not set.
    public var hangs: UInt32 = 0
    public var interrupts: UInt64 = 0, foreignInterrupts: UInt64 = 0, refusedFrames: UInt64 = 0
    public init() {}
}

/// A driver's variables: the usual ones, and beside them its own.
public protocol NICVariables: DriverVariables {
    /// Stored, so that the shell has them where the driver has.
    var usual: UsualVariables { get set }
}

/// The variables of a driver that has no others.
@frozen public struct OnlyUsualVariables: NICVariables {
    public var usual = UsualVariables()
    public init() {}
}

extension VariableList where Variables: NICVariables {
    /// The list with the usual variables in it, and room for `more` of the driver's own.
    public init(usualAnd more: Int) {
        self.init(capacity: 6 + more)
        add("watchdog_us", "between two looks at link and transmitter", writable: true) { $1.here(&$0.usual.watchdogMicroseconds) }
        add("verbose", "0 to 2", writable: true) { $1.here(&$0.usual.verbose) }
        add("hangs", "resets because the transmitter hung", writable: false) { $1.here(&$0.usual.hangs) }
        add("interrupts", "interrupts with a cause", writable: false) { $1.here(&$0.usual.interrupts) }
        add("foreign_interrupts", "interrupts without one", writable: false) { $1.here(&$0.usual.foreignInterrupts) }
        add("refused_frames", "frames that the device must not be given", writable: false) { $1.here(&$0.usual.refusedFrames) }
    }
}
