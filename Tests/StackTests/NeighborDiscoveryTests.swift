import Rings
@testable import Stack
import Testing
import Wire

/// One row of RFC 4861 §7.2.5: what is known, what is said, what follows.
struct AdvertisementRow: Sendable, CustomTestStringConvertible {
    enum Said: String { case nothing, same, other }
    let before: Reachability.State, said: Said, isSolicited: Bool, isOverride: Bool
    let after: Reachability.State, takesAddress: Bool, isIgnored: Bool

    init(
        _ before: Reachability.State, _ said: Said, solicited: Bool = false, override: Bool = false,
        _ after: Reachability.State, takes: Bool = false, ignored: Bool = false
    ) {
        (self.before, self.said, isSolicited, isOverride) = (before, said, solicited, override)
        (self.after, takesAddress, isIgnored) = (after, takes, ignored)
    }

    var testDescription: String { "\(before), \(said) address\(isSolicited ? ", solicited" : "")\(isOverride ? ", override" : "")" }

    static let all: [AdvertisementRow] = [
        .init(.incomplete, .nothing, solicited: true, .incomplete, ignored: true),
        .init(.incomplete, .other, .stale, takes: true),
        .init(.incomplete, .other, solicited: true, .reachable, takes: true),
        .init(.incomplete, .other, override: true, .stale, takes: true),
        .init(.reachable, .same, .reachable),
        .init(.reachable, .other, .stale, ignored: true),
        .init(.reachable, .other, solicited: true, .stale, ignored: true),
        .init(.reachable, .other, override: true, .stale, takes: true),
        .init(.reachable, .other, solicited: true, override: true, .reachable, takes: true),
        .init(.reachable, .nothing, .reachable),
        .init(.stale, .other, .stale, ignored: true),
        .init(.stale, .other, solicited: true, .stale, ignored: true),
        .init(.stale, .same, .stale),
        .init(.stale, .same, solicited: true, .reachable),
        .init(.stale, .other, override: true, .stale, takes: true),
        .init(.probe, .other, .probe, ignored: true),
        .init(.probe, .same, solicited: true, .reachable),
        .init(.probe, .nothing, solicited: true, .reachable),
        .init(.probe, .other, override: true, .stale, takes: true),
        .init(.delay, .same, .delay),
        .init(.delay, .other, solicited: true, override: true, .reachable, takes: true),
    ]
}

@Suite struct NeighborDiscoveryTests {
    static let start = Instant(nanoseconds: 1), known = MACAddress(value: 0x0200_0000_00aa), other = MACAddress(value: 0x0200_0000_00bb)

    /// A machine in the wanted state, by honest events.
    static func machine(_ state: Reachability.State) -> Reachability {
        var machine = Reachability.wanted(start, .nd)
        switch state {
        case .incomplete: return machine
        case .failed, .fixed: return .fixed
        case .reachable: machine.confirmed(start, .nd)
        case .stale: machine.claimed(isNew: true, start, .nd)
        case .delay, .probe:
            machine.claimed(isNew: true, start, .nd)
            _ = machine.used(start, .nd)
            if state == .probe { _ = machine.timerFired(start, .nd) }
        }
        return machine
    }

    @Test(arguments: AdvertisementRow.all) func `an advertisement changes what the standard says`(row: AdvertisementRow) {
        var machine = Self.machine(row.before)
        #expect(machine.state == row.before)
        let mac: MACAddress? = switch row.said { case .nothing: nil; case .same: Self.known; case .other: Self.other }
        let flags = NeighborFlags(isSolicited: row.isSolicited, isOverride: row.isOverride)
        let verdict = machine.advertised(mac, known: Self.known, flags, Self.start, .nd)
        #expect(machine.state == row.after)
        #expect(verdict.takesAddress == row.takesAddress)
        #expect(verdict.isIgnored == row.isIgnored)
    }

    @Test func `a neighbor goes from unknown to reachable, stale, delay, probe, and is forgotten when it falls silent`() throws {
        let lab = try Lab.six()
        let (a, _) = try UDP6Tests.pair(lab)
        func speak() throws {
            try lab.a.send(a, to: EndpointAddress(Lab.linkLocalB, 4000), payload: unsafe [UInt8]([1]).span.bytes, now: lab.now)
        }
        try speak()
        #expect(lab.neighborOfA(Lab.linkLocalB)?.state == .incomplete)
        lab.run(.milliseconds(1))
        #expect(lab.neighborOfA(Lab.linkLocalB)?.state == .reachable)
        lab.run(.seconds(46)) // RFC 4861 §6.3.2: at most one and a half times thirty seconds.
        #expect(lab.neighborOfA(Lab.linkLocalB)?.state == .stale)
        try speak()
        #expect(lab.neighborOfA(Lab.linkLocalB)?.state == .delay)
        lab.run(.milliseconds(5100)) // The probe was answered.
        #expect(lab.neighborOfA(Lab.linkLocalB)?.state == .reachable)
        _ = lab.runA(.seconds(46))
        try speak()
        let sent = lab.runA(.milliseconds(6500)).compactMap { Sent6($0) }.filter { $0.type == 135 }
        #expect(lab.neighborOfA(Lab.linkLocalB)?.state == .probe)
        #expect(sent.count == 2 && sent.allSatisfy { $0.mac == Lab.macB && $0.destination == Lab.linkLocalB && $0.hopLimit == 255 })
        _ = lab.runA(.seconds(3))
        #expect(lab.neighborOfA(Lab.linkLocalB) == nil)
        lab.expectBalance()
    }

    @Test func `nobody there is asked three times, then the sender is told`() throws {
        let lab = try Lab.six()
        let id = try lab.a.openDatagram(.udp, isIPv6: true), nobody = IPv6Address("fe80::dead")!
        try lab.a.send(id, to: EndpointAddress(nobody, 9), payload: unsafe [UInt8]([1]).span.bytes, now: lab.now)
        let questions = lab.runA(.seconds(4)).compactMap { Sent6($0) }.filter { $0.type == 135 }
        #expect(questions.count == 3)
        #expect(questions.allSatisfy { $0.destination == .solicitedNode(for: nobody) && $0.target == nobody })
        #expect(lab.dropsOfA(.neighborFailed) == 1)
        #expect(lab.a.nextError(id)?.cause == .hostUnreachable)
        lab.expectBalance()
    }

    @Test func `what crossed a router is not believed`() throws {
        let lab = try Lab.six()
        lab.inject(.discovery(.neighborSolicitation(target: Lab.linkLocalA), [.sourceLinkLayer(Lab.macB)], hopLimit: 254))
        #expect(lab.a.drops[DropReason(.icmpv6, .badHopLimit)] == 1)
        #expect(lab.neighborOfA(Lab.linkLocalB) == nil)
    }

    @Test func `no discovery message reaches the IPv4 neighbors`() throws {
        let lab = try Lab.six()
        let victim = IPv4Address(10, 1, 0, 2)
        try lab.a.addAddress(lab.em, Lab.network(Lab.addressA), now: lab.now)
        _ = lab.runA(.milliseconds(1))
        lab.inject(.arp(ARPPacket(.request, senderMAC: Lab.macB, senderAddress: victim, targetAddress: Lab.addressA)))
        lab.inject(.discovery(
            .neighborAdvertisement(target: IPAddress(victim), NeighborFlags(isSolicited: true, isOverride: true)),
            [.targetLinkLayer(MACAddress(value: 0x0200_0000_0666))]))
        #expect(lab.dropsOfA(.ndMartian) == 1)
        #expect(lab.neighborOfA(IPAddress(victim))?.mac == Lab.macB)
        lab.inject(.ipv6(.udp, Frame.udp6([1]), from: IPAddress(victim)))
        #expect(lab.dropsOfA(.martianSource) == 1)
    }

    @Test func `a scan of a whole network evicts no reachable neighbor`() throws {
        let lab = try Lab.six(globals: true) { $0.limits.neighbors = 32 }
        let (a, b) = try UDP6Tests.pair(lab)
        try lab.a.send(a, to: EndpointAddress(Lab.globalB, 4000), payload: unsafe [UInt8]([1]).span.bytes, now: lab.now)
        lab.run(.milliseconds(1))
        #expect(lab.receivedByB(b) != nil)
        for k in 0..<2000 {
            let address = IPv6Address(high: Lab.globalA.high, low: 0x1_0000 + UInt64(k))
            try lab.a.send(a, to: EndpointAddress(address, 9), payload: unsafe [UInt8]([1]).span.bytes, now: lab.now)
            _ = lab.drainA()
        }
        #expect(lab.a.listNeighbors().count == 32)
        #expect(lab.neighborOfA(Lab.globalB)?.state == .reachable)
        #expect(lab.dropsOfA(.neighborTableFull) > 0)
        lab.expectBalance()
    }
}
