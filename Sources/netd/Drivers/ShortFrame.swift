package import Rings
import Wire

/// Frames that will be padded: their sums are made here.
///
/// Hardware that is told where a sum begins does not always know where it ends: some sum the padding's length into the
/// pseudo-header. What is shorter than Ethernet's shortest frame costs less to sum than to describe.
package enum ShortFrame {
    /// Puts the transport checksum into its field, and asks nobody for it any more.
    package static func sum(_ packet: inout Packet) {
        let place = packet.checksum, length = packet.length
        packet.flags.remove(.insertTransportChecksum)
        guard place.start < length, place.start &+ place.offset &+ 2 <= length else { return }
        // The field holds the pseudo-header's sum already. RFC 768: a sum of zero is sent as all ones, which is the same to TCP.
        let value = Checksum(packet.octets.extracting(place.start..<length)).value
        let field = value == 0 ? UInt16.max : value
        var octets = packet.mutableOctets
        octets.storeBytes(of: UInt8(truncatingIfNeeded: field >> 8), toByteOffset: place.start &+ place.offset, as: UInt8.self)
        octets.storeBytes(of: UInt8(truncatingIfNeeded: field), toByteOffset: place.start &+ place.offset &+ 1, as: UInt8.self)
    }
}
