public import CDriver
public import DriverKit

/// What the shell may see and change of one host link.
public struct LinkVariables: DriverVariables {
    public var verbose: UInt32 = 0
    /// Between two tries when the host took no more frames.
    public var retryMicroseconds: UInt32 = 1000
    /// Seen, not set.
    public var interrupts: UInt64 = 0, foreignInterrupts: UInt64 = 0, refusedFrames: UInt64 = 0, retries: UInt64 = 0, wakeUps: UInt64 = 0
    public init() {}

    // SAFETY: written once before anybody has it, never changed, never freed while the image is loaded.
    public nonisolated(unsafe) static let description = unsafe CDescription.make(list())

    private static func list() -> VariableList<LinkVariables> {
        var list = VariableList<LinkVariables>(capacity: 7)
        list.add("verbose", "0 to 2", writable: true) { $1.here(&$0.verbose) }
        list.add("retry_us", "until the next try when the host takes no more frames", writable: true) { $1.here(&$0.retryMicroseconds) }
        list.add("interrupts", "wake-ups by a descriptor", writable: false) { $1.here(&$0.interrupts) }
        list.add("foreign_interrupts", "those that found nothing", writable: false) { $1.here(&$0.foreignInterrupts) }
        list.add("refused_frames", "frames that the host must not be given", writable: false) { $1.here(&$0.refusedFrames) }
        list.add("retries", "times that the host took no more frames", writable: false) { $1.here(&$0.retries) }
        list.add("wake_ups", "system calls that told the host of frames", writable: false) { $1.here(&$0.wakeUps) }
        return list
    }
}
