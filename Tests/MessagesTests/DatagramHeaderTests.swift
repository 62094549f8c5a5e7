import Messages
import Testing
import Wire

struct DatagramHeaderTests {
    static let samples = [
        DatagramHeader(address: .v4(IPv4Address(10, 1, 0, 2)), port: 7, hopLimit: 64, typeOfService: 0x10, interface: 2, time: 1 << 40, local: .v4(IPv4Address(10, 1, 0, 1))),
        DatagramHeader(address: .v6(IPv6Address(high: 0xfe80_0000_0000_0000, low: 1)), port: 65535, flags: .error, error: 111),
    ]

    func octets(_ header: DatagramHeader) -> [UInt8] {
        var out = [UInt8](repeating: 0xff, count: DatagramHeader.octets)
        do {
            var span = out.mutableSpan
            // SAFETY: the span's octets are initialised and any value may be stored.
            var raw = unsafe span.mutableBytes
            header.write(into: &raw)
        }
        return out
    }

    @Test(arguments: samples) func `what is written is what is read`(header: DatagramHeader) {
        let read = unsafe DatagramHeader(octets(header).span.bytes)
        #expect(read == header)
    }

    @Test(arguments: 0..<DatagramHeader.octets) func `a short header is refused`(length: Int) {
        let read = unsafe DatagramHeader(Array(octets(Self.samples[0]).prefix(length)).span.bytes)
        #expect(read == nil)
    }

    @Test func `a family that is none of ours is refused`() {
        var wrong = octets(Self.samples[0])
        wrong[0] = 3
        let read = unsafe DatagramHeader(wrong.span.bytes)
        #expect(read == nil)
    }
}
