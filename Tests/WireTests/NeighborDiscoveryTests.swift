import Testing
import Wire

@Suite struct NeighborDiscoveryTests {
    static let mac = MACAddress(value: 0x0200_0000_0001)
    static let target = IPv6Address("fe80::2")!
    static let router = RouterAdvertisement(
        hopLimit: 64, isManaged: true, hasOtherConfiguration: true, routerLifetimeSeconds: 1800, reachableMilliseconds: 30_000,
        retransmitMilliseconds: 1000)
    static let announcement = PrefixAnnouncement(
        IPv6Prefix("2001:db8:1::/64")!, isOnLink: true, isAutonomous: true, validSeconds: 86_400, preferredSeconds: 14_400)

    static func refused(_ octets: [UInt8]) -> WireError? {
        refusal(octets) { octets throws(WireError) in _ = try NeighborDiscoveryView(octets) }
    }

    static func invalid(_ octets: [UInt8], from: String, to: String, hopLimit: UInt8 = 255) -> WireError? {
        refusal(octets) { octets throws(WireError) in
            try NeighborDiscoveryView(octets).validate(
                source: IPv6Address(from)!, destination: IPv6Address(to)!, hopLimit: hopLimit)
        }
    }

    static func encoded(_ message: NeighborMessage, _ options: [NeighborOption] = []) -> [UInt8] {
        written(options.reduce(message.octets) { $0 + ($1.octets ?? 0) }) { raw in
            message.write(into: &raw)
            var offset = message.octets
            for option in options { offset = option.write(into: &raw, at: offset) }
        }
    }

    @Test func `a router advertisement reads with all its options`() throws {
        let vector = Vectors.routerAdvertisement
        let view = try NeighborDiscoveryView(vector.raw)
        check(view.message == .routerAdvertisement(Self.router))
        var options = view.options
        check(options.next() == .sourceLinkLayer(Self.mac))
        check(options.next() == .mtu(1500))
        check(options.next() == .prefix(Self.announcement))
        guard case .resolvers(3600, let first, let addresses) = options.next() else { return check(false, "resolvers") }
        check(first == IPv6Address("2001:db8::53") && addresses.count == 32)
        check(options.address(addresses.lowerBound + 16) == IPv6Address("2001:db8::54"))
        guard case .searchList(3600, let names) = options.next() else { return check(false, "search list") }
        check(try options.domainNames(in: names) == ["doc.test"])
        check(options.next() == nil)
    }

    @Test func `a router advertisement writes as it reads`() {
        let options: [NeighborOption] = [.sourceLinkLayer(Self.mac), .mtu(1500), .prefix(Self.announcement)]
        let fixed = Self.encoded(.routerAdvertisement(Self.router), options)
        #expect(fixed == Array(Vectors.routerAdvertisement.prefix(64)))
        let resolver = NeighborOption.resolvers(lifetimeSeconds: 3600, first: IPv6Address("2001:db8::53")!, addresses: 0..<0)
        #expect(Self.encoded(.routerSolicitation, [resolver]).suffix(24) == octets("1903 0000 0000 0e10 2001 0db8 0000 0000 0000 0000 0000 0053")[...])
    }

    @Test func `a neighbor solicitation reads and writes`() throws {
        let vector = Vectors.neighborSolicitation
        check(try NeighborDiscoveryView(vector.raw).message == .neighborSolicitation(target: Self.target))
        #expect(Self.encoded(.neighborSolicitation(target: Self.target), [.sourceLinkLayer(Self.mac)]) == vector)
    }

    @Test func `flags and redirects survive a round trip`() throws {
        for bits in 0..<8 {
            let flags = NeighborFlags(isRouter: bits & 4 != 0, isSolicited: bits & 2 != 0, isOverride: bits & 1 != 0)
            let octets = Self.encoded(.neighborAdvertisement(target: Self.target, flags), [.targetLinkLayer(Self.mac)])
            #expect(octets[4] == UInt8(bits << 5) && octets.count == 32)
            check(try NeighborDiscoveryView(octets.raw).message == .neighborAdvertisement(target: Self.target, flags))
        }
        let redirect = NeighborMessage.redirect(target: Self.target, destination: IPv6Address("2001:db8::9")!)
        let octets = Self.encoded(redirect)
        check(try NeighborDiscoveryView(octets.raw).message == redirect)
    }

    @Test(arguments: 0..<128) func `every prefix is refused, except where an option ends`(length: Int) throws {
        try #require(Vectors.routerAdvertisement.count == 128)
        let refused = Self.refused(Array(Vectors.routerAdvertisement.prefix(length)))
        let ends = [16, 24, 32, 64, 104]
        #expect(refused == (length < 16 ? .truncated : ends.contains(length) ? nil : .badOption))
    }

    @Test func `RFC 4861 6.1 an option of length zero, another code or type is refused`() {
        #expect(Self.refused(changed(Vectors.neighborSolicitation, 25, 0)) == .badOption)
        #expect(Self.refused(changed(Vectors.neighborSolicitation, 25, 2)) == .badOption)
        #expect(Self.refused(changed(Vectors.neighborSolicitation, 1, 1)) == .badValue)
        #expect(Self.refused(changed(Vectors.neighborSolicitation, 0, 138)) == .badValue)
    }

    @Test func `an option known by type but not by length is skipped`() throws {
        let octets = Self.encoded(.routerSolicitation) + octets("0102 0000 0000 0000 0000 0000 0000 0000 0502 000000000000 0000000000000000")
        let view = try NeighborDiscoveryView(octets.raw)
        var options = view.options
        check(options.next() == .other(type: 1) && options.next() == .other(type: 5) && options.next() == nil)
    }

    @Test func `a prefix length above 128 is no prefix`() throws {
        let octets = changed(Vectors.routerAdvertisement, 34, 129)
        let view = try NeighborDiscoveryView(octets.raw)
        var options = view.options
        _ = options.next()
        _ = options.next()
        check(options.next() == .other(type: 3))
    }

    @Test func `RFC 4861 6.1 and 7.1 validation refuses by name`() {
        let solicitation = Vectors.neighborSolicitation, bare = Array(solicitation.prefix(24))
        #expect(Self.invalid(solicitation, from: "fe80::1", to: "ff02::1:ff00:2") == nil)
        #expect(Self.invalid(solicitation, from: "fe80::1", to: "ff02::1:ff00:2", hopLimit: 254) == .badHopLimit)
        #expect(Self.invalid(solicitation, from: "::", to: "ff02::1:ff00:2") == .badOption)
        #expect(Self.invalid(bare, from: "::", to: "ff02::1:ff00:2") == nil)
        #expect(Self.invalid(bare, from: "::", to: "fe80::2") == .badValue)
        #expect(Self.invalid(changed(bare, 8, 0xff), from: "fe80::1", to: "ff02::1") == .badValue)
        #expect(Self.invalid(Vectors.routerAdvertisement, from: "2001:db8::1", to: "ff02::1") == .badValue)
        #expect(Self.invalid(Vectors.routerAdvertisement, from: "fe80::1", to: "ff02::1") == nil)
        #expect(Self.invalid(Self.encoded(.routerSolicitation, [.sourceLinkLayer(Self.mac)]), from: "::", to: "ff02::2") == .badOption)
        let solicited = Self.encoded(.neighborAdvertisement(target: Self.target, NeighborFlags(isSolicited: true)))
        #expect(Self.invalid(solicited, from: "fe80::2", to: "ff02::1") == .badValue)
        #expect(Self.invalid(solicited, from: "fe80::2", to: "fe80::1") == nil)
        let about = IPv6Address("2001:db8::9")!
        #expect(Self.invalid(Self.encoded(.redirect(target: about, destination: about)), from: "fe80::1", to: "fe80::2") == nil)
        #expect(Self.invalid(Self.encoded(.redirect(target: .loopback, destination: about)), from: "fe80::1", to: "fe80::2") == .badValue)
    }
}
