/// IPv4 datagrams made by hand, so that no code under test vouches for itself. Addresses 192.0.2.1 and .2 (RFC 5737).
enum Datagram {
    /// RFC 1071: the ones' complement of the ones' complement sum.
    static func sum(_ octets: some Sequence<UInt8>) -> UInt16 {
        var total: UInt32 = 0, high = true
        for octet in octets {
            total += high ? UInt32(octet) << 8 : UInt32(octet)
            high.toggle()
        }
        while total >> 16 != 0 { total = total & 0xFFFF + total >> 16 }
        return ~UInt16(total)
    }

    static func put(_ value: UInt16, _ at: Int, _ octets: inout [UInt8]) {
        (octets[at], octets[at + 1]) = (UInt8(value >> 8), UInt8(value & 0xFF))
    }

    private static func pseudo(_ datagram: some Collection<UInt8>, tcp: Bool) -> [UInt8] {
        let length = datagram.count
        return [192, 0, 2, 1, 192, 0, 2, 2, 0, tcp ? 6 : 17, UInt8(length >> 8), UInt8(length & 0xFF)]
    }

    /// A whole frame with right sums: 14 + 20 octets of headers, then TCP's 20 or UDP's 8, then a pattern.
    static func make(to: [UInt8], from: [UInt8], tcp: Bool, payload: Int) -> [UInt8] {
        let header = tcp ? 20 : 8, total = 20 + header + payload
        var ip: [UInt8] = [0x45, 0, UInt8(total >> 8 & 0xFF), UInt8(total & 0xFF), 0x12, 0x34, 0x40, 0, 64, tcp ? 6 : 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2]
        put(sum(ip), 10, &ip)
        var body: [UInt8] = [0x30, 0x39, 0x1F, 0x90]
        if tcp {
            // Sequence 0x01020304, ACK and PSH and FIN set, window 0x2000.
            body += [1, 2, 3, 4, 5, 6, 7, 8, 0x50, 0x19, 0x20, 0, 0, 0, 0, 0]
        } else {
            body += [UInt8((payload + 8) >> 8), UInt8((payload + 8) & 0xFF), 0, 0]
        }
        for k in 0..<payload { body.append(UInt8(truncatingIfNeeded: k &* 7 &+ k >> 8)) }
        put(sum(pseudo(body, tcp: tcp) + body), tcp ? 16 : 6, &body)
        return to + from + [0x08, 0x00] + ip + body
    }

    /// The frame as a stack hands it over for summing: the field holds the pseudo-header's sum, not complemented.
    static func unsummed(_ frame: [UInt8], tcp: Bool) -> [UInt8] {
        var out = frame
        put(~sum(pseudo(frame[34...], tcp: tcp)), 34 + (tcp ? 16 : 6), &out)
        return out
    }

    /// The frame as a stack hands it over for cutting: the pseudo-header's sum without its length (that of each segment is
    /// the device's to add), and an IP header whose sum is the device's too.
    static func forSegmentation(_ frame: [UInt8]) -> [UInt8] {
        var out = frame
        var header = pseudo(frame[34...], tcp: true)
        (header[10], header[11]) = (0, 0)
        put(~sum(header), 34 + 16, &out)
        put(0, 14 + 10, &out)
        return out
    }

    /// What is wrong with the pieces of `whole`; nil: nothing.
    static func fault(in pieces: [[UInt8]], of whole: [UInt8], segment: Int) -> String? {
        let payload = Array(whole[54...])
        var offset = 0
        for (number, piece) in pieces.enumerated() {
            let length = min(segment, payload.count - offset)
            guard length > 0 else { return "there are more pieces than payload" }
            let isLast = offset + length == payload.count
            guard piece.count == max(54 + length, 60) else { return "piece \(number) has \(piece.count) octets, not \(54 + length)" }
            guard Array(piece[54..<54 + length]) == Array(payload[offset..<offset + length]) else { return "the payload of piece \(number) is not what it should be" }
            let total = Int(piece[16]) << 8 | Int(piece[17])
            guard total == 40 + length else { return "the IP length of piece \(number) is \(total), not \(40 + length)" }
            guard sum(piece[14..<34]) == 0 else { return "the IP sum of piece \(number) is wrong" }
            let sequence = piece[38..<42].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            guard sequence == 0x0102_0304 &+ UInt32(offset) else { return "the sequence number of piece \(number) is wrong" }
            guard piece[47] == (isLast ? 0x19 : 0x10) else { return "the flags of piece \(number) are 0x\(String(piece[47], radix: 16)): FIN and PSH belong to the last" }
            let tcp = piece[34..<54 + length]
            guard sum(pseudo(tcp, tcp: true) + tcp) == 0 else { return "the TCP sum of piece \(number) is wrong" }
            offset += length
        }
        return offset == payload.count ? nil : "\(payload.count - offset) octets of payload are missing"
    }
}
