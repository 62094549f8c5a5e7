import Testing

@testable import supervisor

struct TakeoversTests {
    @Test func `three within a minute are granted, and the next when the first is a minute old`() {
        let second: UInt64 = 1_000_000_000
        var takeovers = Takeovers()
        let granted = ([100, 110, 159, 159, 160, 161, 170] as [UInt64]).map { takeovers.take(now: $0 * second) }
        #expect(granted == [true, true, true, false, true, false, true])
    }
}
