/// One option of an IPv4 header, its lengths and pointer checked. RFC 791 §3.1.
@frozen public struct IPv4Option: Equatable, Sendable {
    @frozen public enum Kind: Sendable {
        case recordRoute, looseSourceRoute, strictSourceRoute, timestamp, routerAlert
        /// Unknown: a receiver skips it. RFC 1122 §3.2.1.8.
        case other
    }

    /// The option's type octet.
    public let type: UInt8
    /// Where its type octet is within ``IPv4View/options``.
    public let offset: Int
    /// Type, length and content.
    public let octets: Int

    @usableFromInline init(type: UInt8, offset: Int, octets: Int) {
        self.type = type
        self.offset = offset
        self.octets = octets
    }

    @inlinable public var kind: Kind {
        switch type {
        case 7: .recordRoute
        case 131: .looseSourceRoute
        case 137: .strictSourceRoute
        case 68: .timestamp
        case 148: .routerAlert
        default: .other
        }
    }
    /// The sender tells the way: hosts and routers refuse such packets by default. RFC 7126 §4.3, §4.4.
    @inlinable public var isSourceRoute: Bool { type == 131 || type == 137 }
    /// To be copied into every fragment.
    @inline(always) public var isCopied: Bool { type & 0x80 != 0 }
}

/// Walks the options of an IPv4 header; at most 40 octets, so at most 20 options.
@frozen public struct IPv4Options: ~Escapable {
    @usableFromInline let octets: RawSpan
    @usableFromInline var offset: Int

    /// - Parameter octets: as ``IPv4View/options`` gives them; unchecked until ``next()`` reaches them.
    @inlinable @_lifetime(copy octets)
    public init(_ octets: RawSpan) {
        self.octets = octets
        offset = 0
    }

    /// The next option that is neither padding nor the end; nil at the end.
    ///
    /// - Throws: `badOption` for a length beyond the header or wrong for the type, or a pointer below its minimum.
    ///   Nothing after a bad option can be trusted: stop there.
    public mutating func next() throws(WireError) -> IPv4Option? {
        while offset < octets.byteCount {
            let type = octets.load8(offset)
            if type == 0 { break }
            if type == 1 { offset &+= 1; continue }
            let left = octets.byteCount &- offset
            guard left >= 2 else { throw .badOption }
            let length = Int(octets.load8(offset &+ 1))
            guard length >= 2, length <= left else { throw .badOption }
            let option = IPv4Option(type: type, offset: offset, octets: length)
            guard isWellFormed(option) else { throw .badOption }
            offset &+= length
            return option
        }
        offset = octets.byteCount
        return nil
    }

    /// The content after the length octet; empty when the option is not of these options.
    @inlinable @_lifetime(copy self)
    public func content(of option: IPv4Option) -> RawSpan {
        guard option.offset &+ option.octets <= octets.byteCount else { return octets.part(0..<0) }
        return octets.part(option.offset &+ 2, option.offset &+ option.octets)
    }

    /// The lengths and pointers that RFC 791 §3.1 and RFC 2113 §2.1 give each type.
    private func isWellFormed(_ option: IPv4Option) -> Bool {
        switch option.kind {
        case .recordRoute, .looseSourceRoute, .strictSourceRoute:
            guard option.octets >= 3, (option.octets &- 3) % 4 == 0 else { return false }
            let pointer = octets.load8(option.offset &+ 2)
            return pointer >= 4 && pointer % 4 == 0
        case .timestamp:
            guard option.octets >= 4, option.octets % 4 == 0 else { return false }
            return octets.load8(option.offset &+ 2) >= 5
        case .routerAlert: return option.octets == 4
        case .other: return true
        }
    }
}
