/// Sees whether a host that has something to do gets on with it.
///
/// A round of the host begins when it wakes, and says so by its heartbeat: microseconds of the monotonic clock, 32 bits of them. So the
/// time that a callout takes is counted from its begin, and not from the look that finds it.
struct HostWatch {
    /// Nanoseconds between two looks.
    static let round: UInt64 = 20_000_000
    /// Nanoseconds without progress after which a host hangs: with the look that finds it, less than 100 ms.
    static let usualLimit: UInt64 = 90_000_000

    /// Nanoseconds; 0: nothing hangs.
    var limit = usualLimit
    private var beat: UInt32 = 0
    /// When this round was first seen; nil: the host slept.
    private var seen: UInt64?
    /// What it had waited for a processor, in all: at the last look, and before this round.
    private var latest: UInt64?, before: UInt64 = 0
    private var first: UInt64 = 0

    init(limit: UInt64 = usualLimit) { self.limit = limit }

    /// What a host says at the begin of a round.
    static func beat(now: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: now / 1000) }

    /// - Parameters:
    ///   - isIdle: it sleeps, and nobody has rung its bell.
    ///   - since: it was rung, or answered, then: what lies before is no hang.
    ///   - waited: nanoseconds that it has waited for a processor, in all.
    /// - Returns: whether it hangs: awake, or rung for, and in the same round for the limit. What it waited for a processor is not its fault; but
    ///   one that has had half of the limit without it has had time enough, and one that spins on a busy machine waits all the time.
    mutating func look(beat: UInt32, isIdle: Bool, since: UInt64 = 0, now: UInt64, waited: () -> UInt64) -> Bool {
        guard !isIdle, limit > 0 else {
            if beat != self.beat { (self.beat, latest) = (beat, waited()) }
            seen = nil
            return false
        }
        guard let last = latest else {
            // Nothing is known of the time before the first look.
            before = waited()
            (self.beat, seen, latest, first) = (beat, now, before, now)
            return false
        }
        if seen == nil || beat != self.beat { (self.beat, seen, before, latest) = (beat, now, last, waited()) }
        guard now &- begin(since, now) >= limit else { return false }
        let later = waited(), excuse = later > before ? later - before : 0
        return now &- begin(since, now) >= max(limit, limit / 2 &+ excuse)
    }

    /// When to look again: in time for the end of the limit.
    func next(since: UInt64, now: UInt64) -> UInt64 {
        guard seen != nil else { return now + 2 * Self.round }
        let end = begin(since, now) &+ limit
        return end > now ? min(end, now + Self.round) : now + Self.round / 4
    }

    /// A host that lies about its begin hangs from when it was seen.
    private func begin(_ since: UInt64, _ now: UInt64) -> UInt64 {
        let age = Int32(bitPattern: Self.beat(now: now) &- beat)
        let told = age < 0 ? now : now &- min(UInt64(age) &* 1000, now)
        return max(since, first, min(told, seen ?? now))
    }
}
