/// `died.json`: what a supervisor leaves in the folder of an instance whose stack died.
public struct Tombstone: Codable, Equatable, Sendable {
    /// Names in the folder of a stack that died.
    public static let file = "died.json", recorderFile = "recorder"
    /// Of a driver's own process, beside that of its stack.
    public static let driverRecorderFile = "driver-recorder"

    /// Seconds since 1970.
    public var when: Double
    /// The stack process.
    public var pid: Int32
    /// What ended it, and the signal's code; nil when it exited.
    public var signal: Int32?, code: Int32?
    /// nil when a signal ended it.
    public var exitCode: Int32?
    /// The address that was touched and the instruction that did it; nil when nobody could note them.
    public var address: UInt64?, ip: UInt64?
    /// `read`, `write` or `execute`; nil: the machine does not say.
    public var access: String?
    public var driver: String?, callout: String?, interface: String?
    /// It was ended because it had made no progress for so long; nil: it ended otherwise.
    public var hungMilliseconds: UInt64?
    /// Another stack process takes its place; nil: it does not.
    public var isFollowed: Bool?
    /// What the limit of size has left out of the core, by kinds of memory; nil: nothing.
    public var coreCut: String?
    /// What was done about a driver that has died too often; nil: nothing.
    public var consequence: String?
    /// What is said of a driver's process alone; nil: a stack died.
    public var isolated: Isolated?
    /// The command that started it.
    public var command: [String]

    public init(when: Double, pid: Int32, command: [String]) {
        (self.when, self.pid, self.command) = (when, pid, command)
    }

    /// A process of an isolated driver: its stack went on.
    public struct Isolated: Codable, Equatable, Sendable {
        /// Why the stack ended it; nil: it ended by itself.
        public var why: String?
        /// Why there is no core; nil: there is one.
        public var noCore: String?
        /// The process that drives the device now; nil: there is none.
        public var successor: Int32?
        /// From the death to that process's attached driver.
        public var microseconds: UInt64?
        /// What the stack did instead, behind "the stack went on, and".
        public var outcome: String?
        /// Processes of the driver that had taken over before.
        public var restarts: UInt64
        /// Where its image was mounted from.
        public var path: String

        /// What `why` begins with when frames that were given to the driver did not come back.
        public static let stoodStill = "its transmitter stood still"

        public init(path: String, restarts: UInt64, why: String?) { (self.path, self.restarts, self.why) = (path, restarts, why) }
    }
}
