import Testing

@testable import netd

/// Transmitters that stand still.
struct TransmitWatchTests {
    private static let second: UInt64 = 1_000_000_000
    private var watch = TransmitWatch()

    @Test mutating func `frames of which none comes back for five seconds are found, and not before`() {
        let none = (0..<5).map { watch.look(held: 3, returned: 7, hasLink: true, now: 10 * Self.second + UInt64($0) * Self.second) }
        #expect(none.allSatisfy { $0 == nil } && watch.due == 15 * Self.second)
        let found = watch.look(held: 3, returned: 7, hasLink: true, now: 15 * Self.second)
        #expect(found == 5 * Self.second && watch.stalls == 1)
    }

    @Test mutating func `one frame that comes back, an empty ring and a link that is away each begin the time anew`() {
        for (held, returned, hasLink) in [(3, 8 as UInt64, true), (0, 7, true), (3, 7, false)] {
            watch = TransmitWatch()
            _ = watch.look(held: 3, returned: 7, hasLink: true, now: 1)
            _ = watch.look(held: held, returned: returned, hasLink: hasLink, now: 4 * Self.second)
            _ = watch.look(held: 3, returned: returned, hasLink: true, now: 4 * Self.second + 1)
            let found = watch.look(held: 3, returned: returned, hasLink: true, now: 8 * Self.second)
            #expect(found == nil && watch.stalls == 0, "\(held) \(returned) \(hasLink)")
        }
    }

    @Test mutating func `what did not help is tried again after twice as long, until a frame is sent`() throws {
        var now: UInt64 = 1, spans: [UInt64] = []
        _ = watch.look(held: 1, returned: 0, hasLink: true, now: now)
        for _ in 0..<9 {
            now = try #require(watch.due)
            let found = watch.look(held: 1, returned: 0, hasLink: true, now: now)
            spans.append(try #require(found) / Self.second)
        }
        #expect(spans == [5, 10, 20, 40, 80, 160, 320, 320, 320] && watch.stalls == 9)
        _ = watch.look(held: 1, returned: 1, hasLink: true, now: now + 1)
        #expect(watch.due == now + 1 + 5 * Self.second)
    }

    @Test mutating func `with txwatch=0 nothing is looked for, and the loop is not woken`() {
        watch.limit = 0
        for second in 0..<100 as Range<UInt64> {
            let found = watch.look(held: 9, returned: 0, hasLink: true, now: second * Self.second)
            #expect(found == nil && watch.due == nil)
        }
    }

    @Test func `the time is said in seconds, for every driver`() throws {
        let two = try MountOptions("txwatch=2,verbose"), never = try MountOptions("txwatch=0"), usual = try MountOptions("")
        #expect(two.transmitWatch == 2 && two.driver == "verbose" && never.transmitWatch == 0 && usual.transmitWatch == nil)
        for bad in ["txwatch", "txwatch=", "txwatch=-1", "txwatch=3601", "txwatch=soon"] {
            #expect(throws: DriverFailure.self) { try MountOptions(bad) }
        }
    }
}
