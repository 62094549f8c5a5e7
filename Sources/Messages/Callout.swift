/// The callouts of the driver contract by number, as the crash note, the flight recorder and the checker's page have them.
@frozen public enum Callout: UInt32, CaseIterable, Sendable {
    case match, attach, start, stop, detach
    case provideReceive, returnReceive, provideTransmit, returnTransmit
    case interrupt, timer, setFilter, getMedia, setMedia, setOffloads, setMTU, statistics, quiesce, describe

    /// Nanoseconds from which a callout is a slow one: the stack's thread runs it, and does nothing else meanwhile.
    public static let slow: UInt64 = 100_000_000

    /// The callout of a crash note's word, whose lowest octet is its number; nil: none runs, or none has that number.
    public init?(noted word: UInt32) {
        guard word != 0 else { return nil }
        self.init(rawValue: word & 0xFF)
    }

    /// As the contract spells it.
    public var name: String {
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
