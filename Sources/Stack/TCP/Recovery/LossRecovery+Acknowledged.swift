extension LossRecovery {
    /// A segment arrived that acknowledges up to `ack.una`, or holds more, or says the same again.
    mutating func acknowledged(_ ack: Acknowledgment, now: Instant, pool: inout RecordPool) -> AckOutcome {
        var outcome = AckOutcome()
        let before = board.una, flight = board.outstanding &- Int(board.sacked), lostBefore = board.lost
        let time = now.microseconds
        let echoed = ack.echo.map { echoedBefore($0, now: time) }
        var delivery = Delivery(
            now: time, echoedBefore: echoed, leastRoundTrip: roundTrip.least, forward: rack.forward, point: point)
        if ack.una > board.una, ack.una <= board.nxt { board.acknowledge(ack.una, &delivery, &pool) }
        outcome.acknowledged = board.una - before
        let dsack = noteBlocks(ack.blocks, &delivery, &pool)
        outcome.delivered = hasSACK ? delivery.octets : noteDuplicate(ack, acknowledged: outcome.acknowledged)
        outcome.roundTrip = measure(delivery, ack, isProgress: outcome.acknowledged > 0)
        if outcome.acknowledged > 0 { (timer.base, timeouts) = (now, 0) }
        if outcome.delivered > 0 { probe.withdraw() }

        if hasSACK { rack.update(delivery) }
        rearm()
        if hasSACK { findLosses(now, hasDSACK: dsack != nil, &pool) }
        judge(ack, delivery, dsack, echoed, isProgress: outcome.acknowledged > 0, &outcome.events, &pool)
        if ack.isECNEcho, state == .open {
            begin(.reduced, flight: flight, before: before)
            outcome.events.insert(.reduced)
        }
        settle(flight: flight, before: before, acknowledged: outcome.acknowledged, &outcome.events, &pool)
        let isProgress = outcome.acknowledged > 0 && board.lost <= lostBefore
        resize(outcome, GrowthTime(now: time, smoothed: roundTrip.smoothed / 1000, sample: delivery.sample), before, isProgress)
        if timer.purpose != .reordering { rearm() }
        outcome.mayTransmit = budget > 0
        return outcome
    }

    // MARK: what has arrived

    /// The answer is the duplicate that was reported, if one was: RFC 2883 §4, RFC 3708 §2.
    private mutating func noteBlocks(
        _ reported: SackedBlocks, _ delivery: inout Delivery, _ pool: inout RecordPool
    ) -> SackedBlocks.Block? {
        guard hasSACK, reported.count > 0 else { return nil }
        var blocks = reported, duplicate: SackedBlocks.Block?
        let first = blocks[0], isPast = first.right <= board.una
        let isWithin = blocks.count > 1 && blocks[1].left <= first.left && first.right <= blocks[1].right
        if first.left < first.right, isPast || isWithin {
            duplicate = first
            blocks.dropFirst()
        }
        blocks.sort()
        for k in 0..<blocks.count {
            var block = blocks[k]
            guard block.left < block.right, block.right <= board.nxt, block.right > board.una else { continue }
            if block.left < board.una { block.left = board.una }
            board.sack(block, segment: segment, &delivery, &pool)
        }
        return duplicate
    }

    /// Without SACK: counts duplicates (RFC 5681 §2), each a segment delivered; the answer is what this one delivered.
    private mutating func noteDuplicate(_ ack: Acknowledgment, acknowledged: Int) -> Int {
        if acknowledged > 0 {
            // Those that had been counted have now been acknowledged: RFC 6582 §3.2 step 3.
            let counted = min(Int(duplicates), max((acknowledged &- 1) / segment, 0))
            duplicates = state == .recovery ? duplicates &- UInt16(counted) : 0
            return max(acknowledged &- counted &* segment, 0)
        }
        guard board.outstanding > 0, !ack.carriesData, !ack.windowChanged else { return 0 }
        if duplicates < .max { duplicates &+= 1 }
        return segment
    }

    private mutating func measure(_ delivery: Delivery, _ ack: Acknowledgment, isProgress: Bool) -> Interval? {
        if let sample = delivery.sample { roundTrip.measureLeast(UInt64(sample), now: delivery.now) }
        let measured: UInt64
        if !delivery.isAmbiguous, delivery.oldestFresh != .max {
            measured = delivery.now &- min(delivery.oldestFresh, delivery.now)
        } else if isProgress, let echo = ack.echo { // RFC 7323 §4.1: only if the front moves
            measured = echo.microseconds
        } else {
            return nil
        }
        // RFC 7323 appendix G: an acknowledgment for two segments.
        roundTrip.measure(measured, perRoundTrip: (board.outstanding &+ 2 &* segment &- 1) / (2 &* segment))
        probe.hasMeasured = true
        return Interval(microseconds: measured)
    }

    // MARK: what is lost

    /// RFC 8985 §6.2 steps 4 and 5; arms the reordering timer where something may yet come.
    mutating func findLosses(_ now: Instant, hasDSACK: Bool, _ pool: inout RecordPool) {
        rack.adapt(hasDSACK: hasDSACK, una: board.una, nxt: board.nxt)
        guard rack.sent > 0 else { return }
        let time = now.microseconds, wait = UInt64(rack.roundTrip) &+ reorderingWindow
        var record = board.oldest, longest: UInt64 = 0
        while record != RecordPool.none, pool[record].sentAt <= rack.sent {
            let later = pool[record].later
            if rack.isAfter(pool[record]) {
                let due = pool[record].sentAt &+ wait
                if due <= time { board.markLost(record, &pool) } else { longest = max(longest, due) }
            }
            record = later
        }
        if longest > 0 { timer.arm(.reordering, at: min(Instant(microseconds: longest), timer.base + roundTrip.timeout)) }
    }

    @inline(__always) var reorderingWindow: UInt64 {
        rack.window(
            isRecovering: state == .recovery || state == .timeout, sackedSegments: Int(board.sacked) / segment,
            least: roundTrip.least, smoothed: roundTrip.smoothed / 1000)
    }

    // MARK: what was none

    /// Was the last reduction a mistake, was the probe a repair?
    private mutating func judge(
        _ ack: Acknowledgment, _ delivery: Delivery, _ dsack: SackedBlocks.Block?, _ echoed: UInt64?, isProgress: Bool,
        _ events: inout AckOutcome.Events, _ pool: inout RecordPool
    ) {
        var isMistake = false
        if let dsack, undo.duplicated(dsack) { isMistake = true }
        if isProgress, let echoed {
            if undo.echoed(before: echoed, una: board.una) { isMistake = true }
            check = .off // a timestamp has decided
        }
        if state == .timeout, check != .off, timeoutWasNeedless(ack, delivery, isProgress: isProgress) { isMistake = true }
        if isMistake {
            takeBack(&pool)
            events.insert(.undone)
        }
        let isDuplicate = !isProgress && ack.blocks.count == 0 && !ack.carriesData && !ack.windowChanged
        if probe.acknowledged(board.una, dsackEnd: dsack?.right, isPlainDuplicate: isDuplicate), state == .open {
            begin(.reduced, flight: board.outstanding &+ delivery.octets, before: board.una) // RFC 8985 §7.4.2
            events.insert(.reduced)
        }
    }

    /// RFC 5682 §2.1 steps 2 and 3, §3.1.
    private mutating func timeoutWasNeedless(_ ack: Acknowledgment, _ delivery: Delivery, isProgress: Bool) -> Bool {
        switch check {
        case .off: return false
        case .first:
            if isProgress, board.una < point, ack.canSendNew {
                check = .second
                congestion.setWindow(inFlight &+ 2 &* segment)
            } else {
                check = .off
            }
            return false
        case .second:
            check = .off
            return hasSACK ? delivery.freshOctets > 0 : isProgress
        }
    }

    // MARK: where it leads

    /// Begins and ends recoveries.
    private mutating func settle(
        flight: Int, before: SequenceNumber, acknowledged: Int, _ events: inout AckOutcome.Events, _ pool: inout RecordPool
    ) {
        if isGuarded, board.una > point { isGuarded = false }
        if state != .open, board.una >= point {
            isGuarded = !hasSACK && state != .reduced && board.una == point
            if state != .reduced { events.insert(.leftRecovery) }
            leave()
            duplicates = 0
        } else if !hasSACK, state == .recovery, acknowledged > 0 {
            markFront(&pool) // RFC 6582 §3.2 step 3: a partial acknowledgment
        }
        guard state == .open || state == .reduced else { return }
        // What is reported as a duplicate two windows later belongs to no retransmission of that recovery.
        if undo.isArmed, board.una - point > 2 &* Int(congestion.window) { undo.isArmed = false }
        if !hasSACK, duplicates >= 3, !isGuarded { markFront(&pool) } // RFC 5681 §3.2 step 2
        guard board.lost > 0 else { return }
        begin(.recovery, flight: flight, before: before)
        events.insert(.enteredRecovery)
    }

    /// The segment that is awaited is lost.
    private mutating func markFront(_ pool: inout RecordPool) {
        let front = board.first
        guard front != RecordPool.none, pool[front].isInFlight else { return }
        if pool[front].octets > segment { _ = board.split(front, at: pool[front].start + segment, &pool) }
        board.markLost(front, &pool)
    }

    private mutating func resize(_ outcome: AckOutcome, _ time: GrowthTime, _ before: SequenceNumber, _ isProgress: Bool) {
        switch state {
        case .recovery, .reduced:
            if outcome.delivered > 0 { reduceRate(delivered: outcome.delivered, isProgress: isProgress) }
        case .open, .timeout:
            guard outcome.acknowledged > 0, check != .second, outcome.events.isDisjoint(with: [.leftRecovery, .undone]) else { return }
            // RFC 3465 §2.3: after a timeout, without SACK, much of what one acknowledgment covers arrived long ago.
            let octets = state == .timeout && !hasSACK ? min(outcome.delivered, segment) : outcome.delivered
            congestion.grow(octets, before: before, una: board.una, nxt: board.nxt, time)
        }
    }

    /// RFC 9937 §6.2.
    mutating func reduceRate(delivered: Int, isProgress: Bool) {
        let allowed = reduction.allowance(
            delivered: delivered, inFlight: inFlight, threshold: Int(congestion.threshold), isProgress: isProgress, segment: segment)
        congestion.setWindow(inFlight &+ allowed)
    }
}

extension Delivery {
    /// The round trip of the newest octets that were transmitted once, in microseconds.
    var sample: UInt32? { newestFresh > 0 ? UInt32(clamping: now &- min(newestFresh, now)) : nil }
}
