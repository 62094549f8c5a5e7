@testable import Cables
import Testing
import Wire

@Suite struct PeerResponderTests {
    private let peer = PeerSpecification(
        address: IPv4Prefix("10.1.0.1/24")!, mac: MACAddress("02:00:00:00:00:01")!, address6: IPv6Prefix("fd00::1/64")!)
    private let mine = MACAddress("02:00:00:00:00:02")!, own = IPv4Address("10.1.0.2")!

    private func written(_ count: Int, _ write: (inout MutableRawSpan) -> Void) -> [UInt8] {
        var octets = [UInt8](repeating: 0, count: count)
        var span = octets.mutableSpan
        var raw = unsafe span.mutableBytes
        write(&raw)
        return octets
    }

    private func ethernet(_ type: EtherType, to destination: MACAddress) -> [UInt8] {
        written(14) { EthernetHeader(destination: destination, source: mine, etherType: type).write(into: &$0) }
    }

    private func hear(_ responder: inout PeerResponder, _ frame: [UInt8]) -> [UInt8]? {
        var answer: [UInt8]?
        frame.show { answer = responder.hear($0) }
        return answer
    }

    /// A UDP datagram with a checksum, in fragments of `piece` octets.
    private func datagram(port: UInt16, payload: [UInt8], piece: Int) -> [[UInt8]] {
        var body = written(8) { UDPHeader(sourcePort: 4000, destinationPort: port, payloadOctets: payload.count).write(into: &$0) } + payload
        var sum = Checksum(source: own, destination: peer.address.address, next: .udp, octets: body.count)
        (body[6], body[7]) = (0, 0)
        body.show { sum.add($0) }
        (body[6], body[7]) = (UInt8(sum.value >> 8), UInt8(truncatingIfNeeded: sum.value))
        return stride(from: 0, to: body.count, by: piece).map { start in
            let part = Array(body[start..<min(start + piece, body.count)])
            let header = IPv4Header(
                source: own, destination: peer.address.address, next: .udp, payloadOctets: part.count, identification: 77,
                moreFragments: start + piece < body.count, fragmentOffset: FragmentOffset(octets: start)!)
            return ethernet(.ipv4, to: peer.mac) + written(20) { header.write(into: &$0) } + part
        }
    }

    @Test func `a request for its address is answered, one for another is not`() throws {
        var responder = PeerResponder(peer)
        for (target, isAnswered) in [(peer.address.address, true), (IPv4Address("10.1.0.3")!, false)] {
            let request = ARPPacket(.request, senderMAC: mine, senderAddress: own, targetAddress: target)
            let answer = hear(&responder, ethernet(.arp, to: .broadcast) + written(28) { request.write(into: &$0) })
            #expect((answer != nil) == isAnswered)
            answer?.show {
                let from = try? ARPView(EthernetView($0).payload).senderMAC
                #expect(from == peer.mac)
            }
        }
        #expect(responder.counters.answered == 1 && responder.counters.ignored == 1)
    }

    @Test(arguments: [4096, 1480]) func `a datagram to port 7 comes back whole, fragment by fragment`(piece: Int) throws {
        var responder = PeerResponder(peer)
        let payload = (0..<4000).map { UInt8(truncatingIfNeeded: $0) }
        var body: [UInt8] = []
        for fragment in datagram(port: 7, payload: payload, piece: piece) {
            let answer = try #require(hear(&responder, fragment))
            answer.show { span in
                guard let packet = try? IPv4View(EthernetView(span).payload) else { Issue.record("no packet"); return }
                let isValid = packet.isChecksumValid && packet.source == peer.address.address && packet.destination == own
                #expect(isValid)
                body += packet.payload.copied
            }
        }
        body.show { span in
            guard let udp = try? UDPView(span) else { Issue.record("no datagram"); return }
            let isValid = udp.isChecksumValid(source: peer.address.address, destination: own)
            #expect(isValid)
            let isSame = udp.sourcePort == 7 && udp.destinationPort == 4000 && udp.payload.copied == payload
            #expect(isSame)
        }
    }

    @Test func `port 9 discards, other ports and later fragments of nothing are ignored, a wrong sum is malformed`() {
        var responder = PeerResponder(peer)
        #expect(hear(&responder, datagram(port: 9, payload: [1], piece: 4096)[0]) == nil)
        #expect(hear(&responder, datagram(port: 8, payload: [1], piece: 4096)[0]) == nil)
        #expect(hear(&responder, datagram(port: 7, payload: [UInt8](repeating: 1, count: 2000), piece: 1480)[1]) == nil)
        var wrong = datagram(port: 7, payload: [1, 2], piece: 4096)[0]
        wrong[wrong.count - 1] ^= 1
        #expect(hear(&responder, wrong) == nil)
        #expect(responder.counters == PeerResponder.Counters(answered: 0, discarded: 1, ignored: 2, malformed: 1))
    }

    @Test func `a solicitation and a ping over IPv6 are answered with valid sums`() throws {
        var responder = PeerResponder(peer)
        let target = peer.address6!.address, source = IPv6Address("fd00::2")!, group = IPv6Address.solicitedNode(for: target)
        let solicitation = written(32) {
            NeighborMessage.neighborSolicitation(target: target).write(into: &$0)
            _ = NeighborOption.sourceLinkLayer(mine).write(into: &$0, at: 24)
            ICMPv6Message.seal(&$0, source: source, destination: group)
        }
        let ping = written(40) {
            ICMPv6Message.echo(EchoKey(identifier: 3, sequence: 4)).write(into: &$0)
            ICMPv6Message.seal(&$0, source: source, destination: target)
        }
        for (body, destination, type, hops) in [(solicitation, group, 136, 255), (ping, target, 129, 64)] as [([UInt8], IPv6Address, UInt8, UInt8)] {
            let header = IPv6Header(source: source, destination: destination, next: .icmpv6, payloadOctets: body.count, hopLimit: hops)
            let link = destination.isMulticast ? MACAddress.multicast(for: destination) : peer.mac
            let answer = try #require(hear(&responder, ethernet(.ipv6, to: link) + written(40) { header.write(into: &$0) } + body))
            answer.show { span in
                guard let packet = try? IPv6View(EthernetView(span).payload), let icmp = try? ICMPv6View(packet.payload) else { Issue.record("no packet"); return }
                let isValid = icmp.isChecksumValid(source: packet.source, destination: packet.destination), found = icmp.type
                #expect(found == type && isValid)
                let isBack = packet.source == target && packet.destination == source
                #expect(isBack)
            }
        }
    }

    @Test func `every prefix and random octets are survived, each in one counter`() {
        var responder = PeerResponder(peer), random = SeededGenerator(seed: 11), count: UInt64 = 0
        let good = datagram(port: 7, payload: [UInt8](repeating: 5, count: 64), piece: 4096)[0]
        for length in 0..<good.count { _ = hear(&responder, Array(good[..<length])); count += 1 }
        for _ in 0..<5000 {
            var bad = good
            for _ in 0..<4 { bad[Int.random(in: 12..<bad.count, using: &random)] = UInt8.random(in: 0...255, using: &random) }
            _ = hear(&responder, bad)
            count += 1
        }
        let c = responder.counters
        #expect(c.answered + c.discarded + c.ignored + c.malformed == count)
    }
}
