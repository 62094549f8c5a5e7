/// The callouts of the driver contract by number, as the crash note names them.
enum Callout: UInt32, CaseIterable {
    case match, attach, start, stop, detach
    case provideReceive, returnReceive, provideTransmit, returnTransmit
    case interrupt, timer, setFilter, getMedia, setMedia, setOffloads, setMTU, statistics, quiesce, describe

    /// As the contract spells it.
    var name: String {
        switch self {
        case .match: "match"
        case .attach: "attach"
        case .start: "start"
        case .stop: "stop"
        case .detach: "detach"
        case .provideReceive: "provide_receive"
        case .returnReceive: "return_receive"
        case .provideTransmit: "provide_transmit"
        case .returnTransmit: "return_transmit"
        case .interrupt: "interrupt"
        case .timer: "timer"
        case .setFilter: "set_filter"
        case .getMedia: "get_media"
        case .setMedia: "set_media"
        case .setOffloads: "set_offloads"
        case .setMTU: "set_mtu"
        case .statistics: "statistics"
        case .quiesce: "quiesce"
        case .describe: "describe"
        }
    }
}

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
