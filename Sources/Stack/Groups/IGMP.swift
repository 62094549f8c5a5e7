internal import Rings
internal import Wire

/// What the stack needs of an IGMP message, read and verified once.
struct IGMPFacts {
    let kind: IGMPMessage.Kind, group: IPv4Address
    /// Milliseconds within which members shall answer.
    let most: Int

    init(_ packet: borrowing Packet, _ ip: IPv4Facts) throws(WireError) {
        let view = try IGMPView(packet.octets.extracting(droppingFirst: ip.headerOctets))
        (kind, group, most) = (view.kind, view.group, view.maximumResponseMilliseconds)
        if packet.flags.isDisjoint(with: .local), !view.isChecksumValid { throw .badChecksum }
    }
}

// The Internet Group Management Protocol, version 2, the host's part. RFC 2236.
extension Stack {
    mutating func receiveIGMP(_ packet: consuming Packet, _ ip: IPv4Facts, _ arrival: Arrival) {
        let message: IGMPFacts
        do { message = try IGMPFacts(packet, ip) } catch { return drop(packet, .igmp, error) }
        switch message.kind {
        case .query:
            statistics[.igmpQueriesReceived] &+= 1
            hearQuery(message.group, .milliseconds(message.most), arrival.interface)
            consume(packet)
        case .report, .reportVersion1:
            statistics[.igmpReportsReceived] &+= 1
            guard let position = memberships.find(IPAddress(message.group), arrival.interface) else {
                return drop(packet, .igmpNotMember)
            }
            if !arrival.isLocal { memberships[position].membership.heardReport() }
            armMembership(position)
            consume(packet)
        case .leave: drop(packet, .igmpNotMember) // For routers. RFC 2236 §3
        }
    }

    /// A router asks for one group or, with 0.0.0.0, for all. RFC 2236 §3.
    private mutating func hearQuery(_ group: IPv4Address, _ most: Interval, _ interface: Int) {
        for position in 0..<UInt32(memberships.capacity) where memberships.isTaken(position) {
            let entry = memberships[position]
            guard entry.interface == interface, entry.group.isIPv4, reports(entry.group, interface),
                group.isUnspecified || entry.group.ipv4 == group
            else { continue }
            memberships[position].membership.heardQuery(most, now, &random)
            armMembership(position)
        }
    }

    /// To the group itself, so that other members hear it. RFC 2236 §3.
    mutating func sendReport4(_ group: IPv4Address, _ interface: Int) {
        statistics[.igmpReportsSent] &+= 1
        sendIGMP(IGMPMessage(.report, group: group), to: group, interface)
    }

    /// To all routers. RFC 2236 §3.
    mutating func sendLeave4(_ group: IPv4Address, _ interface: Int) {
        statistics[.igmpLeavesSent] &+= 1
        sendIGMP(IGMPMessage(.leave, group: group), to: .allRouters, interface)
    }

    private mutating func sendIGMP(_ message: IGMPMessage, to destination: IPv4Address, _ interface: Int) {
        guard let path = try? path(to: IPAddress(destination), on: interface) else { return }
        guard var packet = originate(octets: IGMPMessage.octets) else { return }
        guard packet.append(IGMPMessage.octets) else { return drop(packet, .noPacket) }
        var octets = packet.mutableOctets
        message.write(into: &octets)
        // RFC 2236 §2: time to live 1, and routers shall look although it is not for them.
        let manner = IPv4Manner(timeToLive: 1, trafficClass: TrafficClass(rawValue: 0xc0), options: .routerAlert)
        sendIPv4(packet, .igmp, from: path.source.ipv4, to: destination, path, manner)
    }
}
