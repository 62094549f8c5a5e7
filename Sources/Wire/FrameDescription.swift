/// A frame in one line, for logs and traces: every layer that can be read, then why the next could not.
///
/// Cold: allocates strings. Takes any octets, checks no more than it must to go on, and never traps.
public struct FrameDescription: Equatable, Sendable {
    /// The names of the layers read, outermost first: `["Ethernet", "IPv4", "UDP"]`.
    public private(set) var protocols: [String] = []
    /// One line without a line feed.
    public private(set) var summary = ""

    /// Describes a frame without FCS.
    public init(frame: RawSpan) {
        do throws(WireError) {
            let ethernet = try EthernetView(frame)
            add("Ethernet", ethernet.description)
            switch ethernet.etherType {
            case .arp: try addARP(ethernet.payload)
            case .ipv4: try addIPv4(ethernet.payload)
            case .ipv6: try addIPv6(ethernet.payload)
            default: break
            }
        } catch { refuse(error, of: frame.byteCount) }
    }

    /// Describes a packet without link header, by its version.
    public init(packet: RawSpan) {
        do throws(WireError) {
            guard packet.byteCount > 0 else { throw .truncated }
            switch packet.load8(0) >> 4 {
            case 4: try addIPv4(packet)
            case 6: try addIPv6(packet)
            default: throw .badVersion
            }
        } catch { refuse(error, of: packet.byteCount) }
    }

    private mutating func add(_ name: String, _ text: String) {
        protocols.append(name)
        summary += summary.isEmpty ? text : " | \(text)"
    }

    private mutating func refuse(_ error: WireError, of octets: Int) {
        summary += (summary.isEmpty ? "" : " | ") + "[\(error), frame of \(octets) octets]"
    }

    private mutating func addARP(_ octets: RawSpan) throws(WireError) {
        add("ARP", try ARPView(octets).description)
    }

    private mutating func addIPv4(_ octets: RawSpan) throws(WireError) {
        let packet = try IPv4View(octets)
        add("IPv4", packet.description + (packet.isChecksumValid ? "" : " [bad checksum]"))
        // Only the fragment at offset zero holds the upper layer's header.
        guard packet.fragmentOffset == 0 else { return }
        switch packet.next {
        case .icmpv4: add("ICMPv4", try ICMPv4View(packet.payload).description)
        case .igmp: add("IGMP", try IGMPView(packet.payload).description)
        case .tcp: add("TCP", try TCPView(packet.payload).description)
        // A fragment's UDP length is that of the whole datagram.
        case .udp where !packet.moreFragments: add("UDP", try UDPView(packet.payload).description)
        default: break
        }
    }

    private mutating func addIPv6(_ octets: RawSpan) throws(WireError) {
        let packet = try IPv6View(octets)
        add("IPv6", packet.description)
        switch packet.walk().outcome {
        case .upperLayer(.icmpv6, let offset): try addICMPv6(packet.upperLayer(at: offset))
        case .upperLayer(.tcp, let offset): add("TCP", try TCPView(packet.upperLayer(at: offset)).description)
        case .upperLayer(.udp, let offset): add("UDP", try UDPView(packet.upperLayer(at: offset)).description)
        case .upperLayer(let other, _): summary += " | \(other)"
        case .fragment(let fragment, _): add("IPv6 fragment", fragment.description)
        case .nothing: break
        case .problem(let reason, let pointer): summary += " | [\(reason) at \(pointer)]"
        case .discard(let error): throw error
        }
    }

    private mutating func addICMPv6(_ octets: RawSpan) throws(WireError) {
        let message = try ICMPv6View(octets)
        if message.isNeighborDiscovery {
            add("NeighborDiscovery", try NeighborDiscoveryView(octets).description)
        } else if message.isMLD {
            add("MLD", try MLDView(octets).description)
        } else {
            add("ICMPv6", message.description)
        }
    }
}
