import Testing
import Wire

@Suite struct ARPTests {
    static let value = ARPPacket(
        .request, senderMAC: MACAddress(value: 0x0200_0000_0001), senderAddress: IPv4Address(192, 0, 2, 1),
        targetAddress: IPv4Address(192, 0, 2, 2))

    static func refused(_ octets: [UInt8]) -> WireError? {
        refusal(octets) { octets throws(WireError) in _ = try ARPView(octets) }
    }

    @Test func `the vector reads`() throws {
        let vector = Vectors.arp
        let view = try ARPView(vector.raw)
        check(ARPPacket(view) == Self.value && !view.isProbe)
        check(view.description == "ARP who has 192.0.2.2? tell 192.0.2.1 (02:00:00:00:00:01)")
    }

    @Test func `the vector writes`() { #expect(written(28) { Self.value.write(into: &$0) } == Vectors.arp) }

    @Test(arguments: 0..<28) func `every prefix is truncated`(length: Int) {
        #expect(Self.refused(Array(Vectors.arp.prefix(length))) == .truncated)
    }

    @Test(arguments: [(1, WireError.badValue), (2, .badValue), (4, .badLength), (5, .badLength)])
    func `other hardware, protocols and address lengths are refused`(offset: Int, error: WireError) {
        #expect(Self.refused(changed(Vectors.arp, offset, 9)) == error)
    }

    @Test func `an unknown operation is no packet to act on`() throws {
        let octets = changed(Vectors.arp, 7, 3)
        let view = try ARPView(octets.raw)
        check(view.operation == nil && ARPPacket(view) == nil && view.description == "ARP operation 3")
    }

    @Test func `RFC 5227 a request without a sender is a probe`() throws {
        var probe = Self.value
        probe.senderAddress = .unspecified
        let octets = written(28) { probe.write(into: &$0) }
        check(try ARPView(octets.raw).isProbe)
    }

    @Test func `a padded frame reads the same`() throws {
        let padded = Vectors.arp + [UInt8](repeating: 0, count: 18)
        check(ARPPacket(try ARPView(padded.raw)) == Self.value)
    }
}
