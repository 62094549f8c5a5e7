/// Why the window is not growing freely.
enum RecoveryState: UInt8 {
    case open
    /// The window comes down for an ECN mark; nothing is lost.
    case reduced
    /// Fast recovery: RFC 6675, RFC 6582.
    case recovery
    /// After a retransmission timeout.
    case timeout
}

/// What is kept so that a reduction for a loss that was none can be taken back.
///
/// Three things show it: every retransmission is reported as a duplicate (RFC 2883, RFC 3708 §2), the first acknowledgment
/// after it echoes a timestamp from before it (RFC 3522 §3.2), or the acknowledgments after a timeout are of what was not
/// sent again (RFC 5682).
struct Undo {
    /// When the first was sent again, in microseconds, and where it begins; zero: none yet.
    private var firstResent: UInt64 = 0
    private var first: SequenceNumber
    /// Where the front was: a duplicate of what lies before has nothing to do with it.
    var marker: SequenceNumber
    /// Octets sent again and not reported as duplicates.
    var resent: Int32 = 0
    private(set) var window: UInt32 = 0, threshold: UInt32 = 0, maximum: UInt32 = 0
    var isArmed = false
    /// Eifel has given its verdict: RFC 3522 §3.2 (4) asks the first acknowledgment only.
    var isJudged = false

    init(_ start: SequenceNumber) { (marker, first) = (start, start) }

    mutating func arm(_ marker: SequenceNumber, _ congestion: CongestionControl) {
        self = Undo(marker)
        isArmed = true
        (window, threshold, maximum) = (congestion.window, congestion.threshold, congestion.cubic.maximum)
    }

    mutating func resend(_ start: SequenceNumber, _ octets: Int, at time: UInt64) {
        guard isArmed else { return }
        resent &+= Int32(truncatingIfNeeded: octets)
        if firstResent == 0 { (firstResent, first) = (time, start) }
    }

    /// True: with these octets all that was sent again is reported twice.
    mutating func duplicated(_ block: SackedBlocks.Block) -> Bool {
        guard isArmed, firstResent != 0, block.left >= marker else { return false }
        resent &-= Int32(truncatingIfNeeded: block.octets)
        return resent <= 0
    }

    /// The front moved. True: what moved it over the first that was sent again was sent before that. RFC 3522 §3.2 step 4.
    mutating func echoed(before time: UInt64, una: SequenceNumber) -> Bool {
        guard isArmed, firstResent != 0, !isJudged, una > first else { return false }
        isJudged = true
        return time < firstResent
    }
}

/// F-RTO: was the timeout needed? RFC 5682 §2.1 without, §3.1 with SACK. What is sent after the first retransmission is new.
enum TimeoutCheck: UInt8 {
    case off
    /// The first segment was sent again; its acknowledgment is awaited.
    case first
    /// The front has moved; two new segments are sent, and the next acknowledgment decides.
    case second
}
