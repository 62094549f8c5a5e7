/// Whether to look again and again for a while before falling asleep, learned from how long the last waits were.
///
/// To sleep and be woken costs more than a short wait does, most of all in a virtual machine. So where waits have been
/// short, the next one begins by looking; the first that is long ends that, and who has waited in vain several times over
/// tries less and less often. An idle process never looks: its waits are long.
public struct Alertness: Sendable {
    /// Nanoseconds of looking in front of one sleep, at most.
    public static var most: UInt64 { 50_000 }
    /// Frames of one round, both ways, up to which it looks like question and answer: with more, the next wait is not worth it.
    public static var exchange: Int { 2 }
    /// Short waits to sleep through after looking in vain: doubled each time, until looking is worth it again.
    private static var leastRest: Int { 16 }
    private static var longestRest: Int { 4096 }

    private var isLooking = false
    private var rest = 0, nextRest = Alertness.leastRest

    public init() {}

    /// Nanoseconds to look for before the next sleep; zero: sleep at once.
    public var span: UInt64 { isLooking ? Self.most : 0 }

    /// A wait was over after so many nanoseconds, however they were spent.
    public mutating func waited(_ nanoseconds: UInt64) {
        let isShort = nanoseconds <= Self.most
        if isLooking {
            if isShort { return nextRest = Self.leastRest }
            isLooking = false
            rest = nextRest
            nextRest = min(nextRest * 2, Self.longestRest)
        } else if isShort {
            if rest > 0 { rest -= 1 } else { isLooking = true }
        }
    }
}

extension EventLoop {
    /// The same as `wait`, looking for as long as `alertness` thinks it worth before sleeping.
    public borrowing func wait(_ ready: inout ReadyEvents, nanoseconds: UInt64?, _ alertness: inout Alertness) throws(SystemError) {
        guard nanoseconds != 0 else { return try wait(&ready, nanoseconds: 0) }
        let begun = MonotonicClock.now(), span = min(alertness.span, nanoseconds ?? .max)
        var passed: UInt64 = 0
        while passed < span {
            try wait(&ready, nanoseconds: 0)
            passed = MonotonicClock.now() &- begun
            if ready.count > 0 { return alertness.waited(passed) }
        }
        try wait(&ready, nanoseconds: nanoseconds.map { $0 - min(passed, $0) })
        alertness.waited(MonotonicClock.now() &- begun)
    }
}
