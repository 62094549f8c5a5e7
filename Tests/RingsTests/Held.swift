import Rings

struct NoPacket: Error {}

/// The packet, or a failed test: `#require` does not take what cannot be copied.
func held(_ packet: consuming Packet?) throws -> Packet {
    guard let packet else { throw NoPacket() }
    return packet
}
