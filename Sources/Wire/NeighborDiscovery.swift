/// A neighbor discovery message laid over octets it does not own. RFC 4861 §4.
@frozen public struct NeighborDiscoveryView: ~Escapable {
    @usableFromInline let octets: RawSpan

    /// Checks type, code, the fixed part, and that options of nonzero length fill the rest. RFC 4861 §6.1, §7.1, §8.1.
    ///
    /// - Throws: `truncated` below the fixed part; `badValue` for another type or a code that is not 0; `badOption` for an
    ///   option of length 0 or one that ends beyond the message.
    @inlinable @_lifetime(copy octets)
    public init(_ octets: RawSpan) throws(WireError) {
        guard octets.byteCount >= 8 else { throw .truncated }
        guard let kind = NeighborMessage.Kind(rawValue: octets.load8(0)), octets.load8(1) == 0 else { throw .badValue }
        guard octets.byteCount >= kind.octets else { throw .truncated }
        var offset = kind.octets
        while offset < octets.byteCount {
            guard octets.byteCount &- offset >= 8 else { throw .badOption }
            let length = Int(octets.load8(offset &+ 1)) &* 8
            guard length > 0, length <= octets.byteCount &- offset else { throw .badOption }
            offset &+= length
        }
        self.octets = octets
    }

    @inline(always) public var kind: NeighborMessage.Kind {
        NeighborMessage.Kind(rawValue: octets.load8(0)) ?? .routerSolicitation
    }
    /// The options, to be walked with ``NeighborOptions/next()``.
    @inline(always) public var options: NeighborOptions {
        @_lifetime(copy self) get { NeighborOptions(octets.from(kind.octets)) }
    }

    /// The fixed part by its meaning.
    @inlinable public var message: NeighborMessage {
        switch kind {
        case .routerSolicitation: return .routerSolicitation
        case .routerAdvertisement:
            let flags = octets.load8(5)
            return .routerAdvertisement(
                RouterAdvertisement(
                    hopLimit: octets.load8(4), isManaged: flags & 0x80 != 0, hasOtherConfiguration: flags & 0x40 != 0,
                    routerLifetimeSeconds: octets.load16(6), reachableMilliseconds: octets.load32(8),
                    retransmitMilliseconds: octets.load32(12)))
        case .neighborSolicitation: return .neighborSolicitation(target: octets.loadIPv6(8))
        case .neighborAdvertisement:
            let flags = octets.load8(4)
            return .neighborAdvertisement(
                target: octets.loadIPv6(8),
                NeighborFlags(
                    isRouter: flags & 0x80 != 0, isSolicited: flags & 0x40 != 0, isOverride: flags & 0x20 != 0))
        case .redirect: return .redirect(target: octets.loadIPv6(8), destination: octets.loadIPv6(24))
        }
    }

    /// Refuses what the validation rules refuse beyond this message's own octets. The checksum is checked apart.
    ///
    /// - Throws: `badHopLimit` unless 255; `badValue` for an address and `badOption` for a link-layer address option that
    ///   the rules of the message's kind forbid.
    /// - Source: RFC 4861 §6.1.1, §6.1.2, §7.1.1, §7.1.2, §8.1.
    public func validate(source: IPv6Address, destination: IPv6Address, hopLimit: UInt8) throws(WireError) {
        guard hopLimit == 255 else { throw .badHopLimit }
        switch message {
        case .routerSolicitation:
            if source.isUnspecified, hasSourceLinkLayerAddress { throw .badOption }
        case .routerAdvertisement:
            guard source.isLinkLocal else { throw .badValue }
        case .neighborSolicitation(let target):
            guard !target.isMulticast else { throw .badValue }
            guard source.isUnspecified else { return }
            guard destination.isSolicitedNode else { throw .badValue }
            if hasSourceLinkLayerAddress { throw .badOption }
        case .neighborAdvertisement(let target, let flags):
            guard !target.isMulticast, !(destination.isMulticast && flags.isSolicited) else { throw .badValue }
        case .redirect(let target, let about):
            guard source.isLinkLocal, !about.isMulticast, target.isLinkLocal || target == about else { throw .badValue }
        }
    }

    private var hasSourceLinkLayerAddress: Bool {
        var options = self.options
        while let option = options.next() {
            if case .sourceLinkLayer = option { return true }
        }
        return false
    }

    public var description: String {
        var text = message.description
        var options = self.options, shown = 0
        while shown < 8, let option = options.next() {
            text += ", \(option)"
            shown += 1
        }
        return text
    }
}

/// The flags of a neighbor advertisement. RFC 4861 §4.4.
@frozen public struct NeighborFlags: Equatable, Sendable {
    public var isRouter: Bool, isSolicited: Bool, isOverride: Bool
    @inline(always) public init(isRouter: Bool = false, isSolicited: Bool = false, isOverride: Bool = false) {
        (self.isRouter, self.isSolicited, self.isOverride) = (isRouter, isSolicited, isOverride)
    }
}

/// The fixed part of a router advertisement. Zero in a field means: not specified by this router. RFC 4861 §4.2.
@frozen public struct RouterAdvertisement: Equatable, Sendable {
    public var hopLimit: UInt8
    public var isManaged: Bool
    public var hasOtherConfiguration: Bool
    /// Zero: not a default router.
    public var routerLifetimeSeconds: UInt16
    public var reachableMilliseconds: UInt32
    public var retransmitMilliseconds: UInt32

    @inline(always) public init(
        hopLimit: UInt8, isManaged: Bool = false, hasOtherConfiguration: Bool = false, routerLifetimeSeconds: UInt16,
        reachableMilliseconds: UInt32 = 0, retransmitMilliseconds: UInt32 = 0
    ) {
        self.hopLimit = hopLimit
        self.isManaged = isManaged
        self.hasOtherConfiguration = hasOtherConfiguration
        self.routerLifetimeSeconds = routerLifetimeSeconds
        self.reachableMilliseconds = reachableMilliseconds
        self.retransmitMilliseconds = retransmitMilliseconds
    }
}
