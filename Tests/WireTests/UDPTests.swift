import Testing
import Wire

@Suite struct UDPTests {
    static let from = IPv4Address(192, 0, 2, 1), to = IPv4Address(192, 0, 2, 2)
    static let from6 = IPv6Address("2001:db8::1")!, to6 = IPv6Address("2001:db8::2")!

    static func refused(_ octets: [UInt8]) -> WireError? {
        refusal(octets) { octets throws(WireError) in _ = try UDPView(octets) }
    }

    @Test func `the vectors read and their checksums match`() throws {
        let vector = Vectors.udp
        let view = try UDPView(vector.raw)
        check(view.sourcePort == 5000 && view.destinationPort == 53 && view.payload.array == Array("abcd".utf8))
        check(view.isChecksumValid(source: Self.from, destination: Self.to) == true)
        check(view.isChecksumValid(source: Self.from, destination: IPv4Address(192, 0, 2, 3)) == false)
        let overIPv6 = Vectors.udpOverIPv6
        check(try UDPView(overIPv6.raw).isChecksumValid(source: Self.from6, destination: Self.to6) == true)
        check(view.description == "UDP 5000 > 53, 4 octets")
    }

    @Test func `the vectors write`() {
        let header = UDPHeader(sourcePort: 5000, destinationPort: 53, payloadOctets: 4)
        var datagram = written(8) { header.write(into: &$0) } + Array("abcd".utf8)
        datagram.change { UDPHeader.seal(&$0, Checksum(source: Self.from, destination: Self.to, next: .udp, octets: 12)) }
        #expect(datagram == Vectors.udp)
        datagram.change { UDPHeader.seal(&$0, Checksum(source: Self.from6, destination: Self.to6, next: .udp, octets: 12)) }
        #expect(datagram == Vectors.udpOverIPv6)
    }

    @Test(arguments: 0..<12) func `every prefix is truncated`(length: Int) {
        #expect(Self.refused(Array(Vectors.udp.prefix(length))) == .truncated)
    }

    @Test(arguments: 0..<8) func `a length below the header is refused`(length: Int) {
        #expect(Self.refused(changed(Vectors.udp, 5, UInt8(length))) == .badLength)
    }

    @Test func `an absent checksum is valid over IPv4 and refused over IPv6`() throws {
        let absent = changed(changed(Vectors.udp, 6, 0), 7, 0)
        check(try UDPView(absent.raw).isChecksumValid(source: Self.from, destination: Self.to) == true)
        check(try UDPView(absent.raw).isChecksumValid(source: Self.from6, destination: Self.to6) == false)
    }

    @Test func `RFC 768 a checksum that comes to zero is sent as all ones`() throws {
        // The payload is chosen so that the sum over everything is all ones.
        let sum = Checksum(source: Self.from, destination: Self.to, next: .udp, octets: 10)
        let header = UDPHeader(sourcePort: 1, destinationPort: 2, payloadOctets: 2)
        var datagram = written(8) { header.write(into: &$0) } + [0, 0]
        var total = sum
        total.add(datagram.raw)
        datagram[8] = UInt8(total.value >> 8)
        datagram[9] = UInt8(total.value & 0xff)
        datagram.change { UDPHeader.seal(&$0, sum) }
        let view = try UDPView(datagram.raw)
        check(view.checksum == 0xffff && view.isChecksumValid(source: Self.from, destination: Self.to))
    }
}
