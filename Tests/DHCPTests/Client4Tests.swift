@testable import DHCP
import Testing
import Wire

@Suite struct Client4Tests {
    static let none: @Sendable (DHCPv4Message) -> [[UInt8]] = { _ in [] }

    /// A client with a lease of an hour, T1 1800 s, T2 3150 s; what was sent so far forgotten.
    static func bound(_ change: @escaping (inout DHCPv4Message) -> Void = { _ in }) throws -> Bench4 {
        var bench = Bench4()
        bench.answers = Bench4.server(change)
        bench.run(.seconds(2))
        try #require(bench.client.state == .bound)
        (bench.sent, bench.actions) = ([], [])
        return bench
    }

    @Test func `discover, offer, request, acknowledgement: a lease`() throws {
        var bench = Bench4()
        bench.run(.seconds(5))
        #expect(bench.kinds == [.discover, .request] && bench.client.state == .bound)
        let request = bench.sent[1]
        #expect(request.message.transaction == bench.sent[0].message.transaction, "RFC 2131 4.4.1")
        #expect(request.message.options.address(.requestedAddress) == Bench4.address && request.message.options.address(.server) == Bench4.server)
        #expect(request.message.clientAddress.isUnspecified && request.message.wantsBroadcast)
        #expect(request.from == nil && request.to == .limitedBroadcast)
        let lease = try #require(bench.client.lease)
        #expect(lease.address == Bench4.address && lease.prefixLength == 24 && lease.seconds == 3600 && lease.resolvers == [Bench4.server])
        #expect(lease.renewal == .seconds(1800) && lease.rebinding == .seconds(3150), "RFC 2131 4.4.5: a half and seven eighths")
        #expect(lease.allRoutes == [.init(.all, Bench4.server)])
    }

    @Test func `every message names the client, and asks for what it can use`() {
        var bench = Bench4 {
            $0.hostName = "dock"
            $0.wantsBroadcast = false
        }
        bench.run(.seconds(2))
        for sent in bench.sent {
            #expect(sent.message.options[.clientIdentifier] == [1, 2, 0, 0, 0, 0, 1] && sent.message.options[.hostName] == Array("dock".utf8))
            #expect(!sent.message.wantsBroadcast)
            #expect(sent.message.options[.parameters] == [1, 121, 3, 6, 12, 15, 26, 28, 58, 59], "RFC 3442: 121 before 3")
        }
    }

    @Test(arguments: 1...20) func `RFC 2131 4.1 without an answer it asks after 4, 8, 16, 32, 64, 64 s, each a second more or less`(seed: Int) {
        var bench = Bench4(seed: UInt64(seed))
        bench.answers = Self.none
        bench.run(.seconds(400))
        let waits = zip(bench.sent.dropFirst(), bench.sent).map { $0.at - $1.at }
        #expect(bench.sent[0].at - .seconds(100) <= .seconds(1), "the first within a second")
        for (wait, middle) in zip(waits, [4, 8, 16, 32, 64, 64]) { #expect(.seconds(middle - 1)...(.seconds(middle + 1)) ~= wait, "\(waits)") }
        #expect(Set(bench.sent.map(\.message.transaction)).count == 1)
        #expect(bench.sent[3].message.seconds == UInt16((bench.sent[3].at - bench.sent[0].at).components.seconds))
        #expect(bench.client.unanswered == bench.sent.count)
    }

    @Test func `two clients with different seeds differ`() {
        let deadlines = (1...20).map { Bench4(seed: $0).client.deadline }
        #expect(Set(deadlines).count > 10)
    }

    @Test func `a server that offers and falls silent is left after four requests`() {
        var bench = Bench4()
        bench.answers = { $0.kind == .discover ? [Bench4.reply(.offer, $0).octets] : [] }
        bench.run(.seconds(70))
        #expect(Array(bench.kinds.prefix(6)) == [.discover, .request, .request, .request, .request, .discover])
    }

    @Test func `at T1 the lease is renewed by its server alone`() throws {
        var bench = try Self.bound()
        bench.run(.seconds(1801))
        let renewal = try #require(bench.sent.first)
        #expect(bench.sent.count == 1 && renewal.from == Bench4.address && renewal.to == Bench4.server)
        #expect(renewal.message.clientAddress == Bench4.address && renewal.message.options.address(.requestedAddress) == nil)
        #expect(renewal.message.options.address(.server) == nil && !renewal.message.wantsBroadcast, "RFC 2131 4.3.2")
        #expect(bench.client.state == .bound && bench.client.lease?.began == renewal.at)
        guard case .renewed(let lease)? = bench.actions.last else { throw Problem("no renewal: \(bench.actions)") }
        #expect(lease.expires == renewal.at + .seconds(3600))
    }

    @Test func `from T2 on anybody may renew; at its end the lease is gone and everything begins anew`() throws {
        var bench = try Self.bound()
        bench.answers = Self.none
        bench.run(.seconds(3597))
        #expect(bench.client.state == .rebinding && bench.ends == [])
        let rebinding = bench.sent.filter { $0.to == .limitedBroadcast }
        let lease = try #require(bench.client.lease)
        #expect(rebinding.allSatisfy { $0.at >= lease.began + lease.rebinding && $0.from == Bench4.address })
        let renewing = bench.sent.filter { $0.to == Bench4.server }
        #expect(renewing.count >= 4 && rebinding.count >= 3, "\(renewing.count), \(rebinding.count)")
        for (later, earlier) in zip(bench.sent.dropFirst(), bench.sent) where later.to == earlier.to { #expect(later.at - earlier.at >= .seconds(60)) }
        bench.run(.seconds(5))
        #expect(bench.ends == [.expired] && bench.client.lease == nil && bench.kinds.last == .discover)
    }

    @Test func `another server may take the lease over while it is rebound`() throws {
        var bench = try Self.bound()
        let other = IPv4Address(10, 1, 0, 2)
        bench.answers = { message in
            [Bench4.reply(.ack, message) { $0.options.set(.server, other.value) }.octets]
        }
        bench.run(.seconds(3200))
        #expect(bench.client.state == .bound && bench.client.lease?.server == other && bench.ends == [])
        #expect(bench.sent.last?.to == .limitedBroadcast, "while renewing the other was not listened to")
    }

    @Test func `a refusal while renewing takes the address away at once`() throws {
        var bench = try Self.bound()
        var refused = false
        bench.answers = { message in
            if refused { return Bench4.server()(message) }
            refused = true
            return [Bench4.reply(.nak, message) { $0.options[.message] = Array("go\u{7}away".utf8) }.octets]
        }
        bench.run(.seconds(1805))
        #expect(bench.ends == [.refused] && bench.client.state == .bound, "and the next address is asked for")
        #expect(bench.actions.contains(.note("refused by 10.1.0.1: go?away")), "\(bench.actions)")
    }

    @Test func `a server that refuses everything is asked ever more rarely`() {
        var bench = Bench4()
        bench.answers = { $0.kind == .discover ? [Bench4.reply(.offer, $0).octets] : [Bench4.reply(.nak, $0).octets] }
        bench.run(.seconds(600))
        #expect(bench.kinds.count < 40, "\(bench.kinds.count)")
    }

    @Test func `a lease of before is asked for by name, and dropped when nobody knows it`() {
        var bench = Bench4 { $0.previous = Bench4.address }
        bench.run(.seconds(2))
        #expect(bench.kinds == [.request] && bench.client.state == .bound)
        #expect(bench.sent[0].message.options.address(.requestedAddress) == Bench4.address && bench.sent[0].message.options.address(.server) == nil)
        bench = Bench4 { $0.previous = IPv4Address(10, 9, 9, 9) }
        bench.answers = { $0.options.address(.requestedAddress) == IPv4Address(10, 9, 9, 9) ? [Bench4.reply(.nak, $0).octets] : Bench4.server()($0) }
        bench.run(.seconds(5))
        #expect(bench.kinds == [.request, .discover, .request] && bench.client.state == .bound && bench.ends == [])
        bench = Bench4 { $0.previous = Bench4.address }
        bench.answers = { $0.options.address(.server) == nil && $0.kind == .request ? [] : Bench4.server()($0) }
        bench.run(.seconds(60))
        #expect(bench.kinds == [.request, .request, .request, .discover, .request] && bench.client.state == .bound)
    }

    @Test func `RFC 2131 3.1 an address that somebody has is declined, and the next asked for after ten seconds`() throws {
        var bench = Bench4()
        var isTaken = true
        bench.probe = { _ in !isTaken }
        bench.run(.seconds(2))
        #expect(bench.kinds == [.discover, .request, .decline] && bench.ends == [.declined] && bench.client.declined == 1)
        let decline = try #require(bench.sent.last)
        #expect(decline.message.options.address(.requestedAddress) == Bench4.address && decline.message.options.address(.server) == Bench4.server)
        #expect(decline.message.clientAddress.isUnspecified && decline.message.options[.parameters] == nil && decline.from == nil, "RFC 2131 table 5")
        isTaken = false
        bench.run(.seconds(12))
        #expect(bench.client.state == .bound && bench.sent[3].at - decline.at >= .seconds(10) && bench.client.declined == 0)
        #expect(bench.sent[3].message.options.address(.requestedAddress) == nil, "not the same again")
    }

    @Test func `an address that is lost later is declined too`() throws {
        var bench = try Self.bound()
        bench.client.lostAddress(now: bench.now)
        bench.act()
        #expect(bench.kinds == [.decline] && bench.ends == [.declined])
    }

    @Test func `a release goes to the server, from the address that it gives back, which goes last`() throws {
        var bench = try Self.bound()
        bench.client.release(now: bench.now)
        bench.act()
        #expect(bench.kinds == [.release] && bench.sent[0].to == Bench4.server && bench.sent[0].from == Bench4.address)
        #expect(bench.sent[0].message.clientAddress == Bench4.address && bench.client.state == .ended)
        #expect(bench.actions.count == 2 && bench.ends == [.released])
        bench.run(.seconds(100_000))
        #expect(bench.sent.count == 1)
    }

    @Test func `a client that only stops says nothing, and the server keeps the lease`() throws {
        var bench = try Self.bound()
        bench.client.stop()
        bench.run(.seconds(100_000))
        #expect(bench.sent == [] && bench.actions == [])
    }

    @Test func `a lease for ever is never renewed`() throws {
        var bench = try Self.bound { $0.options.set(.leaseTime, .max) }
        #expect(bench.client.deadline == nil && bench.client.lease?.expires == nil)
        bench.run(.seconds(10_000_000))
        #expect(bench.sent == [])
    }
}

struct Problem: Error {
    var text: String
    init(_ text: String) { self.text = text }
}
