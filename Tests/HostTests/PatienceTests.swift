import Host
import Testing

@Suite struct PatienceTests {
    private let short = Patience.most / 2, long = Patience.most * 10

    @Test func `who has only waited long sleeps at once`() {
        var patience = Patience()
        #expect(patience.span == 0)
        for _ in 0..<100 { patience.waited(long) }
        #expect(patience.span == 0)
    }

    @Test func `after a short wait the next one begins by looking, and a long one ends that`() {
        var patience = Patience()
        patience.waited(short)
        #expect(patience.span == Patience.most)
        patience.waited(short)
        #expect(patience.span == Patience.most)
        patience.waited(long)
        #expect(patience.span == 0)
    }

    /// Of so many rounds, those that looked in vain: each wait is short when slept through, and long when looked through,
    /// as where the one that is waited for needs this processor.
    @Test func `looking in vain becomes rare`() {
        var patience = Patience(), looked = 0
        for _ in 0..<100_000 {
            if patience.span > 0 { looked += 1 }
            patience.waited(patience.span > 0 ? long : short)
        }
        #expect((1...40).contains(looked))
    }

    @Test func `one success makes looking likely again`() {
        var patience = Patience(), slept = 0
        for _ in 0..<20_000 { patience.waited(patience.span > 0 ? long : short) }
        while patience.span == 0 { patience.waited(short) }
        patience.waited(short)
        patience.waited(long)
        while patience.span == 0, slept < 5000 {
            patience.waited(short)
            slept += 1
        }
        #expect(slept == 17)
    }

    @Test func `a loop that looks finds what is ready, and what becomes ready never is missed`() throws {
        let loop = try EventLoop(), counter = try EventCounter()
        try loop.add(counter.raw, token: 7)
        var ready = ReadyEvents(capacity: 4), patience = Patience()
        patience.waited(0)
        try loop.wait(&ready, nanoseconds: 1000, &patience)
        #expect(ready.count == 0)
        patience.waited(0)
        counter.signal()
        try loop.wait(&ready, nanoseconds: nil, &patience)
        #expect(ready.count == 1 && ready[0].token == 7)
    }
}
