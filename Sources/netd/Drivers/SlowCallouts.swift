import CDriver
import Messages

/// The callouts of one driver on one interface that took ``Callout/slow`` or longer: counted, and told in the log.
///
/// Looked for also while nothing is recorded: what costs the stack its time has to be seen.
package final class SlowCallouts {
    /// Stamps of a ``DeviceTrace``'s clock from which a callout is looked at more closely. Less than ``Callout/slow`` by every clock:
    /// 1 ms in nanoseconds, a fraction of that by a processor's counter, 44 ms by the slowest one (24 MHz).
    static let suspicious: UInt64 = 1 << 20

    struct Tally: Equatable {
        var count: UInt64 = 0
        /// Nanoseconds.
        var longest: UInt64 = 0
    }

    private let interface: String
    private let tell: (String) -> Void
    private let clock: SpanClock
    private(set) var tallies: [Callout: Tally] = [:]

    /// - Parameter tell: takes a line that names interface, callout and duration; the driver's name is the log's.
    init(interface: String, clock: SpanClock, tell: @escaping (String) -> Void) {
        (self.interface, self.clock, self.tell) = (interface, clock, tell)
    }

    /// A callout that took `span` stamps of the clock; most that come here took less than the limit.
    @inline(never) func look(at callout: Callout, span: UInt64) { note(callout, nanoseconds: clock.nanoseconds(span)) }

    func note(_ callout: Callout, nanoseconds: UInt64) {
        guard nanoseconds >= Callout.slow else { return }
        var tally = tallies[callout] ?? Tally()
        tally.count += 1
        // A driver that is always slow is told of now and then; one that gets slower, each time.
        let isNews = Self.isPowerOfTen(tally.count) || nanoseconds / 2 > tally.longest
        tally.longest = max(tally.longest, nanoseconds)
        tallies[callout] = tally
        guard isNews else { return }
        let times = tally.count == 1 ? "for the first time" : "\(tally.count) times so far"
        tell("\(interface): its callout \(callout.name) took \(nanoseconds / 1_000_000) ms, in which the stack stood still (\(times))")
    }

    private static func isPowerOfTen(_ count: UInt64) -> Bool {
        var rest = count
        while rest >= 10, rest % 10 == 0 { rest /= 10 }
        return rest == 1
    }

    /// For `nicinfo`, in the contract's order.
    var report: [HardwareReport.SlowCallout] {
        Callout.allCases.compactMap { callout in
            tallies[callout].map { .init(callout: callout.name, count: $0.count, longestMilliseconds: $0.longest / 1_000_000) }
        }
    }
}

/// Makes nanoseconds of the stamps of a ``DeviceTrace``'s clock, by comparing it with the monotonic clock since this was made.
struct SpanClock {
    private let isCounting: Bool
    private let stamp: UInt64, nanoseconds: UInt64

    init(isCounting: Bool) {
        self.isCounting = isCounting
        (stamp, nanoseconds) = (drydock_ticks(), drydock_monotonic())
    }

    /// - Parameter span: it ended now.
    func nanoseconds(_ span: UInt64) -> UInt64 {
        guard isCounting else { return span }
        let stamps = drydock_ticks() &- stamp, passed = drydock_monotonic() &- nanoseconds
        return stamps == 0 ? 0 : UInt64(Double(span) * (Double(passed) / Double(stamps)))
    }
}
