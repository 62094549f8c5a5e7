import Host
import Testing

struct EventLoopTests {
    @Test func `a rung counter is ready with its token until it is taken`() throws {
        let loop = try EventLoop(), counter = try EventCounter()
        var ready = ReadyEvents(capacity: 4)
        try loop.add(counter.raw, token: 42)
        try loop.wait(&ready, nanoseconds: 0)
        #expect(ready.count == 0)
        counter.signal(3)
        try loop.wait(&ready, nanoseconds: 1_000_000_000)
        #expect(ready.count == 1)
        #expect(ready[0].token == 42 && ready[0].isReadable && !ready[0].isHungUp)
        #expect(counter.take() == 3)
        #expect(counter.take() == 0)
        try loop.wait(&ready, nanoseconds: 0)
        #expect(ready.count == 0)
    }

    @Test func `the end of a peer is reported without being asked for`() throws {
        let loop = try EventLoop()
        var ready = ReadyEvents(capacity: 4)
        let pair = try UnixSocket.pair()
        try loop.add(pair.first.raw, token: 7)
        UnixSocket.shutDown(pair.second.raw)
        try loop.wait(&ready, nanoseconds: 1_000_000_000)
        #expect(ready[0].isHungUp)
        try loop.remove(pair.first.raw)
        try loop.wait(&ready, nanoseconds: 0)
        #expect(ready.count == 0)
    }

    @Test func `an alarm rings at its time and at once for a time that has passed`() throws {
        let alarm = try Alarm()
        #expect(!Poll.readable(alarm.raw, Deadline(in: .zero)))
        alarm.set(at: 0)
        #expect(Poll.readable(alarm.raw, Deadline(in: .seconds(1))))
        alarm.take()
        alarm.set(at: MonotonicClock.now() + 5_000_000)
        #expect(Poll.readable(alarm.raw, Deadline(in: .seconds(2))))
        alarm.set(at: nil)
        #expect(!Poll.readable(alarm.raw, Deadline(in: .zero)))
    }
}
