internal import Rings
internal import Wire

/// A segment with its four numbers, on its way to whom it is for.
struct ArrivedSegment {
    let facts: SegmentFacts
    /// Local end first.
    let name: FourTuple
    /// Octets of IP header in front of it.
    let ipOctets: Int
    let interface: Int
}

extension Stack {
    mutating func receiveTCP4(_ packet: consuming Packet, _ ip: IPv4Facts, _ arrival: Arrival, isGroup: Bool) {
        statistics[.tcpReceived] &+= 1
        guard !isGroup else { return drop(packet, .tcpGroup) } // RFC 9293 §3.9.2.3 (MUST-57).
        var facts: SegmentFacts
        do { facts = try SegmentFacts(packet, ip) } catch { return drop(packet, .tcp, error) }
        facts.isMarked = ip.trafficClass.ecn == .congestionExperienced
        let name = FourTuple(
            EndpointAddress(IPAddress(ip.destination), facts.destinationPort), EndpointAddress(IPAddress(ip.source), facts.sourcePort))
        arrive(packet, ArrivedSegment(
            facts: facts, name: name, ipOctets: ip.headerOctets, interface: arrival.interface))
    }

    mutating func receiveTCP6(_ packet: consuming Packet, _ ip: IPv6Facts, _ arrival: Arrival, isGroup: Bool) {
        statistics[.tcpReceived] &+= 1
        guard !isGroup else { return drop(packet, .tcpGroup) }
        guard !ip.source.isUnspecified else { return drop(packet, .martianSource) }
        var facts: SegmentFacts
        do { facts = try SegmentFacts(packet, ip) } catch { return drop(packet, .tcp, error) }
        facts.isMarked = ip.trafficClass.ecn == .congestionExperienced
        let name = FourTuple(EndpointAddress(ip.destination, facts.destinationPort), EndpointAddress(ip.source, facts.sourcePort))
        arrive(packet, ArrivedSegment(
            facts: facts, name: name, ipOctets: ip.headerOctets, interface: arrival.interface))
    }

    /// To the connection, to one that is over, to one that is half open, to a listener, or to nobody. In this order.
    private mutating func arrive(_ packet: consuming Packet, _ segment: consuming ArrivedSegment) {
        if let position = streams.follow(segment.name) { return arrive(packet, segment, at: position) }
        guard segment.name.local.port != 0, segment.name.remote.port != 0 else { return drop(packet, .portZero) }
        if let waiting = timeWaits.find(segment.name) {
            guard isSuccessor(segment.facts, of: waiting) else { return arriveInTimeWait(packet, segment, waiting) }
            timeWaits.remove(waiting)
        }
        if let half = halfOpens.find(segment.name) { return arriveHalfOpen(packet, segment, half) }
        if let listener = streams.listener(segment.name, on: segment.interface) { return arriveAtListener(packet, segment, listener) }
        arriveForNobody(packet, segment)
    }

    /// A segment of a connection that exists.
    mutating func arrive(_ packet: consuming Packet, _ segment: ArrivedSegment, at position: UInt32) {
        let payload = segment.ipOctets &+ segment.facts.headerOctets
        let verdict = streams[position].arrive(
            segment.facts, packet.octets.extracting(payload..<(payload &+ segment.facts.payloadOctets)), &pools, now)
        if verdict.actions.contains(.resetReply) { sendReset(answering: segment) }
        if let loss = verdict.loss { drop(packet, loss) } else { consume(packet) }
        carryOut(verdict.actions, position)
    }

    /// RFC 9293 §3.10.7.1: whoever speaks to nobody is told so.
    mutating func arriveForNobody(_ packet: consuming Packet, _ segment: ArrivedSegment) {
        if !segment.facts.flags.contains(.rst) { sendReset(answering: segment) }
        drop(packet, .tcpNoConnection)
    }
}

extension SegmentFacts {
    init(_ packet: borrowing Packet, _ ip: IPv4Facts) throws(WireError) {
        let octets = packet.octets.extracting(droppingFirst: ip.headerOctets)
        try self.init(octets)
        if packet.flags.contains(.segment), packet.segmentation.octets > 0 { unit = min(payloadOctets, packet.segmentation.octets) }
        guard packet.flags.isDisjoint(with: [.transportChecked, .local]) else { return }
        var sum = Checksum(source: ip.source, destination: ip.destination, next: .tcp, octets: octets.byteCount)
        sum.add(octets)
        guard sum.isValid else { throw .badChecksum }
    }

    init(_ packet: borrowing Packet, _ ip: IPv6Facts) throws(WireError) {
        let octets = packet.octets.extracting(droppingFirst: ip.headerOctets)
        try self.init(octets)
        if packet.flags.contains(.segment), packet.segmentation.octets > 0 { unit = min(payloadOctets, packet.segmentation.octets) }
        guard packet.flags.isDisjoint(with: [.transportChecked, .local]) else { return }
        var sum = Checksum(source: ip.source, destination: ip.destination, next: .tcp, octets: octets.byteCount)
        sum.add(octets)
        guard sum.isValid else { throw .badChecksum }
    }
}
