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

/// Says in shared memory which callout of which driver is running: one store before, one after.
// SAFETY: `word` lies in the crash note's page, mapped for the life of the process.
@safe package struct CalloutMark {
    private let word: UnsafeMutablePointer<UInt32>
    private let slot: UInt32

    package init(word: UnsafeMutablePointer<UInt32>, slot: Int) {
        unsafe self.word = word
        self.slot = UInt32(slot &+ 1) &<< 8
    }

    @inline(__always) func enter(_ callout: Callout) { unsafe word.pointee = slot | callout.rawValue }
    @inline(__always) func leave() { unsafe word.pointee = 0 }
}
