import Rings
import Testing
import Wire

@testable import netd

struct ShortFrameTests {
    /// Ethernet and IPv4 headers of no interest, then UDP from port 1 to 2 with `payload`, its field seeded.
    private func packet(_ memory: PacketMemory, payload: [UInt8], seed: UInt16) throws -> Packet {
        let udp: [UInt8] = [0, 1, 0, 2, 0, UInt8(8 + payload.count), UInt8(seed >> 8), UInt8(seed & 0xFF)] + payload
        // A packet has one owner and goes through no macro.
        guard var packet = memory.take() else { throw NoMemory() }
        let frame = [UInt8](repeating: 0x11, count: 34) + udp
        _ = unsafe packet.append(copying: frame.span.bytes)
        packet.flags = [.insertTransportChecksum]
        packet.checksum = (34, 6)
        return packet
    }

    private struct NoMemory: Error {}

    @Test func `a short frame's sum is made before it is padded, and nobody else is asked`() throws {
        let memory = PacketMemory()
        for payload in [[], [0x61], [0x61, 0x62, 0x63]] as [[UInt8]] {
            var packet = try packet(memory, payload: payload, seed: 0x1234)
            ShortFrame.sum(&packet)
            let isAsked = packet.flags.contains(PacketFlags.insertTransportChecksum)
            #expect(!isAsked)
            // With the seed in front, as the pseudo-header, the datagram sums to all ones. RFC 1071 §1 (3)
            var check = Checksum()
            check.add(UInt16(0x1234))
            check.add(packet.octets.extracting(34..<packet.length))
            #expect(check.isValid)
        }
    }
}
