internal import CLinux

/// A frame as the kernel hands it from interface to interface: with work put off until it leaves the machine.
///
/// What the kernel does then is done here in the same way, so that what a driver has asked of it can be judged on the wire:
/// it believes the sum that it finds in the field to be the pseudo header's with the whole length, and changes the rest.
struct Unfinished {
    var octets: [UInt8]
    var putOff: clinux_put_off

    /// The frames that a wire would carry. None: the kernel would throw this one away.
    var onTheWire: [[UInt8]] {
        let start = Int(putOff.sum_start), field = start + Int(putOff.sum_offset)
        guard putOff.flags & 1 != 0 || putOff.cutting != 0 else { return [octets] }
        guard start >= 34, field + 2 <= octets.count else { return [] }
        guard putOff.cutting != 0 else { return [Self.summed(octets, from: start, into: field)] }
        return putOff.cutting == 1 && putOff.segment_octets > 0 && octets.count >= start + 20 ? cut(start, field) : []
    }

    private static func summed(_ frame: [UInt8], from start: Int, into field: Int) -> [UInt8] {
        var out = frame
        let sum = Datagram.sum(frame[start...])
        // No sum is told from a sum of zero. RFC 768
        Datagram.put(sum == 0 ? 0xFFFF : sum, field, &out)
        return out
    }

    /// TCP over IPv4, in segments that each have a header of their own.
    private func cut(_ start: Int, _ field: Int) -> [[UInt8]] {
        let ip = 14, header = start + Int(octets[start + 12] >> 4) * 4, total = octets.count - ip
        // A kernel looks at an IPv4 header before it passes the packet on.
        guard header <= octets.count, Datagram.sum(octets[ip..<start]) == 0, Self.word(octets, ip + 2) == total else { return [] }
        let sequence = UInt32(Self.word(octets, start + 4)) << 16 | UInt32(Self.word(octets, start + 6))
        return stride(from: header, to: octets.count, by: Int(putOff.segment_octets)).enumerated().map { number, at in
            let end = min(at + Int(putOff.segment_octets), octets.count), isLast = end == octets.count
            var piece = Array(octets[..<header] + octets[at..<end])
            let length = piece.count - ip, place = sequence &+ UInt32(at - header)
            Datagram.put(UInt16(length), ip + 2, &piece)
            Datagram.put(UInt16(truncatingIfNeeded: Self.word(octets, ip + 4) + number), ip + 4, &piece)
            Datagram.put(0, ip + 10, &piece)
            Datagram.put(Datagram.sum(piece[ip..<start]), ip + 10, &piece)
            Datagram.put(UInt16(place >> 16), start + 4, &piece)
            Datagram.put(UInt16(place & 0xFFFF), start + 6, &piece)
            if !isLast { piece[start + 13] &= ~0x09 }
            // The pseudo header's sum with this segment's length in place of the whole one's. RFC 1624
            let was = Self.word(octets, field), change = 0xFFFF - total % 0xFFFF + length
            Datagram.put(UInt16((was + change - 1) % 0xFFFF + 1), field, &piece)
            // No wire carries shorter frames. IEEE 802.3 §3.2.8
            return Self.summed(piece, from: start, into: field) + [UInt8](repeating: 0, count: max(0, 60 - piece.count))
        }
    }

    private static func word(_ octets: [UInt8], _ at: Int) -> Int { Int(octets[at]) << 8 | Int(octets[at + 1]) }
}
