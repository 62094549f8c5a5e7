internal import Rings
internal import Wire

/// An ICMP message, read and verified once; nil for a type that this stack does not know.
struct ICMPv4Facts {
    let message: ICMPv4Message?

    init(_ packet: borrowing Packet, _ ip: IPv4Facts) throws(WireError) {
        let view = try ICMPv4View(packet.octets.extracting(droppingFirst: ip.headerOctets))
        message = ICMPv4Message(view)
        if packet.flags.isDisjoint(with: .local), !view.isChecksumValid { throw .badChecksum }
    }
}

extension Stack {
    mutating func receiveICMPv4(_ packet: consuming Packet, _ ip: IPv4Facts, _ arrival: Arrival, isGroup: Bool) {
        statistics[.icmpReceived] &+= 1
        let facts: ICMPv4Facts
        do { facts = try ICMPv4Facts(packet, ip) } catch { return drop(packet, .icmp, error) }
        // RFC 1122 §3.2.2: an unknown type is silently discarded.
        guard let message = facts.message else { return drop(packet, .icmpUnknownType) }
        switch message {
        case .echo(let key): answerEcho(packet, ip, key, isGroup: isGroup)
        case .echoReply(let key): receiveEchoReply(packet, ip, arrival, key)
        case .unreachable, .timeExceeded, .parameterProblem: receiveError(packet, ip, arrival, message)
        // Anybody on the link can forge one; a host with one router loses nothing. RFC 1122 §3.2.2.2 allows the choice.
        case .redirect: drop(packet, .redirectIgnored)
        case .timestamp, .timestampReply: drop(packet, .icmpUnknownType) // RFC 1122 §3.2.2.8: optional.
        }
    }

    /// RFC 1122 §3.2.2.6: every host answers; not to a broadcast, which would make it an amplifier.
    private mutating func answerEcho(_ packet: consuming Packet, _ ip: IPv4Facts, _ key: EchoKey, isGroup: Bool) {
        statistics[.icmpEchoRequests] &+= 1
        guard !isGroup else { return drop(packet, .echoBroadcast) }
        let path: Path
        do { path = try self.path(to: IPAddress(ip.source)) } catch { return drop(packet, DropReason.Fate(error)) }
        // The request has served; the same octets go back as a packet of our own.
        account.consumed &+= 1
        account.entered &+= 1
        packet.dropFirst(ip.headerOctets)
        packet.flags = []
        var octets = packet.mutableOctets
        ICMPv4Message.echoReply(key).write(into: &octets)
        ICMPv4Message.seal(&octets)
        statistics[.icmpEchoReplies] &+= 1
        sendIPv4(packet, .icmpv4, from: ip.destination, to: ip.source, path, IPv4Manner(trafficClass: ip.trafficClass))
    }

    private mutating func receiveEchoReply(
        _ packet: consuming Packet, _ ip: IPv4Facts, _ arrival: Arrival, _ key: EchoKey
    ) {
        let metadata = DatagramMetadata(ip, arrival, now)
        if let first = rawTarget(from: endpoints.firstRaw, .icmpv4, metadata, echo: key.identifier) {
            return deliverRaw(packet, to: first, .icmpv4, metadata, echo: key.identifier)
        }
        drop(packet, .icmpUnwanted)
    }

    /// An error about something that this host is said to have sent. RFC 1122 §3.2.2.
    private mutating func receiveError(
        _ packet: consuming Packet, _ ip: IPv4Facts, _ arrival: Arrival, _ message: ICMPv4Message
    ) {
        statistics[.icmpErrorsReceived] &+= 1
        let quoted: QuotedFacts
        do { quoted = try QuotedFacts(packet, ip) } catch { return drop(packet, .icmp, error) }
        guard addresses.isOurs(IPAddress(quoted.ip.source)) else { return drop(packet, .icmpNotOurs) }
        guard let error = EndpointError.Cause(message) else { return drop(packet, .icmpUnknownType) }
        var told = 0
        if case .unreachable(.fragmentationNeeded, let mtu) = message { told = Int(mtu) }
        let isKnown = reportToEndpoint(quoted, error, from: IPAddress(ip.source), mtu: told)
        // Only what we did send may shrink a path: the endpoint proves it. RFC 5927 §7.2 in spirit.
        if isKnown, case .unreachable(.fragmentationNeeded, let mtu) = message { shrinkPath(quoted.ip, mtu) }
        let metadata = DatagramMetadata(ip, arrival, now)
        if let first = rawTarget(from: endpoints.firstRaw, .icmpv4, metadata, echo: quoted.echoIdentifier) {
            return deliverRaw(packet, to: first, .icmpv4, metadata, echo: quoted.echoIdentifier)
        }
        if isKnown { consume(packet) } else { drop(packet, .icmpErrorUnmatched) }
    }

    private mutating func shrinkPath(_ ip: IPv4Facts, _ mtu: UInt16) {
        // An old router does not say: the next plateau below what was sent. RFC 1191 §5, §7.1.
        let told = mtu == 0 ? PathMTUTable.plateau(below: ip.totalOctets) : Int(mtu)
        guard pathMTUs.shrink(IPAddress(ip.destination), to: max(told, PathMTUTable.least4), now) else { return }
        statistics[.icmpPathMTUUpdates] &+= 1
    }
}

/// The packet inside an ICMP error, as far as it is there.
struct QuotedFacts {
    let ip: IPv4Facts
    /// Of UDP and TCP; zero otherwise.
    let sourcePort: UInt16, destinationPort: UInt16
    /// Of TCP.
    let sequence: SequenceNumber
    /// Of an ICMP echo request of ours.
    let echoIdentifier: UInt16?

    init(_ packet: borrowing Packet, _ outer: IPv4Facts) throws(WireError) {
        let view = try ICMPv4View(packet.octets.extracting(droppingFirst: outer.headerOctets))
        let quoted = try view.quoted
        ip = IPv4Facts(quoted)
        let ports = ip.next == .udp || ip.next == .tcp ? UDPHeader.ports(quoted: quoted.payload) : nil
        (sourcePort, destinationPort) = (ports?.source ?? 0, ports?.destination ?? 0)
        sequence = SequenceNumber(quoted: quoted.payload)
        guard ip.next == .icmpv4, let echo = try? ICMPv4View(quoted.payload) else { echoIdentifier = nil; return }
        if case .echo(let key) = ICMPv4Message(echo) { echoIdentifier = key.identifier } else { echoIdentifier = nil }
    }
}

extension DropReason.Fate {
    /// Why a packet of ours has no path.
    init(_ error: PathError) {
        switch error {
        case .noRoute: self = .noRoute
        case .rejected: self = .rejectRoute
        case .blackhole: self = .blackholeRoute
        case .interfaceDown: self = .interfaceDown
        case .noAddress: self = .addressGone
        }
    }
}
