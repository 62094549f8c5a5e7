import Testing
import Wire

@Suite struct IPv6ChainTests {
    /// A packet to 2001:db8::2 (or a group) whose first header is `next`, followed by `payload`.
    static func packet(_ next: UInt8, _ payload: String, to destination: String = "2001:db8::2") -> [UInt8] {
        let content = octets(payload)
        let header = IPv6Header(
            source: IPv6Address("2001:db8::1")!, destination: IPv6Address(destination)!, next: IPProtocol(rawValue: next),
            payloadOctets: content.count)
        return written(40) { header.write(into: &$0) } + content
    }

    static func chain(_ packet: [UInt8]) throws -> IPv6Chain { try IPv6View(packet.raw).walk() }

    static func outcome(_ next: UInt8, _ payload: String, to destination: String = "2001:db8::2") throws -> IPv6Chain.Outcome {
        try chain(packet(next, payload, to: destination)).outcome
    }

    @Test func `the upper layer is found behind every kind of header`() throws {
        // Hop-by-hop, destination options, routing with no segments left, atomic fragment, UDP.
        let chain = try Self.chain(
            Self.packet(0, "3c00 0104 00000000 2b00 0104 00000000 2c00 0400 00000000 1100 0000 00000007 ffff"))
        #expect(chain.outcome == .upperLayer(.udp, offset: 72))
        #expect(chain.nextHeaderOffset == 64 && chain.fragmentHeaderOffset == 64 && chain.routerAlert == nil)
    }

    @Test func `an unknown upper layer is handed over with the octet that named it`() throws {
        let chain = try Self.chain(Self.packet(60, "fd00 0104 00000000"))
        #expect(chain.outcome == .upperLayer(IPProtocol(rawValue: 253), offset: 48) && chain.nextHeaderOffset == 40)
    }

    @Test func `a router alert is seen`() throws {
        let alert = written(8) { IPv6RouterAlert(next: .icmpv6).write(into: &$0) }
        #expect(alert == octets("3a00 0502 0000 0100"))
        let chain = try Self.chain(Self.packet(0, "3a00 0502 0000 0100 8300"))
        #expect(chain.routerAlert == 0 && chain.outcome == .upperLayer(.icmpv6, offset: 48))
    }

    @Test func `RFC 8200 4.7 no next header is nothing for anyone`() throws {
        #expect(try Self.outcome(59, "ffff") == .nothing)
        #expect(try Self.outcome(60, "3b00 0104 00000000 01") == .nothing)
    }

    @Test func `RFC 8200 4.1 hop-by-hop options elsewhere than first are reported`() throws {
        #expect(try Self.outcome(60, "0000 0104 00000000 1100 0104 00000000") == .problem(.unknownNextHeader, pointer: 40))
    }

    @Test(arguments: [
        ("05", IPv6Chain.Outcome.upperLayer(.udp, offset: 48), IPv6Chain.Outcome.upperLayer(.udp, offset: 48)),
        ("45", .discard(.badOption), .discard(.badOption)),
        ("85", .problem(.unknownOption, pointer: 42), .problem(.unknownOption, pointer: 42)),
        ("c5", .problem(.unknownOption, pointer: 42), .discard(.badOption)),
        ("c2", .problem(.unknownOption, pointer: 42), .discard(.badOption)),  // jumbo payload, RFC 2675
    ])
    func `RFC 8200 4.2 the high bits of an unknown option decide`(
        type: String, unicast: IPv6Chain.Outcome, multicast: IPv6Chain.Outcome
    ) throws {
        #expect(try Self.outcome(0, "1100 \(type)04 00000000") == unicast)
        #expect(try Self.outcome(0, "1100 \(type)04 00000000", to: "ff02::1") == multicast)
    }

    @Test func `RFC 8200 4.4 a routing header with segments left is reported`() throws {
        #expect(try Self.outcome(43, "1100 0001 00000000") == .problem(.erroneousField, pointer: 42))
    }

    @Test func `a fragment ends the walk`() throws {
        let fragment = IPv6Fragment(
            next: .udp, fragmentOffset: try #require(FragmentOffset(octets: 1448)), moreFragments: true, identification: 7)
        let chain = try Self.chain(Self.packet(44, "1100 05a9 00000007 0102030405060708"))
        #expect(chain.outcome == .fragment(fragment, offset: 48) && chain.fragmentHeaderOffset == 40)
    }

    @Test func `RFC 8200 4.5 a fragment with an odd tail or beyond the end is reported`() throws {
        #expect(try Self.outcome(44, "1100 0001 00000007 01020304050607") == .problem(.erroneousField, pointer: 4))
        #expect(try Self.outcome(44, "1100 fff8 00000007 0102030405060708") == .problem(.erroneousField, pointer: 42))
    }

    @Test(arguments: ["", "1100", "1100 0104 000000", "1101 0104 00000000"])
    func `a header that does not end within the packet is truncated`(payload: String) throws {
        #expect(try Self.outcome(60, payload) == .discard(.truncated))
    }

    @Test func `an option that does not end within its header is refused`() throws {
        #expect(try Self.outcome(60, "1100 0105 00000000") == .discard(.badOption))
        #expect(try Self.outcome(60, "1100 0103 000000 05") == .discard(.badOption))
    }

    @Test func `nine headers are too many, eight are not`() throws {
        let header = "3c00 0104 00000000"
        let eight = String(repeating: header, count: 7) + "1100 0104 00000000"
        #expect(try Self.outcome(60, eight) == .upperLayer(.udp, offset: 104))
        #expect(try Self.outcome(60, header + eight) == .discard(.tooManyHeaders))
    }
}
