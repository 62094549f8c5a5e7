internal import Rings
internal import Wire

/// An ICMPv6 message, judged once.
struct ICMPv6Facts {
    enum Content { case message(ICMPv6Message), discovery, listeners, unknownError, unknown }
    let content: Content

    init(_ packet: borrowing Packet, _ ip: IPv6Facts) throws(WireError) {
        let view = try ICMPv6View(packet.octets.extracting(droppingFirst: ip.headerOctets))
        if packet.flags.isDisjoint(with: .local), !view.isChecksumValid(source: ip.source, destination: ip.destination) {
            throw .badChecksum
        }
        if view.isNeighborDiscovery {
            content = .discovery
        } else if view.isMLD {
            content = .listeners
        } else if let message = ICMPv6Message(view) {
            content = .message(message)
        } else {
            content = view.isError ? .unknownError : .unknown
        }
    }
}

extension Stack {
    mutating func receiveICMPv6(_ packet: consuming Packet, _ ip: IPv6Facts, _ arrival: Arrival, isGroup: Bool) {
        statistics[.icmp6Received] &+= 1
        let facts: ICMPv6Facts
        do { facts = try ICMPv6Facts(packet, ip) } catch { return drop(packet, .icmpv6, error) }
        switch facts.content {
        case .message(.echo(let key)): answerEcho6(packet, ip, arrival, key)
        case .message(.echoReply(let key)): receiveEchoReply6(packet, ip, arrival, key)
        case .message(.unreachable(let why)): receiveError6(packet, ip, arrival, .unreachable(why))
        case .message(.packetTooBig(let mtu)): receiveError6(packet, ip, arrival, .packetTooBig(mtu: mtu))
        case .message(.timeExceeded(let why)): receiveError6(packet, ip, arrival, .timeExceeded(why))
        case .message(.parameterProblem(let why, let at)): receiveError6(packet, ip, arrival, .parameterProblem(why, pointer: at))
        case .discovery: receiveDiscovery(packet, ip, arrival)
        case .listeners: receiveMLD(packet, ip, arrival)
        case .unknownError: receiveError6(packet, ip, arrival, nil) // RFC 4443 §2.4 (a)
        case .unknown: drop(packet, .icmpUnknownType) // RFC 4443 §2.4 (b)
        }
    }

    /// RFC 4443 §4.2: every node answers, one asked through a group with an address of its own.
    private mutating func answerEcho6(_ packet: consuming Packet, _ ip: IPv6Facts, _ arrival: Arrival, _ key: EchoKey) {
        statistics[.icmp6EchoRequests] &+= 1
        guard !ip.source.isUnspecified else { return drop(packet, .martianSource) }
        let zone = ip.source.isLinkLocal && !arrival.isLocal ? arrival.interface : nil
        let path: Path
        do { path = try self.path(to: ip.source, on: zone) } catch { return drop(packet, DropReason.Fate(error)) }
        var known = path
        known.mtu = pathMTUs.mtu(ip.source, link: path.mtu, now)
        // The request has served; the same octets go back as a packet of our own.
        account.consumed &+= 1
        account.entered &+= 1
        packet.dropFirst(ip.headerOctets)
        packet.flags = []
        var octets = packet.mutableOctets
        ICMPv6Message.echoReply(key).write(into: &octets)
        statistics[.icmp6EchoReplies] &+= 1
        let source = ip.destination.isMulticast ? path.source : ip.destination
        sendICMPv6(packet, from: source, to: ip.source, known, IPv6Manner(trafficClass: ip.trafficClass))
    }

    private mutating func receiveEchoReply6(_ packet: consuming Packet, _ ip: IPv6Facts, _ arrival: Arrival, _ key: EchoKey) {
        let metadata = DatagramMetadata(ip, arrival, now)
        guard let first = rawTarget(from: endpoints.firstRaw, .icmpv6, metadata, echo: key.identifier) else {
            return drop(packet, .icmpUnwanted)
        }
        deliverRaw(packet, to: first, .icmpv6, metadata, echo: key.identifier)
    }

    /// An error about something that this host is said to have sent. RFC 4443 §2.4 (d).
    /// - Parameter message: nil for an error that this stack does not know.
    private mutating func receiveError6(
        _ packet: consuming Packet, _ ip: IPv6Facts, _ arrival: Arrival, _ message: ICMPv6Message?
    ) {
        statistics[.icmp6ErrorsReceived] &+= 1
        let quoted: Quoted6
        do { quoted = try Quoted6(packet, ip) } catch { return drop(packet, .icmpv6, error) }
        guard !quoted.source.isDisguisedIPv4, !quoted.destination.isDisguisedIPv4, addresses.isOurs(quoted.source) else {
            return drop(packet, .icmpNotOurs)
        }
        var isKnown = false
        if let message, let cause = EndpointError.Cause(message) {
            var mtu = 0
            if case .packetTooBig(let told) = message { mtu = max(Int(told), IPv6Header.minimumMTU) }
            isKnown = reportToEndpoint6(quoted, cause, from: ip.source, mtu: mtu)
            // Only what we did send may shrink a path: the endpoint proves it. RFC 8201 §4.
            if isKnown, mtu > 0, Int(clamping: mtu) >= IPv6Header.minimumMTU { shrinkPath6(quoted.destination, message) }
        }
        let metadata = DatagramMetadata(ip, arrival, now)
        if let first = rawTarget(from: endpoints.firstRaw, .icmpv6, metadata, echo: quoted.echoIdentifier) {
            return deliverRaw(packet, to: first, .icmpv6, metadata, echo: quoted.echoIdentifier)
        }
        if isKnown { consume(packet) } else { drop(packet, .icmpErrorUnmatched) }
    }

    /// RFC 8201 §4: no path carries less than 1280 octets, whatever anybody says.
    private mutating func shrinkPath6(_ destination: IPv6Address, _ message: ICMPv6Message) {
        guard case .packetTooBig(let told) = message, told >= UInt32(IPv6Header.minimumMTU) else { return }
        guard pathMTUs.shrink(destination, to: Int(told), now) else { return }
        statistics[.icmp6PathMTUUpdates] &+= 1
    }
}

/// The packet inside an ICMPv6 error, or one that was about to be sent, as far as it is there.
struct Quoted6 {
    let source: IPv6Address, destination: IPv6Address
    /// Of UDP and TCP; zero otherwise.
    private(set) var sourcePort: UInt16 = 0, destinationPort: UInt16 = 0
    /// Of TCP; nil for anything else.
    private(set) var sequence: SequenceNumber?
    /// Of an echo request of ours.
    private(set) var echoIdentifier: UInt16?

    /// Of a received error.
    init(_ packet: borrowing Packet, _ outer: IPv6Facts) throws(WireError) {
        let view = try ICMPv6View(packet.octets.extracting(droppingFirst: outer.headerOctets))
        self.init(try view.quoted)
    }

    /// A packet that this host was about to send.
    init?(_ packet: borrowing Packet) {
        guard let view = try? IPv6View(packet.octets) else { return nil }
        self.init(view)
    }

    private init(_ view: borrowing IPv6View) {
        (source, destination) = (view.source, view.destination)
        switch view.walk().outcome {
        case .upperLayer(let next, let offset): read(view.upperLayer(at: offset), next)
        case .fragment(let fragment, let offset) where fragment.fragmentOffset == .zero:
            read(view.upperLayer(at: offset), fragment.next)
        case .fragment, .nothing, .problem, .discard: break
        }
    }

    private mutating func read(_ octets: RawSpan, _ next: IPProtocol) {
        if next == .udp || next == .tcp, let ports = UDPHeader.ports(quoted: octets) {
            (sourcePort, destinationPort) = (ports.source, ports.destination)
            if next == .tcp { sequence = SequenceNumber(quoted: octets) }
        } else if next == .icmpv6, let message = try? ICMPv6View(octets), case .echo(let key) = ICMPv6Message(message) {
            echoIdentifier = key.identifier
        }
    }
}

extension EndpointError.Cause {
    /// What an ICMPv6 error means to whoever sent. RFC 4443 §3.
    init?(_ message: ICMPv6Message) {
        switch message {
        case .unreachable(let reason):
            switch reason {
            case .noRoute, .beyondScope: self = .networkUnreachable
            case .prohibited, .policy, .rejectRoute: self = .prohibited
            case .address: self = .hostUnreachable
            case .port: self = .portUnreachable
            }
        case .packetTooBig: self = .messageTooLong
        case .timeExceeded: self = .timeExceeded
        case .parameterProblem(.unknownNextHeader, _): self = .protocolUnreachable
        case .parameterProblem: self = .parameterProblem
        case .echo, .echoReply: return nil
        }
    }
}
