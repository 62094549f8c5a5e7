/// RACK: what was transmitted before something that has arrived since, and a reordering window ago, is lost. RFC 8985 §6.
///
/// All times are microseconds.
struct Rack {
    /// The last transmitted run that has arrived: when it was sent, its end, its round trip.
    private(set) var sent: UInt64 = 0
    private(set) var end: SequenceNumber
    private(set) var roundTrip: UInt32 = 0
    /// The highest octet that has arrived.
    private(set) var forward: SequenceNumber
    private var dsackRound: SequenceNumber
    private var isInDSACKRound = false
    private(set) var hasSeenReordering = false
    /// The window in quarters of the shortest round trip.
    private(set) var multiplier: UInt8 = 1
    private var persistence: UInt8 = 0

    static var persistentRecoveries: UInt8 { 16 }
    static var duplicateThreshold: Int { 3 }

    init(_ start: SequenceNumber) { (end, forward, dsackRound) = (start, start, start) }

    /// §6.2 steps 2 and 3.
    mutating func update(_ delivery: Delivery) {
        forward = delivery.forward
        if delivery.isReordered { hasSeenReordering = true }
        guard delivery.newest.sent > 0 else { return }
        roundTrip = UInt32(clamping: delivery.now &- min(delivery.newest.sent, delivery.now))
        if isBefore(delivery.newest.sent, delivery.newest.end) { (sent, end) = (delivery.newest.sent, delivery.newest.end) }
    }

    /// Whether the last arrival was transmitted before (then, up to there).
    private func isBefore(_ time: UInt64, _ number: SequenceNumber) -> Bool { time > sent || time == sent && number > end }

    /// Whether the last arrival was transmitted after this run. §6.2, RACK_sent_after.
    @inline(__always) func isAfter(_ record: TransmissionRecord) -> Bool {
        sent > record.sentAt || sent == record.sentAt && end > record.end
    }

    /// §6.2 step 4: a round trip with a duplicate reported widens the window; sixteen recoveries without one bring it back.
    mutating func adapt(hasDSACK: Bool, una: SequenceNumber, nxt: SequenceNumber) {
        if isInDSACKRound, una >= dsackRound { isInDSACKRound = false }
        guard hasDSACK, !isInDSACKRound else { return }
        (isInDSACKRound, dsackRound, persistence) = (true, nxt, Self.persistentRecoveries)
        if multiplier < .max { multiplier &+= 1 }
    }

    /// A recovery was a mistake: nothing was lost, something was late. By the clause of step 3 alone this stays unseen, since
    /// all that was late had been sent again.
    mutating func sawReordering() { hasSeenReordering = true }

    mutating func leftRecovery() {
        if persistence > 0 { persistence &-= 1 }
        if persistence == 0 { multiplier = 1 }
    }

    /// The reordering window. §6.2 step 4.
    func window(isRecovering: Bool, sackedSegments: Int, least: UInt32, smoothed: UInt64) -> UInt64 {
        if !hasSeenReordering, isRecovering || sackedSegments >= Self.duplicateThreshold { return 0 }
        return min(UInt64(multiplier) &* UInt64(least) / 4, smoothed)
    }
}
