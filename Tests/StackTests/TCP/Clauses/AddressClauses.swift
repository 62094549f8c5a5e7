import Rings
@testable import Stack
import Testing
import Wire

@Suite("TCP: addresses, ports, and what IP is told")
struct AddressClauses {
    static let peer = EndpointAddress(IPAddress(Lab.addressB), 80)

    @Test("a new listener changes nothing of what there is (RFC 9293 §3.9.1.1, MUST-41)")
    func undisturbed() throws {
        let lab = try Lab()
        let (stream, initial) = try lab.shaken()
        let before = lab.a.streamCondition(stream), listed = lab.a.listStreams().count
        let second = try lab.a.openStream(), third = try lab.a.openStream()
        #expect(throws: EndpointFailure.addressInUse) { try lab.a.bindStream(second, to: .anyIPv4(80)) }
        try lab.a.bindStream(third, to: .anyIPv4(81))
        try lab.a.listen(third, backlog: 4)
        #expect(lab.a.streamCondition(stream) == before && lab.a.listStreams().count == listed + 2)
        lab.inject(.tcp(Frame.bare([.ack, .psh], 1001, ack: initial &+ 1), options: [], [7]))
        #expect(lab.a.readAll(stream, now: lab.now) == [7])
    }

    @Test("a port may be listened on while a connection from it is opening (RFC 9293 §3.9.1.1, MUST-42)")
    func listenWhileOpening() throws {
        let lab = try Lab()
        try lab.introduce()
        var reusing = StreamOptions()
        reusing.reusesAddress = true
        let client = try lab.a.openStream(), listener = try lab.a.openStream()
        try lab.a.setStreamOptions(client, reusing)
        try lab.a.bindStream(client, to: .anyIPv4(90))
        try lab.a.connectStream(client, to: Self.peer, now: lab.now)
        #expect(lab.a.streamCondition(client)?.state == .synSent)
        try lab.a.setStreamOptions(listener, reusing)
        try lab.a.bindStream(listener, to: .anyIPv4(90))
        try lab.a.listen(listener, backlog: 4)
        #expect(lab.a.listStreams().map(\.state) == [.synSent, .listen])
    }

    @Test("the owner may choose the local address, else IP does, and all segments carry it (RFC 9293 §3.9.1.1, MUST-43, MUST-44, MUST-45)")
    func localAddress() throws {
        let lab = try Lab()
        try lab.introduce()
        let second = IPv4Address(10, 1, 0, 77)
        try lab.a.addAddress(lab.em, Lab.network(second), now: lab.now)
        for chosen in [Lab.addressA, second] {
            let client = try lab.a.openStream()
            if chosen == second { try lab.a.bindStream(client, to: EndpointAddress(IPAddress(second), 0)) }
            try lab.a.connectStream(client, to: Self.peer, now: lab.now)
            var sent = lab.segmentsOfA()
            lab.now = lab.now + .seconds(4)
            sent += lab.segmentsOfA()
            #expect(sent.count >= 2 && sent.allSatisfy { $0.source == IPAddress(chosen) })
            #expect(try lab.a.streamNames(client).local.address == IPAddress(chosen))
            lab.a.abortStream(client, now: lab.now)
        }
    }

    @Test("no connection is opened to a broadcast or multicast address (RFC 9293 §3.9.1.1, MUST-46)", arguments: [
        IPv4Address(255, 255, 255, 255), IPv4Address(10, 1, 0, 255), IPv4Address(224, 0, 0, 1), IPv4Address(0, 0, 0, 0),
    ])
    func badPeer(_ address: IPv4Address) throws {
        let lab = try Lab()
        let client = try lab.a.openStream()
        #expect(throws: StreamConnectFailure.badDestination) {
            try lab.a.connectStream(client, to: EndpointAddress(IPAddress(address), 80), now: lab.now)
        }
        #expect(lab.segmentsOfA().isEmpty)
    }

    @Test("a SYN from an address that nobody can have is lost without an answer (RFC 9293 §3.9.2.3, MUST-63)", arguments: [
        IPv4Address(255, 255, 255, 255), IPv4Address(10, 1, 0, 255), IPv4Address(224, 0, 0, 1), IPv4Address(127, 0, 0, 1), IPv4Address(0, 0, 0, 0),
    ])
    func badSender(_ address: IPv4Address) throws {
        let lab = try Lab()
        _ = try lab.listening()
        lab.inject(.tcp(Frame.bare(.syn, 1000), options: [], from: address))
        #expect(lab.segmentsOfA().isEmpty && lab.a.listStreams().map(\.state) == [.listen])
        #expect(lab.a.drops[DropReason(.martianSource)] == 1)
    }

    @Test("a SYN to a broadcast or multicast address is lost without an answer (RFC 9293 §3.9.2.3, MUST-57)", arguments: [
        IPv4Address(255, 255, 255, 255), IPv4Address(10, 1, 0, 255), IPv4Address(224, 0, 0, 1),
    ])
    func toMany(_ address: IPv4Address) throws {
        let lab = try Lab()
        _ = try lab.listening()
        lab.inject(.tcp(Frame.bare(.syn, 1000), options: [], to: address, mac: .broadcast))
        #expect(lab.segmentsOfA().isEmpty && lab.a.listStreams().map(\.state) == [.listen])
        #expect(lab.a.drops[DropReason(.tcpGroup)] == 1)
    }

    @Test("every segment carries the owner's traffic class and time to live, also when they change (RFC 9293 §3.9.1.9, §3.9.2, MUST-48, MUST-49, SHLD-21, SHLD-22)")
    func marks() throws {
        let lab = try Lab()
        var options = StreamOptions()
        (options.timeToLive, options.trafficClass) = (17, TrafficClass(rawValue: 46 << 2))
        options.keepsAlive = true
        let listener = try lab.listening(options)
        var sent: [WholeSegment] = []
        lab.inject(.tcp(Frame.bare(.syn, 1000), options: []))
        sent += lab.segmentsOfA()
        let initial = try #require(sent.first).facts.sequence.rawValue
        lab.inject(.tcp(Frame.bare(.ack, 1001, ack: initial &+ 1), options: []))
        let accepted = lab.a.accept(listener)
        let stream = try #require(accepted)
        lab.inject(.tcp(Frame.bare([.ack, .psh], 1101, ack: initial &+ 1), options: [], [1])) // Out of order: answered at once.
        sent += lab.segmentsOfA()
        lab.now = lab.now + .seconds(7300) // A probe.
        sent += lab.segmentsOfA()
        #expect(lab.a.write(stream, .pattern(2000), now: lab.now) == 2000)
        sent += lab.segmentsOfA()
        #expect(sent.count >= 5)
        #expect(sent.allSatisfy { $0.timeToLive == 17 && $0.trafficClass.dscp == 46 }, "\(sent.map { ($0.facts.flags, $0.timeToLive) })")
        (options.timeToLive, options.trafficClass) = (99, TrafficClass(rawValue: 8 << 2))
        try lab.a.setStreamOptions(stream, options)
        lab.inject(.tcp(Frame.bare(.ack, 1001, ack: initial &+ 2001, window: 0), options: []))
        #expect(lab.a.write(stream, .pattern(20), now: lab.now) == 20)
        _ = lab.a.advance(to: lab.now)
        lab.now = lab.now + .seconds(2) // A window probe.
        var later = lab.segmentsOfA()
        lab.a.abortStream(stream, now: lab.now)
        later += lab.segmentsOfA()
        #expect(later.count >= 2)
        #expect(later.allSatisfy { $0.timeToLive == 99 && $0.trafficClass.dscp == 8 }, "\(later.map { ($0.facts.flags, $0.timeToLive) })")
    }

    @Test("IP options that mean nothing to TCP are ignored (RFC 9293 §3.9.2, MUST-50)", arguments: [
        [0x94, 4, 0, 0], [7, 7, 4, 0, 0, 0, 0, 0], [68, 12, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0], [0xdd, 4, 1, 2],
    ] as [[UInt8]])
    func ipOptions(options: [UInt8]) throws {
        let lab = try Lab()
        let (stream, initial) = try lab.shaken()
        lab.inject(.tcp(Frame.bare([.ack, .psh], 1001, ack: initial &+ 1), options: [], [1, 2, 3], ipOptions: options))
        #expect(lab.a.readAll(stream, now: lab.now) == [1, 2, 3])
    }

    @Test("a source-routed segment is refused, whoever it names: this stack neither keeps nor builds source routes (RFC 9293 §3.9.2.1, MUST-51, MUST-52, MUST-53)")
    func sourceRoute() throws {
        let lab = try Lab()
        _ = try lab.listening()
        lab.inject(.tcp(Frame.bare(.syn, 1000), options: [], ipOptions: [1, 131, 7, 8, 10, 1, 0, 3]))
        #expect(lab.segmentsOfA().isEmpty && lab.a.listStreams().map(\.state) == [.listen])
        #expect(lab.a.drops[DropReason(.sourceRouted)] == 1)
    }

    /// An ICMP error about a segment of A's, from B.
    private func complain(_ lab: Lab, _ message: [UInt8], about segment: WholeSegment) {
        var octets = message + [0, 0, 0, 0, 0, 0] + segment.frame[14..<42]
        octets.change { ICMPv4Message.seal(&$0) }
        lab.inject(.ipv4(.icmpv4, octets))
    }

    @Test("the network's passing troubles reach the connection that they are about, and its owner, and end nothing (RFC 9293 §3.9.2.2, §3.9.1.8, MUST-47, MUST-54, MUST-56, SHLD-25)",
        arguments: [([3, 0], .networkUnreachable), ([3, 1], .hostUnreachable), ([11, 0], .hostUnreachable), ([12, 0], nil)] as [([UInt8], StreamError?)])
    func passing(message: [UInt8], told: StreamError?) throws {
        let lab = try Lab()
        let (stream, _) = try lab.shaken()
        #expect(lab.a.write(stream, [1, 2, 3], now: lab.now) == 3)
        let segment = try #require(lab.segmentsOfA().first)
        while lab.a.nextEvent() != nil {}
        complain(lab, message, about: segment)
        #expect(lab.a.streamCondition(stream)?.state == .established)
        #expect(lab.a.streamCondition(stream)?.advice == told)
        var heard: [Event] = []
        while let event = lab.a.nextEvent() { heard.append(event) }
        #expect(heard == (told == nil ? [] : [.streamAdvised(stream)]))
    }

    @Test("hard errors end an opening, and no open connection: anybody could forge one (RFC 9293 §3.9.2.2, SHLD-26; RFC 5927 §5.2)")
    func hard() throws {
        let lab = try Lab()
        let (stream, _) = try lab.shaken()
        #expect(lab.a.write(stream, [1, 2, 3], now: lab.now) == 3)
        complain(lab, [3, 3], about: try #require(lab.segmentsOfA().first))
        #expect(lab.a.streamCondition(stream)?.state == .established)
        let client = try lab.a.openStream()
        try lab.a.connectStream(client, to: Self.peer, now: lab.now)
        complain(lab, [3, 3], about: try #require(lab.segmentsOfA().last))
        #expect(lab.a.streamCondition(client)?.error == .refused)
    }

    @Test("a source quench is lost without a trace in the connection (RFC 9293 §3.9.2.2, MUST-55)")
    func quench() throws {
        let lab = try Lab()
        let (stream, _) = try lab.shaken()
        #expect(lab.a.write(stream, .pattern(5000), now: lab.now) == 5000)
        let segment = try #require(lab.segmentsOfA().first)
        let before = lab.a.streams[stream.position].recovery.congestionWindow
        complain(lab, [4, 0], about: segment)
        #expect(lab.a.drops[DropReason(.icmpUnknownType)] == 1)
        #expect(lab.a.streams[stream.position].recovery.congestionWindow == before && lab.segmentsOfA().isEmpty)
        #expect(lab.a.streamCondition(stream)?.advice == nil)
    }

    @Test("a next hop behind which nothing answers is asked whether it is there (RFC 9293 §3.8.3, MUST-20)")
    func negativeAdvice() throws {
        let lab = try Lab()
        let (a, b) = try lab.connected()
        #expect(lab.a.write(a, [1], now: lab.now) == 1)
        lab.run(.milliseconds(50))
        #expect(lab.b.readAll(b, now: lab.now) == [1])
        let asked = lab.a.statistics[.arpRequestsSent]
        lab.losesFrame = { WholeSegment($0.array) != nil }
        #expect(lab.a.write(a, [2], now: lab.now) == 1)
        lab.run(.milliseconds(900))
        #expect(lab.a.statistics[.arpRequestsSent] == asked)
        lab.run(.seconds(4))
        #expect(lab.a.statistics[.arpRequestsSent] == asked + 1)
    }
}
