internal import Rings
internal import Wire

/// What a sender decides about an IPv6 packet besides its addresses.
struct IPv6Manner {
    /// Nil: what the link's routers ask for.
    var hopLimit: UInt8?
    var trafficClass = TrafficClass.normal
    /// Fragmenting is refused.
    var dontFragment = false
    /// With a hop-by-hop header that makes routers look. RFC 2711.
    var hasRouterAlert = false
}

extension Stack {
    /// Octets of IP packet that the link carries: what a router announces counts for IPv6. RFC 4861 §6.3.4.
    @inline(__always) func linkMTU(_ interface: Int, _ destination: IPAddress) -> Int {
        let own = interfaces[interface].mtu, advertised = interfaces[interface].six.advertisedMTU
        return destination.isIPv4 || advertised == 0 ? own : min(own, advertised)
    }

    /// Sends `packet`, which holds the payload, as one datagram along `path`; in fragments if it is too long for it.
    mutating func sendIPv6(
        _ packet: consuming Packet, _ next: IPProtocol, from source: IPv6Address, to destination: IPv6Address,
        _ path: Path, _ manner: IPv6Manner = IPv6Manner()
    ) {
        statistics[.ip6Sent] &+= 1
        var header = IPv6Header(
            source: source, destination: destination, next: next, payloadOctets: packet.length,
            hopLimit: manner.hopLimit ?? interfaces[Int(path.interface)].six.hopLimit, trafficClass: manner.trafficClass)
        guard IPv6Header.octets &+ packet.length <= path.mtu || packet.flags.contains(.segment) else {
            guard !manner.dontFragment else { return drop(packet, .fragmentationNeeded) }
            return sendFragments6(packet, header, path)
        }
        if manner.hasRouterAlert {
            guard packet.prepend(IPv6RouterAlert.octets) else { return drop(packet, .noHeadroom) }
            var octets = packet.mutableOctets
            IPv6RouterAlert(next: next).write(into: &octets)
            (header.next, header.payloadOctets) = (.hopByHop, packet.length)
        }
        sendWhole6(packet, header, path)
    }

    @inline(__always) private mutating func sendWhole6(_ packet: consuming Packet, _ header: IPv6Header, _ path: Path) {
        guard packet.prepend(IPv6Header.octets) else { return drop(packet, .noHeadroom) }
        var octets = packet.mutableOctets
        header.write(into: &octets)
        shiftChecksum(packet, by: IPv6Header.octets)
        output(packet, .ipv6, path)
    }

    /// Cuts the datagram whose payload is `packet` into pieces that fit. RFC 8200 §4.5; the identification cannot be
    /// guessed, RFC 7739 §5.3.
    private mutating func sendFragments6(_ packet: consuming Packet, _ header: IPv6Header, _ path: Path) {
        statistics[.ip6Fragmented] &+= 1
        let room = (path.mtu - IPv6Header.octets - IPv6Fragment.octets) & ~7
        guard room >= 8 else { return drop(packet, .fragmentationNeeded) }
        let identification = UInt32(truncatingIfNeeded: random.next())
        var sent = 0
        while sent < packet.length {
            let size = min(room, packet.length - sent)
            guard let offset = FragmentOffset(octets: sent) else { return drop(packet, .fragmentTooLong) }
            guard var piece = originate(octets: size) else { return drop(packet, .noPacket) }
            guard piece.append(copying: packet.octets.extracting(sent..<(sent + size))), piece.prepend(IPv6Fragment.octets) else {
                drop(piece, .noPacket)
                return drop(packet, .noPacket)
            }
            sent += size
            let fragment = IPv6Fragment(
                next: header.next, fragmentOffset: offset, moreFragments: sent < packet.length, identification: identification)
            var octets = piece.mutableOctets
            fragment.write(into: &octets)
            var part = header
            (part.next, part.payloadOctets) = (.fragment, piece.length)
            statistics[.ip6FragmentsSent] &+= 1
            sendWhole6(piece, part, path)
        }
        consume(packet)
    }
}
