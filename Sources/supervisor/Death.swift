internal import Host

/// The end of one stack process: what everything that follows it goes by.
struct Death: Equatable {
    /// Which of the instance's stack processes it was, from 1.
    let generation: Int
    let pid: Int32
    let ending: Ending
    /// What it had noted: its fault, and the driver that was running.
    let report: CrashNote.Report
    /// Nanoseconds since 1970.
    let at: UInt64
    /// Nanoseconds without progress, for which it was ended; nil: it ended otherwise.
    let hung: UInt64?
    /// Seconds that the process lived.
    let uptime: Double

    /// The signal that ended it, or that the fault handler saw.
    var signal: Signal? {
        if case .killed(let signal) = ending { return signal }
        return report.fault?.signal
    }
}
