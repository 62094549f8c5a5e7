internal import Rings
internal import Wire

/// What the frames of a train have in common, once the first of them stands in the driver's queue.
struct TrainPattern {
    let interface: Int
    /// Octets of headers in front of the payload, and of those in front of TCP's.
    let headers: Int, outer: Int
    /// The sum over what does not change; nil where hardware sums.
    let common: Checksum?
}

// Segments that are planned as one and leave one by one: they differ in nothing but their numbers and octets, so that all
// but the first are made from the frame before, without a look at options, windows, neighbors and timers.
extension Stack {
    /// - Parameter plan: of several segments, never sent before.
    /// - Returns: segments; zero when there was no record for them, and nothing has changed.
    mutating func sendTrain(_ plan: SegmentPlan, of position: UInt32, _ path: Path) -> Int {
        guard streams[position].remember(plan, &pools, now) else { return 0 }
        let options = streams[position].standardOptions(pools.ranges, now)
        // What has arrived out of order is told, and the payload makes room for it.
        let excess = options.octets - streams[position].standingOptions, full = Int(streams[position].segmentOctets)
        let unit = excess > 0 && full > excess ? full - excess : full
        var part = plan
        part.flags.subtract([.fin, .psh])
        var header = streams[position].header(part, options)
        let segments = (plan.octets + unit - 1) / unit, name = streams[position].name
        let manner = (streams[position].options.timeToLive, streams[position].trafficClass(plan))
        streams[position].sent(plan, segments: segments, &pools, now)
        statistics[.tcpSent] &+= UInt64(segments)
        var done = 0, pattern: TrainPattern?
        while done < plan.octets {
            (part.octets, part.offset) = (min(unit, plan.octets - done), plan.offset + done)
            header.sequence = (plan.sequence + done).rawValue
            let isLast = done + part.octets == plan.octets
            if isLast { header.flags.formUnion(plan.flags) }
            done += part.octets
            if let known = pattern, part.octets == unit, !isLast || plan.flags == part.flags {
                follow(known, header.sequence, part, of: position)
            } else {
                lead(header, part, of: position, path, manner)
                if pattern == nil { pattern = learn(header, unit, name, path) }
            }
        }
        return segments
    }

    /// A segment of a train, made as any other is. Slots were counted: without one it is as if it were lost on its way.
    private mutating func lead(
        _ header: TCPHeader, _ part: SegmentPlan, of position: UInt32, _ path: Path, _ manner: (UInt8, TrafficClass)
    ) {
        let headerOctets = header.octets
        guard var packet = originate(octets: headerOctets + part.octets) else { return }
        guard packet.append(headerOctets + part.octets) else { return drop(packet, .noPacket) }
        var segment = packet.mutableOctets
        header.write(into: &segment)
        streams[position].sendBuffer.copy(from: part.offset, count: part.octets, into: &segment, at: headerOctets, in: pools.memory)
        ship(packet, streams[position].name, path, manner.0, manner.1)
    }

    /// What the frame that was just made tells of those behind it; nil where it is not in a driver's queue: it waits for its
    /// neighbor, was dropped, or goes by a tagged interface, whose frames are counted twice.
    private func learn(_ header: TCPHeader, _ unit: Int, _ name: FourTuple, _ path: Path) -> TrainPattern? {
        let interface = Int(path.interface)
        guard interface != 0, carrier(interface) == interface else { return nil }
        let outer = EthernetHeader.octets + (name.remote.address.isIPv4 ? IPv4Header.octets : IPv6Header.octets)
        let headers = outer + header.octets
        let isLeft = interfaces[interface].capabilities.contains(.transmitTransportChecksum)
        let sum = pseudoHeader(name, octets: header.octets + unit)
        return interfaces[interface].transmit.withLast { last -> TrainPattern? in
            let octets = last.octets
            guard octets.byteCount == headers + unit else { return nil }
            let segment = octets.extracting(outer..<headers)
            guard let seen = TCPHeader.quoted(segment), seen == (header.sourcePort, header.destinationPort, header.sequence) else { return nil }
            return TrainPattern(
                interface: interface, headers: headers, outer: outer, common: isLeft ? nil : TCPHeader.common(segment, sum))
        }
    }

    /// A full segment behind the one that went last into the same queue.
    @inline(__always) private mutating func follow(
        _ pattern: TrainPattern, _ sequence: UInt32, _ part: SegmentPlan, of position: UInt32
    ) {
        let room = Packet.headroom &- pattern.outer
        guard var packet = originate(octets: pattern.headers &+ part.octets, headroom: room) else { return }
        guard packet.append(pattern.headers &+ part.octets),
            interfaces[pattern.interface].transmit.copyHead(pattern.headers, into: &packet)
        else { return drop(packet, .noPacket) }
        var frame = packet.mutableOctets
        streams[position].sendBuffer.copy(from: part.offset, count: part.octets, into: &frame, at: pattern.headers, in: pools.memory)
        TCPHeader.renumber(&frame, at: pattern.outer, header: pattern.headers &- pattern.outer, sequence: sequence, pattern.common)
        statistics[.ipSent] &+= 1
        queue(packet, pattern.interface, isGroup: false)
    }
}
