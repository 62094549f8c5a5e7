/// What a connection settles once, before it sends.
struct RecoveryOptions {
    /// Octets of payload in a full segment: SMSS less what options take.
    var segment = 1460
    var algorithm = CongestionControl.Algorithm.cubic
    var hasSACK = true
    /// The SYN or its answer was sent more than once: the initial window is one segment. RFC 5681 §3.1.
    var wasHandshakeResent = false
    /// A tick of the timestamps: how far an echo may be off.
    var timestampTick = Interval.milliseconds(1)

    init() {}
}

/// Everything a sender knows of what is in flight, what of it is lost, and how much may be.
///
/// The owner calls `transmitted` for each segment, `acknowledged` for each that arrives with an ACK, and `expired` when
/// `deadline` has come; between them it asks `budget` and `nextRetransmission`. Time comes as a parameter.
struct LossRecovery {
    var board: Scoreboard
    var roundTrip = RoundTripEstimator()
    var congestion: CongestionControl
    var rack: Rack
    var probe: TailProbe
    var reduction = RateReduction()
    var undo: Undo
    var check = TimeoutCheck.off
    private(set) var state = RecoveryState.open
    /// `recover` of RFC 6582 §3.2, RecoveryPoint of RFC 6675 §5: where the flight ended when the loss was found.
    private(set) var point: SequenceNumber
    /// Without SACK: duplicates in a row, and whether they may be those of retransmissions (RFC 6582 §3.2 step 2).
    var duplicates: UInt16 = 0
    var isGuarded = false

    let hasSACK: Bool
    private let tick: UInt32 // microseconds
    /// CWR is to be set on the next new segment. RFC 3168 §6.1.2.
    private(set) var owesCWR = false

    var timer = RecoveryTimer()
    /// Timeouts since the front last moved.
    var timeouts: UInt8 = 0
    private(set) var totals = Totals()

    struct Totals {
        var retransmitted: UInt32 = 0, recoveries: UInt32 = 0, timeouts: UInt32 = 0, undone: UInt32 = 0, probes: UInt32 = 0
    }

    /// - Parameter start: the first number that will be transmitted.
    init(_ options: RecoveryOptions, start: SequenceNumber) {
        board = Scoreboard(start)
        congestion = CongestionControl(options, start)
        (rack, probe, undo) = (Rack(start), TailProbe(start), Undo(start))
        point = start
        hasSACK = options.hasSACK
        tick = UInt32(clamping: options.timestampTick.microseconds)
        if options.wasHandshakeResent { roundTrip.openingWasLost() }
    }

    @inline(__always) var segment: Int { Int(congestion.segment) }
    var congestionWindow: Int { Int(congestion.window) }
    /// Something is lost and not sent again.
    var hasLost: Bool { board.lost > 0 }

    // MARK: what may be sent

    /// Octets believed to be on the way. Without SACK each duplicate stands for a segment that has left: RFC 5681 §3.2 step 4.
    @inline(__always) var inFlight: Int {
        hasSACK ? board.inFlight : max(board.inFlight &- assumed, 0)
    }

    /// Octets that duplicates say have arrived; never the segment that is awaited.
    @inline(__always) private var assumed: Int { min(Int(duplicates) &* segment, max(board.inFlight &- segment, 0)) }

    /// Octets that may go out now, of lost ones first. A probe that is due may go beyond the window: RFC 8985 §7.3. With
    /// nothing on the way it is a segment, whatever the window has come to: no acknowledgment would ever open it (RFC 5681
    /// §3.1's loss window). It is less than a segment when the path takes longer ones than when it came down.
    @inline(__always) var budget: Int {
        let open = Int(congestion.window) &- inFlight
        return probe.isDue || board.outstanding == 0 ? max(open, segment) : max(open, 0)
    }

    /// The oldest octets that are to be sent again, at most `octets`, whole segments or all there is; nil when there are
    /// none, when the budget has no room, or when new ones go first (RFC 5682 §2.1 step 2b).
    mutating func nextRetransmission(most octets: Int, pool: borrowing RecordPool) -> (start: SequenceNumber, octets: Int)? {
        guard check != .second, let run = board.nextLost(octets, pool) else { return nil }
        let room = budget
        guard run.octets > room else { return run }
        return room < segment ? nil : (run.start, room / segment &* segment)
    }

    /// Call before `budget` when something is to be sent after nothing was in flight; again does no harm.
    mutating func resume(now: Instant) {
        guard board.outstanding == 0, timer.lastSent != .zero else { return }
        let idle = (now - timer.lastSent).nanoseconds, timeout = max(roundTrip.timeout.nanoseconds, 1)
        guard idle > timeout else { return }
        let restart = CongestionControl.initialWindow(segment: segment, wasHandshakeResent: false)
        congestion.idle(timeouts: UInt64(idle / timeout), restart: restart)
        timer.lastSent = now // these timeouts are counted
    }

    /// `octets` from `start` are about to go out: SYN and FIN count as one each. False: there is no record for them, and
    /// they may not be sent; a retransmission is never refused.
    mutating func transmitted(
        _ start: SequenceNumber, octets: Int, isRetransmission: Bool, now: Instant, pool: inout RecordPool
    ) -> Bool {
        guard octets > 0 else { return true }
        let time = now.microseconds
        if isRetransmission {
            board.resend(start, octets, at: time, &pool)
            undo.resend(start, octets, at: time)
            totals.retransmitted &+= 1
            if start == board.una { timer.base = now }
        } else {
            let wasIdle = board.outstanding == 0
            guard board.append(octets, at: time, &pool) else { return false }
            if wasIdle { timer.base = now } // RFC 6298 §5.1
        }
        congestion.transmitted(inFlight: inFlight, nxt: board.nxt)
        if state == .recovery || state == .reduced { reduction.transmitted(octets) }
        probe.transmitted(isRetransmission: isRetransmission, nxt: board.nxt)
        timer.lastSent = now
        timer.restart()
        return true
    }

    /// True once after a reduction: the next new segment carries CWR. RFC 3168 §6.1.2.
    mutating func takeCWR() -> Bool {
        defer { owesCWR = false }
        return owesCWR
    }

    // MARK: beside acknowledgments

    /// A round trip that was measured otherwise, by the handshake.
    mutating func measured(_ interval: Interval, now: Instant) {
        roundTrip.measure(interval.microseconds, perRoundTrip: 1)
        roundTrip.measureLeast(interval.microseconds, now: now.microseconds)
        probe.hasMeasured = true
    }

    /// The path takes less than was thought (RFC 1191 §6.5): what is in flight was lost for its size, not by congestion.
    mutating func segmentShrank(to octets: Int, now: Instant, pool: inout RecordPool) {
        congestion.setSegment(octets)
        markAllLost(&pool)
        rearm()
    }

    /// The connection is over: gives the records back.
    mutating func release(_ pool: inout RecordPool) {
        board.release(&pool)
        timer.disarm()
    }

    // MARK: episodes

    /// The window comes down: for a loss with what it takes to undo it, or for a mark.
    mutating func begin(_ next: RecoveryState, flight: Int, before: SequenceNumber) {
        if state == .open || next == .timeout {
            if next == .reduced { undo.isArmed = false } else { undo.arm(board.una, congestion) }
            if next == .timeout {
                congestion.timedOut(flight: flight, before: before)
            } else {
                congestion.reduce(flight: flight, before: before)
                reduction = RateReduction(flight: flight)
            }
            owesCWR = true
        }
        if next == .recovery { totals.recoveries &+= 1 }
        enter(next)
    }

    mutating func enter(_ next: RecoveryState) {
        state = next
        point = board.nxt
    }

    /// Back to where nothing is lost.
    mutating func leave() {
        if state == .recovery || state == .timeout { rack.leftRecovery() }
        if state != .timeout { congestion.settle() }
        (state, check) = (.open, .off)
    }

    /// The reduction was a mistake: the window and what was taken for lost are as before. RFC 4015 §3.2.
    mutating func takeBack(_ pool: inout RecordPool) {
        congestion.restore(window: undo.window, threshold: undo.threshold, maximum: undo.maximum)
        var record = board.first
        while record != RecordPool.none {
            board.unmarkLost(record, &pool)
            record = pool[record].next
        }
        roundTrip.endBackOff()
        if state != .timeout { rack.sawReordering() } // what came was late, not sent anew
        undo.isArmed = false
        owesCWR = false
        totals.undone &+= 1
        if state == .recovery || state == .timeout { rack.leftRecovery() }
        (state, check, duplicates) = (.open, .off, 0)
    }

    mutating func markAllLost(_ pool: inout RecordPool) {
        var record = board.first
        while record != RecordPool.none {
            board.markLost(record, &pool)
            record = pool[record].next
        }
    }

    mutating func countTimeout() {
        totals.timeouts &+= 1
        if timeouts < .max { timeouts &+= 1 }
    }

    mutating func countProbe() { totals.probes &+= 1 }

    /// When the echoed timestamp was made, at the latest. RFC 7323 §4.1: it is known to a tick.
    func echoedBefore(_ echo: Interval, now: UInt64) -> UInt64 { now &- min(echo.microseconds, now) &+ UInt64(tick) }
}
