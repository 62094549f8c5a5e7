import Testing
import Wire

@Suite struct EthernetTests {
    static let plain = octets("ffff ffff ffff 0200 0000 0001 0806 0102 03")
    static let tagged = octets("ffff ffff ffff 0200 0000 0001 8100 a064 0800 0102")
    static let double = octets("ffff ffff ffff 0200 0000 0001 88a8 0005 8100 1064 86dd 01")

    @Test func `an untagged frame reads`() throws {
        let vector = Self.plain
        let view = try EthernetView(vector.raw)
        check(view.destination == .broadcast && view.source.value == 0x0200_0000_0001)
        check(view.etherType == .arp && view.tagCount == 0 && view.outerTag == nil && !view.isLLC)
        check(view.payload.array == [1, 2, 3])
        check(view.description == "02:00:00:00:00:01 > ff:ff:ff:ff:ff:ff, ARP")
    }

    @Test func `one and two tags read`() throws {
        let oneOctets = Self.tagged
        let one = try EthernetView(oneOctets.raw)
        check(one.outerTag == VLANTag(identifier: 100, priority: 5) && one.innerTag == nil && one.etherType == .ipv4)
        check(one.payload.array == [1, 2])
        let twoOctets = Self.double
        let two = try EthernetView(twoOctets.raw)
        check(two.outerTag?.identifier == 5 && two.innerTag?.identifier == 100 && two.innerTag?.isDropEligible == true)
        check(two.etherType == .ipv6 && two.headerOctets == 22 && two.payload.array == [1])
    }

    @Test func `a third tag shows as the type`() throws {
        let frame = octets("ffff ffff ffff 0200 0000 0001 8100 0001 8100 0002 8100 0003 0800")
        check(try EthernetView(frame.raw).etherType == .vlan)
    }

    @Test func `a header writes as it reads`() {
        let header = EthernetHeader(destination: .broadcast, source: MACAddress(value: 0x0200_0000_0001), etherType: .arp)
        #expect(written(14) { header.write(into: &$0) } == Array(Self.plain.prefix(14)))
        let tagged = EthernetHeader(
            destination: .broadcast, source: header.source, etherType: .ipv4, tag: VLANTag(identifier: 100, priority: 5))
        #expect(tagged.octets == 18 && written(18) { tagged.write(into: &$0) } == Array(Self.tagged.prefix(18)))
    }

    @Test(arguments: 0..<22) func `every prefix of the header is truncated`(length: Int) {
        #expect(refusal(Array(Self.double.prefix(length))) { octets throws(WireError) in _ = try EthernetView(octets) } == .truncated)
    }

    @Test func `an 802.3 length cuts padding off, and must not promise more`() throws {
        let llc = octets("0180 c200 0000 0200 0000 0001 0003 4242 03 0000 0000")
        let view = try EthernetView(llc.raw)
        check(view.isLLC && view.payload.array == [0x42, 0x42, 3])
        #expect(refusal(changed(llc, 13, 8)) { octets throws(WireError) in _ = try EthernetView(octets) } == .truncated)
    }

    @Test(arguments: [1501, 1535]) func `a value between length and type is refused`(value: Int) {
        let frame = changed(changed(Self.plain, 12, UInt8(value >> 8)), 13, UInt8(value & 0xff))
        #expect(refusal(frame) { octets throws(WireError) in _ = try EthernetView(octets) } == .badValue)
    }

    @Test func `a tag out of range cannot be made`() {
        #expect(VLANTag(identifier: 4095) == nil && VLANTag(identifier: 1, priority: 8) == nil)
        #expect(VLANTag(identifier: 4094, priority: 7, dropEligible: true)?.rawValue == 0xfffe)
    }
}
