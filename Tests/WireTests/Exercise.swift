import Wire

extension [UInt8] {
    /// The octets as every view takes them.
    var raw: RawSpan {
        @_lifetime(borrow self) get {
            // SAFETY: UInt8 has no padding, so every octet is initialised.
            unsafe span.bytes
        }
    }

    /// Changes the octets in place.
    mutating func change(_ body: (inout MutableRawSpan) -> Void) {
        var span = mutableSpan
        // SAFETY: any octet is a valid UInt8.
        var raw = unsafe span.mutableBytes
        body(&raw)
    }
}

extension RawSpan {
    /// The octets, copied.
    var array: [UInt8] {
        // SAFETY: any octet is a valid UInt8, and the offset is checked.
        byteOffsets.map { unsafe unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
    }
}

// Every parser's entry point for hostile octets: touches all accessors, and checks what must hold whatever the octets.
// The seeded test and the fuzz targets share it. The sum returned keeps the optimiser from dropping an accessor.
enum Exercise {
    /// A broken promise. A trap rather than an expectation, so that a fuzzer sees it too.
    static func hold(_ condition: Bool, _ promise: StaticString, line: UInt = #line) {
        precondition(condition, "\(promise) (line \(line))")
    }

    /// What a value writes into a dirty buffer.
    static func written(_ count: Int, _ write: (inout MutableRawSpan) -> Void) -> [UInt8] {
        var octets = [UInt8](repeating: 0xa5, count: count)
        octets.change(write)
        return octets
    }

    static func count(_ span: RawSpan) -> Int {
        // SAFETY: any octet is a valid UInt8, and the offset is checked.
        span.byteOffsets.reduce(span.byteCount) { $0 &+ Int(unsafe span.unsafeLoad(fromByteOffset: $1, as: UInt8.self)) }
    }

    static func ethernet(_ octets: RawSpan) throws(WireError) -> Int {
        let view = try EthernetView(octets)
        let header = EthernetHeader(
            destination: view.destination, source: view.source, etherType: view.etherType, tag: view.outerTag)
        let copy = written(header.octets) { header.write(into: &$0) }
        hold(copy.count >= 14, "a header has at least 14 octets")
        hold(view.payload.byteCount &+ view.headerOctets <= octets.byteCount, "payload within the frame")
        return count(view.payload) &+ view.tagCount &+ Int(view.innerTag?.identifier ?? 0) &+ view.description.utf8.count
    }

    static func arp(_ octets: RawSpan) throws(WireError) -> Int {
        let view = try ARPView(octets)
        if let value = ARPPacket(view) {
            let copy = written(ARPPacket.octets) { value.write(into: &$0) }
            let again = try ARPPacket(ARPView(copy.raw))
            hold(again == value, "ARP survives a round trip")
        }
        return view.description.utf8.count &+ (view.isProbe ? 1 : 0)
    }

    static func ipv4(_ octets: RawSpan) throws(WireError) -> Int {
        let quoted = try IPv4View(quoted: octets)
        let sum = count(quoted.payload) &+ count(quoted.options) &+ quoted.description.utf8.count
        let view = try IPv4View(octets)
        hold(view.totalOctets == view.headerOctets + view.payload.byteCount, "total length is header and payload")
        hold(view.packet.byteCount <= octets.byteCount, "the packet is within the octets")
        if let offset = FragmentOffset(octets: view.fragmentOffset), !view.hasOptions {
            let value = IPv4Header(
                source: view.source, destination: view.destination, next: view.next, payloadOctets: view.payload.byteCount,
                timeToLive: view.timeToLive, identification: view.identification, dontFragment: view.dontFragment,
                moreFragments: view.moreFragments, fragmentOffset: offset, trafficClass: view.trafficClass)
            var copy = written(20) { value.write(into: &$0) }
            copy += Array(repeating: 0, count: view.payload.byteCount)
            let again = try IPv4View(copy.raw)
            hold(again.isChecksumValid, "a written header has a valid checksum")
            hold(again.description == view.description, "IPv4 survives a round trip")
        }
        return sum &+ Int(view.checksum) &+ view.pseudoHeader.value.nonzeroBitCount &+ (view.isFragment ? 1 : 0)
    }

    static func ipv4Options(_ octets: RawSpan) throws(WireError) -> Int {
        var options = IPv4Options(octets), sum = 0, steps = 0
        while let option = try options.next() {
            steps += 1
            hold(steps <= octets.byteCount, "each option takes octets")
            hold(option.offset + option.octets <= octets.byteCount, "an option ends within the header")
            sum &+= count(options.content(of: option)) &+ (option.isSourceRoute ? 1 : 0) &+ (option.isCopied ? 1 : 0)
        }
        return sum
    }

    static func udp(_ octets: RawSpan) throws(WireError) -> Int {
        let view = try UDPView(octets)
        let value = UDPHeader(
            sourcePort: view.sourcePort, destinationPort: view.destinationPort, payloadOctets: view.payload.byteCount)
        let from = IPv4Address(192, 0, 2, 1), to = IPv4Address(192, 0, 2, 2)
        let size = view.datagramOctets
        let copy = written(size) {
            value.write(into: &$0)
            UDPHeader.seal(&$0, Checksum(source: from, destination: to, next: .udp, octets: size))
        }
        let again = try UDPView(copy.raw)
        hold(again.isChecksumValid(source: from, destination: to), "a sealed datagram is valid")
        return count(view.payload) &+ view.description.utf8.count &+ (view.isChecksumValid(source: IPv6Address.loopback, destination: .loopback) ? 1 : 0)
    }

    static func icmpv4(_ octets: RawSpan) throws(WireError) -> Int {
        let view = try ICMPv4View(octets)
        if let value = ICMPv4Message(view) {
            var copy = written(value.octets) { value.write(into: &$0) }
            copy.change(ICMPv4Message.seal)
            let again = try ICMPv4View(copy.raw)
            hold(again.isChecksumValid && ICMPv4Message(again) == value, "ICMP survives a round trip")
        }
        if let inner = try? view.quoted.description.utf8.count { return inner }
        return count(view.body) &+ view.description.utf8.count &+ (view.isError ? 1 : 0)
    }

    static func ipv6(_ octets: RawSpan) throws(WireError) -> Int {
        let quoted = try IPv6View(quoted: octets)
        var sum = quoted.description.utf8.count
        if case .upperLayer(_, let offset) = quoted.walk().outcome { sum &+= count(quoted.upperLayer(at: offset)) }
        let view = try IPv6View(octets)
        let value = IPv6Header(
            source: view.source, destination: view.destination, next: view.next, payloadOctets: view.payloadOctets,
            hopLimit: view.hopLimit, trafficClass: view.trafficClass, flowLabel: view.flowLabel)
        let copy = written(40) { value.write(into: &$0) }
        hold(copy == octets.extracting(first: 40).array, "IPv6 survives a round trip")
        let chain = view.walk()
        hold(chain.nextHeaderOffset < view.packet.byteCount, "the pointer is within the packet")
        switch chain.outcome {
        case .upperLayer(let next, let offset):
            hold(offset >= 40 && offset <= view.packet.byteCount, "the upper layer is within the packet")
            hold(!next.isExtensionHeader, "the walk ends at the upper layer")
        case .fragment(let fragment, let offset):
            hold(offset <= view.packet.byteCount && !fragment.isAtomic, "a fragment is within the packet")
        case .problem(_, let pointer): hold(pointer >= 4 && pointer < view.packet.byteCount, "a pointer is within the packet")
        case .nothing, .discard: break
        }
        return sum
    }

    static func ipv6Options(_ octets: RawSpan) throws(WireError) -> Int {
        var options = IPv6Options(octets), sum = 0
        while let option = try options.next() {
            hold(option.offset + 2 + option.contentOctets <= octets.byteCount, "an option ends within the header")
            sum &+= Int(options.routerAlert(of: option) ?? 0) &+ Int(option.actionIfUnknown.rawValue)
        }
        return sum
    }

    static func icmpv6(_ octets: RawSpan) throws(WireError) -> Int {
        let view = try ICMPv6View(octets)
        if let value = ICMPv6Message(view) {
            var copy = written(8) { value.write(into: &$0) }
            copy.change { ICMPv6Message.seal(&$0, source: .loopback, destination: .allNodes) }
            let again = try ICMPv6View(copy.raw)
            hold(again.isChecksumValid(source: .loopback, destination: .allNodes), "a sealed message is valid")
            hold(ICMPv6Message(again) == value, "ICMPv6 survives a round trip")
        }
        if let inner = try? view.quoted.description.utf8.count { return inner }
        return count(view.body) &+ view.description.utf8.count
    }

    static func neighborDiscovery(_ octets: RawSpan) throws(WireError) -> Int {
        let view = try NeighborDiscoveryView(octets)
        let message = view.message
        let copy = written(message.octets) { message.write(into: &$0) }
        hold(try NeighborDiscoveryView(copy.raw).message == message, "a message survives a round trip")
        var options = view.options, sum = 0, steps = 0
        while let option = options.next() {
            steps += 1
            hold(steps * 8 <= octets.byteCount, "each option takes 8 octets")
            sum &+= try neighborOption(option, options)
        }
        try view.validate(source: .linkLocal(from: .zero), destination: .allNodes, hopLimit: 255)
        return sum &+ view.description.utf8.count
    }

    private static func neighborOption(_ option: NeighborOption, _ options: borrowing NeighborOptions) throws(WireError) -> Int {
        if let size = option.octets {
            let copy = written(8 + size) { raw in
                NeighborMessage.routerSolicitation.write(into: &raw)
                hold(option.write(into: &raw, at: 8) == 8 + size, "an option has the length it says")
            }
            let again = try NeighborDiscoveryView(copy.raw)
            var reread = again.options
            hold(reread.next()?.type == option.type, "an option survives a round trip")
        }
        switch option {
        case .redirected(let range): return count(options.octets(in: range))
        case .resolvers(_, let first, let addresses):
            hold(options.address(addresses.lowerBound) == first, "the first resolver is the first")
            return stride(from: addresses.lowerBound, to: addresses.upperBound, by: 16)
                .reduce(0) { $0 &+ Int(truncatingIfNeeded: options.address($1)?.low ?? 0) }
        case .searchList(_, let names): return ((try? options.domainNames(in: names)) ?? []).count
        case .sourceLinkLayer, .targetLinkLayer, .prefix, .mtu, .other: return Int(option.type)
        }
    }

    static func mld(_ octets: RawSpan) throws(WireError) -> Int {
        let view = try MLDView(octets)
        hold(view.maximumResponseMilliseconds >= 0, "a delay is not negative")
        return view.description.utf8.count
    }

    static func igmp(_ octets: RawSpan) throws(WireError) -> Int {
        let view = try IGMPView(octets)
        let value = IGMPMessage(view.kind, group: view.group)
        let copy = written(8) { value.write(into: &$0) }
        hold(try IGMPView(copy.raw).isChecksumValid, "a written message is valid")
        return view.description.utf8.count &+ view.maximumResponseMilliseconds
    }

    static func tcp(_ octets: RawSpan) throws(WireError) -> Int {
        let view = try TCPView(octets)
        let header = TCPHeader(
            sourcePort: view.sourcePort, destinationPort: view.destinationPort, sequence: view.sequence, acknowledgment: view.acknowledgment,
            flags: view.flags, window: view.window, urgentPointer: view.urgentPointer, options: TCPOptions(view.options))
        // Padded, the options may need more room than they had.
        if header.octets <= TCPHeader.maximumOctets {
            var copy = written(header.octets) { header.write(into: &$0) }
            copy.change { TCPHeader.seal(&$0, Checksum()) }
            let again = try TCPView(copy.raw)
            hold(again.isChecksumValid(Checksum()), "a sealed segment is valid")
            hold(again.headerOctets == header.octets && again.payload.isEmpty, "a header has the length it says")
            hold(again.description.hasPrefix(view.description.prefix { $0 != "," }), "TCP survives a round trip")
        }
        return count(view.options) &+ count(view.payload) &+ view.description.utf8.count
    }

    static func tcpOptions(_ octets: RawSpan) throws(WireError) -> Int {
        var options = TCPOptions(octets)
        let copy = written(options.octets) { hold(options.write(into: &$0, at: 0) == $0.byteCount, "options have the length they say") }
        let again = TCPOptions(copy.raw)
        hold(!again.isMalformed && options.octets % 4 == 0, "written options are well formed")
        hold(again.description == options.description.replacing(", malformed", with: "").replacing("malformed", with: "none"), "options survive a round trip")
        hold((options.windowScale ?? 0) <= TCPOptions.maximumWindowScale && options.sackCount <= 4, "no field is out of its range")
        let room = TCPOptions.maximumOctets &- options.octets
        hold(!options.append(TCPSackBlock(left: 1, right: 2)) || room >= 8, "a block is taken where there is room only")
        if options.isMalformed { throw .badOption }
        return options.description.utf8.count
    }

    /// Text is octets too: an address that parses prints to what parses to it again.
    static func text(_ octets: RawSpan) throws(WireError) -> Int {
        let text = String(decoding: octets.array, as: UTF8.self)
        stable(MACAddress.init(_:), text)
        stable(IPv4Address.init(_:), text)
        stable(IPv6Address.init(_:), text)
        stable(IPv4Prefix.init(_:), text)
        stable(IPv6Prefix.init(_:), text)
        stable(ZonedIPv6Address.init(_:), text)
        return text.utf8.count
    }

    private static func stable<T: Equatable & CustomStringConvertible>(_ parse: (String) -> T?, _ text: String) {
        guard let value = parse(text) else { return }
        hold(parse(value.description) == value, "text survives a round trip")
    }

    static func frame(_ octets: RawSpan) throws(WireError) -> Int {
        let frame = FrameDescription(frame: octets), packet = FrameDescription(packet: octets)
        hold(!frame.summary.isEmpty && !frame.summary.utf8.contains(10), "a summary is one line")
        return frame.summary.utf8.count &+ packet.protocols.count
    }
}

extension Exercise {
    typealias Parser = (name: String, run: @Sendable (RawSpan) throws(WireError) -> Int)

    static let parsers: [Parser] = [
        ("ethernet", ethernet), ("arp", arp), ("ipv4", ipv4), ("ipv4-options", ipv4Options), ("udp", udp), ("icmpv4", icmpv4),
        ("ipv6", ipv6), ("ipv6-options", ipv6Options), ("icmpv6", icmpv6), ("neighbor-discovery", neighborDiscovery),
        ("mld", mld), ("igmp", igmp), ("tcp", tcp), ("tcp-options", tcpOptions), ("text", text), ("frame", frame),
        ("dhcpv4", dhcpv4), ("dhcpv6", dhcpv6),
    ]
}
