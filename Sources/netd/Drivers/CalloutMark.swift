import Messages

/// Says in shared memory which callout of which driver is running: one store before, one after. What came of it goes to the
/// flight recorder.
// SAFETY: `word` lies in the crash note's page, mapped for the life of the process.
@safe package struct CalloutMark {
    private let word: UnsafeMutablePointer<UInt32>
    private let slot: UInt32
    let trace: DeviceTrace

    package init(word: UnsafeMutablePointer<UInt32>, slot: Int, trace: DeviceTrace = .off) {
        unsafe self.word = word
        self.slot = UInt32(slot &+ 1) &<< 8
        self.trace = trace
    }

    /// - Returns: to be handed to `leave`.
    @inline(__always) func enter(_ callout: Callout) -> DeviceTrace.Entry {
        unsafe word.pointee = slot | callout.rawValue
        return trace.entry
    }

    @inline(__always) func leave(_ entry: DeviceTrace.Entry, _ callout: Callout, argument: UInt32 = 0, result: Int32 = 0) {
        unsafe word.pointee = 0
        trace.ended(entry, callout, argument: argument, result: result)
    }

    /// Of a callout that moves buffers. - Returns: the recorder's time, for the events of its frames.
    @inline(__always)
    func leave(_ entry: DeviceTrace.Entry, _ callout: Callout, moved count: Int, of offered: Int = 0, first: UInt32) -> UInt64 {
        unsafe word.pointee = 0
        return trace.moved(entry, callout, count: count, offered: offered, first: first)
    }
}
