import Rings
@testable import Stack
import Testing
import Wire

@Suite struct DuplicateDetectionTests {
    @Test func `an interface forms a link-local address and uses it only when nobody has it`() throws {
        let lab = try Lab.six(settle: false)
        #expect(lab.addressOfA(Lab.linkLocalA)?.state == .tentative)
        lab.run(.seconds(3))
        #expect(lab.addressOfA(Lab.linkLocalA)?.state == .usable)
        #expect(lab.a.statistics[.ndProbesSent] == 1)
        #expect(lab.a.listGroups().contains { $0.group == .solicitedNode(for: Lab.linkLocalA) })
        #expect(lab.a.multicastList(on: lab.em).contains(.multicast(for: IPv6Address.allNodes)))
        lab.expectBalance()
    }

    @Test func `a defended address is never used`() throws {
        let lab = try Lab.six()
        try lab.a.addAddress(lab.em, IPPrefix(IPv6Prefix(Lab.linkLocalB, length: 64)!), now: lab.now)
        lab.run(.seconds(3))
        #expect(lab.addressOfA(Lab.linkLocalB)?.state == .duplicated)
        var conflicts = 0
        while let event = lab.a.nextEvent() {
            if case .addressConflict(_, Lab.linkLocalB, _, stillOurs: false) = event { conflicts += 1 }
        }
        #expect(conflicts == 1)
        lab.expectBalance()
    }

    @Test func `two stations that ask for one address at once both give way`() throws {
        let lab = try Lab.six()
        let shared = IPPrefix(IPv6Prefix("2001:db8:9::1/64")!)
        try lab.a.addAddress(lab.em, shared, now: lab.now)
        let sent = lab.runA(.seconds(1)) // Its question is on the wire: so is ours now.
        #expect(sent.contains { Sent6($0)?.type == 135 && Sent6($0)?.source == .unspecified })
        lab.inject(.discovery(
            .neighborSolicitation(target: shared.address), from: .unspecified, to: .solicitedNode(for: shared.address)))
        #expect(lab.addressOfA(shared.address)?.state == .duplicated)
    }

    @Test func `a solicitation from somebody with an address does not dispute a tentative one`() throws {
        let lab = try Lab.six()
        let address = IPv6Address("2001:db8:9::1")!
        try lab.a.addAddress(lab.em, IPPrefix(IPv6Prefix(address, length: 64)!), now: lab.now)
        _ = lab.runA(.seconds(1))
        lab.inject(.discovery(.neighborSolicitation(target: address), [.sourceLinkLayer(Lab.macB)], to: .solicitedNode(for: address)))
        #expect(lab.addressOfA(address)?.state == .tentative)
        #expect(lab.dropsOfA(.addressTentative) == 1)
        lab.inject(.ipv6(.udp, Frame.udp6([1], addresses: (Lab.linkLocalB, address)), to: address))
        #expect(lab.dropsOfA(.addressTentative) == 2)
    }

    @Test func `an address formed from a MAC that is there twice ends IPv6 on the link until it comes back`() throws {
        let lab = try Lab.six(settle: false)
        _ = lab.runA(.seconds(1))
        lab.inject(.discovery(
            .neighborAdvertisement(target: Lab.linkLocalA, NeighborFlags(isOverride: true)), [.targetLinkLayer(Lab.macB)],
            from: Lab.linkLocalA, to: .allNodes))
        #expect(lab.addressOfA(Lab.linkLocalA)?.state == .duplicated)
        lab.inject(.ipv6(.udp, Frame.udp6([1])))
        #expect(lab.dropsOfA(.familyOff) == 1)
        try lab.a.setLink(lab.em, false, now: lab.now)
        try lab.a.setLink(lab.em, true, now: lab.now)
        lab.run(.seconds(3))
        #expect(lab.addressOfA(Lab.linkLocalA)?.state == .usable)
        lab.expectBalance()
    }

    @Test func `an opaque identifier is stable, does not show the MAC, and is chosen anew after a conflict`() throws {
        let secret: (inout StackConfiguration) -> Void = { $0.identifierSecret = 42 }
        let first = try Lab.six(change: secret), second = try Lab.six(settle: false, change: { $0.identifierSecret = 42; $0.seed = 99 })
        let address = try #require(first.addressesOfA().first).prefix.address
        #expect(second.addressesOfA().first?.prefix.address == address)
        #expect(address.isLinkLocal && address != Lab.linkLocalA)
        _ = second.runA(.seconds(1))
        second.inject(.discovery(.neighborAdvertisement(target: address, NeighborFlags()), from: address, to: .allNodes))
        second.run(.seconds(3))
        let fresh = second.addressesOfA()
        #expect(fresh.count == 1 && fresh[0].prefix.address != address && fresh[0].state == .usable)
    }

    @Test func `a conflict about an address in use is told and changes nothing`() throws {
        let lab = try Lab.six()
        lab.inject(.discovery(
            .neighborAdvertisement(target: Lab.linkLocalA, NeighborFlags(isOverride: true)), [.targetLinkLayer(Lab.macB)],
            from: Lab.linkLocalA, to: .allNodes))
        #expect(lab.addressOfA(Lab.linkLocalA)?.state == .usable)
        var isTold = false
        while let event = lab.a.nextEvent() { if case .addressConflict(_, _, _, stillOurs: true) = event { isTold = true } }
        #expect(isTold)
    }
}
