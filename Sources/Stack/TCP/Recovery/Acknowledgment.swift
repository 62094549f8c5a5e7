internal import Wire

/// What a segment that arrived says about what we sent; made by the connection from header and options.
struct Acknowledgment {
    /// SEG.ACK, between what was acknowledged before and what was transmitted: the connection has checked it.
    var una: SequenceNumber
    var blocks = SackedBlocks()
    /// The time since the segment was sent whose timestamp is echoed, in whole ticks of the timestamp clock. RFC 7323 §4.1.
    var echo: Interval?
    var isECNEcho = false
    /// It also carries octets, a SYN or a FIN: no duplicate in the sense of RFC 5681 §2.
    var carriesData = false
    /// SEG.WND is not what it was: no duplicate either.
    var windowChanged = false
    /// There is something never sent before, and the peer's window has room for it.
    var canSendNew = false

    init(una: SequenceNumber) { self.una = una }
}

/// Up to four blocks of a SACK option, in the order in which they stood there. RFC 2018 §3.
struct SackedBlocks {
    struct Block: Equatable { var left: SequenceNumber, right: SequenceNumber }

    private(set) var count = 0
    private var blocks = (Block.empty, Block.empty, Block.empty, Block.empty)

    init() {}

    init(_ options: borrowing TCPOptions) {
        for k in 0..<options.sackCount {
            append(SequenceNumber(rawValue: options.sack[k].left), SequenceNumber(rawValue: options.sack[k].right))
        }
    }

    /// A fifth block is not a block of one option.
    mutating func append(_ left: SequenceNumber, _ right: SequenceNumber) {
        guard count < 4 else { return }
        count &+= 1
        self[count &- 1] = Block(left: left, right: right)
    }

    subscript(position: Int) -> Block {
        get {
            switch position {
            case 0: blocks.0
            case 1: blocks.1
            case 2: blocks.2
            default: blocks.3
            }
        }
        set {
            switch position {
            case 0: blocks.0 = newValue
            case 1: blocks.1 = newValue
            case 2: blocks.2 = newValue
            default: blocks.3 = newValue
            }
        }
    }

    /// Takes the first away.
    mutating func dropFirst() {
        guard count > 0 else { return }
        (blocks.0, blocks.1, blocks.2) = (blocks.1, blocks.2, blocks.3)
        count &-= 1
    }

    /// Ascending: what was transmitted first is looked at first, or reordering would be seen where there is none.
    mutating func sort() {
        guard count > 1 else { return }
        for k in 1..<count {
            var at = k
            while at > 0, self[at].left < self[at &- 1].left {
                (self[at], self[at &- 1]) = (self[at &- 1], self[at])
                at &-= 1
            }
        }
    }
}

extension SackedBlocks.Block {
    static var empty: Self { Self(left: SequenceNumber(rawValue: 0), right: SequenceNumber(rawValue: 0)) }
    var octets: Int { right - left }
}

/// What an acknowledgment changed.
struct AckOutcome {
    struct Events: OptionSet {
        let rawValue: UInt8
        /// A loss was found: fast retransmit begins.
        static let enteredRecovery = Self(rawValue: 1)
        /// All that was in flight when the loss was found has arrived; or all of a timeout's.
        static let leftRecovery = Self(rawValue: 2)
        /// Nothing had been lost: the window is back.
        static let undone = Self(rawValue: 4)
        /// The window was reduced without a retransmission: ECN, or a loss that a probe repaired.
        static let reduced = Self(rawValue: 8)
    }

    /// Octets that left the retransmission queue.
    var acknowledged = 0
    /// Octets the receiver was not known to hold before: acknowledged or sacked.
    var delivered = 0
    /// The round trip that was measured, if one was.
    var roundTrip: Interval?
    var events: Events = []
    /// Something may go out now.
    var mayTransmit = false
    /// The window came down: CWR is owed where ECN was agreed.
    var hasReduced: Bool { !events.isDisjoint(with: [.enteredRecovery, .reduced]) }
}

/// What the deadline brought.
enum Expiry: Equatable {
    /// It has not come.
    case none
    /// RFC 8985 §7.3: send one segment of new data, or, where there is none or the peer's window is full, this last one again.
    case probe(last: SequenceNumber, octets: Int)
    /// RFC 6298 §5.4: nothing came back `count` times in a row.
    case timeout(count: Int)
    /// What was waited for in vain is lost now: RFC 8985 §6.2 step 5.
    case reorderingSettled
}
