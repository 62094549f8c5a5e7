/// What is in flight, as runs of octets: the sender's scoreboard (RFC 6675 §3, with a time per run for RFC 8985).
///
/// Two lists go through the records: all of them in sequence, and those in flight in the order of their last transmission.
/// Runs with the same fate side by side become one, so that there are about as many records as bursts and holes.
struct Scoreboard {
    /// The oldest octet not acknowledged, and the one behind the last transmitted.
    private(set) var una: SequenceNumber, nxt: SequenceNumber
    private(set) var first = RecordPool.none, last = RecordPool.none
    /// The ends of the list by time.
    private(set) var oldest = RecordPool.none, newest = RecordPool.none
    /// Where the receiver last added something: a search begins here.
    private var cursor = RecordPool.none
    /// No run before this one is lost.
    private var firstLost = RecordPool.none
    /// Octets held by the receiver beyond `una`.
    private(set) var sacked: UInt32 = 0
    /// Octets taken for lost and not sent again.
    private(set) var lost: UInt32 = 0
    /// Records in use.
    private(set) var records: UInt32 = 0

    init(_ start: SequenceNumber) { (una, nxt) = (start, start) }

    /// Octets transmitted and not acknowledged: FlightSize of RFC 5681 §2.
    var outstanding: Int { nxt - una }
    /// Octets believed to be on the way: `pipe` of RFC 6675 §4.
    var inFlight: Int { max(outstanding &- Int(sacked) &- Int(lost), 0) }

    // MARK: transmitting

    /// Adds `octets` behind all others; false when there is no record for them.
    mutating func append(_ octets: Int, at time: UInt64, _ pool: inout RecordPool) -> Bool {
        let end = nxt + octets
        if last != RecordPool.none, last == newest, pool[last].isFresh, pool[last].sentAt == time {
            pool[last].end = end
        } else {
            guard let record = pool.take(TransmissionRecord(nxt, end, sentAt: time)) else { return false }
            records &+= 1
            link(record, after: last, &pool)
            linkNewest(record, &pool)
        }
        nxt = end
        return true
    }

    /// Notes that `octets` from `start` were transmitted once more. Without a free record to part a run at an end of the
    /// range, the whole run counts as sent again: too much in flight is the safe side, and the timeout still works.
    mutating func resend(_ start: SequenceNumber, _ octets: Int, at time: UInt64, _ pool: inout RecordPool) {
        let end = start + octets
        var record = find(start, pool)
        while record != RecordPool.none, pool[record].start < end {
            if !pool[record].isSacked {
                if pool[record].start < start, let back = split(record, at: start, &pool) { record = back }
                if pool[record].end > end { _ = split(record, at: end, &pool) }
                record = touch(record, time, &pool)
            }
            record = pool[record].next
        }
    }

    /// The record is in flight again since `time`; it may become one with the record before it, whose position is the answer.
    private mutating func touch(_ record: UInt32, _ time: UInt64, _ pool: inout RecordPool) -> UInt32 {
        if pool[record].isLost {
            lost &-= UInt32(pool[record].octets)
            pool[record].isLost = false
        } else {
            unlinkTime(record, &pool)
        }
        pool[record].isResent = true
        pool[record].sentAt = time
        linkNewest(record, &pool)
        let previous = pool[record].previous
        guard previous != RecordPool.none, pool[previous].isInFlight, pool[previous].isResent, pool[previous].sentAt == time else { return record }
        return join(previous, record, &pool)
    }

    // MARK: finding

    /// The record that holds `number`, or the first behind it.
    func find(_ number: SequenceNumber, _ pool: borrowing RecordPool) -> UInt32 {
        var record = cursor == RecordPool.none ? first : cursor
        while record != RecordPool.none, number < pool[record].start, pool[record].previous != RecordPool.none { record = pool[record].previous }
        while record != RecordPool.none, pool[record].end <= number { record = pool[record].next }
        return record
    }

    /// The oldest run to send again, at most `octets` of it.
    mutating func nextLost(_ octets: Int, _ pool: borrowing RecordPool) -> (start: SequenceNumber, octets: Int)? {
        guard lost > 0 else { return nil }
        while firstLost != RecordPool.none, !pool[firstLost].isLost { firstLost = pool[firstLost].next }
        guard firstLost != RecordPool.none else { return nil }
        return (pool[firstLost].start, min(pool[firstLost].octets, octets))
    }

    // MARK: the fates of a record

    mutating func markLost(_ record: UInt32, _ pool: inout RecordPool) {
        guard pool[record].isInFlight else { return }
        unlinkTime(record, &pool)
        pool[record].isLost = true
        lost &+= UInt32(pool[record].octets)
        if firstLost == RecordPool.none || pool[record].start < pool[firstLost].start { firstLost = record }
    }

    /// The loss was none: the run is in flight since it was transmitted.
    mutating func unmarkLost(_ record: UInt32, _ pool: inout RecordPool) {
        guard pool[record].isLost else { return }
        pool[record].isLost = false
        lost &-= UInt32(pool[record].octets)
        linkByTime(record, &pool)
    }

    mutating func markSacked(_ record: UInt32, _ pool: inout RecordPool) {
        if pool[record].isLost { lost &-= UInt32(pool[record].octets) } else { unlinkTime(record, &pool) }
        pool[record].isLost = false
        pool[record].isSacked = true
        sacked &+= UInt32(pool[record].octets)
        var kept = record
        let previous = pool[record].previous, next = pool[record].next
        if previous != RecordPool.none, pool[previous].isSacked { kept = join(previous, record, &pool) }
        if next != RecordPool.none, pool[next].isSacked { kept = join(kept, next, &pool) }
        cursor = kept
    }

    /// The receiver let go of what it held: it is lost. RFC 2018 §8.
    mutating func markReneged(_ record: UInt32, _ pool: inout RecordPool) {
        guard pool[record].isSacked else { return }
        pool[record].isSacked = false
        sacked &-= UInt32(pool[record].octets)
        linkNewest(record, &pool)
        markLost(record, &pool)
    }

    /// Moves the boundary of a held run over `octets` of its neighbor: no record is needed. `grows` is the held one.
    mutating func shiftBoundary(_ grows: UInt32, over neighbor: UInt32, _ octets: Int, _ pool: inout RecordPool) {
        if pool[neighbor].isLost { lost &-= UInt32(octets) }
        sacked &+= UInt32(octets)
        if pool[grows].next == neighbor {
            pool[grows].end = pool[grows].end + octets
            pool[neighbor].start = pool[grows].end
        } else {
            pool[neighbor].end = pool[neighbor].end - octets
            pool[grows].start = pool[neighbor].end
        }
        cursor = grows
    }

    /// Octets at the front have arrived: the first record ends or begins later.
    mutating func dropFront(to number: SequenceNumber, _ pool: inout RecordPool) {
        let record = first
        if pool[record].end <= number { return remove(record, &pool) }
        let octets = UInt32(number - pool[record].start)
        if pool[record].isSacked { sacked &-= octets }
        if pool[record].isLost { lost &-= octets }
        pool[record].start = number
    }

    mutating func advance(to number: SequenceNumber) { una = number }

    /// Gives all records back.
    mutating func release(_ pool: inout RecordPool) {
        while first != RecordPool.none { remove(first, &pool) }
        una = nxt
    }
}

// MARK: lists
extension Scoreboard {
    /// Parts a run: `record` keeps the front, the answer is the back; nil without a free record.
    mutating func split(_ record: UInt32, at boundary: SequenceNumber, _ pool: inout RecordPool) -> UInt32? {
        var copy = pool[record]
        copy.start = boundary
        guard let back = pool.take(copy) else { return nil }
        records &+= 1
        pool[record].end = boundary
        link(back, after: record, &pool)
        if pool[record].isInFlight { linkTime(back, after: record, &pool) }
        return back
    }

    /// Makes one of two neighbors with one fate; the front one stays.
    private mutating func join(_ front: UInt32, _ back: UInt32, _ pool: inout RecordPool) -> UInt32 {
        if pool[back].isInFlight { unlinkTime(back, &pool) }
        pool[front].end = pool[back].end
        pool[front].isResent = pool[front].isResent || pool[back].isResent
        unlink(back, &pool)
        return front
    }

    private mutating func remove(_ record: UInt32, _ pool: inout RecordPool) {
        let octets = UInt32(pool[record].octets)
        if pool[record].isSacked {
            sacked &-= octets
        } else if pool[record].isLost {
            lost &-= octets
        } else {
            unlinkTime(record, &pool)
        }
        unlink(record, &pool)
    }

    private mutating func link(_ record: UInt32, after previous: UInt32, _ pool: inout RecordPool) {
        let next = previous == RecordPool.none ? first : pool[previous].next
        pool[record].previous = previous
        pool[record].next = next
        if previous == RecordPool.none { first = record } else { pool[previous].next = record }
        if next == RecordPool.none { last = record } else { pool[next].previous = record }
    }

    /// Out of the sequence, and back to the pool.
    private mutating func unlink(_ record: UInt32, _ pool: inout RecordPool) {
        let previous = pool[record].previous, next = pool[record].next
        if previous == RecordPool.none { first = next } else { pool[previous].next = next }
        if next == RecordPool.none { last = previous } else { pool[next].previous = previous }
        if cursor == record { cursor = previous != RecordPool.none ? previous : next }
        if firstLost == record { firstLost = next }
        records &-= 1
        pool.give(record)
    }

    private mutating func linkNewest(_ record: UInt32, _ pool: inout RecordPool) { linkTime(record, after: newest, &pool) }

    /// Among those in flight, behind the last that is not younger.
    private mutating func linkByTime(_ record: UInt32, _ pool: inout RecordPool) {
        var earlier = RecordPool.none, probe = oldest
        while probe != RecordPool.none, pool[probe].sentAt <= pool[record].sentAt { (earlier, probe) = (probe, pool[probe].later) }
        linkTime(record, after: earlier, &pool)
    }

    private mutating func linkTime(_ record: UInt32, after earlier: UInt32, _ pool: inout RecordPool) {
        let later = earlier == RecordPool.none ? oldest : pool[earlier].later
        pool[record].earlier = earlier
        pool[record].later = later
        if earlier == RecordPool.none { oldest = record } else { pool[earlier].later = record }
        if later == RecordPool.none { newest = record } else { pool[later].earlier = record }
    }

    private mutating func unlinkTime(_ record: UInt32, _ pool: inout RecordPool) {
        let earlier = pool[record].earlier, later = pool[record].later
        if earlier == RecordPool.none { oldest = later } else { pool[earlier].later = later }
        if later == RecordPool.none { newest = earlier } else { pool[later].earlier = earlier }
    }
}
