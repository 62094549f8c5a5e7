/// Where the extension headers of a packet lead, for its destination. RFC 8200 §4.
@frozen public struct IPv6Chain: Equatable, Sendable {
    @frozen public enum Outcome: Equatable, Sendable {
        /// Neither an extension header nor "no next header": hand over the octets from `offset` of the packet.
        case upperLayer(IPProtocol, offset: Int)
        /// Part of a datagram; its octets begin at `offset` of the packet. Walk again once it is whole.
        case fragment(IPv6Fragment, offset: Int)
        /// "No next header": nothing for anyone. RFC 8200 §4.7.
        case nothing
        /// Discard, and send a Parameter Problem with this code and pointer. RFC 4443 §3.4.
        case problem(ICMPv6Message.Parameter, pointer: Int)
        /// Discard in silence.
        case discard(WireError)
    }

    public var outcome: Outcome
    /// The value of a router alert seen in the hop-by-hop header. RFC 2711.
    public var routerAlert: UInt16?
    /// Where in the packet the octet is that named the last header: what a Parameter Problem (code 1) points to.
    public var nextHeaderOffset: Int
    /// Where in the packet a fragment header was: what precedes it is the unfragmentable part.
    public var fragmentHeaderOffset: Int?

    @usableFromInline init() {
        outcome = .nothing
        nextHeaderOffset = 6
    }

    /// More headers than this are refused: RFC 8200 names six kinds and asks for each once, destination options twice.
    public static var maximumHeaders: Int { 8 }
}

extension IPv6View {
    /// Follows the extension headers as the destination does.
    ///
    /// - Complexity: O(octets of extension headers), at most ``IPv6Chain/maximumHeaders`` headers; no allocation.
    @inlinable public func walk() -> IPv6Chain {
        var chain = IPv6Chain()
        switch next {
        case .hopByHop, .routing, .fragment, .destinationOptions, .noNextHeader:
            var walker = IPv6ChainWalker(octets)
            chain.outcome = walker.outcome(next, &chain)
        default: chain.outcome = .upperLayer(next, offset: IPv6Header.octets)
        }
        return chain
    }
}

/// The walk over one packet's extension headers; lives for one call.
@usableFromInline struct IPv6ChainWalker: ~Escapable {
    let octets: RawSpan
    var offset = IPv6Header.octets

    @usableFromInline @_lifetime(copy octets)
    init(_ octets: RawSpan) { self.octets = octets }

    @usableFromInline mutating func outcome(_ first: IPProtocol, _ chain: inout IPv6Chain) -> IPv6Chain.Outcome {
        var next = first, count = 0
        while true {
            if next == .noNextHeader { return .nothing }
            guard next.isExtensionHeader else { return .upperLayer(next, offset: offset) }
            guard count < IPv6Chain.maximumHeaders else { return .discard(.tooManyHeaders) }
            if next == .hopByHop, count > 0 { return .problem(.unknownNextHeader, pointer: chain.nextHeaderOffset) }
            guard let header = headerOctets(next) else { return .discard(.truncated) }
            if let end = inspect(next, header, &chain) { return end }
            next = IPProtocol(rawValue: octets.load8(offset))
            chain.nextHeaderOffset = offset
            offset &+= header
            count &+= 1
        }
    }

    /// The length of the extension header at `offset`; nil when it does not end within the packet.
    private func headerOctets(_ kind: IPProtocol) -> Int? {
        guard octets.byteCount &- offset >= 8 else { return nil }
        let length = kind == .fragment ? 8 : 8 &+ 8 &* Int(octets.load8(offset &+ 1))
        return length <= octets.byteCount &- offset ? length : nil
    }

    /// What ends the walk at this header; nil to go on.
    private func inspect(_ kind: IPProtocol, _ header: Int, _ chain: inout IPv6Chain) -> IPv6Chain.Outcome? {
        switch kind {
        case .routing:
            // No routing type is known here; with no segments left the header is skipped. RFC 8200 §4.4, RFC 5095 §3.
            return octets.load8(offset &+ 3) == 0 ? nil : .problem(.erroneousField, pointer: offset &+ 2)
        case .fragment:
            chain.fragmentHeaderOffset = offset
            guard let fragment = try? IPv6Fragment(octets.from(offset)) else { return .discard(.truncated) }
            return fragment.isAtomic ? nil : refusal(of: fragment) ?? .fragment(fragment, offset: offset &+ 8)
        default: return inspectOptions(header, &chain)
        }
    }

    /// RFC 8200 §4.5: a fragment other than the last has a multiple of 8 octets, and none ends beyond 65,535.
    private func refusal(of fragment: IPv6Fragment) -> IPv6Chain.Outcome? {
        let content = octets.byteCount &- offset &- 8
        if fragment.moreFragments, content & 7 != 0 { return .problem(.erroneousField, pointer: 4) }
        let end = fragment.fragmentOffset.octets &+ content &+ offset &- IPv6Header.octets
        return end > 65_535 ? .problem(.erroneousField, pointer: offset &+ 2) : nil
    }

    /// RFC 8200 §4.2: what the highest bits of an unknown option's type ask for.
    private func inspectOptions(_ header: Int, _ chain: inout IPv6Chain) -> IPv6Chain.Outcome? {
        var options = IPv6Options(octets.part(offset &+ 2, offset &+ header))
        do throws(WireError) {
            while let option = try options.next() {
                if let value = options.routerAlert(of: option) {
                    chain.routerAlert = value
                    continue
                }
                let pointer = offset &+ 2 &+ option.offset
                switch option.actionIfUnknown {
                case .skip: continue
                case .discard: return .discard(.badOption)
                case .discardAndReport: return .problem(.unknownOption, pointer: pointer)
                case .discardAndReportUnlessMulticast:
                    return octets.load8(24) == 0xff ? .discard(.badOption) : .problem(.unknownOption, pointer: pointer)
                }
            }
        } catch { return .discard(error) }
        return nil
    }
}

extension IPProtocol {
    /// A header that ``IPv6View/walk()`` passes on its way to the upper layer.
    @inlinable public var isExtensionHeader: Bool {
        switch self {
        case .hopByHop, .routing, .fragment, .destinationOptions: true
        default: false
        }
    }
}
