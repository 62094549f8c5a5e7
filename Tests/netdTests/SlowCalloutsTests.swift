import Messages
import Testing

@testable import netd

/// Callouts that take too long.
struct SlowCalloutsTests {
    private final class Lines { var all: [String] = [] }
    private let lines = Lines()
    private let slow: SlowCallouts

    init() {
        let lines = lines
        slow = SlowCallouts(interface: "em0", clock: DeviceTrace.off.spans) { lines.all.append($0) }
    }

    private static let ms: UInt64 = 1_000_000

    @Test func `from a tenth of a second on a callout is counted and told by name, and below it is not`() {
        slow.note(.interrupt, nanoseconds: Callout.slow - 1)
        #expect(slow.report.isEmpty && lines.all.isEmpty)
        slow.note(.interrupt, nanoseconds: 250 * Self.ms)
        #expect(slow.report == [.init(callout: "interrupt", count: 1, longestMilliseconds: 250)])
        #expect(lines.all == ["em0: its callout interrupt took 250 ms, in which the stack stood still (for the first time)"])
    }

    @Test func `each callout has its own count, in the contract's order`() {
        slow.note(.timer, nanoseconds: 300 * Self.ms)
        slow.note(.start, nanoseconds: 100 * Self.ms)
        slow.note(.start, nanoseconds: 400 * Self.ms)
        slow.note(.start, nanoseconds: 200 * Self.ms)
        #expect(slow.report == [
            .init(callout: "start", count: 3, longestMilliseconds: 400), .init(callout: "timer", count: 1, longestMilliseconds: 300),
        ])
    }

    @Test func `a driver that is always slow does not fill the log, and every time counts`() {
        for _ in 0..<5000 { slow.note(.interrupt, nanoseconds: 150 * Self.ms) }
        #expect(slow.report.first?.count == 5000)
        #expect(lines.all.count == 4, "the 1st, 10th, 100th and 1000th")
        slow.note(.interrupt, nanoseconds: 400 * Self.ms)
        #expect(lines.all.last == "em0: its callout interrupt took 400 ms, in which the stack stood still (5001 times so far)")
    }

    @Test func `a mark looks at what took long, with nothing recorded too`() {
        let word = UnsafeMutablePointer<UInt32>.allocate(capacity: 1)
        defer { unsafe word.deallocate() }
        let mark = unsafe CalloutMark(word: word, slot: 0, slow: slow)
        // As if it had been entered when the clock began: longer ago than a tenth of a second.
        mark.leave(DeviceTrace.Entry(), .timer)
        mark.leave(mark.enter(.start), .start)
        withExtendedLifetime(slow) {}
        #expect(slow.report.map(\.callout) == ["timer"])
    }
}
