internal import Rings
internal import Wire

// Fragments of IPv6. RFC 8200 §4.5; overlaps refused with the whole datagram, RFC 5722 §4. Atomic fragments never come
// here: the walk passes them, RFC 6946 §4.
extension Stack {
    /// - Parameter offset: where the fragment's own octets begin.
    mutating func reassemble6(
        _ packet: consuming Packet, _ ip: IPv6Facts, _ fragment: IPv6Fragment, _ offset: Int, _ arrival: Arrival, isGroup: Bool
    ) {
        let isFirst = fragment.fragmentOffset == .zero
        guard !isFirst || IPv6Chain.reachesUpperLayer(packet, from: offset, fragment.next) else {
            return drop(packet, .fragmentChain) // RFC 7112 §5
        }
        let key = FragmentKey(source: ip.source, destination: ip.destination, identification: fragment.identification)
        let position: UInt32
        do { position = try reassembly(key, arrival, isGroup: isGroup, headroom: Self.headroom6) } catch {
            switch error {
            case .sourceLimit: return drop(packet, .reassemblySource)
            case .full: return drop(packet, .reassemblyFull)
            case .refused: return drop(packet, .fragmentOverlap)
            }
        }
        let outcome = reassemblies[position].add(
            packet.octets.extracting(droppingFirst: offset), at: fragment.fragmentOffset.octets, isLast: !fragment.moreFragments)
        switch outcome {
        case .accepted, .whole: break
        case .duplicate: return drop(packet, .fragmentDuplicate)
        case .overlap:
            poison(position, .fragmentOverlap)
            return drop(packet, .fragmentOverlap)
        case .tooLong: return refuseFragment6(packet, position, .fragmentTooLong)
        case .misaligned: return refuseFragment6(packet, position, .fragmentMisaligned)
        }
        reassemblies.heldFragments += 1
        if isFirst {
            (reassemblies[position].timeToLive, reassemblies[position].trafficClass) = (ip.hopLimit, ip.trafficClass)
            reassemblies[position].next = fragment.next
        }
        _ = consume packet // Its octets are in the reassembly, which the account holds.
        if outcome == .whole { finish6(position) }
    }

    /// A whole datagram needs every octet of its 64 KiB slot: its header is kept apart.
    private static var headroom6: Int { IPv4Header.octets }

    private mutating func refuseFragment6(_ packet: consuming Packet, _ position: UInt32, _ reason: DropReason.Fate) {
        if reassemblies[position].fragments == 0 { abandon(position, reason) }
        drop(packet, reason)
    }

    private func header6(_ position: UInt32, payload octets: Int) -> IPv6Header {
        let key = reassemblies[position].key
        return IPv6Header(
            source: key.source, destination: key.destination, next: reassemblies[position].next, payloadOctets: octets,
            hopLimit: reassemblies[position].timeToLive, trafficClass: reassemblies[position].trafficClass)
    }

    /// The datagram goes on without the headers that each fragment carried: they were obeyed when it arrived.
    ///
    /// One that outgrows packet memory has no header in front any more; extension headers inside such a one are refused.
    private mutating func finish6(_ position: UInt32) {
        let (arrival, isGroup) = (reassemblies[position].arrival, reassemblies[position].isGroup)
        let header = header6(position, payload: reassemblies[position].reach)
        guard let whole = finish(position) else { return }
        var ip = IPv6Facts(header)
        whole.interface = arrival.interface
        if arrival.isLocal { whole.flags = [.local] }
        guard whole.length + IPv6Header.octets <= Self.greatestPacket else {
            ip.headerOctets = 0
            guard !ip.next.isExtensionHeader else { return drop(whole, .fragmentChain) }
            return deliver6(whole, ip, arrival, isGroup: isGroup)
        }
        guard var packet = duplicate(whole) else { return drop(whole, .noPacket) }
        packet.interface = arrival.interface
        packet.flags = whole.flags
        consume(whole)
        guard packet.prepend(IPv6Header.octets) else { return drop(packet, .noHeadroom) }
        var octets = packet.mutableOctets
        header.write(into: &octets)
        guard ip.next.isExtensionHeader || ip.next == .noNextHeader else { return deliver6(packet, ip, arrival, isGroup: isGroup) }
        // A fragment inside a datagram made of fragments: no honest sender does that, and it could go on for ever.
        if let chain = try? IPv6Chain(packet), chain.fragmentHeaderOffset != nil { return drop(packet, .fragmentChain) }
        followHeaders(packet, ip, arrival, isGroup: isGroup)
    }

    /// Only when the first fragment has come can anybody know what it was. RFC 8200 §4.5.
    mutating func complainOfTimeout6(_ position: UInt32) {
        let first = min(reassemblies[position].firstOctets, IPv6Header.minimumMTU)
        guard first > 0, let begun = reassemblies[position].packet.take() else { return }
        begun.interface = reassemblies[position].arrival.interface
        var ip = IPv6Facts(header6(position, payload: first))
        ip.headerOctets = 0
        sendError6(.timeExceeded(.reassembly), about: begun, ip, reassemblies[position].arrival)
    }
}

extension IPv6Chain {
    /// Where the upper layer begins, whatever the headers before it ask for; nil when the octets end first.
    static func skim(_ octets: RawSpan, from start: Int, _ first: IPProtocol) -> (next: IPProtocol, offset: Int)? {
        var next = first, offset = start, count = 0
        while next.isExtensionHeader {
            guard count < maximumHeaders, offset + 8 <= octets.byteCount else { return nil }
            let header = next == .fragment ? 8 : 8 + 8 * Int(octets.byte(at: offset + 1))
            next = IPProtocol(rawValue: octets.byte(at: offset))
            offset += header
            count += 1
        }
        return (next, offset)
    }

    /// Whether the first fragment's octets from `offset` on hold every header up to the upper layer's. RFC 7112 §5.
    static func reachesUpperLayer(_ packet: borrowing Packet, from offset: Int, _ first: IPProtocol) -> Bool {
        guard let end = skim(packet.octets, from: offset, first) else { return false }
        let left = packet.length - end.offset
        switch end.next {
        case .noNextHeader: return left >= 0
        case .udp, .icmpv6: return left >= 8
        case .tcp: return left >= 20
        default: return left > 0
        }
    }
}

extension RawSpan {
    /// One octet, checked.
    func byte(at offset: Int) -> UInt8 { extracting(offset..<(offset + 1)).withOnlyOctet }

    // SAFETY: the span holds exactly one octet: `extracting` has checked it.
    private var withOnlyOctet: UInt8 { unsafe unsafeLoad(as: UInt8.self) }
}
