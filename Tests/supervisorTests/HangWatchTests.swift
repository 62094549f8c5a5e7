import Messages
import Testing
@testable import supervisor

struct HangWatchTests {
    private static let ms: UInt64 = 1_000_000
    private static let interrupt: UInt32 = 1 << 8 | Callout.interrupt.rawValue, attach: UInt32 = 1 << 8 | Callout.attach.rawValue

    private func run(
        _ watch: inout HangWatch, from: UInt64 = 1000, to: UInt64, awakeSince: UInt64 = 1000, callout: UInt32 = HangWatchTests.interrupt,
        _ thread: (UInt64) -> HangWatch.Thread = { _ in .init() }
    ) -> [(UInt64, HangWatch.Verdict)] {
        var now = from, told: [(UInt64, HangWatch.Verdict)] = []
        while now <= to {
            let verdict = watch.look(
                .init(now: now * Self.ms, awakeSince: awakeSince * Self.ms, callout: callout), { thread(now) })
            if verdict != .fine { told.append((now - awakeSince, verdict)) }
            now = max(now + 1, watch.next / Self.ms)
        }
        return told
    }

    private func verdicts(_ told: [(UInt64, HangWatch.Verdict)]) -> [HangWatch.Verdict] { told.map(\.1) }

    @Test func `a callout without progress is told at its limit, once, and ended at the second`() {
        var watch = HangWatch(.init())
        let told = run(&watch, to: 5000)
        #expect(verdicts(told) == [.hangs(100 * Self.ms), .hopeless(told[1].0 * Self.ms)])
        #expect((2000...2020).contains(told[1].0))
    }

    @Test func `a stack that sleeps is looked at rarely, and nothing is asked of the kernel`() {
        var watch = HangWatch(.init()), asked = 0, looks = 0
        var now: UInt64 = 0
        while now < 1000 {
            _ = watch.look(.init(now: now * Self.ms, awakeSince: 0, callout: 0)) { asked += 1; return .init() }
            looks += 1
            now = watch.next / Self.ms
        }
        #expect(asked == 0 && looks == 20)
    }

    @Test func `a stack that turns is fine however long it works`() {
        var watch = HangWatch(.init())
        for now in stride(from: UInt64(1000), to: 9000, by: 15) {
            #expect(watch.look(.init(now: now * Self.ms, awakeSince: (now - 10) * Self.ms, callout: Self.interrupt)) { .init() } == .fine)
        }
    }

    @Test func `the loop itself, and callouts that reset hardware, are given longer`() {
        var loop = HangWatch(.init()), attach = HangWatch(.init())
        #expect(verdicts(run(&loop, to: 1990, callout: 0)) == [])
        #expect(run(&loop, from: 1991, to: 2100, callout: 0).count == 1)
        #expect(verdicts(run(&attach, to: 1490, callout: Self.attach)) == [])
        #expect(verdicts(run(&attach, from: 1491, to: 10_990, callout: Self.attach)).count == 1)
    }

    @Test func `time without a processor does not count`() {
        var watch = HangWatch(.init())
        // Of each millisecond, nine tenths.
        let told = run(&watch, to: 1900) { .init(delay: ($0 - 1000) * 900_000) }
        #expect(told.allSatisfy { $0.0 >= 800 })
        var starved = HangWatch(.init())
        #expect(verdicts(run(&starved, to: 60_000) { .init(delay: ($0 - 1000) * Self.ms) }) == [])
    }

    @Test func `time in a debugger does not count, nor what came before it`() {
        var watch = HangWatch(.init())
        #expect(verdicts(run(&watch, to: 20_000) { .init(isHeld: $0 > 1060) }) == [])
        let told = run(&watch, from: 20_001, to: 20_200)
        #expect(told.count == 1 && (20_090...20_130).contains(told[0].0 + 1000))
    }

    @Test func `another callout in the same turn is progress`() {
        var watch = HangWatch(.init())
        let told = run(&watch, to: 9000, callout: Self.interrupt) { _ in .init() }
        #expect(told.count == 2)
        var busy = HangWatch(.init()), now: UInt64 = 1000
        while now < 9000 {
            let word = now / 60 % 2 == 0 ? Self.interrupt : Self.interrupt + 1
            #expect(busy.look(.init(now: now * Self.ms, awakeSince: 1000 * Self.ms, callout: word)) { .init() } == .fine)
            now += 20
        }
    }

    @Test func `a hang that ends is told with what it took`() {
        var watch = HangWatch(.init())
        _ = run(&watch, to: 1300)
        let verdict = watch.look(.init(now: 1301 * Self.ms, awakeSince: 0, callout: 0)) { .init() }
        guard case .goesOn(let time) = verdict else { Issue.record("\(verdict)"); return }
        #expect(time >= 280 * Self.ms)
        #expect(watch.look(.init(now: 1302 * Self.ms, awakeSince: 0, callout: 0)) { .init() } == .fine)
    }

    @Test func `a limit of nought never ends it, and rubbish in the page is no hang`() throws {
        guard case .start(let plan) = try StackCommandLine.read(.v6Full, ["-ptcpip", "hang=50,hang_kill=0"]) else { Issue.record("no plan"); return }
        var watch = HangWatch(.init(plan))
        #expect(verdicts(run(&watch, to: 900_000)) == [.hangs(50 * Self.ms)])
        var wild = HangWatch(.init())
        #expect(verdicts(run(&wild, to: 9000, awakeSince: 10_000_000)) == [])
    }
}
