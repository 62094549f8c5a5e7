internal import Wire

/// Requests turned round.
extension PeerResponder {
    mutating func answerIPv4(_ packet: borrowing IPv4View, to source: MACAddress) throws(WireError) -> Verdict {
        guard packet.isChecksumValid else { throw .badChecksum }
        guard packet.destination == address, packet.source.isUnicast else { return .ignore }
        if !packet.isFragment, packet.next == .udp {
            guard try UDPView(packet.payload).isChecksumValid(source: packet.source, destination: packet.destination) else { throw .badChecksum }
        }
        if !packet.isFragment, packet.next == .icmpv4 {
            guard try ICMPv4View(packet.payload).isChecksumValid else { throw .badChecksum }
        }
        let key = FragmentMemory.Key(
            sourceHigh: 0, sourceLow: UInt64(packet.source.value), identification: UInt32(packet.identification), next: packet.next)
        var payload = packet.payload.copied
        if let verdict = turn(&payload, key, isFirst: packet.fragmentOffset == 0, isFragment: packet.isFragment) { return verdict }
        guard let offset = FragmentOffset(octets: packet.fragmentOffset) else { throw .badValue }
        let reply = IPv4Header(
            source: address, destination: packet.source, next: packet.next, payloadOctets: payload.count,
            identification: packet.identification, dontFragment: packet.dontFragment, moreFragments: packet.moreFragments, fragmentOffset: offset)
        return .answer(header(to: source, .ipv4) + written(reply.octets) { reply.write(into: &$0) } + payload)
    }

    mutating func answerIPv6(_ packet: borrowing IPv6View, to source: MACAddress) throws(WireError) -> Verdict {
        guard let address6 else { return .ignore }
        let linkLocal = IPv6Address.linkLocal(from: mac), destination = packet.destination
        switch packet.walk().outcome {
        case .upperLayer(.icmpv6, let offset) where destination.isMulticast || packet.hopLimit == 255 && packet.upperLayer(at: offset).first == 135:
            return try answerSolicitation(packet, packet.upperLayer(at: offset), to: source, targets: [address6, linkLocal])
        case .upperLayer(let next, let offset):
            guard destination == address6 || destination == linkLocal, packet.source.isUnicast else { return .ignore }
            let body = packet.upperLayer(at: offset)
            try check(body, next, packet)
            return echo(packet, body.copied, next, fragment: nil, to: source)
        case .fragment(let fragment, let offset):
            guard destination == address6 || destination == linkLocal, packet.source.isUnicast else { return .ignore }
            return echo(packet, packet.upperLayer(at: offset).copied, fragment.next, fragment: fragment, to: source)
        case .nothing, .problem, .discard: return .ignore
        }
    }

    private func check(_ body: RawSpan, _ next: IPProtocol, _ packet: borrowing IPv6View) throws(WireError) {
        let valid = switch next {
        case .icmpv6: try ICMPv6View(body).isChecksumValid(source: packet.source, destination: packet.destination)
        case .udp: try UDPView(body).isChecksumValid(source: packet.source, destination: packet.destination)
        default: true
        }
        guard valid else { throw .badChecksum }
    }

    private mutating func echo(
        _ packet: borrowing IPv6View, _ body: [UInt8], _ next: IPProtocol, fragment: IPv6Fragment?, to source: MACAddress
    ) -> Verdict {
        let key = FragmentMemory.Key(
            sourceHigh: packet.source.high, sourceLow: packet.source.low, identification: fragment?.identification ?? 0, next: next)
        var payload = body
        let isFirst = fragment?.fragmentOffset ?? .zero == .zero
        if let verdict = turn(&payload, key, isFirst: isFirst, isFragment: fragment.map { !$0.isAtomic } ?? false) { return verdict }
        if let fragment { payload = written(IPv6Fragment.octets) { fragment.write(into: &$0) } + payload }
        let reply = IPv6Header(
            source: packet.destination, destination: packet.source, next: fragment == nil ? next : .fragment, payloadOctets: payload.count)
        return .answer(header(to: source, .ipv6) + written(IPv6Header.octets) { reply.write(into: &$0) } + payload)
    }

    /// Makes a request's payload its answer's. - Returns: why there is no answer; nil: there is.
    private mutating func turn(_ payload: inout [UInt8], _ key: FragmentMemory.Key, isFirst: Bool, isFragment: Bool) -> Verdict? {
        guard isFirst else { return fragments.knows(key) ? nil : .ignore }
        guard payload.count >= 8 else { return .ignore }
        switch (key.next, payload[0]) {
        case (.icmpv4, 8): turnType(&payload, from: 8, to: 0) // RFC 792, echo.
        case (.icmpv6, 128): turnType(&payload, from: 128, to: 129) // RFC 4443 §4.2.
        case (.udp, _):
            let port = UInt16(payload[2]) << 8 | UInt16(payload[3])
            guard port == 7 else { return port == 9 ? .discard : .ignore }
            // The ports change places; the sum stays. RFC 768.
            payload.replaceSubrange(0..<4, with: [payload[2], payload[3], payload[0], payload[1]])
        default: return .ignore
        }
        if isFragment { fragments.remember(key) }
        return nil
    }

    /// The type and what that does to the checksum, octets 2 and 3 of an ICMP message. RFC 1624.
    private func turnType(_ payload: inout [UInt8], from old: UInt8, to new: UInt8) {
        payload[0] = new
        let sum = Checksum.updated(UInt16(payload[2]) << 8 | UInt16(payload[3]), from: UInt16(old) << 8, to: UInt16(new) << 8)
        (payload[2], payload[3]) = (UInt8(sum >> 8), UInt8(truncatingIfNeeded: sum))
    }

    /// RFC 4861 §7.2.4: an advertisement to who asks; to all nodes when that is somebody checking for duplicates.
    private func answerSolicitation(
        _ packet: borrowing IPv6View, _ body: RawSpan, to source: MACAddress, targets: [IPv6Address]
    ) throws(WireError) -> Verdict {
        let message = try ICMPv6View(body)
        guard message.isNeighborDiscovery else { return .ignore }
        guard message.isChecksumValid(source: packet.source, destination: packet.destination) else { throw .badChecksum }
        let discovery = try NeighborDiscoveryView(body)
        try discovery.validate(source: packet.source, destination: packet.destination, hopLimit: packet.hopLimit)
        guard case .neighborSolicitation(let target) = discovery.message, targets.contains(target) else { return .ignore }
        let isProbe = packet.source.isUnspecified
        let asker = isProbe ? IPv6Address(high: 0xff02_0000_0000_0000, low: 1) : packet.source
        let answer = NeighborMessage.neighborAdvertisement(target: target, NeighborFlags(isSolicited: !isProbe, isOverride: true))
        let octets = written(answer.octets + 8) {
            answer.write(into: &$0)
            _ = NeighborOption.targetLinkLayer(mac).write(into: &$0, at: answer.octets)
            ICMPv6Message.seal(&$0, source: target, destination: asker)
        }
        let reply = IPv6Header(source: target, destination: asker, next: .icmpv6, payloadOctets: octets.count, hopLimit: 255)
        let link = isProbe ? MACAddress.multicast(for: asker) : source
        return .answer(header(to: link, .ipv6) + written(IPv6Header.octets) { reply.write(into: &$0) } + octets)
    }
}

extension RawSpan {
    var first: UInt8? { byteCount > 0 ? octet(0) : nil }
}
