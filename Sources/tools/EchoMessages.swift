internal import Messages
internal import Wire

/// What comes out of an ICMP socket, as `ping` understands it.
enum EchoArrival: Equatable {
    case reply(EchoReply)
    case error(EchoError)
    /// An errno about something that was sent.
    case failed(Int32)
    /// Meant for somebody else, or damaged.
    case foreign
}

/// ICMP echo in both families, by the views of `Wire`.
struct EchoMessages {
    var family: Family
    var identifier: UInt16

    /// A request as the socket takes it, without the datagram header.
    ///
    /// The checksum of ICMPv6 is left to the stack, which knows the source address. RFC 3542 §3.1.
    func request(_ sequence: UInt16, _ data: [UInt8]) -> [UInt8] {
        var octets = [UInt8](repeating: 0, count: 8) + data
        let key = EchoKey(identifier: identifier, sequence: sequence)
        var span = octets.mutableSpan
        // SAFETY: octets are plain data.
        var bytes = unsafe span.mutableBytes
        switch family {
        case .inet:
            ICMPv4Message.echo(key).write(into: &bytes)
            ICMPv4Message.seal(&bytes)
        case .inet6: ICMPv6Message.echo(key).write(into: &bytes)
        }
        return octets
    }

    /// - Parameter datagram: a whole datagram from the socket, its header included.
    func read(_ datagram: [UInt8]) -> (EchoArrival, DatagramHeader)? {
        guard let header = DatagramHeader(datagram.raw) else { return nil }
        guard !header.flags.contains(.error) else { return (.failed(Int32(header.error)), header) }
        let message = Array(datagram[DatagramHeader.octets...])
        let arrival = family == .inet ? readV4(message, header) : readV6(message, header)
        return (arrival, header)
    }

    private func readV4(_ octets: [UInt8], _ header: DatagramHeader) -> EchoArrival {
        let span = octets.raw
        guard let view = try? ICMPv4View(span), view.isChecksumValid, let message = ICMPv4Message(view) else { return .foreign }
        switch message {
        case .echoReply(let key):
            return key.identifier == identifier ? .reply(reply(header, key.sequence, octets)) : .foreign
        case .unreachable, .redirect, .timeExceeded, .parameterProblem:
            guard let key = quotedV4(Array(octets.dropFirst(8))), key.identifier == identifier else { return .foreign }
            return .error(EchoError(
                source: header.address.text, octets: octets.count, meaning: Self.meaning(message), sequence: key.sequence))
        case .echo, .timestamp, .timestampReply: return .foreign
        }
    }

    private func readV6(_ octets: [UInt8], _ header: DatagramHeader) -> EchoArrival {
        let span = octets.raw
        // The stack has verified the checksum: it knows the addresses of the pseudo-header.
        guard let view = try? ICMPv6View(span), let message = ICMPv6Message(view) else { return .foreign }
        switch message {
        case .echoReply(let key):
            return key.identifier == identifier ? .reply(reply(header, key.sequence, octets)) : .foreign
        case .unreachable, .packetTooBig, .timeExceeded, .parameterProblem:
            guard let key = quotedV6(Array(octets.dropFirst(8))), key.identifier == identifier else { return .foreign }
            return .error(EchoError(
                source: header.address.text, octets: octets.count, meaning: Self.meaning(message), sequence: key.sequence))
        case .echo: return .foreign
        }
    }

    private func reply(_ header: DatagramHeader, _ sequence: UInt16, _ octets: [UInt8]) -> EchoReply {
        EchoReply(source: header.address.text, hopLimit: header.hopLimit, sequence: sequence, data: Array(octets.dropFirst(8)))
    }

    /// The echo request that an error quotes; nil when it quotes something else.
    private func quotedV4(_ octets: [UInt8]) -> EchoKey? {
        let span = octets.raw
        guard let packet = try? IPv4View(quoted: span), packet.next == .icmpv4, packet.fragmentOffset == 0 else { return nil }
        guard let echo = try? ICMPv4View(packet.payload), case .echo(let key)? = ICMPv4Message(echo) else { return nil }
        return key
    }

    /// Only where no extension header stands between: our requests have none.
    private func quotedV6(_ octets: [UInt8]) -> EchoKey? {
        let span = octets.raw
        guard let packet = try? IPv6View(quoted: span), packet.next == .icmpv6 else { return nil }
        guard let echo = try? ICMPv6View(packet.payload), case .echo(let key)? = ICMPv6Message(echo) else { return nil }
        return key
    }
}

extension EchoMessages {
    /// The words that BSD's ping has for an ICMP error.
    static func meaning(_ message: ICMPv4Message) -> String {
        switch message {
        case .unreachable(let reason, let mtu):
            switch reason {
            case .network, .networkUnknown: "Destination Net Unreachable"
            case .host, .hostUnknown: "Destination Host Unreachable"
            case .protocol: "Destination Protocol Unreachable"
            case .port: "Destination Port Unreachable"
            case .fragmentationNeeded: "frag needed and DF set (MTU \(mtu))"
            case .sourceRouteFailed: "Source Route Failed"
            case .sourceHostIsolated: "Source Host Isolated"
            case .networkProhibited, .hostProhibited, .communicationProhibited: "Communication prohibited by filter"
            case .networkForService, .hostForService: "Destination Unreachable for Type of Service"
            case .hostPrecedence: "Host Precedence Violation"
            case .precedenceCutoff: "Precedence Cutoff"
            }
        case .redirect(_, let gateway): "Redirect (New addr: \(gateway))"
        case .timeExceeded(.transit): "Time to live exceeded"
        case .timeExceeded(.reassembly): "Frag reassembly time exceeded"
        case .parameterProblem(_, let pointer): "Parameter problem: pointer = \(pointer)"
        case .echo, .echoReply, .timestamp, .timestampReply: message.description
        }
    }

    static func meaning(_ message: ICMPv6Message) -> String {
        switch message {
        case .unreachable(let reason):
            switch reason {
            case .noRoute: "No Route to Destination"
            case .prohibited: "Destination Administratively Unreachable"
            case .beyondScope: "Destination Unreachable Beyond Scope"
            case .address: "Destination Host Unreachable"
            case .port: "Destination Port Unreachable"
            case .policy: "Source Address failed Ingress Policy"
            case .rejectRoute: "Reject Route to Destination"
            }
        case .packetTooBig(let mtu): "Packet too big mtu = \(mtu)"
        case .timeExceeded(.transit): "Time to live exceeded"
        case .timeExceeded(.reassembly): "Frag reassembly time exceeded"
        case .parameterProblem(_, let pointer): "Parameter problem: pointer = \(pointer)"
        case .echo, .echoReply: message.description
        }
    }
}

extension DatagramHeader.Address {
    var text: String {
        switch self {
        case .v4(let address): address.description
        case .v6(let address): address.description
        }
    }

    /// Nil when it is no address; the zone is not looked at.
    init?(_ text: String) {
        let bare = String(text.prefix { $0 != "%" })
        if let v4 = IPv4Address(bare) {
            self = .v4(v4)
        } else if let v6 = IPv6Address(bare) {
            self = .v6(v6)
        } else {
            return nil
        }
    }
}
