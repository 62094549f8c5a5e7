/// The loss of a flight's tail brings no acknowledgment that would show it: after two round trips of silence one segment
/// is sent that does. RFC 8985 §7.
struct TailProbe {
    /// Where the flight ended when the probe was sent.
    private(set) var end: SequenceNumber
    private(set) var isOutstanding = false
    private(set) var isRetransmission = false
    /// The deadline has come and the segment is yet to be transmitted.
    private(set) var isDue = false
    /// A round trip was measured, and since the last probe: §7.3, or probes would keep the estimate from growing.
    var hasMeasured = false

    init(_ start: SequenceNumber) { end = start }

    mutating func expire() { isDue = true }
    /// The silence is over before it was sent.
    mutating func withdraw() { isDue = false }
    mutating func cancel() { (isDue, isOutstanding) = (false, false) }

    /// The first transmission after the deadline is the probe. §7.3.
    mutating func transmitted(isRetransmission: Bool, nxt: SequenceNumber) {
        guard isDue else { return }
        (isDue, isOutstanding, hasMeasured) = (false, true, false)
        (self.isRetransmission, end) = (isRetransmission, nxt)
    }

    /// §7.2: twice the round trip, and the time an acknowledgment of a single segment may be delayed.
    /// The two milliseconds are for the timers on the way: an acknowledgment late by that much is not a loss.
    static func timeout(smoothed: UInt64, isSingleSegment: Bool) -> Interval {
        Interval(nanoseconds: Int64(smoothed &* 2 &+ (isSingleSegment ? 200_000_000 : 2_000_000)))
    }

    /// What an acknowledgment says of the probe; true: it repaired a loss, the window answers for it. §7.4.2.
    mutating func acknowledged(_ una: SequenceNumber, dsackEnd: SequenceNumber?, isPlainDuplicate: Bool) -> Bool {
        guard isOutstanding, una >= end else { return false }
        if !isRetransmission || dsackEnd == end {
            isOutstanding = false
        } else if una > end {
            isOutstanding = false
            return true
        } else if isPlainDuplicate {
            isOutstanding = false
        }
        return false
    }
}
