@testable import Stack
import Testing
import Wire

/// Connections that live for days.
@Suite struct LongLifeNetworkTests {
    @Test func `two stacks talk for two days over a way that is never the same, and every octet is right`() throws {
        let network = try SimulatedNetwork(seed: 2026)
        let talk = FourTuple(EndpointAddress(IPAddress(Lab.addressA), 10_080), EndpointAddress(IPAddress(Lab.addressB), 80))
        // A's clock wraps in the second day.
        let wrap = (1 << 32) - Int(network.a.timestampOffset(talk))
        network.now = Instant(nanoseconds: UInt64((wrap > 200_000_000 ? wrap : wrap + 1 << 32) - 30 * 3_600_000) * 1_000_000)
        try network.begin()
        var days = TwoDays(network: network, began: network.now)
        try days.open()
        for hour in 0..<48 { try days.live(hour) }
        try days.end()
    }

    /// RFC 7323 §5.5: a clock that nobody has looked at for 24 days may have gone round.
    @Test func `a connection that was silent for a month goes on`() throws {
        let network = try SimulatedNetwork(seed: 7)
        try network.begin()
        let ends = try network.connect()
        var flows = [network.flow(ends, from: .a), network.flow(ends, from: .b)]
        network.transfer(10_000, &flows, limit: .seconds(10))
        network.run(.seconds(30 * 86_400))
        network.transfer(10_000, &flows, limit: .seconds(10))
        network.finish(ends)
        network.expectBalance(atRest: true)
    }
}

/// A long connection, and short ones beside it.
struct TwoDays {
    let network: SimulatedNetwork
    let began: Instant
    private var ends: (a: StreamID, b: StreamID)?
    private var flows: [NetworkFlow] = []
    private var firstClock: UInt32 = 0

    init(network: SimulatedNetwork, began: Instant) { (self.network, self.began) = (network, began) }

    mutating func open() throws {
        var options = StreamOptions()
        options.keepsAlive = true
        let ends = try network.connect(port: 80, options, listening: options)
        self.ends = ends
        flows = [network.flow(ends, from: .a), network.flow(ends, from: .b)]
        firstClock = network.a.streams[ends.a.position].clock(network.now)
    }

    mutating func live(_ hour: Int) throws {
        let end = began + .seconds(3600 * (hour + 1))
        network.setConditions(weather(hour))
        if !(9..<16).contains(hour) { // In the night nobody speaks.
            if hour % 6 == 1 { flap() }
            if hour % 6 == 2 { try unplug() }
            network.transfer(hour % 12 == 0 ? 150_000 : 12_000 + hour * 100, &flows, limit: .seconds(1800))
        }
        network.setConditions(NetworkConditions())
        if hour % 16 == 3 { try moveAddress() }
        if hour == 20 { try wrapNumbers(ofA: true, port: 81) }
        if hour == 30 { try wrapNumbers(ofA: false, port: 82) }
        network.run(max(end - network.now, .zero))
        network.expectBalance()
    }

    private func weather(_ hour: Int) -> NetworkConditions {
        var way = NetworkConditions()
        way.delay = network.random.interval(.milliseconds(1), .milliseconds(120))
        way.rate = hour % 3 == 0 ? 2000 : 0
        (way.loss, way.corruption) = (network.random.below(3000), network.random.below(1000))
        (way.duplication, way.reordering) = (network.random.below(3000), network.random.below(5000))
        if hour % 6 == 4 { way.mtu = 1000 }
        return way
    }

    /// The way is cut for a while, in the middle of a transfer.
    private mutating func flap() {
        for k in flows.indices { flows[k].wanted += 5000; network.pump(&flows[k]) }
        network.run(.milliseconds(50))
        let before = network.conditions
        for direction in 0...1 { network.conditions[direction].isCut = true }
        network.run(network.random.interval(.seconds(1), .seconds(90)))
        network.conditions = before
    }

    /// A's cable is pulled, and its driver says so.
    private mutating func unplug() throws {
        for k in flows.indices { flows[k].wanted += 5000; network.pump(&flows[k]) }
        try network.a.setLink(SimulatedNetwork.em, false, now: network.now)
        network.run(.seconds(20))
        try network.a.setLink(SimulatedNetwork.em, true, now: network.now)
    }

    /// A gets a second address, speaks from it, and loses it.
    private func moveAddress() throws {
        let second = IPv4Address(10, 1, 0, 9)
        try network.a.addAddress(SimulatedNetwork.em, Lab.network(second), now: network.now)
        let listener = try network.b.openStream()
        try network.b.bindStream(listener, to: .anyIPv4(90))
        try network.b.listen(listener, backlog: 4)
        let client = try network.a.openStream()
        try network.a.bindStream(client, to: EndpointAddress(IPAddress(second), 0))
        try network.a.connectStream(client, to: EndpointAddress(IPAddress(Lab.addressB), 90), now: network.now)
        network.run(.seconds(2))
        let accepted = network.b.accept(listener)
        let other = try #require(accepted, "\(network.replay)")
        var brief = [network.flow((client, other), from: .a), network.flow((client, other), from: .b)]
        network.transfer(3000, &brief, limit: .seconds(60))
        try network.a.removeAddress(SimulatedNetwork.em, IPAddress(second), now: network.now)
        #expect(network.a.streamCondition(client)?.error == .aborted, "nobody may speak from an address that is not ours")
        #expect(network.b.write(other, [1], now: network.now) == 1) // To an address that nobody has any more.
        network.run(.seconds(30))
        network.b.abortStream(other, now: network.now)
        network.b.closeStream(listener, now: network.now)
        network.a.abortStream(client, now: network.now)
        network.run(.seconds(10))
    }

    /// A connection that is opened just before its initial number wraps.
    private func wrapNumbers(ofA: Bool, port: UInt16) throws {
        let a = EndpointAddress(IPAddress(Lab.addressA), port + 10_000), b = EndpointAddress(IPAddress(Lab.addressB), port)
        let initial = ofA ? network.a.initialSequence(FourTuple(a, b)) : network.b.initialSequence(FourTuple(b, a))
        let left = UInt32.max - 30_000 &- initial.rawValue
        network.run(.microseconds(4 * Int(left)))
        let ends = try network.connect(port: port)
        var brief = [network.flow(ends, from: .a), network.flow(ends, from: .b)]
        network.transfer(400_000, &brief, limit: .seconds(60))
        let (first, next) = ofA
            ? (network.a.streams[ends.a.position].initialSend, network.a.streams[ends.a.position].sendNext)
            : (network.b.streams[ends.b.position].initialSend, network.b.streams[ends.b.position].sendNext)
        #expect(next.rawValue < first.rawValue, "the numbers went round; \(network.replay)")
        network.a.closeStream(ends.a, now: network.now)
        network.b.closeStream(ends.b, now: network.now)
    }

    mutating func end() throws {
        let ends = try #require(self.ends)
        #expect(network.now - began >= .seconds(2 * 86_400))
        #expect(network.a.streams[ends.a.position].clock(network.now) < firstClock, "the clock went round")
        #expect(network.a.statistics[.tcpKeepAlives] + network.b.statistics[.tcpKeepAlives] >= 4)
        #expect(network.a.statistics[.tcpRetransmitted] > 20)
        network.finish(ends)
        #expect(network.a.listStreams().isEmpty && network.b.listStreams().isEmpty)
        network.expectBalance(atRest: true)
    }
}
