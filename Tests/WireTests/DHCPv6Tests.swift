import Testing
import Wire

@Suite struct DHCPv6Tests {
    static let address = IPv6Address("2001:db8::7")!
    static let client = octets("0003 0001 0200 0000 0001")

    static func read(_ octets: [UInt8]) throws(WireError) -> DHCPv6Message { try DHCPv6Message(octets.raw) }

    static func refused(_ octets: [UInt8]) -> WireError? {
        refusal(octets) { octets throws(WireError) in _ = try DHCPv6Message(octets) }
    }

    @Test func `the vector reads, and is written again as it was`() throws {
        let reply = try Self.read(Vectors.dhcpv6)
        #expect(reply.kind == .reply && reply.transaction == 0x12_3456)
        #expect(reply.client == Self.client && reply.server == octets("0003 0001 0200 0000 0002"))
        let given = DHCPv6Address(Self.address, preferredSeconds: 3600, validSeconds: 7200)
        #expect(reply.associations == [DHCPv6Association(1, renewSeconds: 1800, rebindSeconds: 2880, addresses: [given])])
        #expect(reply.resolvers == [IPv6Address("2001:db8::53")!] && reply.searchList == ["dock.tst"])
        #expect(reply.preference == 255 && reply.status == .success && !reply.isRapid)
        #expect(reply.octets == Vectors.dhcpv6)
        #expect(reply.description == "DHCPv6 reply, 2001:db8::7")
    }

    @Test func `a solicit is written as RFC 8415 says`() throws {
        let solicit = DHCPv6Message(.solicit, transaction: 0xff_12_3456, options: [
            .client(Self.client), .elapsed(hundredths: 150), .rapidCommit, .optionRequest([23, 24]), .association(DHCPv6Association(7)),
        ])
        #expect(solicit.octets == octets(
            "01 12 3456 0001 000a 0003 0001 0200 0000 0001 0008 0002 0096 000e 0000 0006 0004 0017 0018 0003 000c 0000 0007 0000 0000 0000 0000"))
        #expect(try Self.read(solicit.octets) == solicit)
    }

    /// Where the message could end and still be one: after an option.
    static let ends = [4, 18, 32, 76, 96, 110, 115, 123]

    @Test(arguments: 0..<123) func `a message that ends within an option is refused`(length: Int) {
        let error = Self.refused(Array(Vectors.dhcpv6.prefix(length)))
        #expect(error == (length < 4 ? .truncated : Self.ends.contains(length) ? nil : .badOption))
    }

    @Test(arguments: [0, 12, 13, 255]) func `a relay's message, and an unknown one, is refused`(kind: UInt8) {
        #expect(Self.refused(changed(Vectors.dhcpv6, 0, kind)) == .badValue)
    }

    @Test(arguments: [
        "0003 000b 0000 0001 0000 0000 0000 00", "0003 0010 0000 0001 0000 0000 0000 0000 0005 0018", "0007 0002 0000", "000e 0001 00",
        "0017 0011 2001 0db8 0000 0000 0000 0000 0000 0053 00", "0017 0000", "0001 0002 0001", "000d 0001 00", "0020 0002 0001", "0008 0001 00",
        "0003 0026 0000 0001 0000 0000 0000 0000 0005 0016 2001 0db8 0000 0000 0000 0000 0000 0007 0000 0000 0000",
    ])
    func `an option that does not hold what it must is refused`(text: String) {
        #expect(Self.refused(octets("07 00 0001") + octets(text)) == .badOption)
    }

    @Test func `a status is read where it stands: message, association, address`() throws {
        let reply = try DHCPv6Message((octets("07 00 0001 000d 0002 0001")
            + octets("0003 0034 0000 0001 0000 0000 0000 0000 0005 001e 2001 0db8 0000 0000 0000 0000 0000 0007 0000 0000 0000 0000 000d 0002 0004 000d 0002 0003")).raw)
        #expect(reply.status == .unspecified && reply.associations[0].status == .noBinding && reply.associations[0].addresses[0].status == .notOnLink)
        #expect(try Self.read(reply.octets) == reply)
        #expect(DHCPv6Status(rawValue: 77).description == "status 77")
    }

    @Test func `a search list that would say more than names is passed over`() throws {
        let reply = try Self.read(octets("07 00 0001 0018 0005 0361 0a62 00"))
        #expect(reply.searchList == [] && reply.options == [.other(24, octets("0361 0a62 00"))])
    }
}
