/// One option of a hop-by-hop or destination options header. RFC 8200 §4.2.
@frozen public struct IPv6Option: Equatable, Sendable {
    /// What to do with a packet whose option is not understood: the two highest bits of the type.
    @frozen public enum Action: UInt8, Sendable {
        case skip = 0, discard = 1, discardAndReport = 2, discardAndReportUnlessMulticast = 3
    }

    /// The option's type octet.
    public let type: UInt8
    /// Where its type octet is within the options.
    public let offset: Int
    /// Of the content, type and length octets apart.
    public let contentOctets: Int

    @usableFromInline init(type: UInt8, offset: Int, contentOctets: Int) {
        self.type = type
        self.offset = offset
        self.contentOctets = contentOctets
    }

    @inlinable public var actionIfUnknown: Action {
        switch type &>> 6 {
        case 0: .skip
        case 1: .discard
        case 2: .discardAndReport
        default: .discardAndReportUnlessMulticast
        }
    }
    /// RFC 2711 §2.1.
    @inline(always) public var isRouterAlert: Bool { type == 5 && contentOctets == 2 }
    /// RFC 2675 §2: not spoken here, so handled by its action bits like any unknown option.
    @inline(always) public var isJumboPayload: Bool { type == 0xc2 }
}

/// Walks the options of a hop-by-hop or destination options header; at most 2,046 octets.
@frozen public struct IPv6Options: ~Escapable {
    @usableFromInline let octets: RawSpan
    @usableFromInline var offset: Int

    /// - Parameter octets: the header without its first two octets.
    @inlinable @_lifetime(copy octets)
    public init(_ octets: RawSpan) {
        self.octets = octets
        offset = 0
    }

    /// The next option that is not padding; nil at the end.
    ///
    /// - Throws: `badOption` for an option that does not end within the header.
    public mutating func next() throws(WireError) -> IPv6Option? {
        while offset < octets.byteCount {
            let type = octets.load8(offset)
            if type == 0 { offset &+= 1; continue }  // Pad1
            let left = octets.byteCount &- offset
            guard left >= 2 else { throw .badOption }
            let content = Int(octets.load8(offset &+ 1))
            guard content <= left &- 2 else { throw .badOption }
            let option = IPv6Option(type: type, offset: offset, contentOctets: content)
            offset &+= 2 &+ content
            if type != 1 { return option }  // PadN
        }
        return nil
    }

    /// The value of a router alert option: 0 says that MLD is inside. RFC 2711 §2.1.
    @inlinable public func routerAlert(of option: IPv6Option) -> UInt16? {
        guard option.isRouterAlert, option.offset &+ 4 <= octets.byteCount else { return nil }
        return octets.load16(option.offset &+ 2)
    }
}

/// A hop-by-hop header to send that holds a router alert and nothing else, as MLD needs. RFC 2711 §2.1.
@frozen public struct IPv6RouterAlert: Equatable, Sendable {
    @inline(always) public static var octets: Int { 8 }
    /// What follows this header.
    public var next: IPProtocol
    @inline(always) public init(next: IPProtocol) { self.next = next }

    /// Fills the first 8 octets. Traps when they do not fit.
    @inlinable public func write(into out: inout MutableRawSpan) {
        out.requireRoom(Self.octets)
        out.store8(next.rawValue, 0)
        out.store8(0, 1)
        out.store32(0x0502_0000, 2)  // router alert, 2 octets, MLD
        out.store16(0x0100, 6)  // PadN of nothing
    }
}
