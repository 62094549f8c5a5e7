import Rings

struct NoPacket: Error {}

/// The packet, or a failed test: `#require` does not take what cannot be copied.
func held(_ packet: consuming Packet?) throws -> Packet {
    guard let packet else { throw NoPacket() }
    return packet
}

/// Whether there was no packet; one that was there is dropped.
func none(_ packet: consuming Packet?) -> Bool {
    packet == nil
}

func octets(of packet: borrowing Packet) -> [UInt8] {
    // SAFETY: offsets are below the count.
    (0..<packet.length).map { unsafe packet.octets.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
}
