import Testing

@testable import supervisor

struct TakeoversTests {
    @Test func `three within a minute are granted, and the next when the first is a minute old`() {
        let second: UInt64 = 1_000_000_000
        var takeovers = Takeovers()
        for at in [100, 110, 159] as [UInt64] { #expect(takeovers.take(now: at * second)) }
        #expect(!takeovers.take(now: 159 * second + 1))
        #expect(takeovers.take(now: 160 * second))
        #expect(!takeovers.take(now: 161 * second))
        #expect(takeovers.take(now: 170 * second))
    }
}
