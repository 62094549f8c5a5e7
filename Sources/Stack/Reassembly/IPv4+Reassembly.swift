internal import Rings
internal import Wire

// Fragments of IPv4. RFC 791 §3.2, RFC 815; overlaps refused as RFC 5722 has it.
extension Stack {
    mutating func reassemble(_ packet: consuming Packet, _ ip: IPv4Facts, _ arrival: Arrival, isGroup: Bool) {
        let key = FragmentKey(
            source: IPAddress(ip.source), destination: IPAddress(ip.destination),
            identification: UInt32(ip.identification), next: ip.next.rawValue)
        let position: UInt32
        do { position = try reassembly(key, arrival, isGroup: isGroup, headroom: IPv4Header.octets) } catch {
            switch error {
            case .sourceLimit: return drop(packet, .reassemblySource)
            case .full: return drop(packet, .reassemblyFull)
            case .refused: return drop(packet, .fragmentOverlap)
            }
        }
        let outcome = reassemblies[position].add(
            packet.octets.extracting(droppingFirst: ip.headerOctets), at: ip.fragmentOffset, isLast: !ip.moreFragments)
        switch outcome {
        case .accepted, .whole: break
        case .duplicate: return drop(packet, .fragmentDuplicate)
        case .overlap:
            poison(position, .fragmentOverlap)
            return drop(packet, .fragmentOverlap)
        case .tooLong: return refuseFragment(packet, position, .fragmentTooLong)
        case .misaligned: return refuseFragment(packet, position, .fragmentMisaligned)
        }
        reassemblies.heldFragments += 1
        if ip.fragmentOffset == 0 {
            (reassemblies[position].timeToLive, reassemblies[position].trafficClass) = (ip.timeToLive, ip.trafficClass)
        }
        // The fragment is held from here on, though its slot goes home: the account counts it until its datagram ends.
        _ = consume packet
        if outcome == .whole { finish4(position) }
    }

    /// A fragment that cannot be part of anything; a reassembly that it began ends with it.
    private mutating func refuseFragment(_ packet: consuming Packet, _ position: UInt32, _ reason: DropReason.Fate) {
        if reassemblies[position].fragments == 0 { abandon(position, reason) }
        drop(packet, reason)
    }

    /// Departs from RFC 791 §3.2: the datagram is handed up without the first fragment's options, which were judged when
    /// it arrived; a reader of options would find them only there.
    private mutating func finish4(_ position: UInt32) {
        let (arrival, isGroup) = (reassemblies[position].arrival, reassemblies[position].isGroup)
        let header = header4(position, payload: reassemblies[position].reach)
        guard var packet = finish(position) else { return }
        guard packet.prepend(IPv4Header.octets) else { return drop(packet, .noHeadroom) }
        var octets = packet.mutableOctets
        header.write(into: &octets)
        packet.interface = arrival.interface
        // Small enough for packet memory: the 64 KiB slot goes home, and an answer may go out in place.
        if packet.length <= Self.greatestPacket {
            guard let copy = duplicate(packet) else { return drop(packet, .noPacket) }
            copy.interface = arrival.interface
            if arrival.isLocal { copy.flags = [.local] }
            consume(packet)
            return deliverWhole(copy, arrival, isGroup: isGroup)
        }
        if arrival.isLocal { packet.flags = [.local] }
        deliverWhole(packet, arrival, isGroup: isGroup)
    }

    private mutating func deliverWhole(_ packet: consuming Packet, _ arrival: Arrival, isGroup: Bool) {
        let ip: IPv4Facts
        do { ip = try IPv4Facts(packet) } catch { return drop(packet, .ipv4, error) }
        deliverIPv4(packet, ip, arrival, isGroup: isGroup)
    }

    private func header4(_ position: UInt32, payload octets: Int) -> IPv4Header {
        let key = reassemblies[position].key
        return IPv4Header(
            source: key.source.ipv4, destination: key.destination.ipv4, next: IPProtocol(rawValue: key.next),
            payloadOctets: octets, timeToLive: reassemblies[position].timeToLive,
            identification: UInt16(truncatingIfNeeded: key.identification),
            trafficClass: reassemblies[position].trafficClass)
    }

    /// RFC 792: only when fragment 0 has come can anybody know what it was.
    mutating func complainOfTimeout4(_ position: UInt32) {
        let first = reassemblies[position].firstOctets
        guard first > 0, var packet = reassemblies[position].packet.take() else { return }
        packet.truncate(to: first)
        var header = header4(position, payload: first)
        header.moreFragments = true
        guard packet.prepend(IPv4Header.octets) else { return }
        var octets = packet.mutableOctets
        header.write(into: &octets)
        guard let ip = try? IPv4Facts(packet) else { return }
        sendError(.timeExceeded(.reassembly), about: packet, ip, reassemblies[position].arrival)
    }
}
