import Testing

@testable import Conformance

struct DatagramTests {
    let a: [UInt8] = [2, 0, 0, 0, 0, 1], b: [UInt8] = [2, 0, 0, 0, 0, 2]

    @Test func `the sum is RFC 1071's`() {
        #expect(Datagram.sum([0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7] as [UInt8]) == ~0xddf2)
        #expect(Datagram.sum([0xFF] as [UInt8]) == 0x00FF)
    }

    @Test(arguments: [false, true]) func `a datagram's sums hold, and an unsummed one's do not`(tcp: Bool) {
        let frame = Datagram.make(to: a, from: b, tcp: tcp, payload: 33)
        #expect(frame.count == 14 + 20 + (tcp ? 20 : 8) + 33)
        #expect(Datagram.sum(frame[14..<34]) == 0)
        #expect(Datagram.unsummed(frame, tcp: tcp) != frame)
    }

    /// Cuts as a right device does.
    private func cut(_ whole: [UInt8], _ size: Int) -> [[UInt8]] {
        let payload = Array(whole[54...])
        return stride(from: 0, to: payload.count, by: size).map { offset in
            let part = Array(payload[offset..<min(offset + size, payload.count)]), isLast = offset + part.count == payload.count
            var piece = Array(Datagram.make(to: a, from: b, tcp: true, payload: part.count)[..<54])
            let sequence = 0x0102_0304 + offset
            for k in 0..<4 { piece[38 + k] = UInt8(sequence >> (24 - 8 * k) & 0xFF) }
            piece[47] = isLast ? 0x19 : 0x10
            (piece[50], piece[51]) = (0, 0)
            let body = Array(piece[34...]) + part
            let pseudo: [UInt8] = [192, 0, 2, 1, 192, 0, 2, 2, 0, 6, UInt8(body.count >> 8), UInt8(body.count & 0xFF)]
            let sum = Datagram.sum(pseudo + body)
            (piece[50], piece[51]) = (UInt8(sum >> 8), UInt8(sum & 0xFF))
            return piece + part
        }
    }

    @Test func `right pieces are right, and each mistake is named`() {
        let whole = Datagram.make(to: a, from: b, tcp: true, payload: 2500)
        let right = cut(whole, 1000)
        #expect(Datagram.fault(in: right, of: whole, segment: 1000) == nil)
        #expect(Datagram.fault(in: Array(right.dropLast()), of: whole, segment: 1000) == "500 octets of payload are missing")
        for (octet, word) in [(60, "payload"), (17, "length"), (24, "IP sum"), (41, "sequence"), (47, "flags"), (51, "TCP sum")] {
            var wrong = right
            wrong[1][octet] ^= 1
            #expect(Datagram.fault(in: wrong, of: whole, segment: 1000)?.contains(word) == true, "\(octet)")
        }
    }
}
