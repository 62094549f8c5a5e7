internal import Rings
internal import Wire

// Segments that carry no octets of a stream: resets, probes, acknowledgments out of turn.
extension Stack {
    /// A segment that is all header, by the way that there is now.
    mutating func sendBare(_ header: TCPHeader, _ name: FourTuple, _ options: StreamOptions = StreamOptions()) {
        guard let path = try? path(to: name.remote.address), path.cast == .host else {
            statistics[.tcpNoPath] &+= 1
            return
        }
        sendBare(header, name, options, path)
    }

    private mutating func sendBare(_ header: TCPHeader, _ name: FourTuple, _ options: StreamOptions, _ path: Path) {
        let octets = header.octets
        guard var packet = originate(octets: octets) else { return }
        guard packet.append(octets) else { return drop(packet, .noPacket) }
        var segment = packet.mutableOctets
        header.write(into: &segment)
        statistics[.tcpSent] &+= 1
        ship(packet, name, path, options.timeToLive, options.trafficClass)
    }

    /// RFC 9293 §3.10.7.1: a reset that the speaker will believe.
    mutating func sendReset(answering segment: ArrivedSegment) {
        guard segment.name.remote.address.isSpeaker, resets.take(now) else {
            statistics[.tcpResetsLimited] &+= 1
            return
        }
        statistics[.tcpResetsSent] &+= 1
        let facts = segment.facts
        if facts.flags.contains(.ack) {
            sendBare(TCPHeader(segment.name, sequence: facts.acknowledgment, acknowledgment: SequenceNumber(rawValue: 0), flags: .rst), segment.name)
        } else {
            sendBare(TCPHeader(
                segment.name, sequence: SequenceNumber(rawValue: 0), acknowledgment: facts.end, flags: [.rst, .ack]), segment.name)
        }
    }

    /// A reset of a connection that this side ends.
    mutating func sendReset(of position: UInt32) {
        let name = streams[position].name
        statistics[.tcpResetsSent] &+= 1
        sendBare(TCPHeader(
            name, sequence: streams[position].sendNext, acknowledgment: streams[position].receiveNext, flags: [.rst, .ack]), name, streams[position].options)
    }

    /// An acknowledgment, at once.
    mutating func acknowledge(_ position: UInt32) {
        sendEmpty(position, sequence: streams[position].sendNext)
    }

    /// RFC 9293 §3.8.4: a number that is already acknowledged must be answered.
    mutating func probeLife(_ position: UInt32) {
        statistics[.tcpKeepAlives] &+= 1
        sendEmpty(position, sequence: streams[position].unacknowledged - 1)
    }

    private mutating func sendEmpty(_ position: UInt32, sequence: SequenceNumber) {
        let name = streams[position].name
        let options = streams[position].standardOptions(pools.ranges, now)
        var plan = streams[position].acknowledgment
        plan.sequence = sequence
        let header = streams[position].header(plan, options)
        streams[position].sent(plan, &pools, now)
        guard settlePath(position) else {
            statistics[.tcpNoPath] &+= 1
            return
        }
        sendBare(header, name, streams[position].options, path(of: position))
    }

    /// RFC 9293 §3.8.6.1: the next octet goes, window or not; SND.NXT moves only when it is taken.
    mutating func probeWindow(_ position: UInt32) {
        guard streams[position].unsent > 0, streams[position].sendNext == streams[position].unacknowledged else { return }
        statistics[.tcpWindowProbes] &+= 1
        streams[position].flags.insert(.isProbing)
        let name = streams[position].name
        let options = streams[position].standardOptions(pools.ranges, now)
        let plan = SegmentPlan(sequence: streams[position].sendNext, octets: 1, offset: streams[position].sendNext - streams[position].sendBase)
        let header = streams[position].header(plan, options)
        guard settlePath(position), var packet = originate(octets: header.octets + 1) else { return }
        guard packet.append(header.octets + 1) else { return drop(packet, .noPacket) }
        var segment = packet.mutableOctets
        header.write(into: &segment)
        streams[position].sendBuffer.copy(from: plan.offset, count: 1, into: &segment, at: header.octets, in: pools.memory)
        statistics[.tcpSent] &+= 1
        let chosen = streams[position].options
        ship(packet, name, path(of: position), chosen.timeToLive, chosen.trafficClass)
    }
}

extension IPAddress {
    /// Somebody who can be answered.
    var isSpeaker: Bool { !isAny && !isGroup && !(isIPv4 && ipv4.isLimitedBroadcast) }
}
