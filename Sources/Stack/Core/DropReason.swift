internal import Wire

/// Why a frame was lost. Every loss is counted under exactly one.
public struct DropReason: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt8
    public init?(rawValue: UInt8) {
        guard Self.all.contains(where: { $0.rawValue == rawValue }) else { return nil }
        self.rawValue = rawValue
    }

    private static let errorsALayer: UInt8 = 12

    /// A header that `Wire` refused, or a checksum that does not match.
    @inline(__always) init(_ layer: Layer, _ error: WireError) {
        rawValue = layer.rawValue &* Self.errorsALayer &+ error.rawValue
    }

    /// A good frame for which there was no way on.
    @inline(__always) init(_ fate: Fate) { rawValue = 128 &+ fate.rawValue }

    /// Whose header was refused.
    public enum Layer: UInt8, CaseIterable, Sendable {
        case ethernet, arp, ipv4, icmp, igmp, udp, ipv6, icmpv6, tcp
    }

    /// What became of a frame whose headers are good.
    public enum Fate: UInt8, CaseIterable, Sendable {
        // The link.
        case noInterface, interfaceDown, noLink, notForUs, ownFrame, unknownVLAN, unknownEtherType, frameTooLong
        case transmitQueueFull, noPacket, noHeadroom
        // ARP.
        case arpOperation, arpSender, arpNotForUs, neighborTableFull, neighborQueueFull, neighborFailed
        // IP.
        case martianSource, martianDestination, linkBroadcastUnicast, sourceRouted, notOurs, notMember, ttlExceeded
        case noRoute, redirectIgnored, rejectRoute, blackholeRoute, fragmentationNeeded, protocolUnreachable, notForwardable
        case fragmentMisaligned, fragmentTooLong, fragmentOverlap, fragmentDuplicate, fragmentTimeout, reassemblyFull, reassemblySource
        case addressGone, familyOff
        // ICMP and IGMP.
        case icmpUnknownType, icmpNotOurs, icmpErrorUnmatched, icmpUnwanted, echoBroadcast, igmpNotMember
        // Endpoints.
        case portUnreachable, endpointFull, portZero, endpointClosed
        // IPv6, ICMPv6, neighbor discovery, MLD.
        case beyondScope, addressTentative, headerRefused, nothingInside, fragmentChain
        case tcpGroup, tcpNoConnection, tcpOutOfWindow, tcpDuplicate, tcpOldTimestamp, tcpUnexpectedSyn, tcpNoSyn, tcpNoAcknowledgment
        case tcpBadAcknowledgment, tcpResetInWindow, tcpAfterFin, tcpClosedReader, tcpNoMemory, tcpTooManyGaps, tcpBacklogFull
        case tcpTimeWait
        case ndSender, ndNotForUs, ndUnknownNeighbor, ndNotAccepted, ndNotRouter, ndMartian, mldNotAccepted, mldNotMember
    }

    /// Every reason that can occur, in the order of a listing. Cold.
    public static let all: [DropReason] =
        Layer.allCases.flatMap { layer in layer.possible.map { DropReason(layer, $0) } } + Fate.allCases.map { DropReason($0) }

    /// For a listing: `ipv4: bad checksum`, `ttl exceeded`. Cold.
    public var text: String {
        if rawValue >= 128 { return Fate(rawValue: rawValue - 128)?.text ?? "unknown" }
        let layer = Layer(rawValue: rawValue / Self.errorsALayer), error = WireError(rawValue: rawValue % Self.errorsALayer)
        guard let layer, let error else { return "unknown" }
        return "\(layer): \(error)"
    }
}

extension DropReason.Layer {
    /// The refusals that this layer knows.
    var possible: [WireError] {
        switch self {
        case .ethernet: [.truncated, .badValue]
        case .arp: [.truncated, .badLength, .badValue]
        case .ipv4: [.truncated, .badLength, .badVersion, .badChecksum, .badOption]
        case .icmp: [.truncated, .badChecksum]
        case .igmp: [.truncated, .badLength, .badChecksum, .badValue]
        case .udp, .tcp: [.truncated, .badLength, .badChecksum]
        case .ipv6, .icmpv6: WireError.allCases
        }
    }
}

extension DropReason.Fate {
    /// The case's name in words.
    var text: String {
        var words = ""
        for character in "\(self)" {
            if character.isUppercase { words += " " }
            words += character.lowercased()
        }
        return words
    }
}
