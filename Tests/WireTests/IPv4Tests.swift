import Testing
import Wire

@Suite struct IPv4Tests {
    static let value = IPv4Header(
        source: IPv4Address(192, 0, 2, 1), destination: IPv4Address(192, 0, 2, 2), next: .udp, payloadOctets: 12,
        identification: 0x1c46, dontFragment: true, trafficClass: TrafficClass(rawValue: 0xb8))

    static func refused(_ octets: [UInt8]) -> WireError? {
        refusal(octets) { octets throws(WireError) in _ = try IPv4View(octets) }
    }

    @Test func `the vector reads`() throws {
        let vector = Vectors.ipv4
        let view = try IPv4View(vector.raw)
        check(view.trafficClass.dscp == 46 && view.trafficClass.ecn == .notCapable && view.totalOctets == 32)
        check(view.identification == 0x1c46 && view.dontFragment && !view.moreFragments && !view.isFragment)
        check(view.timeToLive == 64 && view.next == .udp && view.isChecksumValid && !view.hasOptions)
        check(view.source.description == "192.0.2.1" && view.destination.description == "192.0.2.2")
        check(view.payload.array == Vectors.udp)
        check(view.description == "192.0.2.1 > 192.0.2.2, UDP, 12 octets, TTL 64")
    }

    @Test func `the vector writes`() {
        #expect(written(20) { Self.value.write(into: &$0) } == Array(Vectors.ipv4.prefix(20)))
    }

    @Test(arguments: 0..<32) func `every prefix is truncated`(length: Int) {
        #expect(Self.refused(Array(Vectors.ipv4.prefix(length))) == .truncated)
    }

    @Test func `a bad version or length is refused by name`() {
        #expect(Self.refused(changed(Vectors.ipv4, 0, 0x65)) == .badVersion)
        #expect(Self.refused(changed(Vectors.ipv4, 0, 0x44)) == .badLength)
        #expect(Self.refused(changed(Vectors.ipv4, 0, 0x4f)) == .truncated)
        #expect(Self.refused(changed(Vectors.ipv4, 3, 19)) == .badLength)
        #expect(Self.refused(changed(Vectors.ipv4, 3, 33)) == .truncated)
    }

    @Test func `one wrong bit fails the checksum and nothing else`() throws {
        let wrong = changed(Vectors.ipv4, 8, 63)
        check(try !IPv4View(wrong.raw).isChecksumValid)
    }

    @Test func `padding of the link is cut off`() throws {
        let padded = Vectors.ipv4 + [0, 0, 0]
        check(try IPv4View(padded.raw).payload.byteCount == 12)
    }

    @Test func `a quoted packet may be cut short after its header`() throws {
        let cut = Array(Vectors.ipv4.prefix(28))
        let view = try IPv4View(quoted: cut.raw)
        check(view.payload.byteCount == 8 && view.totalOctets == 32)
        let shorter = Array(Vectors.ipv4.prefix(19))
        #expect(refusal(shorter) { octets throws(WireError) in _ = try IPv4View(quoted: octets) } == .truncated)
    }

    @Test func `fragments read and write`() throws {
        var header = Self.value
        (header.dontFragment, header.moreFragments, header.payloadOctets) = (false, true, 8)
        header.fragmentOffset = try #require(FragmentOffset(octets: 65_528))
        let octets = written(20) { header.write(into: &$0) } + [UInt8](repeating: 0, count: 8)
        let view = try IPv4View(octets.raw)
        check(view.isFragment && view.moreFragments && view.fragmentOffset == 65_528 && view.isChecksumValid)
    }

    @Test(arguments: [-8, 4, 65_529, 65_536]) func `an offset that no fragment has cannot be made`(octets: Int) {
        #expect(FragmentOffset(octets: octets) == nil)
    }

    @Test func `a router alert makes the header 24 octets`() throws {
        var header = Self.value
        (header.options, header.payloadOctets) = (.routerAlert, 0)
        let octets = written(24) { header.write(into: &$0) }
        let view = try IPv4View(octets.raw)
        check(view.isChecksumValid && view.headerOctets == 24 && view.options.array == [0x94, 4, 0, 0])
        var options = IPv4Options(view.options)
        check(try options.next()?.kind == .routerAlert)
    }
}
