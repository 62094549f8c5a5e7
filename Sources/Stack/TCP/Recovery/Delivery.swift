/// What one acknowledgment delivered, gathered run by run: for the round trip, for RACK and for what undoes a mistake.
struct Delivery {
    let now: UInt64
    /// When the echoed timestamp was made, in microseconds, at the latest; nil without one.
    let echoedBefore: UInt64?
    /// The shortest round trip, in microseconds.
    private let leastRoundTrip: UInt32

    /// Octets newly held by the receiver.
    private(set) var octets = 0
    /// Of these, octets before `point` that were transmitted once only.
    private(set) var freshOctets = 0
    private let point: SequenceNumber
    /// The transmission of the oldest and the newest of those; `.max` and 0 without any.
    private(set) var oldestFresh = UInt64.max, newestFresh: UInt64 = 0
    /// A run that was sent twice was acknowledged: which transmission arrived is not known. RFC 6298 §3 (Karn).
    private(set) var isAmbiguous = false
    /// The last transmitted run that has arrived for certain: RFC 8985 §6.2 step 2. `sent` is zero without one.
    private(set) var newest = (sent: UInt64(0), end: SequenceNumber(rawValue: 0))
    /// The highest octet that has arrived, and whether one below it came later: RFC 8985 §6.2 step 3.
    private(set) var forward: SequenceNumber
    private(set) var isReordered = false

    init(now: UInt64, echoedBefore: UInt64?, leastRoundTrip: UInt32, forward: SequenceNumber, point: SequenceNumber) {
        (self.now, self.echoedBefore, self.leastRoundTrip, self.forward) = (now, echoedBefore, leastRoundTrip, forward)
        self.point = point
    }

    /// `octets` of `record`, up to `end`, have arrived and were not known to have.
    ///
    /// - Parameter isInOrder: it was acknowledged, not sacked. Only then is the echo of the segment that arrived: beyond a
    ///   hole it is of what came before the hole (RFC 7323 §4.3), and RFC 8985 §6.2 step 2 must not be applied to it.
    mutating func note(_ record: TransmissionRecord, to end: SequenceNumber, _ octets: Int, isInOrder: Bool = false) {
        self.octets &+= octets
        let sent = record.sentAt, isResent = record.isResent
        if isResent {
            isAmbiguous = true
        } else {
            if end <= point { freshOctets &+= octets }
            oldestFresh = min(oldestFresh, sent)
            newestFresh = max(newestFresh, sent)
        }
        if end > forward { forward = end } else if end < forward, !isResent { isReordered = true }
        // An acknowledgment of the original would make the retransmission look as if it had just been delivered.
        if isResent, isInOrder, let echoedBefore, echoedBefore < sent { return }
        if isResent, now &- min(sent, now) < UInt64(leastRoundTrip) { return }
        if sent > newest.sent || sent == newest.sent && end > newest.end || newest.sent == 0 { newest = (sent, end) }
    }
}

extension Scoreboard {
    /// Everything before `number` has arrived.
    mutating func acknowledge(_ number: SequenceNumber, _ delivery: inout Delivery, _ pool: inout RecordPool) {
        while first != RecordPool.none, pool[first].start < number {
            if !pool[first].isSacked {
                let end = pool[first].end <= number ? pool[first].end : number
                delivery.note(pool[first], to: end, end - pool[first].start, isInOrder: true)
            }
            dropFront(to: number, &pool)
        }
        advance(to: number)
    }

    /// The receiver holds what lies between the two: RFC 2018 §3. Advice: what has no record to be noted in is not noted.
    mutating func sack(_ block: SackedBlocks.Block, segment: Int, _ delivery: inout Delivery, _ pool: inout RecordPool) {
        var record = find(block.left, pool)
        while record != RecordPool.none, pool[record].start < block.right {
            let end = pool[record].end
            if !pool[record].isSacked { sackPart(of: record, block, segment, &delivery, &pool) }
            record = find(end, pool) // not `next`: it may have become one with this one
        }
    }

    /// A receiver that reports every other octet would have a record made for each: beyond two for a segment, and some
    /// for the odd ones, no run is parted for it.
    private func mayPart(_ segment: Int) -> Bool { Int(records) &* max(segment, 1) < 2 &* outstanding &+ 32 &* max(segment, 1) }

    private mutating func sackPart(
        of record: UInt32, _ block: SackedBlocks.Block, _ segment: Int, _ delivery: inout Delivery, _ pool: inout RecordPool
    ) {
        let whole = pool[record]
        let isFromStart = block.left <= whole.start, isToEnd = whole.end <= block.right
        // A block that grows moves a boundary, the frequent case.
        if isFromStart, !isToEnd, whole.previous != RecordPool.none, pool[whole.previous].isSacked {
            delivery.note(whole, to: block.right, block.right - whole.start)
            return shiftBoundary(whole.previous, over: record, block.right - whole.start, &pool)
        }
        if isToEnd, !isFromStart, whole.next != RecordPool.none, pool[whole.next].isSacked {
            delivery.note(whole, to: whole.end, whole.end - block.left)
            return shiftBoundary(whole.next, over: record, whole.end - block.left, &pool)
        }
        var middle = record
        if !isFromStart {
            guard mayPart(segment), let back = split(record, at: block.left, &pool) else { return }
            middle = back
        }
        if !isToEnd {
            guard mayPart(segment), split(middle, at: block.right, &pool) != nil else { return }
        }
        delivery.note(pool[middle], to: pool[middle].end, pool[middle].octets)
        markSacked(middle, &pool)
    }
}
