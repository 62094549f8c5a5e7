@testable import Stack
import Testing
import Wire

@Suite struct RouteTests {
    private static func route(_ address: IPAddress, _ bits: Int, _ interface: Int, metric: UInt32 = 0) -> Route {
        var route = Route()
        (route.network, route.bits, route.kind, route.interface, route.metric) = (address.masked(bits), bits, .connected, interface, metric)
        return route
    }

    @Test(arguments: [true, false]) func `the longest prefix wins as brute force has it`(isIPv4: Bool) {
        var random = RandomSource(seed: 11)
        let key = HashKey(&random)
        var table = RouteTable(capacity: 200, key: key)
        var model: [UInt32: Route] = [:]
        func address() -> IPAddress {
            // Few distinct leading bits, so that prefixes nest.
            let low = random.next() & 0xff03_01ff
            return isIPv4 ? IPAddress(IPv4Address(UInt32(low))) : IPAddress(high: low << 32 | random.next() & 3, low: random.next() & 7)
        }
        for _ in 0..<3000 {
            if random.below(3) == 0, let victim = model.keys.sorted().first(where: { _ in random.below(4) == 0 }) {
                table.remove(victim)
                model[victim] = nil
            } else {
                let bits = isIPv4 ? 96 + Int(random.below(33)) : Int(random.below(129))
                let fresh = Self.route(address(), bits, Int(random.below(3)), metric: UInt32(random.below(5)))
                if let position = table.insert(fresh) { model[position] = fresh }
            }
            let target = address()
            let matching = model.values.filter { target.masked($0.bits) == $0.network }
            let best = matching.max { ($0.bits, $1.metric) < ($1.bits, $0.metric) }
            let place = table.lookup(target)
            var found: Route?
            if let place { found = table[place] }
            #expect(found?.bits == best?.bits && found?.metric == best?.metric)
        }
    }

    @Test func `a default route of one family never catches the other`() {
        var random = RandomSource(seed: 1)
        var table = RouteTable(capacity: 4, key: HashKey(&random))
        _ = table.insert(Self.route(.unspecified, 0, 1))
        let before = table.lookup(IPAddress(IPv4Address(1, 2, 3, 4)))
        #expect(before == nil)
        _ = table.insert(Self.route(IPAddress(IPv4Address(0)), 96, 2))
        let found4 = table.lookup(IPAddress(IPv4Address(1, 2, 3, 4))), found6 = table.lookup(IPAddress(high: 0x2001 << 48, low: 1))
        let interfaces = [table[found4 ?? 0].interface, table[found6 ?? 0].interface]
        #expect(interfaces == [2, 1])
    }

    @Test func `a full table refuses`() {
        var random = RandomSource(seed: 1)
        var table = RouteTable(capacity: 2, key: HashKey(&random))
        var places: [UInt32?] = []
        for k in 0..<3 { places.append(table.insert(Self.route(IPAddress(IPv4Address(UInt32(k))), 128, 0))) }
        #expect(places.map { $0 != nil } == [true, true, false])
    }

    @Test func `a path shrinks, never grows before its time, and is forgotten after ten minutes`() {
        var random = RandomSource(seed: 1)
        var table = PathMTUTable(capacity: 4, key: HashKey(&random))
        let peer = IPAddress(Lab.addressB), now = Instant(nanoseconds: 5)
        let news = [table.shrink(peer, to: 1000, now), table.shrink(peer, to: 1200, now)]
        #expect(news == [true, false])
        let known = [
            table.mtu(peer, link: 1500, now), table.mtu(peer, link: 900, now),
            table.mtu(peer, link: 1500, now + PathMTUTable.lifetime), table.mtu(IPAddress(Lab.addressA), link: 1500, now),
        ]
        #expect(known == [1000, 900, 1500, 1500])
        var taken = 0
        for k in 0..<100 where table.shrink(IPAddress(IPv4Address(UInt32(k))), to: 600, now) { taken += 1 }
        let count = table.count
        #expect(taken == 100 && count == 4)
    }

    @Test func `a verb that is refused changes nothing`() throws {
        let lab = try Lab()
        let before = lab.a.listRoutes().count
        let wide = IPPrefix(IPv4Prefix(IPv4Address(192, 0, 2, 0), length: 24)!)
        #expect(throws: ConfigurationError.gatewayUnreachable) {
            try lab.a.addRoute(wide, .gateway(IPAddress(IPv4Address(172, 16, 0, 1))))
        }
        #expect(throws: ConfigurationError.badRoute) {
            try lab.a.addRoute(IPPrefix(IPv4Prefix(IPv4Address(192, 0, 2, 1), length: 24)!), .blackhole)
        }
        #expect(throws: ConfigurationError.noSuchRoute) { try lab.a.removeRoute(wide) }
        #expect(throws: ConfigurationError.addressInUse) { try lab.a.addAddress(lab.em, Lab.network(Lab.addressA), now: lab.now) }
        #expect(throws: ConfigurationError.nameInUse) { try lab.a.addInterface(Lab.description(Lab.macB)) }
        #expect(throws: ConfigurationError.badMTU) { try lab.a.setMTU(lab.em, 9000) }
        #expect(lab.a.listRoutes().count == before)
        try lab.a.addRoute(wide, .gateway(IPAddress(Lab.addressB)))
        #expect(throws: ConfigurationError.routeExists) { try lab.a.addRoute(wide, .gateway(IPAddress(Lab.addressB))) }
        #expect(lab.a.route(to: IPAddress(IPv4Address(192, 0, 2, 9)))?.kind == .gateway(IPAddress(Lab.addressB)))
        try lab.a.removeRoute(wide)
        #expect(lab.a.listRoutes().count == before)
    }
}
