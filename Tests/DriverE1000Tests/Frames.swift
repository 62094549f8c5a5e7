/// A frame to the model's own address (or another's), with a payload of `count` octets.
func ethernet(_ count: Int, to: [UInt8] = [0x52, 0x54, 0, 0x12, 0x34, 0x56], type: [UInt8] = [0x88, 0xB5], seed: Int = 0) -> [UInt8] {
    to + [2, 0, 0, 0, 0, 9] + type + pattern(count, seed)
}

/// The Internet checksum's sum, folded. RFC 1071 §4.1
func onesSum(_ octets: ArraySlice<UInt8>, _ start: UInt32 = 0) -> UInt16 {
    var sum = start
    for (i, octet) in octets.enumerated() { sum += i % 2 == 0 ? UInt32(octet) << 8 : UInt32(octet) }
    while sum >> 16 != 0 { sum = sum & 0xFFFF + sum >> 16 }
    return UInt16(sum)
}

/// An IPv4 UDP datagram in an Ethernet frame. With `sums`, all checksums right; without, zero in the header and the pseudo
/// header's sum in UDP, as a stack leaves them to hardware.
func datagram(_ count: Int, sums: Bool) -> [UInt8] {
    let length = 8 + count, total = 20 + length
    var ip: [UInt8] = [0x45, 0, UInt8(total >> 8), UInt8(total & 255), 0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]
    var udp: [UInt8] = [0x12, 0x34, 0x56, 0x78, UInt8(length >> 8), UInt8(length & 255), 0, 0] + pattern(count, 5)
    let pseudo = onesSum(ip[12..<20], 17 + UInt32(length))
    let check = sums ? ~onesSum(udp[...], UInt32(pseudo)) : pseudo
    (udp[6], udp[7]) = (UInt8(check >> 8), UInt8(check & 255))
    if sums {
        let header = ~onesSum(ip[...])
        (ip[10], ip[11]) = (UInt8(header >> 8), UInt8(header & 255))
    }
    return Array(ethernet(0, type: [0x08, 0x00])) + ip + udp
}
