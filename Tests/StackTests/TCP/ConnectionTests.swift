import Rings
@testable import Stack
import Testing
import Wire

@Suite("TCP: connections between two stacks")
struct ConnectionTests {
    @Test("over IPv6 too, to a listener of either family's wildcard")
    func overIPv6() throws {
        let lab = try Lab.six(globals: true)
        let listener = try lab.b.openStream(isIPv6: true)
        try lab.b.bindStream(listener, to: .anyIPv6(80))
        try lab.b.listen(listener, backlog: 4)
        let client = try lab.a.openStream(isIPv6: true)
        try lab.a.connectStream(client, to: EndpointAddress(Lab.globalB, 80), now: lab.now)
        lab.run(.seconds(5))
        let found = lab.b.accept(listener)
        let accepted = try #require(found)
        let octets = [UInt8].pattern(100_000)
        #expect(lab.transfer(octets, from: client, to: accepted, limit: .seconds(60)) == octets)
        #expect(lab.a.streams[client.position].segmentOctets == 1428, "1500 less 40, 20 and 12")
        lab.expectBalance()
    }

    @Test("an IPv6 listener takes IPv4, unless it was told not to (RFC 3493 §5.3)")
    func dualStack() throws {
        for isIPv6Only in [false, true] {
            let lab = try Lab { $0.isIPv6On = true }
            let listener = try lab.b.openStream(isIPv6: true)
            var options = StreamOptions()
            options.isIPv6Only = isIPv6Only
            try lab.b.setStreamOptions(listener, options)
            try lab.b.bindStream(listener, to: .anyIPv6(80))
            try lab.b.listen(listener, backlog: 4)
            let client = try lab.a.openStream()
            try lab.a.connectStream(client, to: EndpointAddress(IPAddress(Lab.addressB), 80), now: lab.now)
            lab.run(.seconds(2))
            #expect(lab.a.streamCondition(client)?.error == (isIPv6Only ? .refused : nil))
            #expect(lab.a.streamCondition(client)?.state == (isIPv6Only ? .closed : .established))
        }
    }

    @Test("a port that somebody listens on is taken; one that both share is not")
    func ports() throws {
        let lab = try Lab()
        let first = try lab.a.openStream(), second = try lab.a.openStream()
        try lab.a.bindStream(first, to: .anyIPv4(80))
        try lab.a.listen(first, backlog: 1)
        #expect(refusal { try lab.a.bindStream(second, to: .anyIPv4(80)) } == .addressInUse)
        #expect(refusal { try lab.a.bindStream(second, to: EndpointAddress(IPAddress(Lab.addressA), 80)) } == .addressInUse)
        #expect(refusal { try lab.a.bindStream(second, to: EndpointAddress(IPAddress(Lab.addressB), 81)) } == .addressNotOurs)
        lab.a.closeStream(first, now: lab.now)
        var sharing = StreamOptions()
        sharing.sharesPort = true
        let third = try lab.a.openStream()
        for stream in [second, third] {
            try lab.a.setStreamOptions(stream, sharing)
            try lab.a.bindStream(stream, to: .anyIPv4(80))
            try lab.a.listen(stream, backlog: 1)
        }
        #expect(lab.a.listStreams().map(\.state) == [.listen, .listen])
    }

    private func refusal(_ body: () throws -> Void) -> EndpointFailure? {
        do { try body(); return nil } catch { return error as? EndpointFailure }
    }

    @Test("connections beyond the backlog wait outside until somebody is accepted")
    func backlog() throws {
        let lab = try Lab()
        try lab.introduce()
        let listener = try lab.b.openStream()
        try lab.b.bindStream(listener, to: .anyIPv4(80))
        try lab.b.listen(listener, backlog: 2)
        var clients: [StreamID] = []
        for _ in 0..<4 {
            let client = try lab.a.openStream()
            try lab.a.connectStream(client, to: EndpointAddress(IPAddress(Lab.addressB), 80), now: lab.now)
            clients.append(client)
            lab.run(.milliseconds(10))
        }
        #expect(clients.map { lab.a.streamCondition($0)?.state } == [.established, .established, .synSent, .synSent])
        #expect(lab.b.drops[DropReason(.tcpBacklogFull)] == 2)
        #expect(lab.b.accept(listener) != nil && lab.b.accept(listener) != nil)
        lab.run(.seconds(4))
        #expect(clients.allSatisfy { lab.a.streamCondition($0)?.state == .established })
    }

    @Test("when TIME-WAIT is full the oldest goes, and is counted")
    func timeWaitFull() throws {
        let lab = try Lab { $0.limits.timeWaits = 8 }
        let listener = try lab.b.openStream()
        try lab.b.bindStream(listener, to: .anyIPv4(80))
        try lab.b.listen(listener, backlog: 4)
        for _ in 0..<20 {
            let client = try lab.a.openStream()
            try lab.a.connectStream(client, to: EndpointAddress(IPAddress(Lab.addressB), 80), now: lab.now)
            lab.run(.milliseconds(100))
            let found = lab.b.accept(listener)
            let accepted = try #require(found)
            lab.a.closeStream(client, now: lab.now)
            lab.run(.milliseconds(100))
            lab.b.closeStream(accepted, now: lab.now)
            lab.run(.milliseconds(100))
        }
        #expect(lab.a.timeWaits.count == 8)
        #expect(lab.a.statistics[.tcpTimeWaitsCut] == 12)
        #expect(lab.b.listStreams().map(\.state) == [.listen])
    }

    @Test("a path that carries less is learnt from ICMP, and what was too long is sent again at once, shorter (RFC 1191 §6.5)")
    func pathMTU() throws {
        let lab = try Lab()
        let (a, b) = try lab.connected()
        lab.loses = { _ in true }
        #expect(lab.a.write(a, .pattern(20_000), now: lab.now) == 20_000)
        _ = lab.a.advance(to: lab.now)
        let first = try #require(lab.sentByA())
        lab.loses = { _ in false }
        lab.inject(.ipv4(.icmpv4, Frame.icmp(.unreachable(.fragmentationNeeded, nextHopMTU: 1000), Array(first[14..<42]))))
        #expect(lab.a.streams[a.position].path.mtu == 1500)
        lab.run(.seconds(1))
        #expect(lab.a.streams[a.position].path.mtu == 1000)
        #expect(lab.b.readAll(b, now: lab.now) == .pattern(20_000))
        lab.expectBalance()
    }

    @Test("a connection whose long segments vanish tries shorter ones (RFC 4821 §7.7)", arguments: [1020, 1000, 600])
    func blackHole(limit: Int) throws {
        let lab = try Lab()
        let (a, b) = try lab.connected()
        lab.losesFrame = { $0.length > limit }
        #expect(lab.a.write(a, .pattern(5000), now: lab.now) == 5000)
        lab.run(.seconds(400))
        #expect(lab.b.readAll(b, now: lab.now) == .pattern(5000))
        #expect(lab.a.statistics[.tcpBlackHoles] > 0)
    }

    @Test("a connection that finds the link's queue full goes on when there is room")
    func fullQueue() throws {
        let lab = try Lab { $0.limits.transmitFrames = 8 }
        let (a, b) = try lab.connected()
        #expect(lab.a.write(a, .pattern(30_000), now: lab.now) == 30_000)
        _ = lab.a.advance(to: lab.now)
        #expect(lab.a.transmitCount(on: lab.em) == 8)
        let whileFull = lab.a.hasStreamToServe
        #expect(!whileFull, "ten segments may go, the queue holds eight")
        lab.exchange()
        let withRoom = lab.a.hasStreamToServe
        #expect(withRoom)
        lab.run(.milliseconds(50))
        let atTheEnd = lab.a.hasStreamToServe
        #expect(!atTheEnd)
        #expect(lab.b.readAll(b, now: lab.now) == .pattern(30_000))
        #expect(lab.a.drops[DropReason(.transmitQueueFull)] == 0)
    }

    @Test("octets that nobody acknowledges end the connection when the owner's patience does (RFC 9293 §3.8.3, MUST-21; RFC 5482 §3)")
    func userTimeout() throws {
        let lab = try Lab()
        var impatient = StreamOptions()
        impatient.userTimeout = .seconds(10)
        let (a, _) = try lab.connected(impatient)
        lab.losesFrame = { WholeSegment($0.array) != nil }
        #expect(lab.a.write(a, [1], now: lab.now) == 1)
        lab.run(.seconds(9))
        #expect(lab.a.streamCondition(a)?.state == .established)
        lab.run(.seconds(2))
        #expect(lab.a.streamCondition(a)?.error == .timedOut)
    }

    @Test("NewReno and CUBIC carry the same octets over a path that loses one in fifty (RFC 9293 §3.8.2, MAY-18)", arguments: CongestionAlgorithm.allCases)
    func algorithms(_ algorithm: CongestionAlgorithm) throws {
        let lab = try Lab()
        var options = StreamOptions()
        options.congestion = algorithm
        let (a, b) = try lab.connected(options)
        var chance = RandomSource(seed: 5)
        lab.loses = { _ in chance.below(50) == 0 }
        let octets = [UInt8].pattern(500_000)
        #expect(lab.transfer(octets, from: a, to: b, limit: .seconds(600)) == octets)
    }
}
