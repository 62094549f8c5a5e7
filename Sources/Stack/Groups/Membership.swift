/// Belonging to one group on one link: when to report. RFC 2236 §6, RFC 2710 §5. Pure.
struct Membership: Sendable {
    enum Action: Equatable, Sendable { case none, report, leave }

    /// When the next report is due; nil when idle.
    private(set) var deadline: Instant?
    /// Reports still to send unasked: a router may miss one. RFC 2236 §3.
    private var unsolicited = 0
    /// Nobody has reported the group after us: our leaving is news. RFC 2236 §6.
    private var wasLast = false

    static let unsolicitedInterval = Interval.seconds(10)

    /// Joined: report at once, and once more after a random time.
    static func joined(_ now: Instant) -> Self {
        var fresh = Self()
        (fresh.deadline, fresh.unsolicited) = (now, 2)
        return fresh
    }

    mutating func timerFired(_ now: Instant, _ random: inout RandomSource) -> Action {
        unsolicited = max(unsolicited - 1, 0)
        deadline = unsolicited > 0 ? now + random.interval(upTo: Self.unsolicitedInterval) : nil
        wasLast = true
        return .report
    }

    /// A router asks: answer after a random time, or sooner if one is set sooner.
    mutating func heardQuery(_ most: Interval, _ now: Instant, _ random: inout RandomSource) {
        let candidate = now + random.interval(upTo: most)
        if let deadline, deadline <= now + most { return }
        deadline = candidate
    }

    /// Another member has answered.
    mutating func heardReport() {
        guard deadline != nil else { return }
        (deadline, unsolicited, wasLast) = (nil, 0, false)
    }

    /// The last user has left.
    func left() -> Action { wasLast ? .leave : .none }
}
