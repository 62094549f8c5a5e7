internal import Rings

/// What the evidence says of an end: all that the rules go by. Nothing here is asked of the system.
struct FaultFacts: Equatable {
    enum Access: Equatable { case unknown, read, write, execute }
    /// What lies at the address that was touched.
    enum Region: Equatable {
        case unknown
        /// Nothing is mapped there.
        case nothing
        case readOnly(String)
        case mapped(String)
        /// Beside the stack of the thread that died: octets below its end.
        case belowStack(octets: UInt64)
        case packetSlot(UInt32, owner: String?)
        /// Packet memory before or behind all slots.
        case packetMemory
    }

    var signal: Int32?, code: Int32 = 0, exitCode: Int32?
    var address: UInt64 = 0, instruction: UInt64 = 0
    var access = Access.unknown
    var region = Region.unknown
    /// The last line by which a runtime or library said why it gave up.
    var message: String?
    /// The driver said that its device is dead.
    var givenUp: String?
    /// A driver's process of its own died, and its stack went on.
    var isIsolated = false
    /// Why its stack ended it, other than for a hang.
    var ended: String?
    /// What came after it.
    var aftermath: String?
    /// Nanoseconds that a callout made no progress for.
    var hang: UInt64?
    var driver: String?, callout: String?, interface: String?
    /// Whether the faulting code is the driver's, or was called by it: nil when no stack is known.
    var isInDriver: Bool?
    /// The driver's innermost frame.
    var place: String?, function: String?
    /// A function of the C library or the stack that the driver had called.
    var called: String?
    /// What it was busy with, as the recorder has it.
    var occasion: String?
}

/// What a rule makes of the facts.
struct Explanation: Equatable {
    /// The rule's name, for programs.
    var rule: String
    /// `crashed`, `hung`: what it did.
    var verb: String
    /// `it wrote to address 0x18 (24 octets past a null pointer)`.
    var clause: String
}
