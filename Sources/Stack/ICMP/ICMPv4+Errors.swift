internal import Rings
internal import Wire

// Telling a sender what went wrong. RFC 792, RFC 1122 §3.2.2.
extension Stack {
    mutating func sendUnreachable(
        _ reason: ICMPv4Message.Unreachable, about packet: borrowing Packet, _ ip: IPv4Facts, _ arrival: Arrival
    ) {
        sendError(.unreachable(reason, nextHopMTU: 0), about: packet, ip, arrival)
    }

    /// Sends an error about `packet`, which stays the caller's, unless the rules forbid it.
    mutating func sendError(
        _ message: ICMPv4Message, about packet: borrowing Packet, _ ip: IPv4Facts, _ arrival: Arrival
    ) {
        guard mayComplain(about: packet, ip, arrival) else {
            statistics[.icmpErrorsSuppressed] &+= 1
            return
        }
        let target = IPAddress(ip.source)
        guard icmpLimits.allows(target, hashKey, now) else {
            statistics[.icmpErrorsLimited] &+= 1
            return
        }
        guard let path = try? path(to: target) else { return }
        // RFC 1812 §4.3.2.3: as much of the packet as fits 576 octets.
        let quoted = min(packet.length, 576 - IPv4Header.octets - message.octets)
        guard var error = originate(octets: message.octets + quoted) else { return }
        guard error.append(message.octets), error.append(copying: packet.octets.extracting(first: quoted)) else {
            return drop(error, .noPacket)
        }
        var octets = error.mutableOctets
        message.write(into: &octets)
        ICMPv4Message.seal(&octets)
        statistics[.icmpErrorsSent] &+= 1
        // RFC 1812 §4.3.2.4: from the address that was spoken to, if it is ours.
        let isOurs = addresses.isOurs(IPAddress(ip.destination))
        let manner = IPv4Manner(trafficClass: TrafficClass(rawValue: 0xc0)) // RFC 1812 §4.3.2.5: precedence 6
        sendIPv4(error, .icmpv4, from: isOurs ? ip.destination : path.source.ipv4, to: ip.source, path, manner)
    }

    /// RFC 1122 §3.2.2: never about an error, a later fragment, anything for many, or from nobody in particular.
    private func mayComplain(about packet: borrowing Packet, _ ip: IPv4Facts, _ arrival: Arrival) -> Bool {
        guard !arrival.isGroupFrame, ip.fragmentOffset == 0, ip.source.isUnicast,
            !ip.source.isReserved, !ip.destination.isMulticast, !ip.destination.isLimitedBroadcast,
            !isDirectedBroadcast(ip.destination, arrival.interface)
        else { return false }
        guard arrival.interface == 0 || !ip.source.isLoopback else { return false }
        guard ip.next == .icmpv4 else { return true }
        // Too short to tell its type: silence is safe.
        guard let view = try? ICMPv4View(packet.octets.extracting(droppingFirst: min(ip.headerOctets, packet.length)))
        else { return false }
        return !view.isError
    }

    /// A neighbor of ours does not answer: tell whoever sent the packet, be it one of our endpoints. RFC 1812 §4.3.3.1.
    mutating func reportHostUnreachable(_ packet: consuming Packet) {
        guard let ip = try? IPv4Facts(packet) else { return drop(packet, .neighborFailed) }
        if addresses.isOurs(IPAddress(ip.source)) {
            if let quoted = QuotedFacts(sent: packet, ip) {
                _ = reportToEndpoint(quoted, .hostUnreachable, from: IPAddress(ip.source))
            }
        } else {
            sendUnreachable(.host, about: packet, ip, Arrival(interface: packet.interface, isGroupFrame: false, isLocal: false))
        }
        drop(packet, .neighborFailed)
    }
}

extension QuotedFacts {
    /// A packet that this host was about to send.
    init?(sent packet: borrowing Packet, _ ip: IPv4Facts) {
        let payload = packet.octets.extracting(droppingFirst: min(ip.headerOctets, packet.length))
        self.ip = ip
        let ports = (ip.next == .udp || ip.next == .tcp) && ip.fragmentOffset == 0 ? UDPHeader.ports(quoted: payload) : nil
        (sourcePort, destinationPort) = (ports?.source ?? 0, ports?.destination ?? 0)
        sequence = SequenceNumber(quoted: payload)
        guard ip.next == .icmpv4, ip.fragmentOffset == 0, let echo = try? ICMPv4View(payload) else { echoIdentifier = nil; return }
        if case .echo(let key) = ICMPv4Message(echo) { echoIdentifier = key.identifier } else { echoIdentifier = nil }
    }
}
