@testable import Stack
import Testing

@Suite("TCP: octets from one stack to another")
struct TransferTests {
    @Test("a connection opens, carries octets both ways, and closes with nothing left behind")
    func wholeLife() throws {
        let lab = try Lab()
        let (a, b) = try lab.connected()
        #expect(lab.a.streamCondition(a)?.state == .established)
        #expect(lab.b.streamCondition(b)?.state == .established)
        #expect(lab.a.write(a, [UInt8]("question".utf8), now: lab.now) == 8)
        lab.run(.milliseconds(100))
        #expect(lab.b.readAll(b, now: lab.now) == [UInt8]("question".utf8))
        #expect(lab.b.write(b, [UInt8]("answer".utf8), now: lab.now) == 6)
        lab.run(.milliseconds(100))
        #expect(lab.a.readAll(a, now: lab.now) == [UInt8]("answer".utf8))
        lab.a.closeStream(a, now: lab.now)
        lab.run(.milliseconds(100))
        #expect(lab.b.streamCondition(b)?.isAtEnd == true)
        lab.b.closeStream(b, now: lab.now)
        lab.run(.milliseconds(100))
        #expect(lab.a.listStreams().map(\.state) == [.timeWait])
        #expect(lab.b.listStreams().map(\.state) == [.listen])
        lab.run(.seconds(61))
        #expect(lab.a.listStreams().isEmpty)
        #expect(lab.a.pools.memory.used == 0 && lab.b.pools.memory.used == 0)
        #expect(lab.a.pools.records.used == 0 && lab.b.pools.records.used == 0)
        lab.expectBalance()
    }

    @Test("a megabyte arrives as it was sent", arguments: [0, 1, 5, 20])
    func megabyte(lossPercent: Int) throws {
        let lab = try Lab()
        let (a, b) = try lab.connected()
        var chance = RandomSource(seed: UInt64(lossPercent) + 7)
        lab.loses = { _ in chance.below(100) < UInt64(lossPercent) }
        let octets = [UInt8].pattern(1 << 20)
        #expect(lab.transfer(octets, from: a, to: b, limit: .seconds(3600)) == octets)
        lab.loses = { _ in false }
        lab.a.closeStream(a, now: lab.now)
        lab.b.closeStream(b, now: lab.now)
        lab.run(.seconds(400))
        #expect(lab.a.listStreams().isEmpty)
        #expect(lab.b.listStreams().map(\.state) == [.listen])
        #expect(lab.a.pools.memory.used == 0 && lab.b.pools.memory.used == 0)
        #expect(lab.a.pools.records.used == 0 && lab.b.pools.ranges.used == 0)
        lab.expectBalance()
    }

    @Test("a SYN to a port where nobody listens is refused")
    func refused() throws {
        let lab = try Lab()
        let client = try lab.a.openStream()
        try lab.a.connectStream(client, to: EndpointAddress(IPAddress(Lab.addressB), 81), now: lab.now)
        lab.run(.seconds(1))
        #expect(lab.a.streamCondition(client)?.error == .refused)
        lab.a.closeStream(client, now: lab.now)
        #expect(lab.a.listStreams().isEmpty)
        lab.expectBalance()
    }

    @Test("a closed window is asked about until it opens, and nothing is lost (RFC 9293 §3.8.6.1, MUST-36, MAY-8)")
    func closedWindow() throws {
        let lab = try Lab()
        var small = StreamOptions()
        small.receiveBuffer = 8192
        let (a, b) = try lab.connected(listener: small)
        let octets = [UInt8].pattern(100_000)
        var sent = lab.a.write(a, octets, now: lab.now)
        lab.run(.seconds(30))
        #expect(lab.b.streamReadable(b) <= 8192)
        var received: [UInt8] = []
        for _ in 0..<200 where received.count < octets.count {
            received += lab.b.readAll(b, now: lab.now)
            if sent < octets.count { sent += lab.a.write(a, Array(octets[sent...]), now: lab.now) }
            lab.run(.milliseconds(200))
        }
        #expect(received == octets)
        lab.expectBalance()
    }

    @Test("ten thousand connections are open at once")
    func tenThousand() throws {
        let lab = try Lab()
        let listener = try lab.b.openStream()
        try lab.b.bindStream(listener, to: .anyIPv4(80))
        try lab.b.listen(listener, backlog: 4096)
        var mine: [StreamID] = [], theirs: [StreamID] = []
        // The hosts know each other already: more SYNs come than may wait for a neighbor to answer.
        try lab.introduce()
        try lab.b.setNeighbor(lab.em, IPAddress(Lab.addressA), Lab.macA, now: lab.now)
        for round in 0..<100 {
            for _ in 0..<100 {
                let client = try lab.a.openStream()
                try lab.a.connectStream(client, to: EndpointAddress(IPAddress(Lab.addressB), 80), now: lab.now)
                mine.append(client)
            }
            lab.run(.milliseconds(1))
            while let accepted = lab.b.accept(listener) { theirs.append(accepted) }
            #expect(theirs.count == (round + 1) * 100)
        }
        #expect(theirs.count == 10_000)
        #expect(lab.a.write(mine[1234], [1, 2, 3], now: lab.now) == 3)
        lab.run(.milliseconds(10))
        #expect(lab.b.readAll(theirs[1234], now: lab.now) == [1, 2, 3])
        #expect(MemoryLayout<Connection>.stride <= 1024, "an idle connection is its control block and nothing else")
        #expect(lab.b.pools.memory.used == 0)
    }
}
