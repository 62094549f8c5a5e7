import Rings
@testable import Stack
import Testing
import Wire

@Suite("TCP: segments that nobody in their right mind sends")
struct HostileSegments {
    /// A peer that knows the connection and says anything: half of it near the truth.
    struct Peer {
        var chance: RandomSource
        var sequence: UInt32 = 1001, acknowledgment: UInt32 = 1

        mutating func number(near truth: UInt32) -> UInt32 {
            switch chance.below(4) {
            case 0: truth
            case 1: truth &+ UInt32(chance.below(3000))
            case 2: truth &- UInt32(chance.below(3000))
            default: UInt32(truncatingIfNeeded: chance.next())
            }
        }

        mutating func segment(own: UInt16, _ first: UInt32) -> (TCPHeader, [UInt8]) {
            var options = TCPOptions()
            if chance.below(2) == 0 { options.timestamp = TCPTimestamp(value: number(near: 5), echo: number(near: 5)) }
            if chance.below(3) == 0 {
                for _ in 0..<(1 + chance.below(3)) {
                    let left = number(near: first &+ acknowledgment)
                    options.append(TCPSackBlock(left: left, right: left &+ UInt32(chance.below(4000))))
                }
            }
            let flags = TCPView.Flags(rawValue: UInt8(truncatingIfNeeded: chance.below(3) == 0 ? chance.next() : 0x10))
            let header = TCPHeader(
                sourcePort: 4000, destinationPort: own, sequence: number(near: sequence), acknowledgment: number(near: first &+ acknowledgment),
                flags: flags, window: UInt16(truncatingIfNeeded: chance.below(3) == 0 ? 0 : chance.next()),
                urgentPointer: UInt16(truncatingIfNeeded: chance.next()), options: options)
            return (header, .pattern(Int(chance.below(5) == 0 ? chance.below(1460) : 0)))
        }
    }

    @Test("a peer that says anything neither stops the stack nor makes it forget an octet of memory", arguments: 0..<40)
    func anything(seed: Int) throws {
        let lab = try Lab { $0.limits.streams = 64 }
        try lab.introduce()
        let listener = try lab.a.openStream()
        try lab.a.bindStream(listener, to: .anyIPv4(80))
        try lab.a.listen(listener, backlog: 8)
        var peer = Peer(chance: RandomSource(seed: UInt64(seed)))
        var held: [StreamID] = [], sent = 0
        for round in 0..<1500 {
            if round % 100 == 0 { lab.inject(Self.syn(seed % 2 == 0)) }
            let initial = Self.initial(lab, &sent)
            let (header, payload) = peer.segment(own: 80, initial)
            lab.inject(Frame.tcp(header, payload))
            if peer.chance.below(20) == 0 { lab.inject(Frame.tcp(TCPHeader(
                sourcePort: 4000, destinationPort: 80, sequence: 1001, acknowledgment: initial &+ 1, flags: .ack, window: 500), [])) }
            while let accepted = lab.a.accept(listener) { held.append(accepted) }
            Self.owner(lab, held, &peer.chance)
            if peer.chance.below(10) == 0 { lab.now = lab.now + .milliseconds(Int(peer.chance.below(3000))) }
            _ = lab.a.advance(to: lab.now)
        }
        for id in held { lab.a.abortStream(id, now: lab.now) }
        lab.a.closeStream(listener, now: lab.now)
        lab.now = lab.now + .seconds(400)
        _ = lab.a.advance(to: lab.now)
        while lab.sentByA() != nil {}
        #expect(lab.a.listStreams().isEmpty)
        #expect(lab.a.pools.memory.used == 0 && lab.a.pools.records.used == 0 && lab.a.pools.ranges.used == 0)
        lab.expectBalance()
    }

    private static func syn(_ plain: Bool) -> Frame {
        var options = TCPOptions()
        options.maximumSegment = 1460
        if !plain { (options.isSACKPermitted, options.windowScale, options.timestamp) = (true, 7, TCPTimestamp(value: 5, echo: 0)) }
        return Frame.tcp(TCPHeader(sourcePort: 4000, destinationPort: 80, sequence: 1000, acknowledgment: 0, flags: .syn, window: 60000, options: options), [])
    }

    /// Our initial number, as the last SYN-ACK told it.
    private static func initial(_ lab: Lab, _ last: inout Int) -> UInt32 {
        while let octets = lab.sentByA() {
            guard let ip = try? IPv4View(unsafe octets.span.bytes.extracting(droppingFirst: 14)), let view = try? TCPView(ip.payload) else { continue }
            if view.flags.contains(.syn) { last = Int(view.sequence) }
        }
        return UInt32(last)
    }

    private static func owner(_ lab: Lab, _ held: [StreamID], _ chance: inout RandomSource) {
        guard let id = held.last else { return }
        switch chance.below(40) {
        case 0...9: _ = lab.a.write(id, .pattern(Int(chance.below(5000))), now: lab.now)
        case 10...19: _ = lab.a.readAll(id, now: lab.now)
        case 20: lab.a.shutdownStream(id, now: lab.now)
        case 21: lab.a.deafenStream(id)
        case 22: lab.a.closeStream(id, now: lab.now)
        default: break
        }
    }

    @Test("a flood of SYNs leaves what is open working, and memory as it was (RFC 4987 §3.6)")
    func synFlood() throws {
        let lab = try Lab()
        let (a, b) = try lab.connected()
        for k in 0..<100_000 {
            let header = TCPHeader(
                sourcePort: UInt16(truncatingIfNeeded: 1024 + k % 60000), destinationPort: Lab.port, sequence: UInt32(truncatingIfNeeded: k &* 2654435761),
                acknowledgment: 0, flags: .syn, window: 65535)
            lab.injectIntoB(Frame.tcp(header, [], from: IPv4Address(10, 1, 0, UInt8(3 + k % 200)), to: Lab.addressB))
            while lab.b.nextTransmit(on: lab.em) != nil {}
            if k % 10_000 == 0 {
                #expect(lab.a.write(a, [1, 2, 3], now: lab.now) == 3)
                lab.run(.milliseconds(300))
                #expect(lab.b.readAll(b, now: lab.now) == [1, 2, 3])
            }
        }
        #expect(lab.b.halfOpens.count <= 1024)
        #expect(lab.b.statistics[.tcpCookiesSent] > 90_000)
    }

    @Test("an acknowledgment of a cookie opens the connection that its SYN asked for (RFC 4987 §3.6)")
    func cookie() throws {
        let script = try PacketScript { $0.limits.halfOpens = 0 }
        try script.run("""
            listen
            < S 1000 win 65535 mss 1460
            > S. 0 ack 1001
            streams LISTEN
            < . 1001 ack 1 win 65535
            accept
            state ESTABLISHED
            write 3000
            > . 1:1461 ack 1001
            > . 1461:2921 ack 1001
            """)
    }

    @Test("an acknowledgment that is no cookie of ours is refused")
    func forgedCookie() throws {
        let script = try PacketScript { $0.limits.halfOpens = 0 }
        try script.run("""
            listen
            < S 1000 win 65535 mss 1460
            > S. 0 ack 1001
            < . 1001 ack 2 win 65535
            > R 2
            streams LISTEN
            """)
    }
}
