import CDriver
import Testing

@testable import Recorder

struct RecorderClockTests {
    @Test func `stamps of a counter become times by two moments`() {
        let clock = RecorderClock(isCounting: true, ticks: (1000, 4000), monotonic: (50_000, 51_000), calendar: 7_000_000)
        #expect(clock.monotonic(1000) == 50_000)
        #expect(clock.monotonic(4000) == 51_000)
        #expect(clock.monotonic(2500) == 50_500)
        #expect(clock.calendar(2500) == 7_000_500)
        #expect(clock.nanoseconds(30) == 10)
        // Before the first moment there is no time.
        #expect(clock.monotonic(0) == 50_000)
    }

    @Test func `a clock without a second moment, or of nonsense, gives some time and no trap`() {
        let none = RecorderClock(isCounting: true, ticks: (1000, 0), monotonic: (50, 0), calendar: 0)
        #expect(none.monotonic(2000) == 1050)
        let wild = RecorderClock(isCounting: true, ticks: (0, 1), monotonic: (0, .max), calendar: .max)
        _ = (wild.monotonic(.max), wild.calendar(.max), wild.nanoseconds(.max))
    }

    @Test func `a live recorder's time is the machine's`() {
        let ring = Ring()
        ring.writer.write(.interrupt, slot: 0, time: ring.writer.now)
        let before = drydock_monotonic()
        var reader = ring.reader
        // Some time to measure the counter by.
        while drydock_monotonic() < before + 2_000_000 {}
        reader.clock = reader.clock.extended()
        let event = reader.everything()[0]
        // Both clocks are read within a microsecond or so of each other, whoever takes the processor meanwhile.
        #expect(event.time <= before + 10_000 && before < event.time + 1_000_000_000)
        #expect(event.calendar > 1_500_000_000_000_000_000)
    }
}
