internal import Rings
internal import Wire

/// What the stack needs of an IPv6 packet's headers, read once.
struct IPv6Facts {
    let source: IPv6Address, destination: IPv6Address
    let hopLimit: UInt8, trafficClass: TrafficClass
    /// What the IPv6 header itself names.
    let first: IPProtocol
    /// Header and payload, without the link's padding.
    let totalOctets: Int
    /// Of the IPv6 header; after ``walked(to:at:alert:)`` the upper layer.
    var next: IPProtocol
    /// Where the upper layer begins; zero for a reassembled datagram whose headers are no longer in front of it.
    var headerOctets = IPv6Header.octets
    /// Where the octet is that named the upper layer.
    var nextHeaderOffset = 6
    var hasRouterAlert = false

    init(_ packet: borrowing Packet) throws(WireError) { self.init(try IPv6View(packet.octets)) }

    init(_ view: borrowing IPv6View) {
        (source, destination, next) = (view.source, view.destination, view.next)
        (hopLimit, trafficClass) = (view.hopLimit, view.trafficClass)
        totalOctets = IPv6Header.octets &+ view.payloadOctets
        first = view.next
    }

    init(_ header: IPv6Header) {
        (source, destination, next) = (header.source, header.destination, header.next)
        (hopLimit, trafficClass) = (header.hopLimit, header.trafficClass)
        totalOctets = IPv6Header.octets &+ header.payloadOctets
        first = header.next
    }
}

extension IPv6Chain {
    /// The walk over the extension headers of a packet that `IPv6Facts` has accepted.
    init(_ packet: borrowing Packet) throws(WireError) { self = try IPv6View(packet.octets).walk() }
}

extension IPv6Address {
    /// Nothing that a packet's header, or a message inside, may name: an IPv4 address in disguise. RFC 4942 §2.2.
    ///
    /// The tables keep IPv4 addresses in this form, so this check is what keeps the families apart.
    var isDisguisedIPv4: Bool { isIPv4Mapped }
}
