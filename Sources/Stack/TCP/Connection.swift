internal import Rings
private import Synchronization
internal import Wire

/// What all connections of a stack draw from.
struct StreamPools: ~Copyable {
    var memory: StreamMemory
    var records: RecordPool
    var ranges: RangePool

    init(_ limits: StackConfiguration.Limits) {
        memory = StreamMemory(pages: limits.streamPages)
        records = RecordPool(records: limits.streamRecords)
        ranges = RangePool(count: limits.streamRanges)
    }
}

/// One connection's control block: RFC 9293 §3.3.1's variables, and what the later documents added.
///
/// Idle it owns nothing beside itself. Octets lie in pages of `StreamMemory`, what is in flight in records of
/// `RecordPool`, what came out of order in ranges of `RangePool`: all taken on demand and given back at once.
struct Connection: ~Copyable {
    /// An atomic has an address, so what holds one is never moved to call a method on it: as `Stack` has it.
    private let anchor = Atomic<UInt8>(0)
    var generation: UInt16 = 0
    var state = ConnectionState.closed
    var flags: Flags = []
    var error: StreamError?
    /// What the network last said; told at once, and as the reason when the connection gives up. RFC 9293 §3.9.2.2 (SHLD-25).
    var softError: StreamError?
    var local = EndpointAddress(.unspecified, 0)
    var remote = EndpointAddress(.unspecified, 0)
    var options = StreamOptions()

    // Sending. The buffer's first octet has the number `sendBase`; SND.UNA is behind it only while a SYN is unacknowledged.
    /// ISS, SND.UNA, SND.NXT.
    var initialSend = SequenceNumber(rawValue: 0), unacknowledged = SequenceNumber(rawValue: 0)
    var sendNext = SequenceNumber(rawValue: 0), sendBase = SequenceNumber(rawValue: 0)
    /// SND.WND, scaled, and the largest that the peer ever offered.
    var sendWindow: UInt32 = 0, largestWindow: UInt32 = 0
    /// SND.WL1, SND.WL2.
    var windowSequence = SequenceNumber(rawValue: 0), windowAcknowledgment = SequenceNumber(rawValue: 0)
    var sendBuffer = PagedOctets()
    var sendCapacity: Int32 = 0
    /// Octets of payload in a full segment, options of every segment taken off.
    var segmentOctets: UInt16 = 536
    /// What the peer takes; RFC 9293 §3.7.1: 536 (1220 over IPv6) when it did not say.
    var peerSegment: UInt16 = 536
    var sendScale: UInt8 = 0, receiveScale: UInt8 = 0
    var recovery = LossRecovery(RecoveryOptions(), start: SequenceNumber(rawValue: 0))
    /// What a tail probe would send again, if there is nothing new: none while `tailOctets` is zero. RFC 8985 §7.3.
    var tailStart = SequenceNumber(rawValue: 0), tailOctets: UInt16 = 0

    // Receiving. The buffer's first octet has the number `receiveBase`.
    /// IRS, RCV.NXT.
    var initialReceive = SequenceNumber(rawValue: 0), receiveNext = SequenceNumber(rawValue: 0)
    var receiveBase = SequenceNumber(rawValue: 0)
    /// RCV.NXT + RCV.WND as last told: never moves to the left. RFC 9293 §3.8.6.2.2.
    var receiveEdge = SequenceNumber(rawValue: 0)
    /// What the last segment of ours acknowledged.
    var acknowledgedUpTo = SequenceNumber(rawValue: 0)
    var receiveBuffer = PagedOctets()
    var assembler = Assembler()
    var receiveCapacity: Int32 = 0
    /// The number behind the peer's last octet, once its FIN is known.
    var finSequence = SequenceNumber(rawValue: 0)
    /// RCV.UP and SND.UP.
    var receiveUrgent = SequenceNumber(rawValue: 0), sendUrgent = SequenceNumber(rawValue: 0)
    /// Octets the peer must have sent that its reader has taken: the measure of auto-tuning.
    var tuning = ReceiveTuning()
    /// The largest segment that came: the unit of the acknowledgment rule.
    var receivedSegment: UInt16 = 536
    /// Segments at the start that are acknowledged at once, while the peer's window still opens.
    var quickAcknowledgments: UInt8 = 0

    // RFC 7323: TS.Recent, when it was taken, and this connection's own clock origin.
    var timestampRecent: UInt32 = 0
    var timestampTaken = Instant.zero
    var timestampOffset: UInt32 = 0

    // When something is due; `never` for nothing. The retransmission timer is `recovery`'s.
    var acknowledgeAt = Instant.never, persistAt = Instant.never, lingerUntil = Instant.never
    var lastReceived = Instant.zero, lastChallenge = Instant.zero
    /// Since when the peer has owed an acknowledgment or a window.
    var stalledSince = Instant.never
    /// Probes sent without an answer: of a closed window, or of a silent peer.
    var persistCount: UInt8 = 0, keepAliveCount: UInt8 = 0
    /// The round trip of a handshake that a listener saw, until the flight begins.
    var openingSample: Interval?
    /// Opening segments sent.
    var openCount: UInt8 = 0

    var path = CachedPath()
    var counters = StreamCounters()

    /// The listener that it came from, plus one, and the next in that listener's queue, plus one.
    var parent: UInt32 = 0, nextInQueue: UInt32 = 0
    /// The next with something to send, plus one.
    var nextToServe: UInt32 = 0
    /// Of a listener: its queue of connections that wait to be accepted.
    var firstWaiting: UInt32 = 0, lastWaiting: UInt32 = 0, waiting: UInt16 = 0, backlog: UInt16 = 0
    /// Of a listener: half-open connections.
    var halfOpen: UInt16 = 0

    struct Flags: OptionSet {
        var rawValue: UInt32
        static var isBound: Self { .init(rawValue: 1 << 0) }
        static var isIPv6: Self { .init(rawValue: 1 << 1) }
        /// RFC 7323 §2, §3; RFC 2018; RFC 3168: both sides have said so.
        static var hasScale: Self { .init(rawValue: 1 << 2) }
        static var hasTimestamps: Self { .init(rawValue: 1 << 3) }
        static var hasSACK: Self { .init(rawValue: 1 << 4) }
        static var hasECN: Self { .init(rawValue: 1 << 5) }
        /// An acknowledgment must leave with this round.
        static var mustAcknowledge: Self { .init(rawValue: 1 << 6) }
        /// A FIN stands behind what is buffered; it has been sent; it has been acknowledged.
        static var finQueued: Self { .init(rawValue: 1 << 7) }
        static var finSent: Self { .init(rawValue: 1 << 8) }
        static var finAcknowledged: Self { .init(rawValue: 1 << 9) }
        /// The peer's FIN is known, maybe ahead of octets that are missing; it has been received in order.
        static var finKnown: Self { .init(rawValue: 1 << 10) }
        static var finReceived: Self { .init(rawValue: 1 << 11) }
        /// Its owner is gone; it ends by itself.
        static var isOrphan: Self { .init(rawValue: 1 << 12) }
        /// On the list of those that have something to send.
        static var isListed: Self { .init(rawValue: 1 << 13) }
        /// An octet beyond the closed window is under way, that SND.NXT does not count.
        static var isProbing: Self { .init(rawValue: 1 << 14) }
        /// The owner found the buffer full and wants to hear of room.
        static var wantsSpace: Self { .init(rawValue: 1 << 15) }
        /// The owner has been told of octets, and has not taken them all.
        static var hasReported: Self { .init(rawValue: 1 << 16) }
        /// RFC 3168 §6.1.3: marks are echoed until the peer says that it has slowed down.
        static var echoesMarks: Self { .init(rawValue: 1 << 17) }
        /// The wait for a larger window is over: what the window holds goes, however little. RFC 9293 §3.8.6.2.1.
        static var overridesWindow: Self { .init(rawValue: 1 << 18) }
        static var hasUrgent: Self { .init(rawValue: 1 << 19) }
        static var sendsUrgent: Self { .init(rawValue: 1 << 20) }
        /// Waits in its listener's queue.
        static var isWaiting: Self { .init(rawValue: 1 << 21) }
        /// What the peer sends is thrown away: nobody reads any more.
        static var isDeaf: Self { .init(rawValue: 1 << 22) }
        /// Opened by this side, or by both at once: it may not fall back to LISTEN.
        static var isActive: Self { .init(rawValue: 1 << 23) }
    }

    /// Octets that the owner has given and the peer not acknowledged, and those not sent yet.
    var unsent: Int { max(sendBase + sendBuffer.count - sendNext, 0) }
    var name: FourTuple { FourTuple(local, remote) }
    /// The number of our FIN, once one is queued.
    var finNumber: SequenceNumber { sendBase + sendBuffer.count }
    /// RCV.WND as the peer knows it.
    var receiveWindow: Int { max(receiveEdge - receiveNext, 0) }
}

/// How a connection's packets leave, as long as nothing changed that could change it.
struct CachedPath {
    var nextHop = IPAddress.unspecified
    var interface: UInt16 = 0
    var mtu: UInt16 = 0
    /// `Stack.pathGeneration` when it was found; zero: never.
    var generation: UInt32 = 0
    var found = Instant.zero
}

/// What one connection has carried.
public struct StreamCounters: Equatable, Sendable {
    public internal(set) var segmentsIn: UInt64 = 0, segmentsOut: UInt64 = 0
    public internal(set) var octetsIn: UInt64 = 0, octetsOut: UInt64 = 0
    /// Of a listener: connections that found its queue full.
    public internal(set) var refused: UInt64 = 0
}
