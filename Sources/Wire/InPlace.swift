// Changes to packets that are passed on or handed to hardware: a field and its checksum together.

extension IPv4Header {
    /// Takes one from the time to live of the packet at the front of `packet`, and mends the header checksum.
    /// RFC 1812 §5.3.1, RFC 1624 §3. The caller has read the header; traps below 20 octets.
    @inlinable public static func decrementTimeToLive(_ packet: inout MutableRawSpan) {
        packet.requireRoom(octets)
        let old = packet.bytes.load16(8)
        let new = old &- 0x0100
        packet.store16(new, 8)
        packet.store16(Checksum.updated(packet.bytes.load16(10), from: old, to: new), 10)
    }
}

extension UDPHeader {
    /// Octets from the datagram's start to its checksum field.
    @inline(always) public static var checksumOffset: Int { 6 }

    /// Leaves in the checksum field what hardware needs there: the sum of the pseudo-header, not complemented.
    @inlinable public static func seed(_ datagram: inout MutableRawSpan, _ pseudoHeader: Checksum) {
        datagram.requireRoom(octets)
        datagram.store16(~pseudoHeader.value, 6)
    }

    /// The ports of a datagram that an ICMP error quotes, of which 8 octets are promised. RFC 792.
    /// - Returns: nil below 4 octets.
    @inlinable public static func ports(quoted octets: RawSpan) -> (source: UInt16, destination: UInt16)? {
        octets.byteCount >= 4 ? (octets.load16(0), octets.load16(2)) : nil
    }
}
