@testable import DHCP
import Testing
import Wire

/// Servers that mean harm, or are broken.
@Suite struct Hostile4Tests {
    typealias Change = @Sendable (inout DHCPv4Message) -> Void

    static let nonsense: [(String, Change)] = [
        ("no server", { $0.options[.server] = nil }), ("a server for many", { $0.options.set(.server, 0xffff_ffff) }),
        ("no time", { $0.options[.leaseTime] = nil }), ("a time of nothing", { $0.options.set(.leaseTime, 0) }),
        ("a short time field", { $0.options[.leaseTime] = [1, 2] }), ("no address", { $0.yourAddress = .unspecified }),
        ("a group", { $0.yourAddress = IPv4Address(224, 0, 0, 1) }), ("loopback", { $0.yourAddress = .loopback }),
        ("everybody", { $0.yourAddress = .limitedBroadcast }), ("the network itself", { $0.yourAddress = IPv4Address(10, 1, 0, 0) }),
        ("the network's broadcast", { $0.yourAddress = IPv4Address(10, 1, 0, 255) }), ("a mask with holes", { $0.options.set(.subnetMask, 0xff00_ff00) }),
        ("a mask of nothing", { $0.options.set(.subnetMask, 0) }),
    ]

    @Test(arguments: nonsense.indices) func `an offer that makes no sense is passed over`(index: Int) {
        var bench = Bench4()
        bench.answers = Bench4.server(Self.nonsense[index].1)
        bench.run(.seconds(100))
        #expect(bench.client.lease == nil && Set(bench.kinds) == [.discover], "\(Self.nonsense[index].0)")
    }

    @Test(arguments: nonsense.indices) func `an acknowledgement that makes no sense changes nothing`(index: Int) {
        var bench = Bench4()
        bench.answers = { message in
            [Bench4.reply(message.kind == .discover ? .offer : .ack, message, message.kind == .discover ? { _ in } : Self.nonsense[index].1).octets]
        }
        bench.run(.seconds(100))
        #expect(bench.client.lease == nil, "\(Self.nonsense[index].0)")
    }

    @Test func `who is not asked is not heard`() {
        let changes: [Change] = [
            { $0.transaction ^= 1 }, { $0.hardware = MACAddress(value: 0x0200_0000_0002) }, { $0.isReply = false },
            { $0.options.set(.server, 0x0a01_0002) }, { $0.yourAddress = IPv4Address(10, 1, 0, 8) },
        ]
        for change in changes {
            var bench = Bench4()
            bench.answers = { $0.kind == .discover ? [Bench4.reply(.offer, $0).octets] : [Bench4.reply(.ack, $0, change).octets] }
            bench.run(.seconds(3))
            #expect(bench.client.state == .requesting)
        }
    }

    @Test func `only the server that the user names counts`() {
        var bench = Bench4 { $0.onlyServer = IPv4Address(10, 1, 0, 2) }
        bench.run(.seconds(100))
        #expect(bench.client.state == .selecting)
        bench.answers = Bench4.server { $0.options.set(.server, 0x0a01_0002) }
        bench.run(.seconds(100))
        #expect(bench.client.state == .bound)
    }

    @Test func `an answer in a state that waits for none changes nothing`() {
        var bench = Bench4()
        bench.run(.seconds(2))
        let request = bench.sent[1].message, lease = bench.client.lease
        for kind in DHCPv4Kind.allCases { bench.hear(Bench4.reply(kind, request)) }
        #expect(bench.client.state == .bound && bench.client.lease == lease)
    }

    @Test func `what belongs to the lease is taken only where it makes sense`() throws {
        var bench = Bench4()
        bench.answers = Bench4.server {
            $0.options.set(.routers, [.limitedBroadcast, Bench4.address, Bench4.server])
            $0.options.set(.resolvers, [IPv4Address(224, 0, 0, 1), Bench4.server])
            $0.options[.domainName] = Array("evil\nnameserver 6.6.6.6".utf8)
            $0.options.set(.broadcast, 0x0909_0909)
            $0.options.set(.renewal, 4000)
            $0.options.set(.rebinding, 5000)
            $0.options[.mtu] = [0, 20]
        }
        bench.run(.seconds(2))
        let lease = try #require(bench.client.lease)
        #expect(lease.routers == [Bench4.server] && lease.resolvers == [Bench4.server] && lease.domain == nil && lease.broadcast == nil && lease.mtu == nil)
        #expect(lease.renewal == .seconds(1800) && lease.rebinding == .seconds(3150))
    }

    @Test func `RFC 3442 classless routes stand instead of routers`() throws {
        var bench = Bench4()
        bench.answers = Bench4.server { $0.options[.classlessRoutes] = [16, 10, 2, 10, 1, 0, 3, 8, 11, 0, 0, 0, 0] }
        bench.run(.seconds(2))
        #expect(bench.client.lease?.allRoutes == [
            .init(IPv4Prefix("10.2.0.0/16")!, IPv4Address(10, 1, 0, 3)), .init(IPv4Prefix("11.0.0.0/8")!, .unspecified),
        ])
    }

    @Test(arguments: [1, 2, 7]) func `leases of seconds keep nobody busy`(seconds: Int) {
        var bench = Bench4()
        bench.answers = Bench4.server { $0.options.set(.leaseTime, UInt32(seconds)) }
        bench.run(.seconds(100))
        #expect(bench.sent.count < 320, "\(bench.sent.count) messages in 100 s")
    }

    @Test(arguments: 1...8) func `ten thousand mutilated answers neither stop the client nor lead it astray`(seed: Int) {
        var dice = Dice(seed: UInt64(seed)), bench = Bench4(seed: UInt64(seed))
        bench.answers = { message in
            var octets = Bench4.server()(message).first ?? []
            for _ in 0..<Int.random(in: 0...4, using: &dice) where !octets.isEmpty {
                octets[Int.random(in: 0..<octets.count, using: &dice)] = UInt8.random(in: 0...255, using: &dice)
            }
            return [Array(octets.prefix(Int.random(in: 0...600, using: &dice)))]
        }
        for _ in 0..<1250 {
            bench.run(.seconds(64))
            if let lease = bench.client.lease { #expect(lease.address.isUnicast && lease.prefixLength > 0) }
            bench.actions = []
        }
    }
}
