import Rings
@testable import Stack
import Testing
import Wire

/// Hardware that cuts a packet into TCP segments, and makes each one's sums from what the stack left there.
enum CuttingHardware {
    /// The frames that go on the wire.
    static func cut(_ frame: borrowing Packet) -> [[UInt8]] {
        let octets = unsafe frame.octets.withUnsafeBytes { unsafe Array($0) }
        let (unit, headers) = frame.segmentation, tcp = frame.checksum.start
        var pieces: [[UInt8]] = []
        for at in stride(from: headers, to: octets.count, by: unit) {
            var piece = Array(octets[..<headers] + octets[at..<min(at + unit, octets.count)])
            put32(&piece, tcp + 4, get32(octets, tcp + 4) &+ UInt32(at - headers))
            if at + unit < octets.count { piece[tcp + 13] &= ~0x09 } // FIN and PSH are the last one's.
            seal(&piece, tcp)
            pieces.append(piece)
        }
        return pieces
    }

    /// The frame as a receiver gets it that joins segments: whole, its sums in order.
    static func join(_ frame: borrowing Packet) -> [UInt8] {
        var octets = unsafe frame.octets.withUnsafeBytes { unsafe Array($0) }
        seal(&octets, frame.checksum.start)
        return octets
    }

    /// The lengths that IP knows, its own sum, and TCP's from the seed. 8254x §3.5.
    private static func seal(_ piece: inout [UInt8], _ tcp: Int) {
        if piece[14] >> 4 == 4 {
            put16(&piece, 16, UInt16(piece.count - 14))
            #expect(piece[24] == 0 && piece[25] == 0, "hardware sums what stands in the field, too")
            put16(&piece, 24, ~sum(piece[14..<tcp]))
        } else {
            put16(&piece, 18, UInt16(piece.count - 54))
        }
        let length = UInt32(piece.count - tcp)
        put16(&piece, tcp + 16, ~fold(UInt32(sum(piece[tcp...])) + length))
    }

    private static func sum(_ octets: ArraySlice<UInt8>) -> UInt16 {
        var total: UInt32 = 0
        for (k, octet) in octets.enumerated() { total += k & 1 == 0 ? UInt32(octet) << 8 : UInt32(octet) }
        return fold(total)
    }
    private static func fold(_ sum: UInt32) -> UInt16 {
        let once = sum & 0xffff + sum >> 16
        return UInt16(once & 0xffff + once >> 16)
    }
    private static func put16(_ octets: inout [UInt8], _ at: Int, _ value: UInt16) {
        (octets[at], octets[at + 1]) = (UInt8(value >> 8), UInt8(value & 0xff))
    }
    private static func put32(_ octets: inout [UInt8], _ at: Int, _ value: UInt32) {
        put16(&octets, at, UInt16(value >> 16))
        put16(&octets, at + 2, UInt16(value & 0xffff))
    }
    private static func get32(_ octets: [UInt8], _ at: Int) -> UInt32 {
        octets[at..<(at + 4)].reduce(0) { $0 << 8 | UInt32($1) }
    }
}
