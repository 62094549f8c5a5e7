internal import Wire

/// The built-in peer: answers ARP, neighbor solicitations, ping, and UDP echo (port 7, RFC 862); discards port 9 (RFC 863).
///
/// It holds no datagram: an echo is its request turned round, fragment by fragment, since neither turning addresses nor
/// ports round changes a checksum, and an ICMP type does so in a known way. Only which fragmented datagrams are being
/// echoed is remembered, a bounded number of them.
struct PeerResponder {
    /// What became of the frames that came.
    struct Counters: Equatable {
        var answered: UInt64 = 0
        /// UDP port 9.
        var discarded: UInt64 = 0
        /// For somebody else, or for nothing that this peer does.
        var ignored: UInt64 = 0
        /// Not what they claim to be, or with a wrong checksum.
        var malformed: UInt64 = 0
    }

    enum Verdict {
        case answer([UInt8])
        case discard, ignore
    }

    let mac: MACAddress
    let address: IPv4Address
    /// Nil: no IPv6 at all.
    let address6: IPv6Address?
    private(set) var counters = Counters()
    var fragments = FragmentMemory()

    init(_ specification: PeerSpecification) {
        mac = specification.mac
        address = specification.address.address
        address6 = specification.address6?.address
    }

    /// The frame to send for one that came; nil: none.
    mutating func hear(_ frame: RawSpan) -> [UInt8]? {
        do throws(WireError) {
            switch try verdict(frame) {
            case .answer(let octets):
                counters.answered &+= 1
                return octets
            case .discard: counters.discarded &+= 1
            case .ignore: counters.ignored &+= 1
            }
        } catch { counters.malformed &+= 1 }
        return nil
    }

    private mutating func verdict(_ frame: RawSpan) throws(WireError) -> Verdict {
        let ethernet = try EthernetView(frame)
        guard ethernet.destination == mac || ethernet.destination.isMulticast, ethernet.source.isStation, ethernet.tagCount == 0
        else { return .ignore }
        switch ethernet.etherType {
        case .arp: return try answerARP(try ARPView(ethernet.payload))
        case .ipv4: return try answerIPv4(try IPv4View(ethernet.payload), to: ethernet.source)
        case .ipv6: return try answerIPv6(try IPv6View(ethernet.payload), to: ethernet.source)
        default: return .ignore
        }
    }

    /// RFC 826; a probe (RFC 5227 §2.1.1) is answered too: the address is taken.
    private func answerARP(_ request: borrowing ARPView) throws(WireError) -> Verdict {
        guard request.operation == .request, request.targetAddress == address, request.senderMAC.isStation else { return .ignore }
        let reply = ARPPacket(
            .reply, senderMAC: mac, senderAddress: address, targetMAC: request.senderMAC, targetAddress: request.senderAddress)
        return .answer(header(to: request.senderMAC, .arp) + written(ARPPacket.octets) { reply.write(into: &$0) })
    }

    func header(to destination: MACAddress, _ type: EtherType) -> [UInt8] {
        let header = EthernetHeader(destination: destination, source: mac, etherType: type)
        return written(header.octets) { header.write(into: &$0) }
    }

    func written(_ count: Int, _ write: (inout MutableRawSpan) -> Void) -> [UInt8] {
        var octets = [UInt8](repeating: 0, count: count)
        var span = octets.mutableSpan
        var raw = unsafe span.mutableBytes
        write(&raw)
        return octets
    }
}

/// Which fragmented datagrams are being echoed: those whose first fragment came, the newest of them.
struct FragmentMemory {
    static let most = 64
    struct Key: Equatable {
        /// An IPv4 address in the low half.
        var sourceHigh: UInt64, sourceLow: UInt64
        var identification: UInt32
        var next: IPProtocol
    }
    private var keys: [Key] = []

    mutating func remember(_ key: Key) {
        if keys.count == Self.most { keys.removeFirst() }
        keys.append(key)
    }

    func knows(_ key: Key) -> Bool { keys.contains(key) }
}
