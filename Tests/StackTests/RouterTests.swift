import Rings
@testable import Stack
import Testing
import Wire

@Suite struct RouterTests {
    static let formed = IPv6Address.autoconfigured(Lab.prefix, mac: Lab.macA)!
    static let far = IPv6Address("2001:db8:ffff::1")!

    /// A alone on a link with a router that is about to speak.
    static func lab(_ change: (inout StackConfiguration) -> Void = { _ in }) throws -> Lab {
        let lab = try Lab.six(change: change)
        _ = lab.drainA()
        return lab
    }

    static func gateway(_ lab: Lab, _ address: IPv6Address = far) -> IPv6Address? {
        guard case .gateway(let router) = lab.a.route(to: address)?.kind else { return nil }
        return router
    }

    @Test func `routers are asked for, ever more rarely, until one answers`() throws {
        let lab = try Lab.six(settle: false)
        let asked = lab.runA(.seconds(40)).compactMap { Sent6($0) }.filter { $0.type == 133 }
        #expect((4...5).contains(asked.count)) // at about 0, 4, 12, 28 seconds
        #expect(asked.allSatisfy { $0.source == Lab.linkLocalA && $0.destination == .allRouters && $0.hopLimit == 255 })
        lab.hearRouter()
        #expect(lab.runA(.seconds(600)).compactMap { Sent6($0) }.allSatisfy { $0.type != 133 })
    }

    @Test func `an advertisement gives a router, a network, an address and the link's parameters`() throws {
        let lab = try Self.lab()
        let resolver = IPv6Address("2001:db8:1::53")!
        lab.hearRouter(
            RouterAdvertisement(hopLimit: 33, routerLifetimeSeconds: 1800, reachableMilliseconds: 10_000, retransmitMilliseconds: 500),
            [Lab.announced(valid: 7200, preferred: 3600), .mtu(1400), .resolvers(lifetimeSeconds: 600, first: resolver, addresses: 0..<16)])
        #expect(lab.addressOfA(Self.formed)?.state == .tentative)
        _ = lab.runA(.seconds(3))
        let address = try #require(lab.addressOfA(Self.formed))
        #expect(address.state == .usable && address.isAutoconfigured && address.scope == .global && !address.isDeprecated)
        #expect(Self.gateway(lab) == Lab.linkLocalRouter)
        #expect(lab.a.route(to: IPv6Address("2001:db8:1::77")!)?.kind == .connected)
        #expect(lab.a.listRouters().map(\.address) == [Lab.linkLocalRouter])
        #expect(lab.a.listPrefixes().map(\.prefix) == [IPPrefix(Lab.prefix)])
        #expect(lab.a.listResolvers().map(\.address) == [resolver])
        #expect(lab.a.hopLimit(lab.em) == 33)
        #expect(lab.a.linkMTU(1, Self.far) == 1400)
        #expect(lab.a.interfaces[1].six.timing.retransmit == .milliseconds(500))
        #expect(lab.neighborOfA(Lab.linkLocalRouter)?.isRouter == true)
        lab.expectBalance()
    }

    @Test func `each lifetime ends at its time`() throws {
        let lab = try Self.lab()
        lab.hearRouter(RouterAdvertisement(hopLimit: 0, routerLifetimeSeconds: 100), [Lab.announced(valid: 400, preferred: 200)])
        _ = lab.runA(.seconds(99))
        #expect(Self.gateway(lab) != nil)
        _ = lab.runA(.seconds(2))
        #expect(Self.gateway(lab) == nil && lab.a.listRouters().isEmpty)
        #expect(lab.addressOfA(Self.formed)?.isDeprecated == false)
        _ = lab.runA(.seconds(100))
        #expect(lab.addressOfA(Self.formed)?.isDeprecated == true)
        #expect(lab.addressOfA(Self.formed)?.state == .usable)
        _ = lab.runA(.seconds(200))
        #expect(lab.addressOfA(Self.formed) == nil && lab.a.listPrefixes().isEmpty)
        #expect(lab.a.route(to: IPv6Address("2001:db8:1::77")!) == nil)
        #expect(!lab.a.listGroups().contains { $0.group == .solicitedNode(for: Self.formed) && $0.users > 1 })
        lab.expectBalance()
    }

    @Test func `RFC 8106 the search list that came last counts, until its end or its router's word`() throws {
        let lab = try Self.lab()
        func hear(_ lifetime: UInt8, _ list: [UInt8]) {
            let padded = list + [UInt8](repeating: 0, count: (8 - list.count % 8) % 8)
            lab.inject(.discovery(
                .routerAdvertisement(RouterAdvertisement(hopLimit: 0, routerLifetimeSeconds: 1800)), from: Lab.linkLocalRouter, to: .allNodes,
                mac: Lab.macRouter, change: { $0 += [31, UInt8(1 + padded.count / 8), 0, 0, 0, 0, 0, lifetime] + padded }))
        }
        func domains() -> [[String]] { lab.a.listSearchLists().map(\.domains) }
        hear(100, DomainNames.labels(of: "dock.tst") + DomainNames.labels(of: "tst"))
        #expect(domains() == [["dock.tst", "tst"]])
        hear(200, DomainNames.labels(of: "yard.tst"))
        _ = lab.runA(.seconds(150))
        #expect(domains() == [["yard.tst"]])
        _ = lab.runA(.seconds(60))
        #expect(domains() == [])
        hear(100, [3, 0x61, 0x0a, 0x62, 0])
        #expect(domains() == [], "what is no name is kept from whoever configures resolvers")
        hear(100, DomainNames.labels(of: "dock.tst"))
        hear(0, DomainNames.labels(of: "dock.tst"))
        #expect(domains() == [])
        hear(100, [UInt8](repeating: 1, count: 300))
        #expect(lab.a.learned.searchLists.used == 0 && lab.a.statistics[.ndListsFull] == 1)
        lab.expectBalance()
    }

    struct TwoHours: Sendable { let had: Interval?, told: Interval?, then: Interval? }

    @Test(arguments: [
        TwoHours(had: .seconds(86_400), told: .seconds(90_000), then: .seconds(90_000)),
        TwoHours(had: .seconds(86_400), told: .seconds(10_000), then: .seconds(10_000)),
        TwoHours(had: .seconds(86_400), told: .seconds(1), then: .seconds(7200)),
        TwoHours(had: .seconds(3600), told: .seconds(1), then: .seconds(3600)),
        TwoHours(had: .seconds(3600), told: .seconds(3601), then: .seconds(3601)),
        TwoHours(had: .seconds(3600), told: .zero, then: .seconds(3600)),
        TwoHours(had: nil, told: .seconds(1), then: .seconds(7200)),
        TwoHours(had: .seconds(3600), told: nil, then: nil),
    ])
    func `nobody can cut a life of more than two hours shorter than that`(row: TwoHours) {
        let now = Instant(nanoseconds: 5)
        var life = AddressLife.forever
        life.validUntil = AddressLife.end(row.had, now)
        life.renew(valid: row.told, preferred: .zero, now)
        #expect(life.validUntil == AddressLife.end(row.then, now))
        #expect(life.isDeprecated(now))
    }

    @Test func `what no router may announce is passed over`() throws {
        let lab = try Self.lab()
        let disguised = IPv6Prefix("::ffff:0:0/96")!, group = IPv6Prefix("ff05::/64")!
        lab.hearRouter(.init(hopLimit: 0, routerLifetimeSeconds: 9), [
            Lab.announced(disguised, valid: 100, preferred: 100), Lab.announced(group, valid: 100, preferred: 100),
            Lab.announced(.linkLocal, valid: 100, preferred: 100), Lab.announced(.all, valid: 100, preferred: 100),
            Lab.announced(valid: 100, preferred: 101), .mtu(1279), .mtu(9000),
        ])
        #expect(lab.a.listPrefixes().map(\.prefix) == [IPPrefix(Lab.prefix)]) // on the link, but no address from it
        #expect(lab.addressOfA(Self.formed) == nil)
        #expect(lab.a.route(to: IPAddress(IPv4Address(9, 9, 9, 9))) == nil)
        #expect(lab.a.linkMTU(1, Self.far) == 1500)
        lab.hearRouter(from: Lab.globalB)
        #expect(lab.a.drops[DropReason(.icmpv6, .badValue)] == 1)
        lab.expectBalance()
    }

    @Test func `the preferred router is used, the next when it falls silent, and the first again when it speaks`() throws {
        let lab = try Self.lab()
        let second = IPv6Address("fe80::2")!, macSecond = MACAddress(value: 0x0200_0000_0002)
        lab.hearRouter(preference: 3)
        lab.hearRouter(from: second, mac: macSecond)
        #expect(Self.gateway(lab) == second)
        lab.hearRouter(preference: 1)
        #expect(Self.gateway(lab) == Lab.linkLocalRouter)
        try lab.a.addAddress(lab.em, IPPrefix(IPv6Prefix(Lab.globalA, length: 64)!), now: lab.now)
        _ = lab.runA(.seconds(3))
        let id = try lab.a.openDatagram(.udp, isIPv6: true)
        try lab.a.send(id, to: EndpointAddress(Self.far, 9), payload: unsafe [UInt8]([1]).span.bytes, now: lab.now)
        _ = lab.runA(.seconds(9)) // delay, then three unanswered probes
        #expect(Self.gateway(lab) == second)
        #expect(lab.a.listRouters().first { $0.address == Lab.linkLocalRouter }?.isUnreachable == true)
        lab.hearRouter(preference: 1)
        #expect(Self.gateway(lab) == Lab.linkLocalRouter)
        lab.hearRouter(RouterAdvertisement(hopLimit: 0, routerLifetimeSeconds: 0))
        #expect(Self.gateway(lab) == second)
        lab.expectBalance()
    }

    @Test func `a flood of routers and prefixes fills its lists and no more`() throws {
        let lab = try Self.lab()
        for k in 0..<500 {
            let source = IPv6Address(high: Lab.linkLocalA.high, low: 0x1000 + UInt64(k))
            let prefix = IPv6Prefix(IPv6Address(high: 0x2001_0db8_0000_0000 + UInt64(k) << 8, low: 0), length: 64)!
            lab.hearRouter(options: options(prefix), from: source)
        }
        func options(_ prefix: IPv6Prefix) -> [NeighborOption] { [Lab.announced(prefix, valid: 9000, preferred: 9000)] }
        let limits = StackConfiguration.Limits()
        #expect(lab.a.listRouters().count == limits.routers && lab.a.listPrefixes().count == limits.prefixes)
        #expect(lab.addressesOfA().count == limits.autoconfigured + 1)
        try lab.a.setUp(lab.em, false, now: lab.now)
        #expect(lab.a.listRouters().isEmpty && lab.a.listPrefixes().isEmpty && lab.addressesOfA().count == 1)
        lab.expectBalance()
    }

    @Test func `an interface that was told not to listen learns nothing and forgets`() throws {
        let lab = try Self.lab()
        lab.hearRouter(options: [Lab.announced(valid: 9000, preferred: 9000)])
        try lab.a.setAcceptAdvertisements(lab.em, false, now: lab.now)
        #expect(lab.a.listRouters().isEmpty && lab.addressOfA(Self.formed) == nil)
        lab.hearRouter()
        #expect(lab.a.listRouters().isEmpty && lab.dropsOfA(.ndNotAccepted) == 1)
        lab.expectBalance()
    }

    @Test func `a redirect counts only from the router in use, and ends with the link`() throws {
        let lab = try Self.lab()
        let better = IPv6Address("fe80::3")!, macBetter = MACAddress(value: 0x0200_0000_0003)
        func redirect(from source: IPv6Address, to target: IPv6Address) {
            lab.inject(.discovery(
                .redirect(target: target, destination: Self.far), [.targetLinkLayer(macBetter)], from: source, mac: Lab.macRouter))
        }
        lab.hearRouter()
        redirect(from: IPv6Address("fe80::9")!, to: better)
        #expect(Self.gateway(lab) == Lab.linkLocalRouter && lab.dropsOfA(.redirectIgnored) == 1)
        redirect(from: Lab.linkLocalRouter, to: better)
        #expect(Self.gateway(lab) == better)
        #expect(lab.neighborOfA(better)?.mac == macBetter && lab.neighborOfA(better)?.isRouter == true)
        lab.inject(.discovery(
            .neighborAdvertisement(target: better, NeighborFlags(isSolicited: true, isOverride: true)),
            [.targetLinkLayer(macBetter)], from: better, mac: macBetter))
        lab.hearRouter(RouterAdvertisement(hopLimit: 0, routerLifetimeSeconds: 0))
        #expect(lab.a.listRouters().isEmpty)
        try lab.a.setLink(lab.em, true, now: lab.now)
        lab.hearRouter()
        redirect(from: better, to: Self.far) // on the link after all: from the one that is in use now
        #expect(lab.a.route(to: Self.far)?.kind == .connected)
        try lab.a.setUp(lab.em, false, now: lab.now)
        #expect(lab.a.route(to: Self.far) == nil)
        lab.expectBalance()
    }
}

@Suite struct SourceSelectionTests {
    static func candidate(_ text: String, deprecated: Bool = false, here: Bool = true) -> SourceCandidate {
        SourceCandidate(address: IPv6Address(text)!, bits: 64, isDeprecated: deprecated, isOnInterface: here)
    }

    static let rows: [(String, SourceCandidate, SourceCandidate)] = [ // destination, the better, the other
        ("2001:db8:1::1", candidate("2001:db8:1::1", deprecated: true), candidate("2001:db8:1::2")), // rule 1
        ("2001:db8:9::1", candidate("2001:db8:1::1"), candidate("fe80::1")), // rule 2
        ("fe80::9", candidate("fe80::1"), candidate("2001:db8:1::1")), // rule 2
        ("ff05::1", candidate("2001:db8:1::1"), candidate("fe80::1")), // rule 2
        ("2001:db8:9::1", candidate("2001:db8:1::1"), candidate("2001:db8:9::2", deprecated: true)), // rule 3
        ("2001:db8:9::1", candidate("2001:db8:1::1"), candidate("2001:db8:9::2", here: false)), // rule 5
        ("fd00::1", candidate("fd11::1"), candidate("2001:db8:1::1")), // rule 6
        ("2001:db8:9::1", candidate("2001:db8:8::1"), candidate("2001:db8:1::1")), // rule 8
    ]

    @Test(arguments: rows.indices) func `of two addresses the fitter one speaks`(row: Int) {
        let (text, better, other) = Self.rows[row]
        let destination = IPv6Address(text)!
        #expect(better.isBetter(than: other, for: destination))
        #expect(!other.isBetter(than: better, for: destination))
    }
}
