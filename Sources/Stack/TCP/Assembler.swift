internal import Wire

/// Octets that arrived behind a hole: from `left` up to, not with, `right`.
struct ReceivedRange: BitwiseCopyable {
    var left: SequenceNumber
    var right: SequenceNumber
    /// The range that was changed before this one; `Assembler.none` at the end.
    var next: UInt32
}

/// Where all connections keep their ranges.
typealias RangePool = LazySlab<ReceivedRange>

/// Which octets beyond RCV.NXT have arrived, and what of it the peer is to be told.
///
/// A list of ranges that neither overlap nor touch, the one changed last first: the order in which RFC 2018 §4 reports
/// them, and the order in which they are needed, since most segments lengthen the range of the one before. A connection
/// without holes holds none. The pool is not the assembler's: `release` it.
///
/// - Complexity: with no range O(1), else O(ranges), of which there are at most `mostRanges`. Nothing is allocated.
struct Assembler {
    /// A bound for what one peer can make this host look through for each segment.
    static var mostRanges: Int { 128 }
    static var none: UInt32 { .max }

    private var first = Assembler.none
    /// What arrived twice and has not been reported yet; empty for nothing. RFC 2883 §4.
    private var duplicateLeft = SequenceNumber(rawValue: 0), duplicateRight = SequenceNumber(rawValue: 0)
    private var ranges: UInt8 = 0

    /// Ranges behind holes.
    @inline(__always) var count: Int { Int(ranges) }
    /// No hole.
    @inline(__always) var isEmpty: Bool { ranges == 0 }
    /// Whether `report` would say anything.
    @inline(__always) var hasReport: Bool { ranges > 0 || duplicateLeft != duplicateRight }

    /// Takes in a segment's octets, which the caller has cut to the window and has stored where they belong.
    ///
    /// - Parameters:
    ///   - left: of the first octet; what lies before `next` counts as arrived twice.
    ///   - next: RCV.NXT.
    /// - Returns: by how many octets RCV.NXT advances; nil when one more range would be one too many: the segment is lost.
    @inline(__always) mutating func insert(
        _ left: SequenceNumber, _ octets: Int, next: SequenceNumber, in pool: inout RangePool
    ) -> Int? {
        if left == next, ranges == 0 { return octets }
        return insertApart(left, octets, next, &pool)
    }

    private mutating func insertApart(
        _ start: SequenceNumber, _ octets: Int, _ next: SequenceNumber, _ pool: inout RangePool
    ) -> Int? {
        let right = start + octets
        if start < next {
            noteDuplicate(start, right <= next ? right : next)
            if ranges == 0 { return max(right - next, 0) }
        }
        let left = start < next ? next : start
        guard left < right else { return 0 }
        let whole = absorb(left, right, &pool)
        if whole.left == next {
            if whole.node != Self.none { pool.give(whole.node) }
            return whole.right - next
        }
        var node = whole.node
        if node == Self.none {
            let range = ReceivedRange(left: left, right: right, next: first)
            guard count < Self.mostRanges, let fresh = pool.take(range) else { return nil }
            node = fresh
        }
        pool[node] = ReceivedRange(left: whole.left, right: whole.right, next: first)
        first = node
        ranges &+= 1
        return 0
    }

    /// Takes out of the list every range that overlaps or touches [left, right), notes the first overlap, and gives back
    /// all positions but one.
    /// - Returns: the union, and the position that is left over, or `none`.
    private mutating func absorb(
        _ left: SequenceNumber, _ right: SequenceNumber, _ pool: inout RangePool
    ) -> (left: SequenceNumber, right: SequenceNumber, node: UInt32) {
        var whole = (left: left, right: right, node: Self.none)
        var overlap = (left: right, right: right)
        var previous = Self.none, node = first
        while node != Self.none {
            let range = pool[node]
            if range.left > right || range.right < left {
                previous = node
            } else {
                // What is absorbed cannot reach a further range: ranges do not touch each other.
                let from = range.left < left ? left : range.left, to = range.right < right ? range.right : right
                if from < to, from < overlap.left { overlap = (from, to) }
                if range.left < whole.left { whole.left = range.left }
                if range.right > whole.right { whole.right = range.right }
                if previous == Self.none { first = range.next } else { pool[previous].next = range.next }
                if whole.node == Self.none { whole.node = node } else { pool.give(node) }
                ranges &-= 1
            }
            node = range.next
        }
        if overlap.left < overlap.right { noteDuplicate(overlap.left, overlap.right) }
        return whole
    }

    /// [left, right) arrived again; a segment outside the window too may be reported so. RFC 2883 §4.
    mutating func noteDuplicate(_ left: SequenceNumber, _ right: SequenceNumber) {
        (duplicateLeft, duplicateRight) = (left, right)
    }

    /// Adds to the options of an acknowledgment as many blocks as fit: what arrived twice, once (RFC 2883 §4), then the
    /// ranges, the one changed last first (RFC 2018 §4). The time stamp must stand in `options` already.
    mutating func report(into options: inout TCPOptions, in pool: borrowing RangePool) {
        if duplicateLeft != duplicateRight {
            options.append(TCPSackBlock(left: duplicateLeft.rawValue, right: duplicateRight.rawValue))
            duplicateRight = duplicateLeft
        }
        var node = first
        while node != Self.none {
            let range = pool[node]
            guard options.append(TCPSackBlock(left: range.left.rawValue, right: range.right.rawValue)) else { return }
            node = range.next
        }
    }

    /// Forgets all ranges and gives their positions back.
    mutating func release(in pool: inout RangePool) {
        while first != Self.none {
            let node = first
            first = pool[node].next
            pool.give(node)
        }
        self = Assembler()
    }
}
