@testable import DHCP
import Testing
import Wire

/// A DHCPv6 client and a server of the test's own in virtual time.
struct Bench6 {
    static let duid = Client6.Settings.identifier(Bench4.mac), server: [UInt8] = [0, 3, 0, 1, 2, 0, 0, 0, 0, 2]
    static let address = IPv6Address("fd00::7")!

    var client: Client6
    var now: Duration = .seconds(100)
    var sent: [(at: Duration, message: DHCPv6Message)] = []
    var actions: [Client6.Action] = []
    var probe: (IPv6Address) -> Bool? = { _ in true }
    var answers: (DHCPv6Message) -> [[UInt8]] = Bench6.server()

    init(seed: UInt64 = 1, stateful: Bool = true, rapid: Bool = false) {
        var settings = Client6.Settings(identifier: Self.duid, association: 7, isStateful: stateful)
        settings.isRapid = rapid
        client = Client6(settings, seed: seed, now: now)
    }

    mutating func run(_ time: Duration) {
        let end = now + time
        var steps = 0
        while let due = client.deadline, due <= end {
            steps += 1
            precondition(steps < 100_000, "the client never waits")
            now = max(now, due)
            client.advance(to: now)
            act()
        }
        now = end
    }

    mutating func hear(_ octets: [UInt8]) {
        client.receive(octets.raw, now: now)
        act()
    }

    mutating func act() {
        for action in client.takeActions() {
            actions.append(action)
            switch action {
            case .send(let octets):
                guard let message = try? DHCPv6Message(octets.raw) else { continue }
                sent.append((now, message))
                for answer in answers(message) { hear(answer) }
            case .configure(let lease):
                for one in lease.addresses {
                    if let isOurs = probe(one.address) { client.probed(one.address, isOurs: isOurs, now: now) }
                }
                act()
            case .renewed, .remove, .information, .note: break
            }
        }
    }

    var kinds: [DHCPv6Kind] { sent.map(\.message.kind) }
    var removed: [(addresses: [IPv6Address], why: LeaseEnd)] {
        actions.compactMap { if case .remove(let addresses, let why) = $0 { (addresses, why) } else { nil } }
    }

    static func association(_ address: IPv6Address = address, preferred: UInt32 = 1000, valid: UInt32 = 2000, t1: UInt32 = 0, t2: UInt32 = 0) -> DHCPv6Option {
        .association(DHCPv6Association(7, renewSeconds: t1, rebindSeconds: t2, addresses: [DHCPv6Address(address, preferredSeconds: preferred, validSeconds: valid)]))
    }

    static func reply(_ kind: DHCPv6Kind, _ to: DHCPv6Message, _ options: [DHCPv6Option], server: [UInt8] = server) -> [UInt8] {
        DHCPv6Message(kind, transaction: to.transaction, options: [.client(duid), .server(server)] + options).octets
    }

    static func server(_ options: [DHCPv6Option] = [association(), .resolvers([IPv6Address("fd00::53")!]), .searchList(["dock.tst"])]) -> (DHCPv6Message) -> [[UInt8]] {
        { message in
            switch message.kind {
            case .solicit where message.isRapid: [reply(.reply, message, options + [.rapidCommit])]
            case .solicit: [reply(.advertise, message, options)]
            case .request, .renew, .rebind, .informationRequest, .release, .decline: [reply(.reply, message, options)]
            case .advertise, .confirm, .reply, .reconfigure: []
            }
        }
    }
}

@Suite struct Client6Tests {
    static let none: @Sendable (DHCPv6Message) -> [[UInt8]] = { _ in [] }

    static func bound() throws -> Bench6 {
        var bench = Bench6()
        bench.run(.seconds(5))
        try #require(bench.client.state == .bound)
        (bench.sent, bench.actions) = ([], [])
        return bench
    }

    @Test func `solicit, advertise, request, reply: addresses and resolvers`() throws {
        var bench = Bench6()
        bench.run(.seconds(5))
        #expect(bench.kinds == [.solicit, .request] && bench.client.state == .bound)
        #expect(bench.sent[1].message.server == Bench6.server && bench.sent[0].message.server == nil)
        #expect(bench.sent[0].message.client == Bench6.duid && bench.sent[0].message.transaction != bench.sent[1].message.transaction)
        let lease = try #require(bench.client.lease)
        #expect(lease.addresses.map(\.address) == [Bench6.address] && lease.information.searchList == ["dock.tst"])
        #expect(lease.renewal == .seconds(500) && lease.rebinding == .seconds(800), "RFC 8415 14.2: five and eight tenths")
    }

    @Test func `with rapid commit two messages do`() {
        var bench = Bench6(rapid: true)
        bench.run(.seconds(2))
        #expect(bench.kinds == [.solicit] && bench.client.state == .bound)
        bench = Bench6(rapid: true)
        bench.answers = { message in
            message.kind == .solicit ? [Bench6.reply(.advertise, message, [Bench6.association()])] : Bench6.server()(message)
        }
        bench.run(.seconds(5))
        #expect(bench.kinds == [.solicit, .request] && bench.client.state == .bound, "a server that cannot is spoken to as ever")
        bench = Bench6()
        bench.answers = { message in message.kind == .solicit ? [Bench6.reply(.reply, message, [Bench6.association(), .rapidCommit])] : [] }
        bench.run(.seconds(5))
        #expect(bench.client.lease == nil, "nobody asked for it")
    }

    @Test(arguments: 1...20) func `RFC 8415 15 without an answer it asks after 1, 2, 4 s and so on, up to an hour`(seed: Int) {
        var bench = Bench6(seed: UInt64(seed))
        bench.answers = Self.none
        bench.run(.seconds(30_000))
        let waits = zip(bench.sent.dropFirst(), bench.sent).map { $0.at - $1.at }
        #expect(.seconds(1)...(.milliseconds(1100)) ~= waits[0], "the first is never short: \(waits[0])")
        for (later, earlier) in zip(waits.dropFirst(), waits) where earlier < .seconds(1600) { #expect(earlier * 19 / 10...(earlier * 21 / 10) ~= later) }
        #expect(waits.allSatisfy { $0 <= .seconds(3960) } && waits.contains { $0 > .seconds(3200) })
    }

    @Test func `the best advertisement of the first second wins, and preference 255 at once`() {
        let other: [UInt8] = [0, 3, 0, 1, 9, 9, 9, 9, 9, 9]
        for (preference, winner, soon) in [(UInt8(10), other, false), (0, Bench6.server, false), (255, other, true)] {
            var bench = Bench6()
            bench.answers = { message in
                guard message.kind == .solicit else { return [] }
                return [Bench6.reply(.advertise, message, [Bench6.association(), .preference(5)]),
                        Bench6.reply(.advertise, message, [Bench6.association(), .preference(preference)], server: other)]
            }
            bench.run(.seconds(3))
            #expect(bench.sent[1].message.kind == .request && bench.sent[1].message.server == winner)
            #expect((bench.sent[1].at == bench.sent[0].at) == soon)
        }
    }

    @Test func `at T1 the server is asked, from T2 on anybody, and at the end the address is gone`() throws {
        var bench = try Self.bound()
        bench.answers = Self.none
        bench.run(.seconds(790))
        #expect(Set(bench.kinds) == [.renew] && bench.sent.count > 3)
        #expect(bench.sent.allSatisfy { $0.message.server == Bench6.server && $0.message.associations[0].addresses.map(\.address) == [Bench6.address] })
        (bench.sent, bench.actions) = ([], [])
        bench.run(.seconds(1200))
        #expect(Set(bench.kinds.dropFirst()) == [.rebind] && bench.sent.last?.message.server == nil && bench.removed.isEmpty)
        bench.run(.seconds(30))
        #expect(bench.removed.map(\.why) == [.expired] && bench.kinds.last == .solicit)
    }

    @Test func `a renewal begins the lifetimes anew`() throws {
        var bench = try Self.bound()
        bench.run(.seconds(510))
        #expect(bench.kinds == [.renew] && bench.client.state == .bound && bench.client.lease?.began == bench.sent[0].at)
        guard case .renewed? = bench.actions.last else { throw Problem("no renewal: \(bench.actions)") }
    }

    @Test func `a server that has forgotten the binding is asked for it anew`() throws {
        var bench = try Self.bound()
        bench.answers = { message in
            message.kind == .renew ? [Bench6.reply(.reply, message, [.association(DHCPv6Association(7, status: .noBinding))])] : Bench6.server()(message)
        }
        bench.run(.seconds(510))
        #expect(bench.kinds == [.renew, .request] && bench.client.state == .bound && bench.removed.isEmpty)
    }

    @Test func `a life of nothing takes the address away, and another one comes in its place`() throws {
        var bench = try Self.bound()
        let other = IPv6Address("fd00::8")!
        bench.answers = { message in
            message.kind == .renew ? [Bench6.reply(.reply, message, [.association(DHCPv6Association(7, addresses: [
                DHCPv6Address(Bench6.address), DHCPv6Address(other, preferredSeconds: 100, validSeconds: 200)]))])] : Bench6.server([Bench6.association(other)])(message)
        }
        bench.run(.seconds(530))
        #expect(bench.removed.first?.addresses == [Bench6.address] && bench.client.lease?.addresses.map(\.address) == [other])
    }

    @Test func `an address that somebody has is declined to its server`() throws {
        var bench = Bench6()
        var isTaken = true
        bench.probe = { _ in !isTaken }
        bench.answers = { message in
            if message.kind == .decline { return [] }
            return Bench6.server()(message)
        }
        bench.run(.seconds(2))
        #expect(bench.kinds.prefix(3) == [.solicit, .request, .decline] && bench.removed.map(\.why) == [.declined])
        #expect(bench.sent[2].message.server == Bench6.server && bench.sent[2].message.associations[0].addresses.map(\.address) == [Bench6.address])
        isTaken = false
        bench.run(.seconds(30))
        #expect(bench.kinds.count { $0 == .decline } == 4 && bench.client.state == .bound, "four times, then anew")
    }

    @Test func `a release is repeated until it is answered, four times at most`() throws {
        var bench = try Self.bound()
        bench.answers = Self.none
        bench.client.release(now: bench.now)
        bench.act()
        bench.run(.seconds(100))
        #expect(bench.kinds == [.release, .release, .release, .release] && bench.client.state == .ended && bench.removed.map(\.why) == [.released])
        bench = try Self.bound()
        bench.client.release(now: bench.now)
        bench.act()
        #expect(bench.kinds == [.release] && bench.client.state == .ended)
    }

    @Test func `information alone, refreshed after a day, or when the server says, ten minutes at least`() {
        var bench = Bench6(stateful: false)
        bench.run(.seconds(86_000))
        #expect(bench.kinds == [.informationRequest] && bench.client.information?.resolvers == [IPv6Address("fd00::53")!])
        #expect(bench.sent[0].message.associations.isEmpty && bench.sent[0].message.server == nil)
        bench.run(.seconds(1000))
        #expect(bench.sent.count == 2)
        bench.answers = Bench6.server([.informationRefresh(seconds: 1)])
        bench.run(.seconds(86_400))
        bench.sent = []
        bench.run(.seconds(6000))
        #expect(9...11 ~= bench.sent.count)
    }

    @Test func `servers change how long a client may stay silent, within a minute and a day`() {
        var bench = Bench6()
        bench.answers = { [Bench6.reply(.advertise, $0, [.status(.noAddresses, ""), .greatestSolicit(seconds: 60)])] }
        bench.run(.seconds(1000))
        #expect(bench.sent.count > 15 && bench.client.lease == nil)
        bench = Bench6()
        bench.answers = { [Bench6.reply(.advertise, $0, [.greatestSolicit(seconds: 1)])] }
        bench.run(.seconds(1000))
        #expect(bench.sent.count < 15)
    }

    /// Associations that give this client nothing.
    static let void: [DHCPv6Option] = [
        .association(DHCPv6Association(8, addresses: [DHCPv6Address(Bench6.address, preferredSeconds: 1, validSeconds: 2)])),
        .association(DHCPv6Association(7, status: .noAddresses)), Bench6.association(preferred: 3000), Bench6.association(valid: 0),
        Bench6.association(IPv6Address("fe80::1")!), Bench6.association(IPv6Address("ff02::1")!), Bench6.association(IPv6Address("::ffff:1.2.3.4")!),
        Bench6.association(t1: 100, t2: 50), .association(DHCPv6Association(7)),
    ]

    @Test(arguments: void.indices) func `an offer that gives nothing of use is passed over, as is such a reply`(index: Int) {
        var bench = Bench6()
        bench.answers = Bench6.server([Self.void[index]])
        bench.run(.seconds(100))
        #expect(Set(bench.kinds) == [.solicit])
        bench = Bench6()
        bench.answers = { $0.kind == .solicit ? Bench6.server()($0) : [Bench6.reply(.reply, $0, [Self.void[index]])] }
        bench.run(.seconds(100))
        #expect(bench.client.state != .bound && bench.sent.count < 40)
    }

    @Test func `who is not asked is not heard`() throws {
        let request = DHCPv6Message(.request, transaction: 1)
        for change: (DHCPv6Message) -> [UInt8] in [
            { Bench6.reply(.reply, DHCPv6Message(.request, transaction: $0.transaction ^ 1), [Bench6.association()]) },
            { Bench6.reply(.reply, $0, [Bench6.association()], server: [0, 3, 0, 1, 6, 6, 6, 6, 6, 6]) },
            { DHCPv6Message(.reply, transaction: $0.transaction, options: [.server(Bench6.server), Bench6.association()]).octets },
            { DHCPv6Message(.reply, transaction: $0.transaction, options: [.client([0, 3, 0, 1, 6, 6, 6, 6, 6, 6]), .server(Bench6.server), Bench6.association()]).octets },
            { DHCPv6Message(.reply, transaction: $0.transaction, options: [.client(Bench6.duid), Bench6.association()]).octets },
            { _ in request.octets },
        ] {
            var bench = Bench6()
            bench.answers = { $0.kind == .solicit ? Bench6.server()($0) : [change($0)] }
            bench.run(.seconds(10))
            #expect(bench.client.state == .requesting)
        }
    }

    @Test(arguments: 1...8) func `ten thousand mutilated answers neither stop the client nor lead it astray`(seed: Int) {
        var dice = Dice(seed: UInt64(seed)), bench = Bench6(seed: UInt64(seed), rapid: seed % 2 == 0)
        bench.answers = { message in
            var octets = Bench6.server()(message).first ?? []
            for _ in 0..<Int.random(in: 0...4, using: &dice) where !octets.isEmpty {
                octets[Int.random(in: 0..<octets.count, using: &dice)] = UInt8.random(in: 0...255, using: &dice)
            }
            return [Array(octets.prefix(Int.random(in: 0...200, using: &dice)))]
        }
        for _ in 0..<1250 {
            bench.run(.seconds(64))
            if let lease = bench.client.lease { #expect(lease.addresses.allSatisfy { $0.address.isUnicast && !$0.address.isLinkLocal }) }
            bench.actions = []
        }
    }
}
