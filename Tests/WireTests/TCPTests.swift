import Testing
import Wire

@Suite struct TCPTests {
    @Test func `the vector reads`() throws {
        let vector = Vectors.tcp
        let view = try TCPView(vector.raw)
        check(view.sourcePort == 50_000 && view.destinationPort == 80 && view.sequence == 1 && view.acknowledgment == 2)
        check(view.flags == [.syn, .ack] && view.window == 64_240 && view.headerOctets == 24)
        check(view.options.array == [2, 4, 5, 0xb4] && view.payload.array == Array("hi".utf8))
        check(view.description == "TCP 50000 > 80 [SYN ACK] seq 1 ack 2 window 64240, 2 octets")
    }

    @Test(arguments: 0..<24) func `every prefix of the header is truncated`(length: Int) {
        let octets = Array(Vectors.tcp.prefix(length))
        #expect(refusal(octets) { octets throws(WireError) in _ = try TCPView(octets) } == .truncated)
    }

    @Test func `a data offset below five is refused`() {
        #expect(refusal(changed(Vectors.tcp, 12, 0x40)) { octets throws(WireError) in _ = try TCPView(octets) } == .badLength)
    }

    @Test func `the checksum covers the pseudo header`() throws {
        var segment = Vectors.tcp
        let pseudo = Checksum(source: IPv4Address(192, 0, 2, 1), destination: IPv4Address(192, 0, 2, 2), next: .tcp, octets: segment.count)
        var sum = pseudo
        sum.add(segment.raw)
        segment[16] = UInt8(sum.value >> 8)
        segment[17] = UInt8(sum.value & 0xff)
        let view = try TCPView(segment.raw)
        check(view.isChecksumValid(pseudo) && !view.isChecksumValid(Checksum()))
    }
}
