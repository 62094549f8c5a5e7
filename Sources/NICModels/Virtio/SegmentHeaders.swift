/// Which segment of a large TCP packet a frame is.
struct SegmentPlace {
    /// Octets from the frame's start to the TCP header.
    var transport: Int
    var number: Int
    var payloadBefore: Int
    var isLast: Bool
}

extension FrameBuffer {
    /// Brings the headers of a copied large packet up to date: lengths, identification, sequence, flags, both checksums.
    mutating func makeSegment(_ place: SegmentPlace, isIPv4: Bool) {
        let network = 14, octets = UInt16(truncatingIfNeeded: count - place.transport)
        if isIPv4 {
            store16(UInt16(truncatingIfNeeded: count - network), network + 2)
            store16(load16(network + 4) &+ UInt16(truncatingIfNeeded: place.number), network + 4)
            store16(0, network + 10)
            store16(~sum(from: network, to: place.transport), network + 10)
        } else {
            // The payload length leaves IPv6's own header out. RFC 8200 §3
            store16(UInt16(truncatingIfNeeded: count - network - 40), network + 4)
        }
        store32(load32(place.transport + 4) &+ UInt32(truncatingIfNeeded: place.payloadBefore), place.transport + 4)
        // FIN and PSH go out with the last segment, CWR with the first. RFC 9293 §3.1, RFC 3168 §6.1.2
        if !place.isLast { store16(load16(place.transport + 12) & ~0x0009, place.transport + 12) }
        if place.number > 0 { store16(load16(place.transport + 12) & ~0x0080, place.transport + 12) }
        store16(0, place.transport + 16)
        let addresses = isIPv4 ? sum(from: network + 12, to: network + 20) : sum(from: network + 8, to: network + 40)
        var total = UInt32(addresses) + 6 + UInt32(octets) + UInt32(sum(from: place.transport, to: count))
        while total > 0xFFFF { total = total & 0xFFFF + total >> 16 }
        store16(~UInt16(total), place.transport + 16)
    }
}
