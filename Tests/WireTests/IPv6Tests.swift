import Testing
import Wire

@Suite struct IPv6Tests {
    static let value = IPv6Header(
        source: IPv6Address("2001:db8::1")!, destination: IPv6Address("2001:db8::2")!, next: .udp, payloadOctets: 12,
        trafficClass: TrafficClass(rawValue: 0xab), flowLabel: 0x1_2345)

    static func refused(_ octets: [UInt8]) -> WireError? {
        refusal(octets) { octets throws(WireError) in _ = try IPv6View(octets) }
    }

    @Test func `the vector reads`() throws {
        let vector = Vectors.ipv6
        let view = try IPv6View(vector.raw)
        check(view.trafficClass.rawValue == 0xab && view.flowLabel == 0x1_2345 && view.payloadOctets == 12)
        check(view.next == .udp && view.hopLimit == 64)
        check(view.source == Self.value.source && view.destination == Self.value.destination)
        check(view.payload.array == Vectors.udpOverIPv6)
        check(view.walk().outcome == .upperLayer(.udp, offset: 40))
        check(view.description == "2001:db8::1 > 2001:db8::2, UDP, 12 octets, hop limit 64")
    }

    @Test func `the vector writes`() {
        #expect(written(40) { Self.value.write(into: &$0) } == Array(Vectors.ipv6.prefix(40)))
    }

    @Test(arguments: 0..<52) func `every prefix is truncated`(length: Int) {
        #expect(Self.refused(Array(Vectors.ipv6.prefix(length))) == .truncated)
    }

    @Test func `another version is refused`() { #expect(Self.refused(changed(Vectors.ipv6, 0, 0x40)) == .badVersion) }

    @Test func `a quoted packet may be cut short after its header`() throws {
        let cut = Array(Vectors.ipv6.prefix(44))
        let view = try IPv6View(quoted: cut.raw)
        check(view.payload.byteCount == 4 && view.payloadOctets == 12)
        check(view.upperLayer(at: 45).byteCount == 0 && view.upperLayer(at: -1).byteCount == 44)
    }
}
