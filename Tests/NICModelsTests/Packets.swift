import Wire

/// Packets for offload tests, and checksums computed apart from the model's code.
enum Packets {
    /// The ones' complement sum, folded.
    static func sum(_ octets: [UInt8]) -> UInt16 {
        var total: UInt32 = 0
        for (index, octet) in octets.enumerated() { total += index % 2 == 0 ? UInt32(octet) << 8 : UInt32(octet) }
        while total > 0xffff { total = total % 0x10000 + total / 0x10000 }
        return UInt16(total)
    }

    static func big(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 0xff)] }
    static func big(_ value: UInt32) -> [UInt8] { big(UInt16(value >> 16)) + big(UInt16(value & 0xffff)) }

    /// The pseudo-header of IPv4 without the length, as a driver leaves it for segmentation.
    static func pseudo(_ packet: [UInt8], _ kind: UInt8) -> [UInt8] { Array(packet[12..<20]) + [0, kind] }

    /// An IPv4 packet with a correct header.
    static func ipv4(_ kind: UInt8, _ body: [UInt8], options: [UInt8] = [], fragment: UInt16 = 0) -> [UInt8] {
        let header = 20 + options.count
        var packet: [UInt8] = [0x40 | UInt8(header / 4), 0] + big(UInt16(header + body.count)) + big(UInt16(0x1234))
        packet += big(fragment) + [64, kind, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2] + options
        packet.replaceSubrange(10..<12, with: big(~sum(packet)))
        return packet + body
    }

    /// A TCP segment with a correct checksum in a correct packet.
    static func tcp(_ payload: [UInt8], options: [UInt8] = []) -> [UInt8] {
        let body: [UInt8] = big(UInt16(1000)) + big(UInt16(80)) + big(UInt32(0x0102_0304)) + big(UInt32(7)) + [0x50, 0x18]
            + big(UInt16(1024)) + [0, 0, 0, 0] + payload
        return withTransport(ipv4(6, body, options: options), at: 20 + options.count, field: 16, kind: 6)
    }

    /// A UDP datagram with a correct checksum in a correct packet.
    static func udp(_ payload: [UInt8]) -> [UInt8] {
        let body: [UInt8] = big(UInt16(1000)) + big(UInt16(53)) + big(UInt16(8 + payload.count)) + [0, 0] + payload
        return withTransport(ipv4(17, body), at: 20, field: 6, kind: 17)
    }

    static func withTransport(_ packet: [UInt8], at start: Int, field: Int, kind: UInt8) -> [UInt8] {
        var packet = packet
        let body = Array(packet[start...])
        let check = ~sum(pseudo(packet, kind) + big(UInt16(body.count)) + body)
        packet.replaceSubrange(start + field..<start + field + 2, with: big(check))
        return packet
    }

    /// Whether the transport checksum of an IPv4 packet without options is right.
    static func isRight(_ packet: [UInt8], _ kind: UInt8) -> Bool {
        let body = Array(packet[20...])
        return sum(pseudo(packet, kind) + big(UInt16(body.count)) + body) == 0xffff
    }

    static func ethernet(_ packet: [UInt8], type: UInt16 = 0x0800) -> [UInt8] {
        (0..<6).map { ModelBench.mac.octets[$0] } + [2, 0, 0, 0, 0, 1] + big(type) + packet
    }

    static func payload(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ 5) } }
}
