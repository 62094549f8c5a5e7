/// The fixed part of a neighbor discovery message, to read and to send; options follow it. RFC 4861 §4.
@frozen public enum NeighborMessage: Equatable, Sendable {
    @frozen public enum Kind: UInt8, Sendable {
        case routerSolicitation = 133, routerAdvertisement = 134, neighborSolicitation = 135, neighborAdvertisement = 136
        case redirect = 137

        /// The length of the fixed part.
        @inlinable public var octets: Int {
            switch self {
            case .routerSolicitation: 8
            case .routerAdvertisement: 16
            case .neighborSolicitation, .neighborAdvertisement: 24
            case .redirect: 40
            }
        }
    }

    case routerSolicitation
    case routerAdvertisement(RouterAdvertisement)
    case neighborSolicitation(target: IPv6Address)
    case neighborAdvertisement(target: IPv6Address, NeighborFlags)
    case redirect(target: IPv6Address, destination: IPv6Address)

    @inlinable public var kind: Kind {
        switch self {
        case .routerSolicitation: .routerSolicitation
        case .routerAdvertisement: .routerAdvertisement
        case .neighborSolicitation: .neighborSolicitation
        case .neighborAdvertisement: .neighborAdvertisement
        case .redirect: .redirect
        }
    }

    /// The length of the fixed part: options are written from there.
    @inlinable public var octets: Int { kind.octets }

    /// Fills the fixed part, the checksum with zero: see ``ICMPv6Message/seal(_:source:destination:)``.
    /// Traps when it does not fit.
    @inlinable public func write(into out: inout MutableRawSpan) {
        out.requireRoom(octets)
        switch self {
        case .routerSolicitation: out.storeICMP(133, 0, 0)
        case .routerAdvertisement(let router):
            let flags: UInt32 = (router.isManaged ? 0x80_0000 : 0) | (router.hasOtherConfiguration ? 0x40_0000 : 0)
            out.storeICMP(134, 0, UInt32(router.hopLimit) &<< 24 | flags | UInt32(router.routerLifetimeSeconds))
            out.store32(router.reachableMilliseconds, 8)
            out.store32(router.retransmitMilliseconds, 12)
        case .neighborSolicitation(let target):
            out.storeICMP(135, 0, 0)
            out.storeIPv6(target, 8)
        case .neighborAdvertisement(let target, let flags):
            let router: UInt32 = flags.isRouter ? 0x8000_0000 : 0
            out.storeICMP(136, 0, router | (flags.isSolicited ? 0x4000_0000 : 0) | (flags.isOverride ? 0x2000_0000 : 0))
            out.storeIPv6(target, 8)
        case .redirect(let target, let destination):
            out.storeICMP(137, 0, 0)
            out.storeIPv6(target, 8)
            out.storeIPv6(destination, 24)
        }
    }
}

extension NeighborMessage: CustomStringConvertible {
    public var description: String {
        switch self {
        case .routerSolicitation: "router solicitation"
        case .routerAdvertisement(let router): "router advertisement, lifetime \(router.routerLifetimeSeconds) s"
        case .neighborSolicitation(let target): "neighbor solicitation, who has \(target)?"
        case .neighborAdvertisement(let target, let flags):
            "neighbor advertisement, \(target)\(flags.isRouter ? " router" : "")\(flags.isSolicited ? " solicited" : "")"
                + (flags.isOverride ? " override" : "")
        case .redirect(let target, let destination): "redirect, \(destination) through \(target)"
        }
    }
}
