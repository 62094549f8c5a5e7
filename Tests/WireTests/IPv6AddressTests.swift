import Testing
import Wire

@Suite struct IPv6AddressTests {
    @Test(arguments: [
        ("::", "::"), ("::1", "::1"), ("0:0:0:0:0:0:0:1", "::1"), ("2001:DB8::0001", "2001:db8::1"),
        ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"), ("1::", "1::"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
        ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"), ("ff02::1:ff00:0", "ff02::1:ff00:0"), ("::ffff:192.0.2.1", "::ffff:192.0.2.1"),
        ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"), ("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"),
    ])
    func `every form of RFC 4291 2.2 prints as RFC 5952 says`(text: String, canonical: String) throws {
        let address = try #require(IPv6Address(text))
        #expect(address.description == canonical)
        #expect(IPv6Address(canonical) == address)
    }

    @Test(arguments: [
        "", ":", ":::", "1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "g::", "::1%em0", "::1/64", ":1", "1:",
        "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", "1.2.3.4", "::1.2.3", "::1.2.3.256", "1.2.3.4::", "1:2:3:4:5:6:7:1.2.3.4", "1:::2",
        " ::1", "::1 ", "1:2:3:4::5:6:7:8:9",
    ])
    func `any other text is refused`(text: String) { #expect(IPv6Address(text) == nil) }

    @Test func `random addresses survive a round trip through text and octets`() {
        var generator = SeededGenerator(state: 4)
        for _ in 0..<2000 {
            // Many zero groups, so that every place of the run is met.
            let group = { UInt64(Bool.random(using: &generator) ? 0 : UInt16.random(in: 0...0xffff, using: &generator)) }
            let half = { group() << 48 | group() << 32 | group() << 16 | group() }
            let address = IPv6Address(high: half(), low: half())
            #expect(IPv6Address(address.description) == address)
            #expect(IPv6Address(octets: address.octets) == address)
        }
    }

    @Test func `a zone is apart from the address`() throws {
        let zoned = try #require(ZonedIPv6Address("fe80::1%em0"))
        #expect(zoned.address == IPv6Address("fe80::1") && zoned.zone == "em0" && zoned.description == "fe80::1%em0")
        #expect(ZonedIPv6Address("fe80::1")?.zone == nil)
    }

    @Test(arguments: ["fe80::1%", "%em0", "fe80::1%a b", "fe80::1%em0%em1", "fe80::1%" + String(repeating: "x", count: 32)])
    func `a bad zone is refused`(text: String) { #expect(ZonedIPv6Address(text) == nil) }

    @Test func `formed addresses are those of their RFCs`() {
        let mac = MACAddress("34:56:78:9a:bc:de")!
        #expect(IPv6Address.linkLocal(from: mac).description == "fe80::3656:78ff:fe9a:bcde")
        #expect(IPv6Address.solicitedNode(for: IPv6Address("4037::1:800:200e:8c6c")!).description == "ff02::1:ff0e:8c6c")
        #expect(IPv6Address.solicitedNode(for: .loopback).isSolicitedNode && !IPv6Address.allNodes.isSolicitedNode)
        #expect(IPv6Address.autoconfigured(IPv6Prefix("2001:db8::/64")!, mac: mac)?.description == "2001:db8::3656:78ff:fe9a:bcde")
        #expect(IPv6Address.autoconfigured(IPv6Prefix("2001:db8::/63")!, mac: mac) == nil)
        #expect(IPv6Address(mapped: IPv4Address(192, 0, 2, 1)).mappedIPv4 == IPv4Address(192, 0, 2, 1))
    }

    @Test(arguments: [
        ("::1", IPv6Scope.linkLocal), ("fe80::1", .linkLocal), ("febf::1", .linkLocal), ("fec0::1", .global), ("fd00::1", .global),
        ("2001:db8::1", .global), ("ff01::1", .interfaceLocal), ("ff02::1", .linkLocal), ("ff05::2", .siteLocal),
        ("ff06::2", .siteLocal), ("ff08::2", .organizationLocal), ("ff0e::1", .global),
    ])
    func `scopes follow RFC 4007 and RFC 6724`(text: String, scope: IPv6Scope) { #expect(IPv6Address(text)?.scope == scope) }

    @Test func `order is that of the octets`() {
        #expect(IPv6Address("1::")! < IPv6Address("1::1")! && IPv6Address("1::ffff")! < IPv6Address("2::")!)
    }
}
