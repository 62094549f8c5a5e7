import Rings
@testable import Stack
import Testing
import Wire

/// Frames that mean harm, by accident or on purpose.
@Suite struct HostileTests {
    /// Good frames of every protocol, to be broken.
    static let seeds: [Frame] = [
        .ipv4(.udp, Frame.udp(.pattern(40))),
        .ipv4(.icmpv4, Frame.icmp(.echo(EchoKey(identifier: 1, sequence: 2)), .pattern(30))),
        .ipv4(.icmpv4, Frame.icmp(.unreachable(.port, nextHopMTU: 0), Array(Frame.ipv4(.udp, Frame.udp([1])).octets[14...]))),
        .ipv4(.udp, .pattern(64), offset: 64, more: true),
        .ipv4(.udp, .pattern(64), offset: 0, more: true),
        .ipv4(.igmp, Frame.written(8) { IGMPMessage(.query, group: .unspecified, maximumResponseTenths: 1).write(into: &$0) },
            to: .allHosts, mac: .multicast(for: .allHosts)),
        .ipv4(.tcp, .pattern(20)),
        .arp(ARPPacket(.request, senderMAC: Lab.macB, senderAddress: Lab.addressB, targetAddress: Lab.addressA)),
        .arp(ARPPacket(.reply, senderMAC: Lab.macB, senderAddress: Lab.addressB, targetMAC: Lab.macA, targetAddress: Lab.addressA)),
        Frame(to: Lab.macA, from: Lab.macB, .ipv6, .pattern(60)),
        Frame(to: Lab.macA, from: Lab.macB, .vlan, [0, 42, 8, 0] + .pattern(60)),
    ]

    @Test(arguments: [false, true]) func `a hundred thousand broken frames never trap, and every one is accounted for`(forwards: Bool) throws {
        let lab = try Lab { $0.isForwarding = forwards }
        let id = try lab.a.openDatagram(.udp), raw = try lab.a.openDatagram(.raw(.icmpv4))
        try lab.a.bind(id, to: .anyIPv4(5000))
        var random = RandomSource(seed: forwards ? 8 : 7)
        for k in 0..<50_000 {
            var octets = Self.seeds[Int(random.below(UInt64(Self.seeds.count)))].octets
            for _ in 0..<random.below(4) { octets[Int(random.below(UInt64(octets.count)))] = UInt8(truncatingIfNeeded: random.next()) }
            if random.below(8) == 0 { octets.removeLast(Int(random.below(UInt64(octets.count)))) }
            let flags: PacketFlags = random.below(2) == 0 ? [.ipChecked, .transportChecked] : []
            lab.inject(Frame(octets), flags: flags)
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
        for _ in 0..<10 { // questions are repeated, fragments time out, neighbors fail: then nothing is left
            lab.now = lab.now + .seconds(100)
            _ = lab.a.advance(to: lab.now)
            while lab.a.nextTransmit(on: lab.em) != nil {}
        }
        lab.expectBalance()
        #expect(lab.a.ledger.held == 0)
        #expect(lab.memoryA.freeSmall == 1024 && lab.memoryA.freeLarge == 32 && lab.a.datagrams.free == 32)
    }

    @Test func `pure noise is refused`() throws {
        let lab = try Lab()
        var random = RandomSource(seed: 9)
        let before = lab.a.drops.total
        for _ in 0..<20_000 {
            let octets = (0..<random.below(200)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            lab.inject(Frame(octets))
        }
        lab.expectBalance()
        #expect(lab.a.drops.total == before + 20_000)
    }

    @Test func `every prefix of a good frame is refused or taken, and counted once`() throws {
        let lab = try Lab()
        for seed in Self.seeds {
            for length in 0..<seed.octets.count {
                let before = lab.a.ledger
                lab.inject(Frame(Array(seed.octets.prefix(length))))
                let after = lab.a.ledger
                #expect(after.isBalanced && after.entered > before.entered)
            }
        }
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let reason: DropReason.Fate
        let frame: Frame
        var testDescription: String { reason.text }
    }

    private static let cases: [Case] = [
        Case(reason: .notForUs, frame: .ipv4(.udp, [], mac: MACAddress(value: 0x0200_0000_0099))),
        Case(reason: .unknownEtherType, frame: Frame(to: Lab.macA, from: Lab.macB, EtherType(rawValue: 0x9000), [1])),
        Case(reason: .unknownVLAN, frame: Frame(to: Lab.macA, from: Lab.macB, .vlan, [0, 9, 8, 0])),
        Case(reason: .ownFrame, frame: Frame(to: Lab.macA, from: Lab.macA, .ipv4, [1])),
        Case(reason: .martianSource, frame: .ipv4(.udp, [], from: IPv4Address(224, 0, 0, 5))),
        Case(reason: .martianSource, frame: .ipv4(.udp, [], from: .loopback)),
        Case(reason: .martianSource, frame: .ipv4(.udp, [], from: Lab.addressA)),
        Case(reason: .martianSource, frame: .ipv4(.udp, [], from: IPv4Address(10, 1, 0, 255))),
        Case(reason: .martianDestination, frame: .ipv4(.udp, [], to: .loopback)),
        Case(reason: .linkBroadcastUnicast, frame: .ipv4(.udp, [], mac: .broadcast)),
        Case(reason: .notOurs, frame: .ipv4(.udp, [], to: IPv4Address(10, 1, 0, 9))),
        Case(reason: .notMember, frame: .ipv4(.udp, [], to: IPv4Address(225, 0, 0, 1), mac: .multicast(for: .allHosts))),
        Case(reason: .portUnreachable, frame: .ipv4(.udp, Frame.udp([1], to: 9))),
        Case(reason: .portZero, frame: .ipv4(.udp, Frame.udp([1], to: 0))),
        Case(reason: .protocolUnreachable, frame: .ipv4(IPProtocol(rawValue: 132), .pattern(20))),
        Case(reason: .icmpUnknownType, frame: .ipv4(.icmpv4, Frame.icmp(.timestamp(EchoKey(identifier: 1, sequence: 1), .init(originate: 0, receive: 0, transmit: 0))))),
        Case(reason: .icmpUnwanted, frame: .ipv4(.icmpv4, Frame.icmp(.echoReply(EchoKey(identifier: 1, sequence: 1))))),
        Case(reason: .redirectIgnored, frame: .ipv4(.icmpv4, Frame.icmp(.redirect(.host, gateway: Lab.addressB), .pattern(28)))),
        Case(reason: .icmpNotOurs, frame: .ipv4(.icmpv4, Frame.icmp(.unreachable(.port, nextHopMTU: 0), Array(Frame.ipv4(.udp, Frame.udp([1])).octets[14...])))),
        Case(reason: .icmpErrorUnmatched, frame: .ipv4(.icmpv4, Frame.icmp(.unreachable(.port, nextHopMTU: 0), Array(Frame.ipv4(.udp, Frame.udp([1]), from: Lab.addressA).octets[14...])))),
        Case(reason: .echoBroadcast, frame: .ipv4(.icmpv4, Frame.icmp(.echo(EchoKey(identifier: 1, sequence: 1))), to: .allHosts, mac: .multicast(for: .allHosts))),
        Case(reason: .igmpNotMember, frame: .ipv4(.igmp, Frame.written(8) { IGMPMessage(.leave, group: .allHosts).write(into: &$0) })),
        Case(reason: .arpNotForUs, frame: .arp(ARPPacket(.request, senderMAC: MACAddress(value: 0x0200_0000_0077), senderAddress: IPv4Address(10, 1, 0, 77), targetAddress: IPv4Address(10, 1, 0, 78)))),
        Case(reason: .arpSender, frame: .arp(ARPPacket(.request, senderMAC: .broadcast, senderAddress: Lab.addressB, targetAddress: Lab.addressA))),
    ]

    @Test(arguments: cases) func `a frame without a way on is counted under its reason`(example: Case) throws {
        let lab = try Lab()
        let (before, total) = (lab.a.drops[DropReason(example.reason)], lab.a.drops.total)
        lab.inject(example.frame)
        #expect(lab.a.drops[DropReason(example.reason)] == before + 1)
        #expect(lab.a.drops.total == total + 1)
        lab.expectBalance()
    }

    @Test func `errors are limited in all and for one destination`() throws {
        let lab = try Lab { $0.icmpBurst = 16 }
        try lab.introduce()
        for _ in 0..<100 { lab.inject(.ipv4(.udp, Frame.udp([1], to: 9))) }
        #expect(lab.a.statistics[.icmpErrorsSent] == 2)
        #expect(lab.a.statistics[.icmpErrorsLimited] == 98)
    }

    @Test func `no error answers an error, a later fragment, a broadcast or nobody`() throws {
        let lab = try Lab()
        try lab.introduce()
        let quoted = Array(Frame.ipv4(.udp, Frame.udp([1])).octets[14...])
        lab.inject(.ipv4(.icmpv4, Frame.icmp(.unreachable(.port, nextHopMTU: 0), quoted)))
        lab.inject(.ipv4(.udp, Frame.udp([1], to: 9), to: IPv4Address(10, 1, 0, 255), mac: .broadcast))
        lab.inject(.ipv4(.tcp, .pattern(20), to: .allHosts, mac: .multicast(for: .allHosts)))
        lab.inject(.ipv4(.udp, Frame.udp([1], to: 9), from: .unspecified))
        #expect(lab.a.statistics[.icmpErrorsSent] == 0)
        lab.expectBalance()
    }
}
