extension HardwareAddress {
    /// The remainder of IEEE 802.3's CRC over the six octets, without the final complement: what hash filters take their bits from.
    ///
    /// The highest power is in bit 0, as on the wire (each octet goes out lowest bit first). IEEE 802.3 §3.2.9
    public var remainder: UInt32 {
        var crc = UInt32.max
        for i in octets.indices {
            crc ^= UInt32(octets[i])
            for _ in 0..<8 { crc = crc & 1 != 0 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
        }
        return crc
    }

    /// The same with the highest power in bit 31.
    public var reversedRemainder: UInt32 {
        var value = remainder, out: UInt32 = 0
        for _ in 0..<32 {
            out = out << 1 | value & 1
            value >>= 1
        }
        return out
    }
}
