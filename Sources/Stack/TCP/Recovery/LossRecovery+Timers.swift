/// One timer for three purposes: the earliest that applies.
struct RecoveryTimer {
    enum Purpose: UInt8 { case none, timeout, probe, reordering }

    private(set) var deadline = Instant.never
    /// From when the retransmission timeout counts: RFC 6298 §5.1, §5.3.
    var base = Instant.zero
    var lastSent = Instant.zero
    private(set) var purpose = Purpose.none
    /// Something was sent since: the deadline is to be reckoned anew, once for all that a turn sends.
    private(set) var isStale = false

    mutating func arm(_ purpose: Purpose, at deadline: Instant) { (self.purpose, self.deadline, isStale) = (purpose, deadline, false) }
    mutating func disarm() { arm(.none, at: .never) }
    @inline(__always) mutating func restart() { if purpose != .reordering { isStale = true } }
}

extension LossRecovery {
    /// When `expired` is to be called; it may move later without a word.
    @inline(__always) var deadline: Instant { timer.isStale ? due.at : timer.deadline }

    mutating func rearm() {
        let next = due
        timer.arm(next.purpose, at: next.at)
    }

    /// RFC 6298 §5.1 to §5.3; a probe goes first where one may (RFC 8985 §7.2).
    private var due: (purpose: RecoveryTimer.Purpose, at: Instant) {
        guard board.outstanding > 0 else { return (.none, .never) } // §5.2
        let timeout = timer.base + roundTrip.timeout
        guard mayProbe else { return (.timeout, timeout) }
        let isSingle = board.outstanding <= segment
        let after = max(timer.lastSent, timer.base) + TailProbe.timeout(smoothed: roundTrip.smoothed, isSingleSegment: isSingle)
        return (.probe, min(after, timeout))
    }

    /// With SACK, nothing held out of order, nothing being recovered, one probe a round trip. RFC 8985 §7.2, §7.3.
    @inline(__always) private var mayProbe: Bool {
        hasSACK && state == .open && board.sacked == 0 && board.lost == 0 && timeouts == 0
            && !probe.isOutstanding && !probe.isDue && probe.hasMeasured
    }

    /// The deadline has come, or it has not. After anything but `none`, ask what may be sent.
    mutating func expired(now: Instant, pool: inout RecordPool) -> Expiry {
        if timer.isStale { rearm() }
        guard now >= timer.deadline, board.outstanding > 0 else { return .none }
        switch timer.purpose {
        case .none: return .none
        case .probe: return probeNow(now, pool)
        case .timeout: return timeOut(now, &pool)
        case .reordering:
            let flight = board.outstanding &- Int(board.sacked)
            rearm()
            findLosses(now, hasDSACK: false, &pool)
            if board.lost > 0, state == .open || state == .reduced {
                begin(.recovery, flight: flight, before: board.una)
                reduceRate(delivered: 0, isProgress: false)
            }
            if timer.purpose != .reordering { rearm() }
            return .reorderingSettled
        }
    }

    /// RFC 8985 §7.3.
    private mutating func probeNow(_ now: Instant, _ pool: borrowing RecordPool) -> Expiry {
        probe.expire()
        countProbe()
        timer.base = now
        timer.arm(.timeout, at: now + roundTrip.timeout)
        let last = pool[board.last], octets = min(last.octets, segment)
        return .probe(last: last.end - octets, octets: octets)
    }

    /// RFC 6298 §5.4 to §5.6, RFC 8985 §6.3.
    private mutating func timeOut(_ now: Instant, _ pool: inout RecordPool) -> Expiry {
        let flight = board.outstanding &- Int(board.sacked)
        // RFC 5681 §3.1: the threshold is held while the same segment is lost again; a loss that is being recovered was counted.
        let isNew = state == .open || state == .reduced || board.una >= point || state == .timeout && timeouts == 0
        let wasOpen = state == .open || state == .reduced
        countTimeout()
        roundTrip.backOff() // §5.5
        probe.cancel()
        duplicates = 0
        isGuarded = !hasSACK
        if isNew { begin(.timeout, flight: flight, before: board.una) } else { enter(.timeout) }
        markLosses(now, &pool)
        check = isNew && wasOpen ? .first : .off // RFC 5682 §2.1 step 1
        congestion.setWindow(inFlight &+ segment)
        timer.base = now // §5.6
        rearm()
        return .timeout(count: Int(timeouts))
    }

    /// With SACK the front and what RACK has waited for long enough; without, everything. RFC 8985 §6.3.
    private mutating func markLosses(_ now: Instant, _ pool: inout RecordPool) {
        guard hasSACK else { return markAllLost(&pool) }
        if board.first != RecordPool.none, pool[board.first].isSacked { renege(&pool) }
        if board.first != RecordPool.none { board.markLost(board.first, &pool) }
        let time = now.microseconds, wait = UInt64(rack.roundTrip) &+ reorderingWindow
        var record = board.oldest
        while record != RecordPool.none, pool[record].sentAt &+ wait <= time {
            let later = pool[record].later
            board.markLost(record, &pool)
            record = later
        }
    }

    /// What the receiver held at the front it no longer holds. RFC 2018 §8, RFC 6675 §5.1.
    private mutating func renege(_ pool: inout RecordPool) {
        var record = board.first
        while record != RecordPool.none {
            board.markReneged(record, &pool)
            record = pool[record].next
        }
    }
}
