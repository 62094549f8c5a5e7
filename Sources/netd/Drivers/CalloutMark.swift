import Messages

/// Says in shared memory which callout of which driver is running: one store before, one after. What came of it goes to the
/// flight recorder, and to the count of slow ones when it took long.
// SAFETY: `word` lies in the crash note's page, mapped for the life of the process. `slow` is the device context's or is kept by
// whoever made the mark, for as long as the mark is used.
@safe package struct CalloutMark {
    private let word: UnsafeMutablePointer<UInt32>
    private let slot: UInt32
    let trace: DeviceTrace
    private let slow: Unmanaged<SlowCallouts>?

    package init(word: UnsafeMutablePointer<UInt32>, slot: Int, trace: DeviceTrace = .off, slow: SlowCallouts? = nil) {
        unsafe self.word = word
        unsafe self.slow = slow.map { unsafe Unmanaged.passUnretained($0) }
        self.slot = UInt32(slot &+ 1) &<< 8
        self.trace = trace
    }

    /// - Returns: to be handed to `leave`.
    @inline(__always) func enter(_ callout: Callout) -> DeviceTrace.Entry {
        unsafe word.pointee = slot | callout.rawValue
        return trace.entry
    }

    @inline(__always) func leave(_ entry: DeviceTrace.Entry, _ callout: Callout, argument: UInt32 = 0, result: Int32 = 0) {
        trace.ended(entry, callout, argument: argument, result: result, time: end(entry, callout))
    }

    /// Of a callout that moves buffers. - Returns: the recorder's time, for the events of its frames.
    @inline(__always)
    func leave(_ entry: DeviceTrace.Entry, _ callout: Callout, moved count: Int, of offered: Int = 0, first: UInt32) -> UInt64 {
        let time = end(entry, callout)
        trace.moved(entry, callout, count: count, offered: offered, first: first, time: time)
        return time
    }

    /// - Returns: the time.
    @inline(__always) private func end(_ entry: DeviceTrace.Entry, _ callout: Callout) -> UInt64 {
        unsafe word.pointee = 0
        let time = trace.now
        if time &- entry.time >= SlowCallouts.suspicious { look(at: callout, span: time &- entry.time) }
        return time
    }

    @inline(never) private func look(at callout: Callout, span: UInt64) {
        unsafe slow?._withUnsafeGuaranteedRef { $0.look(at: callout, span: span) }
    }
}
