/// How QEMU is found, how long it is waited for, and how closely it watches the driver.
public struct QEMUSettings: Sendable {
    /// The program; nil: `qemu-system-x86_64` is looked for along PATH.
    public var executable: String?
    /// Nanoseconds that a running QEMU gets for one answer before it counts as dead.
    public var replyLimit: UInt64 = 2_000_000_000
    /// Nanoseconds that QEMU gets from its start to its first answer; shorter than who claims is ready to wait.
    public var startLimit: UInt64 = 8_000_000_000
    /// Octets of frames from the cable that wait while QEMU takes none.
    public var queueOctets = 1 << 20
    /// Only what is mapped can be reached by the device. False: all of the claimed memory, from the claim on.
    public var isJudged = true
    /// QEMU's trace events of the model become notes.
    public var isTraced = false

    public init() {}
}
