/// The octets of a hexadecimal text; blanks are for the reader.
func octets(_ text: String) -> [UInt8] {
    let digits = text.filter { !$0.isWhitespace }.map { UInt8($0.hexDigitValue!) }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

/// Frames made by hand, one a format; each test file shows what its octets mean.
enum Vectors {
    static let arp = octets("0001 0800 06 04 0001  0200 0000 0001  c000 0201  0000 0000 0000  c000 0202")
    static let udp = octets("1388 0035 000c a34e  6162 6364")
    static let ipv4 = octets("45b8 0020 1c46 4000 4011 99cb c000 0201 c000 0202") + udp
    static let echo = octets("0800 bc03 1234 0001 6162 6364 65")
    static let udpOverIPv6 = octets("1388 0035 000c cbdd  6162 6364")
    static let ipv6 = octets("6ab1 2345 000c 11 40  2001 0db8 0000 0000 0000 0000 0000 0001 2001 0db8 0000 0000 0000 0000 0000 0002") + udpOverIPv6
    static let neighborSolicitation = octets(
        "8700 0000 0000 0000 fe80 0000 0000 0000 0000 0000 0000 0002  0101 0200 0000 0001")
    static let routerAdvertisement = octets(
        """
        8600 0000 40 c0 0708 0000 7530 0000 03e8  0101 0200 0000 0001  0501 0000 0000 05dc
        0304 40c0 0001 5180 0000 3840 0000 0000 2001 0db8 0001 0000 0000 0000 0000 0000
        1905 0000 0000 0e10 2001 0db8 0000 0000 0000 0000 0000 0053 2001 0db8 0000 0000 0000 0000 0000 0054
        1f03 0000 0000 0e10 0364 6f63 0474 6573 7400 0000 0000 0000
        """)
    static let mldQuery = octets("8200 0000 2710 0000 ff02 0000 0000 0000 0000 0000 0000 00fb")
    static let igmpQuery = octets("1164 ee9b 0000 0000")
    static let tcp = octets("c350 0050 0000 0001 0000 0002 6012 faf0 0000 0000 0204 05b4 6869")

    /// An ACK of 192.0.2.7 from 192.0.2.1 for an hour, with every option that a client asks for.
    static let dhcpv4 = octets("0201 0600 1234 5678 0003 8000 0000 0000 c000 0207 0000 0000 0000 0000 0200 0000 0001")
        + [UInt8](repeating: 0, count: 202) + octets(
        """
        6382 5363 3501 05 3604 c000 0201 3304 0000 0e10 3a04 0000 0708 3b04 0000 0c4e 0104 ffff ff00
        0304 c000 0201 0608 c000 0235 c000 0236 0c04 646f 636b 0f08 646f 636b 2e74 7374 1a02 05dc 1c04 c000 02ff
        790d 18c6 3364 c000 0202 00 c000 0201 ff
        """)
    static let dhcpv6 = octets(
        """
        07 12 3456 0001 000a 0003 0001 0200 0000 0001 0002 000a 0003 0001 0200 0000 0002
        0003 0028 0000 0001 0000 0708 0000 0b40 0005 0018 2001 0db8 0000 0000 0000 0000 0000 0007 0000 0e10 0000 1c20
        0017 0010 2001 0db8 0000 0000 0000 0000 0000 0053 0018 000a 0464 6f63 6b03 7473 7400
        0007 0001 ff 000d 0004 0000 6f6b
        """)

    static func ethernet(_ type: String, _ payload: [UInt8]) -> [UInt8] {
        octets("ffff ffff ffff 0200 0000 0001 " + type) + payload
    }

    /// Every parser with octets that it accepts.
    static let all: [String: [UInt8]] = [
        "ethernet": ethernet("8100 2064 0800", ipv4), "arp": arp, "ipv4": ipv4,
        "ipv4-options": octets("9404 0000 0707 04c0 0002 01 00"), "udp": udp, "icmpv4": echo, "ipv6": ipv6,
        "ipv6-options": octets("0502 0000 0104 0000 0000 0000"),
        "icmpv6": octets("0100 0000 0000 0000") + ipv6, "neighbor-discovery": routerAdvertisement, "mld": mldQuery,
        "igmp": igmpQuery, "tcp": tcp, "tcp-options": octets("0204 05b4 0402 080a 0000 0001 0000 0000 0103 0307"), "text": Array("fe80::1%em0".utf8), "frame": ethernet("86dd", ipv6),
        "dhcpv4": dhcpv4, "dhcpv6": dhcpv6,
    ]
}
