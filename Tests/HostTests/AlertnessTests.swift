import Host
import Testing

@Suite struct AlertnessTests {
    private let short = Alertness.most / 2, long = Alertness.most * 10

    @Test func `who has only waited long sleeps at once`() {
        var alertness = Alertness()
        #expect(alertness.span == 0)
        for _ in 0..<100 { alertness.waited(long) }
        #expect(alertness.span == 0)
    }

    @Test func `after a short wait the next one begins by looking, and a long one ends that`() {
        var alertness = Alertness()
        alertness.waited(short)
        #expect(alertness.span == Alertness.most)
        alertness.waited(short)
        #expect(alertness.span == Alertness.most)
        alertness.waited(long)
        #expect(alertness.span == 0)
    }

    /// Of so many rounds, those that looked in vain: each wait is short when slept through, and long when looked through,
    /// as where the one that is waited for needs this processor.
    @Test func `looking in vain becomes rare`() {
        var alertness = Alertness(), looked = 0
        for _ in 0..<100_000 {
            if alertness.span > 0 { looked += 1 }
            alertness.waited(alertness.span > 0 ? long : short)
        }
        #expect((1...40).contains(looked))
    }

    @Test func `one success makes looking likely again`() {
        var alertness = Alertness(), slept = 0
        for _ in 0..<20_000 { alertness.waited(alertness.span > 0 ? long : short) }
        while alertness.span == 0 { alertness.waited(short) }
        alertness.waited(short)
        alertness.waited(long)
        while alertness.span == 0, slept < 5000 {
            alertness.waited(short)
            slept += 1
        }
        #expect(slept == 17)
    }

    @Test func `a loop that looks finds what is ready, and what becomes ready never is missed`() throws {
        let loop = try EventLoop(), counter = try EventCounter()
        try loop.add(counter.raw, token: 7)
        var ready = ReadyEvents(capacity: 4), alertness = Alertness()
        alertness.waited(0)
        try loop.wait(&ready, nanoseconds: 1000, &alertness)
        #expect(ready.count == 0)
        alertness.waited(0)
        counter.signal()
        try loop.wait(&ready, nanoseconds: nil, &alertness)
        #expect(ready.count == 1 && ready[0].token == 7)
    }
}
