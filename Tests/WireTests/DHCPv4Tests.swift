import Testing
import Wire

@Suite struct DHCPv4Tests {
    static let mac = MACAddress(value: 0x0200_0000_0001)

    /// The vector with other options behind the cookie.
    static func message(_ options: String) -> [UInt8] { Array(Vectors.dhcpv4.prefix(240)) + octets(options) }

    static func read(_ octets: [UInt8]) throws(WireError) -> DHCPv4Message { try DHCPv4Message(octets.raw) }

    static func refused(_ octets: [UInt8]) -> WireError? {
        refusal(octets) { octets throws(WireError) in _ = try DHCPv4Message(octets) }
    }

    static func options(_ text: String) throws -> DHCPv4Options { try Self.read(message("3501 05" + text)).options }

    @Test func `the vector reads`() throws {
        let ack = try Self.read(Vectors.dhcpv4)
        #expect(ack.isReply && ack.kind == .ack && ack.transaction == 0x1234_5678 && ack.seconds == 3 && ack.wantsBroadcast)
        #expect(ack.yourAddress == IPv4Address(192, 0, 2, 7) && ack.hardware == Self.mac)
        let options = ack.options
        #expect(options.address(.server) == IPv4Address(192, 0, 2, 1) && options.number(.leaseTime) == 3600)
        #expect(options.number(.renewal) == 1800 && options.number(.rebinding) == 3150)
        #expect(options.address(.subnetMask) == IPv4Address(255, 255, 255, 0) && options.address(.broadcast) == IPv4Address(192, 0, 2, 255))
        #expect(options.addresses(.routers) == [IPv4Address(192, 0, 2, 1)])
        #expect(options.addresses(.resolvers) == [IPv4Address(192, 0, 2, 53), IPv4Address(192, 0, 2, 54)])
        #expect(options.name(.hostName) == "dock" && options.name(.domainName) == "dock.tst" && options.mtu == 1500)
        #expect(ack.description == "DHCP ack, 192.0.2.7 from 192.0.2.1")
    }

    @Test func `RFC 3442 routes are read, cut at their length, and void when they end early`() throws {
        let ack = try Self.read(Vectors.dhcpv4)
        #expect(ack.options.classlessRoutes == [
            .init(IPv4Prefix("198.51.100.0/24")!, IPv4Address(192, 0, 2, 2)), .init(.all, IPv4Address(192, 0, 2, 1)),
        ])
        #expect(try Self.options("7906 0cac 1fff ff c0").classlessRoutes == nil)
        #expect(try Self.options("7907 0cac 1f c000 0201").classlessRoutes == [.init(IPv4Prefix("172.16.0.0/12")!, IPv4Address(192, 0, 2, 1))])
        #expect(try Self.options("7905 21 c000 0201").classlessRoutes == nil)
        #expect(try Self.options("").classlessRoutes == nil)
    }

    @Test func `a discover is written with the fields that a server needs, and filled up`() throws {
        var discover = DHCPv4Message(.discover, transaction: 0xa1b2_c3d4, hardware: Self.mac)
        discover.wantsBroadcast = true
        discover.seconds = 7
        discover.options[.clientIdentifier] = [1, 2, 0, 0, 0, 0, 1]
        let written = discover.octets
        #expect(written.count == 300)
        #expect(Array(written.prefix(12)) == octets("0101 0600 a1b2 c3d4 0007 8000"))
        #expect(Array(written[28..<34]) == octets("0200 0000 0001") && Array(written[236..<253]) == octets("6382 5363 3501 01 3d07 0102 0000 0000 01 ff"))
        #expect(try Self.read(written) == discover)
    }

    @Test(arguments: 0..<240) func `every prefix of the header is truncated`(length: Int) {
        #expect(Self.refused(Array(Vectors.dhcpv4.prefix(length))) == .truncated)
    }

    @Test(arguments: [
        (0, 3, WireError.badValue), (1, 6, .badValue), (2, 16, .badValue), (236, 0, .badValue), (242, 0, .badOption), (242, 9, .badOption),
        (241, 2, .badOption), (241, 255, .badOption),
    ])
    func `another protocol, and options beyond the end, are refused`(offset: Int, value: UInt8, error: WireError) {
        #expect(Self.refused(changed(Vectors.dhcpv4, offset, value)) == error)
    }

    @Test func `a message without a kind is BOOTP's`() { #expect(Self.refused(Self.message("3604 c000 0201 ff")) == .badOption) }

    @Test func `a length that is not the option's own makes it void`() throws {
        let options = try Self.options("3303 0000 01 0303 c0 0002 0100 1a02 0043 0c05 6120 620a 63")
        #expect(options.number(.leaseTime) == nil && options.addresses(.routers) == [] && options.address(.subnetMask) == nil)
        #expect(options.mtu == nil, "RFC 2132 5.1: at least 68")
        #expect(options.name(.hostName) == nil, "a name with blanks and line ends could say anything to who reads the file")
    }

    @Test func `RFC 3396 an option in several parts is joined, also over the boot file and the server's name`() throws {
        var message = Self.message("3501 05 3401 03 0604 c000 0201 ff")
        message.replaceSubrange(108..<115, with: octets("0604 c000 0202 ff"))
        message.replaceSubrange(44..<51, with: octets("0604 c000 0203 ff"))
        let options = try Self.read(message).options
        #expect(options.addresses(.resolvers) == (1...3).map { IPv4Address(192, 0, 2, $0) })
        message[109] = 200
        #expect(Self.refused(message) == .badOption)
    }

    @Test func `an option of more than 255 octets goes in parts`() throws {
        var message = DHCPv4Message(.request, transaction: 1, hardware: Self.mac)
        message.options[.message] = (0..<600).map { UInt8(truncatingIfNeeded: $0) }
        #expect(try Self.read(message.octets) == message)
    }
}
