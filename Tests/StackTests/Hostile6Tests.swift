import Rings
@testable import Stack
import Testing
import Wire

/// IPv6 frames that mean harm, by accident or on purpose.
@Suite struct Hostile6Tests {
    static let seeds: [Frame] = [
        .ipv6(.udp, Frame.udp6(.pattern(40))),
        .ipv6(.icmpv6, Frame.icmp6(.echo(EchoKey(identifier: 1, sequence: 2)), .pattern(30))),
        .ipv6(.icmpv6, Frame.icmp6(.unreachable(.port), Array(Frame.ipv6(.udp, Frame.udp6([1])).octets[14...]))),
        .ipv6(.icmpv6, Frame.icmp6(.packetTooBig(mtu: 1280), Array(Frame.ipv6(.udp, Frame.udp6([1])).octets[14...]))),
        .ipv6(.fragment, Frame.fragment(.udp, 64, more: true, .pattern(64))),
        .ipv6(.fragment, Frame.fragment(.destinationOptions, 0, more: true, [17, 0, 1, 4, 0, 0, 0, 0] + .pattern(56))),
        .ipv6(.hopByHop, [43, 0, 5, 2, 0, 0, 1, 0, 60, 0, 0, 0, 0, 0, 0, 0, 17, 0, 0x1e, 4, 0, 0, 0, 0] + Frame.udp6([1])),
        .discovery(.neighborSolicitation(target: Lab.linkLocalA), [.sourceLinkLayer(Lab.macB)]),
        .discovery(.neighborAdvertisement(target: Lab.linkLocalB, NeighborFlags(isSolicited: true)), [.targetLinkLayer(Lab.macB)]),
        .discovery(
            .routerAdvertisement(RouterAdvertisement(hopLimit: 64, routerLifetimeSeconds: 30)),
            [.sourceLinkLayer(Lab.macB), Lab.announced(valid: 100, preferred: 50), .mtu(1400),
             .resolvers(lifetimeSeconds: 20, first: Lab.globalB, addresses: 0..<16)], to: .allNodes),
        .discovery(.redirect(target: Lab.linkLocalRouter, destination: RouterTests.far), [.targetLinkLayer(Lab.macRouter)]),
        MLDTests.message(.query, .unspecified, to: .allNodes),
    ]

    /// The checksum made good again, so that what was broken is looked at and not only summed.
    static func sealed(_ octets: [UInt8]) -> [UInt8] {
        guard octets.count > 58, octets[20] == 58 else { return octets }
        let span = unsafe octets.span.bytes
        guard let ip = try? IPv6View(span.extracting(droppingFirst: 14)), ip.payload.byteCount >= 8 else { return octets }
        let end = 54 + ip.payload.byteCount
        return Array(octets[..<54]) + Frame.icmp6(Array(octets[54..<end]), from: ip.source, to: ip.destination) + octets[end...]
    }

    @Test(arguments: [false, true]) func `broken frames never trap, and every one is accounted for`(forwards: Bool) throws {
        let lab = try Lab.six { $0.isForwarding = forwards }
        let id = try lab.a.openDatagram(.udp, isIPv6: true), raw = try lab.a.openDatagram(.raw(.icmpv6), isIPv6: true)
        try lab.a.bind(id, to: .anyIPv6(5000))
        var random = RandomSource(seed: forwards ? 18 : 17)
        for k in 0..<40_000 {
            var octets = Self.seeds[Int(random.below(UInt64(Self.seeds.count)))].octets
            for _ in 0..<random.below(4) {
                octets[14 + Int(random.below(UInt64(octets.count - 14)))] = UInt8(truncatingIfNeeded: random.next())
            }
            if random.below(2) == 0 { octets = Self.sealed(octets) }
            if random.below(8) == 0 { octets.removeLast(Int(random.below(UInt64(octets.count)))) }
            lab.inject(Frame(octets), flags: random.below(2) == 0 ? [.transportChecked] : [])
            while lab.a.receive(id) != nil {}
            while lab.a.receive(raw) != nil {}
            while lab.a.nextTransmit(on: lab.em) != nil {}
            while lab.a.nextEvent() != nil {}
            if k % 100 == 0 {
                lab.now = lab.now + .milliseconds(Int(random.below(1000)))
                _ = lab.a.advance(to: lab.now)
                lab.expectBalance()
            }
        }
        #expect(lab.a.drops.total == lab.a.ledger.dropped)
        for _ in 0..<10 {
            lab.now = lab.now + .seconds(100)
            _ = lab.a.advance(to: lab.now)
            while lab.a.nextTransmit(on: lab.em) != nil {}
        }
        lab.expectBalance()
        #expect(lab.a.ledger.held == 0)
        #expect(lab.memoryA.freeSmall == 1024 && lab.memoryA.freeLarge == 32 && lab.a.datagrams.free == 32)
        #expect(!lab.a.listNeighbors().contains { $0.address.isIPv4 })
    }

    @Test func `every prefix of a good frame is refused or taken, and counted once`() throws {
        let lab = try Lab.six()
        for seed in Self.seeds {
            for length in 0..<seed.octets.count {
                let before = lab.a.ledger.entered
                lab.inject(Frame(Array(seed.octets.prefix(length))))
                #expect(lab.a.ledger.isBalanced && lab.a.ledger.entered > before)
            }
        }
    }
}
