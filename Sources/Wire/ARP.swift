/// An ARP packet for IPv4 over Ethernet, laid over octets it does not own. RFC 826.
@frozen public struct ARPView: ~Escapable {
    @usableFromInline let octets: RawSpan

    /// - Throws: `truncated` below 28 octets; `badValue` for other hardware or protocols; `badLength` for address lengths
    ///   that are not theirs.
    @inlinable @_lifetime(copy octets)
    public init(_ octets: RawSpan) throws(WireError) {
        guard octets.byteCount >= ARPPacket.octets else { throw .truncated }
        guard octets.load32(0) == 0x0001_0800 else { throw .badValue }
        guard octets.load16(4) == 0x0604 else { throw .badLength }
        self.octets = octets.part(0..<ARPPacket.octets)
    }

    /// Nil for the operations that IPv4 over Ethernet does not use: drop such a packet.
    @inlinable public var operation: ARPPacket.Operation? { ARPPacket.Operation(rawValue: octets.load16(6)) }
    @inline(always) public var senderMAC: MACAddress { octets.loadMAC(8) }
    @inline(always) public var senderAddress: IPv4Address { octets.loadIPv4(14) }
    @inline(always) public var targetMAC: MACAddress { octets.loadMAC(18) }
    @inline(always) public var targetAddress: IPv4Address { octets.loadIPv4(24) }

    /// An unspecified sender: asks whether the target address is taken, and claims nothing. RFC 5227 §1.1.
    @inlinable public var isProbe: Bool { operation == .request && senderAddress.isUnspecified }

    public var description: String {
        switch operation {
        case .request: "ARP who has \(targetAddress)? tell \(senderAddress) (\(senderMAC))"
        case .reply: "ARP \(senderAddress) is at \(senderMAC)"
        case nil: "ARP operation \(octets.load16(6))"
        }
    }
}

/// An ARP packet to send.
@frozen public struct ARPPacket: Equatable, Sendable {
    @frozen public enum Operation: UInt16, Sendable { case request = 1, reply = 2 }

    @inline(always) public static var octets: Int { 28 }

    public var operation: Operation
    public var senderMAC: MACAddress
    public var senderAddress: IPv4Address
    public var targetMAC: MACAddress
    public var targetAddress: IPv4Address

    @inline(always) public init(
        _ operation: Operation, senderMAC: MACAddress, senderAddress: IPv4Address, targetMAC: MACAddress = .zero,
        targetAddress: IPv4Address
    ) {
        self.operation = operation
        self.senderMAC = senderMAC
        self.senderAddress = senderAddress
        self.targetMAC = targetMAC
        self.targetAddress = targetAddress
    }

    /// Nil when the view's operation is neither request nor reply.
    @inlinable public init?(_ view: borrowing ARPView) {
        guard let operation = view.operation else { return nil }
        self.init(
            operation, senderMAC: view.senderMAC, senderAddress: view.senderAddress, targetMAC: view.targetMAC,
            targetAddress: view.targetAddress)
    }

    /// Fills the first 28 octets. Traps when they do not fit.
    @inlinable public func write(into out: inout MutableRawSpan) {
        out.requireRoom(Self.octets)
        out.store32(0x0001_0800, 0)
        out.store16(0x0604, 4)
        out.store16(operation.rawValue, 6)
        out.storeMAC(senderMAC, 8)
        out.store32(senderAddress.value, 14)
        out.storeMAC(targetMAC, 18)
        out.store32(targetAddress.value, 24)
    }
}
