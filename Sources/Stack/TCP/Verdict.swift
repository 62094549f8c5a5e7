/// What the arrival of a segment, or the end of a wait, asks of the stack.
struct Verdict {
    struct Actions: OptionSet {
        var rawValue: UInt16
        /// Something may leave: look at this connection at the end of the round.
        static var serve: Self { .init(rawValue: 1 << 0) }
        /// An acknowledgment must leave before the next segment is looked at. RFC 5681 §4.2.
        static var acknowledgeNow: Self { .init(rawValue: 1 << 1) }
        /// One, unless too many have left already. RFC 5961 §7.
        static var challenge: Self { .init(rawValue: 1 << 2) }
        /// A reset that carries what the segment acknowledged. RFC 9293 §3.10.7.1.
        static var resetReply: Self { .init(rawValue: 1 << 3) }
        /// A reset of the connection itself, which has ended.
        static var resetPeer: Self { .init(rawValue: 1 << 4) }
        /// Owner: octets, or the end of them.
        static var readable: Self { .init(rawValue: 1 << 5) }
        /// Owner: room in the buffer again.
        static var space: Self { .init(rawValue: 1 << 6) }
        /// Owner, or the listener's: the connection is open.
        static var established: Self { .init(rawValue: 1 << 7) }
        /// Both FINs have passed and ours was acknowledged: the rest is waiting. RFC 9293 §3.6.
        static var timeWait: Self { .init(rawValue: 1 << 8) }
        /// Nothing is left to do: out of the tables.
        static var finished: Self { .init(rawValue: 1 << 9) }
        /// Nothing but a keep-alive probe. RFC 9293 §3.8.4.
        static var keepAliveProbe: Self { .init(rawValue: 1 << 10) }
        /// One octet beyond the closed window. RFC 9293 §3.8.6.1.
        static var windowProbe: Self { .init(rawValue: 1 << 11) }
        /// Too many losses of full segments: maybe they are too long for the path. RFC 4821 §7.7.
        static var suspectPath: Self { .init(rawValue: 1 << 12) }
        /// Owner: not octets, but about them. RFC 9293 §3.9.1.8.
        static var advise: Self { .init(rawValue: 1 << 13) }
        /// IP: the way to the peer may be dead. RFC 9293 §3.8.3 (b).
        static var doubtWay: Self { .init(rawValue: 1 << 14) }
    }

    var actions: Actions = []
    /// Why the segment is lost; nil: it has served.
    var loss: DropReason.Fate?

    init(_ actions: Actions = [], loss: DropReason.Fate? = nil) { (self.actions, self.loss) = (actions, loss) }
}
