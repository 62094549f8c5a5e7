import Testing
import Wire

@Suite struct MACAddressTests {
    static let sample = MACAddress(value: 0x0200_00ab_cdef)

    @Test func `text is six pairs, parted by colons or hyphens, in either case`() {
        #expect(MACAddress("02:00:00:ab:cd:ef") == Self.sample)
        #expect(MACAddress("02-00-00-AB-CD-EF") == Self.sample)
        #expect(Self.sample.description == "02:00:00:ab:cd:ef")
    }

    @Test(arguments: [
        "", "02:00:00:ab:cd", "02:00:00:ab:cd:e", "02:00:00:ab:cd:ef:00", "02:00-00:ab:cd:ef", "02000000abcdef", "0g:00:00:ab:cd:ef",
        "2:0:0:ab:cd:ef", "02 00 00 ab cd ef", "02:00:00:ab:cd:ef ",
    ])
    func `any other text is refused`(text: String) { #expect(MACAddress(text) == nil) }

    @Test func `octet 0 is first`() {
        let octets = Self.sample.octets
        #expect((0..<6).map { octets[$0] } == [0x02, 0, 0, 0xab, 0xcd, 0xef])
        #expect(MACAddress(octets: octets) == Self.sample)
    }

    @Test func `the group and local bits are those of octet 0`() {
        #expect(!Self.sample.isMulticast && Self.sample.isLocallyAdministered && Self.sample.isStation)
        #expect(MACAddress.broadcast.isBroadcast && MACAddress.broadcast.isMulticast && !MACAddress.broadcast.isStation)
        #expect(MACAddress(value: 0x0100_5e00_0001).isMulticast && !MACAddress(value: 0x0100_5e00_0001).isBroadcast)
        #expect(!MACAddress.zero.isStation)
    }

    @Test func `RFC 1112 6.4 maps the low 23 bits of a group`() {
        #expect(MACAddress.multicast(for: IPv4Address(224, 0, 0, 251)).description == "01:00:5e:00:00:fb")
        #expect(MACAddress.multicast(for: IPv4Address(239, 255, 1, 2)).description == "01:00:5e:7f:01:02")
    }

    @Test func `RFC 2464 7 maps the low 32 bits of a group`() {
        let group = IPv6Address("ff02::1:ff28:9c5a")!
        #expect(MACAddress.multicast(for: group).description == "33:33:ff:28:9c:5a")
    }

    @Test func `RFC 4291 Appendix A puts fffe in the middle and inverts the universal bit`() {
        #expect(MACAddress("34:56:78:9a:bc:de")!.interfaceIdentifier == 0x3656_78ff_fe9a_bcde)
        #expect(Self.sample.interfaceIdentifier == 0x0000_00ff_feab_cdef)
    }
}
