internal import Rings
internal import Wire

/// What a sender decides about an IPv4 packet besides its addresses.
struct IPv4Manner {
    var timeToLive: UInt8 = 64
    var trafficClass = TrafficClass.normal
    /// Fragmenting is refused, here and on the way.
    var dontFragment = false
    var options = IPv4Header.Options.none
}

extension Stack {
    /// Sends `packet`, which holds the payload, as one datagram along `path`; in fragments if it is too long for it.
    ///
    /// - Returns: false when it is too long and may not be fragmented: counted as lost.
    @discardableResult
    mutating func sendIPv4(
        _ packet: consuming Packet, _ next: IPProtocol, from source: IPv4Address, to destination: IPv4Address,
        _ path: Path, _ manner: IPv4Manner = IPv4Manner()
    ) -> Bool {
        statistics[.ipSent] &+= 1
        var header = IPv4Header(
            source: source, destination: destination, next: next, payloadOctets: packet.length,
            timeToLive: manner.timeToLive, trafficClass: manner.trafficClass, options: manner.options)
        guard header.octets &+ packet.length <= path.mtu || packet.flags.contains(.segment) else {
            guard !manner.dontFragment else {
                drop(packet, .fragmentationNeeded)
                return false
            }
            header.identification = nextIdentification()
            sendFragments(packet, header, path)
            return true
        }
        // An atomic datagram: routers must not cut it, its identification means nothing. RFC 6864 §4.1, RFC 1191 §3.
        header.dontFragment = path.cast == .host
        sendWhole(packet, header, path)
        return true
    }

    @inline(__always) private mutating func sendWhole(_ packet: consuming Packet, _ header: IPv4Header, _ path: Path) {
        guard packet.prepend(header.octets) else { return drop(packet, .noHeadroom) }
        let isLeft = packet.flags.contains(.insertIPChecksum)
        var octets = packet.mutableOctets
        header.write(into: &octets)
        if isLeft { IPv4Header.unseal(&octets) }
        shiftChecksum(packet, by: header.octets)
        output(packet, .ipv4, path)
    }

    /// Never the same twice within 65,536 datagrams to anybody. RFC 6864 §4.3 asks no more of one that may be cut.
    mutating func nextIdentification() -> UInt16 {
        identification &+= 1
        return identification
    }

    /// Cuts the datagram whose payload is `packet` into pieces that fit. RFC 791 §2.3, §3.2.
    mutating func sendFragments(_ packet: consuming Packet, _ header: IPv4Header, _ path: Path) {
        statistics[.ipFragmented] &+= 1
        let room = (path.mtu - header.octets) & ~7
        guard room >= 8 else { return drop(packet, .fragmentationNeeded) }
        let start = header.fragmentOffset.octets
        var sent = 0
        while sent < packet.length {
            let size = min(room, packet.length - sent)
            guard let offset = FragmentOffset(octets: start + sent) else { return drop(packet, .fragmentTooLong) }
            guard var piece = originate(octets: size) else { return drop(packet, .noPacket) }
            guard piece.append(copying: packet.octets.extracting(sent..<(sent + size))) else {
                drop(piece, .noPacket)
                return drop(packet, .noPacket)
            }
            var part = header
            part.fragmentOffset = offset
            part.payloadOctets = size
            part.moreFragments = header.moreFragments || sent + size < packet.length
            statistics[.ipFragmentsSent] &+= 1
            sent += size
            sendWhole(piece, part, path)
        }
        consume(packet)
    }
}
