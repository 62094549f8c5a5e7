internal import Rings
internal import Wire

/// What the stack needs of a listener message, read once.
private struct MLDFacts {
    let kind: MLDMessage.Kind, group: IPv6Address
    /// Milliseconds within which listeners shall answer.
    let most: Int

    init(_ packet: borrowing Packet, _ ip: IPv6Facts) throws(WireError) {
        let view = try MLDView(packet.octets.extracting(droppingFirst: ip.headerOctets))
        (kind, group, most) = (view.kind, view.group, view.maximumResponseMilliseconds)
    }
}

// Multicast listener discovery, version 1, the host's part. RFC 2710.
extension Stack {
    mutating func receiveMLD(_ packet: consuming Packet, _ ip: IPv6Facts, _ arrival: Arrival) {
        let message: MLDFacts
        do { message = try MLDFacts(packet, ip) } catch { return drop(packet, .icmpv6, error) }
        // RFC 2710 §3: from the link, for the link, and with an alert; so no router and no tunnel can have passed it on.
        guard ip.source.isLinkLocal, ip.hopLimit == 1, ip.hasRouterAlert, !message.group.isDisguisedIPv4 else {
            return drop(packet, .mldNotAccepted)
        }
        switch message.kind {
        case .query:
            statistics[.mldQueriesReceived] &+= 1
            hearQuery6(message.group, .milliseconds(message.most), arrival.interface)
            consume(packet)
        case .report:
            statistics[.mldReportsReceived] &+= 1
            guard let position = memberships.find(message.group, arrival.interface) else { return drop(packet, .mldNotMember) }
            if !arrival.isLocal { memberships[position].membership.heardReport() }
            armMembership(position)
            consume(packet)
        case .done: drop(packet, .mldNotMember) // For routers. RFC 2710 §3
        }
    }

    /// A router asks for one group or, with ::, for all. RFC 2710 §4.
    private mutating func hearQuery6(_ group: IPv6Address, _ most: Interval, _ interface: Int) {
        for position in 0..<UInt32(memberships.capacity) where memberships.isTaken(position) {
            let entry = memberships[position]
            guard entry.interface == interface, !entry.group.isIPv4, reports(entry.group, interface),
                group.isUnspecified || entry.group == group
            else { continue }
            memberships[position].membership.heardQuery(most, now, &random)
            armMembership(position)
        }
    }

    /// Reports sent before there was a link-local address came from nobody: a switch heard them, a router did not.
    /// RFC 3590 §4.
    mutating func reportAgain6(_ interface: Int) { hearQuery6(.unspecified, .seconds(1), interface) }

    /// To the group itself, so that other listeners hear it. RFC 2710 §4.
    mutating func sendReport6(_ group: IPAddress, _ interface: Int) {
        statistics[.mldReportsSent] &+= 1
        sendMLD(MLDMessage(.report, group: group), to: group, interface)
    }

    /// To all routers. RFC 2710 §4.
    mutating func sendLeave6(_ group: IPAddress, _ interface: Int) {
        statistics[.mldDonesSent] &+= 1
        sendMLD(MLDMessage(.done, group: group), to: .allRouters, interface)
    }

    private mutating func sendMLD(_ message: MLDMessage, to destination: IPv6Address, _ interface: Int) {
        guard interfaces[interface].isUp, !interfaces[interface].six.isDisabled else { return }
        guard var packet = originate(octets: MLDMessage.octets) else { return }
        guard packet.append(MLDMessage.octets) else { return drop(packet, .noPacket) }
        var octets = packet.mutableOctets
        message.write(into: &octets)
        let source = linkLocalAddress(interface) ?? .unspecified
        let manner = IPv6Manner(hopLimit: 1, hasRouterAlert: true)
        sendICMPv6(packet, from: source, to: destination, linkPath(destination, interface, from: source), manner)
    }

    /// The interface's link-local address, once it is ours.
    func linkLocalAddress(_ interface: Int) -> IPv6Address? {
        var link = interfaces[interface].firstAddress
        while link != 0 {
            let entry = addresses[link &- 1]
            if entry.isUsable, !entry.address.isIPv4, entry.address.isLinkLocal { return entry.address }
            link = entry.next
        }
        return nil
    }
}
