internal import Rings
internal import Wire

// Telling a sender what went wrong. RFC 4443 §2.4, §3.
extension Stack {
    /// Sends an error about `packet`, which stays the caller's, unless the rules forbid it.
    ///
    /// - Parameter ip: with `headerOctets` zero for a datagram whose header is no longer in front of it: it is made again.
    mutating func sendError6(
        _ message: ICMPv6Message, about packet: borrowing Packet, _ ip: IPv6Facts, _ arrival: Arrival
    ) {
        guard mayComplain6(message, about: packet, ip, arrival) else {
            statistics[.icmp6ErrorsSuppressed] &+= 1
            return
        }
        guard icmpLimits.allows(ip.source, hashKey, now) else {
            statistics[.icmp6ErrorsLimited] &+= 1
            return
        }
        let zone = ip.source.isLinkLocal && !arrival.isLocal ? arrival.interface : nil
        guard let path = try? path(to: ip.source, on: zone) else { return }
        guard let error = errorPacket6(message, packet, ip) else { return }
        // RFC 4443 §2.2: from the address that was spoken to, if it is one of ours.
        let isOurs = !ip.destination.isMulticast && addresses.isOurs(ip.destination)
        let source = isOurs ? ip.destination : path.source
        statistics[.icmp6ErrorsSent] &+= 1
        sendICMPv6(error, from: source, to: ip.source, path)
    }

    /// RFC 4443 §2.4 (c): as much of the packet as fits the least MTU.
    private mutating func errorPacket6(_ message: ICMPv6Message, _ packet: borrowing Packet, _ ip: IPv6Facts) -> Packet? {
        let header = ip.headerOctets == 0 ? IPv6Header.octets : 0
        let room = IPv6Header.minimumMTU - IPv6Header.octets - ICMPv6Message.octets - header
        let quoted = min(packet.length, room)
        guard var error = originate(octets: ICMPv6Message.octets + header + quoted) else { return nil }
        guard error.append(copying: packet.octets.extracting(first: quoted)), error.prepend(header) else {
            drop(error, .noPacket)
            return nil
        }
        if header > 0 {
            var inner = error.mutableOctets
            ip.header.write(into: &inner)
        }
        guard error.prepend(ICMPv6Message.octets) else {
            drop(error, .noHeadroom)
            return nil
        }
        var octets = error.mutableOctets
        message.write(into: &octets)
        return error
    }

    /// Seals and sends a whole ICMPv6 message.
    mutating func sendICMPv6(
        _ packet: consuming Packet, from source: IPv6Address, to destination: IPv6Address, _ path: Path,
        _ manner: IPv6Manner = IPv6Manner()
    ) {
        var octets = packet.mutableOctets
        ICMPv6Message.seal(&octets, source: source, destination: destination)
        sendIPv6(packet, .icmpv6, from: source, to: destination, path, manner)
    }

    /// RFC 4443 §2.4 (e): never about an error, a redirect, or what nobody in particular sent; about anything for many
    /// only what path MTU discovery and unknown options need.
    private func mayComplain6(
        _ message: ICMPv6Message, about packet: borrowing Packet, _ ip: IPv6Facts, _ arrival: Arrival
    ) -> Bool {
        guard !ip.source.isUnspecified, !ip.source.isMulticast else { return false }
        guard arrival.isLocal || !ip.source.isLoopback else { return false }
        if arrival.isGroupFrame || ip.destination.isMulticast {
            switch message {
            case .packetTooBig, .parameterProblem(.unknownOption, _): break
            default: return false
            }
        }
        return !ICMPv6Quarrel.isOne(packet, ip)
    }

    /// A neighbor of ours does not answer: tell whoever sent the packet, be it one of our endpoints. RFC 4443 §3.1.
    mutating func reportUnreachable6(_ packet: consuming Packet) {
        guard let ip = try? IPv6Facts(packet) else { return drop(packet, .neighborFailed) }
        if addresses.isOurs(ip.source) {
            if let quoted = Quoted6(packet) { _ = reportToEndpoint6(quoted, .hostUnreachable, from: ip.source, mtu: 0) }
        } else {
            let arrival = Arrival(interface: packet.interface, isGroupFrame: false, isLocal: false)
            sendError6(.unreachable(.address), about: packet, ip, arrival)
        }
        drop(packet, .neighborFailed)
    }
}

extension IPv6Facts {
    /// The header again, for a datagram that has lost it.
    var header: IPv6Header {
        IPv6Header(
            source: source, destination: destination, next: next, payloadOctets: totalOctets - IPv6Header.octets,
            hopLimit: hopLimit, trafficClass: trafficClass)
    }
}

/// Whether a packet is itself an ICMPv6 error or a redirect, as far as can be told. When in doubt, silence is safe.
enum ICMPv6Quarrel {
    static func isOne(_ packet: borrowing Packet, _ ip: IPv6Facts) -> Bool {
        if ip.headerOctets == 0 { return ip.next == .icmpv6 && isOne(packet.octets) }
        guard let view = try? IPv6View(packet.octets) else { return true }
        switch view.walk().outcome {
        case .upperLayer(.icmpv6, let offset): return isOne(view.upperLayer(at: offset))
        case .fragment(let fragment, let offset):
            guard fragment.next == .icmpv6 else { return false }
            return fragment.fragmentOffset != .zero || isOne(view.upperLayer(at: offset))
        case .problem: // The headers are at fault, and what they hide may still be an error.
            guard let end = IPv6Chain.skim(packet.octets, from: IPv6Header.octets, ip.first), end.next == .icmpv6 else { return false }
            return end.offset >= packet.length || isOne(packet.octets.extracting(droppingFirst: end.offset))
        case .upperLayer, .nothing, .discard: return false
        }
    }

    private static func isOne(_ message: RawSpan) -> Bool {
        guard let view = try? ICMPv6View(message) else { return true }
        return view.isError || view.type == NeighborMessage.Kind.redirect.rawValue
    }
}
