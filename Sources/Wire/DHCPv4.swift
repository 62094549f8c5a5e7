/// What a DHCP message says. RFC 2132 §9.6.
public enum DHCPv4Kind: UInt8, Sendable, CaseIterable {
    case discover = 1, offer, request, decline, ack, nak, release, inform
}

/// A DHCP message: read from octets or to be written. RFC 2131 §2. Cold: allocates.
public struct DHCPv4Message: Equatable, Sendable {
    public static let clientPort: UInt16 = 68, serverPort: UInt16 = 67
    /// What the shortest message is filled up to: some relays drop less. RFC 951 §3.
    public static let leastOctets = 300
    static let headerOctets = 240
    static let cookie: UInt32 = 0x6382_5363

    public var isReply: Bool
    public var kind: DHCPv4Kind
    /// Chosen by the client, the same in the reply.
    public var transaction: UInt32
    /// Seconds since the client began.
    public var seconds: UInt16 = 0
    /// The client cannot hear unicast before it has an address: the server shall broadcast. RFC 2131 §4.1.
    public var wantsBroadcast = false
    /// Of a client that has one and answers ARP for it.
    public var clientAddress = IPv4Address.unspecified
    /// What the server gives.
    public var yourAddress = IPv4Address.unspecified
    public var nextServer = IPv4Address.unspecified, relay = IPv4Address.unspecified
    public var hardware: MACAddress
    public var options = DHCPv4Options()

    /// A request to be filled in.
    public init(_ kind: DHCPv4Kind, transaction: UInt32, hardware: MACAddress, isReply: Bool = false) {
        (self.kind, self.transaction, self.hardware, self.isReply) = (kind, transaction, hardware, isReply)
    }
}

extension DHCPv4Message {
    /// Reads a message, options in the fields of server name and boot file included.
    ///
    /// - Throws: `truncated` for fewer octets than the header, `badValue` for another operation, hardware or cookie,
    ///   `badOption` for an option that ends beyond its field, and for a message of no kind, which is BOOTP's.
    public init(_ octets: RawSpan) throws(WireError) {
        guard octets.byteCount >= Self.headerOctets else { throw .truncated }
        let operation = octets.load8(0)
        // RFC 2131 §2: Ethernet is type 1 with 6 octets.
        guard operation == 1 || operation == 2, octets.load8(1) == 1, octets.load8(2) == 6, octets.load32(236) == Self.cookie
        else { throw .badValue }
        var options = DHCPv4Options()
        try options.read(octets.from(Self.headerOctets))
        // RFC 2132 §9.3: which of the two fields hold options; the boot file comes first. RFC 3396 §5.
        let overload = options[.overload].flatMap { $0.count == 1 ? $0[0] : nil } ?? 0
        if overload & 1 != 0 { try options.read(octets.part(108, 236)) }
        if overload & 2 != 0 { try options.read(octets.part(44, 108)) }
        guard let text = options[.kind], text.count == 1, let kind = DHCPv4Kind(rawValue: text[0]) else { throw .badOption }
        self.init(kind, transaction: octets.load32(4), hardware: octets.loadMAC(28), isReply: operation == 2)
        (seconds, wantsBroadcast) = (octets.load16(8), octets.load16(10) & 0x8000 != 0)
        (clientAddress, yourAddress) = (octets.loadIPv4(12), octets.loadIPv4(16))
        (nextServer, relay) = (octets.loadIPv4(20), octets.loadIPv4(24))
        options[.kind] = nil
        options[.overload] = nil
        self.options = options
    }

    /// As it travels: at least ``leastOctets``.
    public var octets: [UInt8] {
        let written = options.octets
        var all = [UInt8](repeating: 0, count: max(Self.leastOctets, Self.headerOctets + 3 + written.count + 1))
        var span = all.mutableSpan
        // SAFETY: any octet is a valid UInt8.
        var out = unsafe span.mutableBytes
        out.store8(isReply ? 2 : 1, 0)
        out.store16(0x0106, 1)
        out.store32(transaction, 4)
        out.store16(seconds, 8)
        out.store16(wantsBroadcast ? 0x8000 : 0, 10)
        for (address, offset) in [(clientAddress, 12), (yourAddress, 16), (nextServer, 20), (relay, 24)] {
            out.store32(address.value, offset)
        }
        out.storeMAC(hardware, 28)
        out.store32(Self.cookie, 236)
        out.store16(UInt16(DHCPv4Options.Code.kind.rawValue) &<< 8 | 1, 240)
        out.store8(kind.rawValue, 242)
        for (index, octet) in written.enumerated() { out.store8(octet, 243 &+ index) }
        out.store8(255, 243 &+ written.count)
        return all
    }
}

extension DHCPv4Message: CustomStringConvertible {
    /// `DHCP request, 10.1.0.7 from 10.1.0.1`.
    public var description: String {
        let address = isReply ? yourAddress : options.address(.requestedAddress) ?? clientAddress
        let server = options.address(.server).map { " from \($0)" } ?? ""
        return "DHCP \(kind)" + (address.isUnspecified ? "" : ", \(address)") + server
    }
}
