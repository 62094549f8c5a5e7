/// Where a fragment's payload belongs: a multiple of 8 octets up to 65,528, by construction. RFC 791 §3.1.
@frozen public struct FragmentOffset: Equatable, Hashable, Sendable {
    /// In units of 8 octets: 0...8191.
    public let eighths: UInt16

    @inline(always) public static var zero: Self { Self(eighths: 0) }

    /// - Returns: nil when `octets` is not a multiple of 8 or above 65,528.
    @inlinable public init?(octets: Int) {
        guard octets >= 0, octets <= 65_528, octets & 7 == 0 else { return nil }
        eighths = UInt16(truncatingIfNeeded: octets &>> 3)
    }

    @usableFromInline init(eighths: UInt16) { self.eighths = eighths }

    @inline(always) public var octets: Int { Int(eighths) &<< 3 }
}

/// An IPv4 header to send. RFC 791 §3.1.
@frozen public struct IPv4Header: Equatable, Sendable {
    /// The length of a header without options.
    @inline(always) public static var octets: Int { 20 }

    /// What a sender puts after the fixed header.
    @frozen public enum Options: Sendable {
        case none
        /// Routers look at the packet although it is not for them: IGMP asks for it. RFC 2113 §2.1.
        case routerAlert
    }

    public var trafficClass: TrafficClass
    public var identification: UInt16
    public var dontFragment: Bool
    public var moreFragments: Bool
    public var fragmentOffset: FragmentOffset
    public var timeToLive: UInt8
    public var next: IPProtocol
    public var source: IPv4Address
    public var destination: IPv4Address
    public var options: Options
    /// What follows the header; with the header at most 65,535.
    public var payloadOctets: Int

    @inline(always) public init(
        source: IPv4Address, destination: IPv4Address, next: IPProtocol, payloadOctets: Int, timeToLive: UInt8 = 64,
        identification: UInt16 = 0, dontFragment: Bool = false, moreFragments: Bool = false,
        fragmentOffset: FragmentOffset = .zero, trafficClass: TrafficClass = .normal, options: Options = .none
    ) {
        self.trafficClass = trafficClass
        self.identification = identification
        self.dontFragment = dontFragment
        self.moreFragments = moreFragments
        self.fragmentOffset = fragmentOffset
        self.timeToLive = timeToLive
        self.next = next
        self.source = source
        self.destination = destination
        self.options = options
        self.payloadOctets = payloadOctets
    }

    /// 20 or 24.
    @inline(always) public var octets: Int { options == .none ? Self.octets : Self.octets &+ 4 }

    /// Fills the first ``octets-property`` octets, checksum included. Traps when they do not fit or the packet passes 65,535.
    @inlinable @inline(__always) public func write(into out: inout MutableRawSpan) {
        out.requireRoom(octets)
        out.store8(0x40 | UInt8(truncatingIfNeeded: octets &>> 2), 0)
        out.store8(trafficClass.rawValue, 1)
        out.store16(UInt16(octets + payloadOctets), 2)
        out.store16(identification, 4)
        let flags: UInt16 = (dontFragment ? 0x4000 : 0) | (moreFragments ? 0x2000 : 0)
        out.store16(flags | fragmentOffset.eighths, 6)
        out.store8(timeToLive, 8)
        out.store8(next.rawValue, 9)
        out.store16(0, 10)
        out.store32(source.value, 12)
        out.store32(destination.value, 16)
        if options == .routerAlert { out.store32(0x9404_0000, 20) }
        var sum = UInt64(0x4000 | octets &<< 6 | Int(trafficClass.rawValue)) &+ UInt64(octets &+ payloadOctets) &+ UInt64(identification)
        sum &+= UInt64(flags | fragmentOffset.eighths) &+ UInt64(timeToLive) &<< 8 &+ UInt64(next.rawValue)
        sum &+= UInt64(source.value) &+ UInt64(destination.value)
        if options == .routerAlert { sum &+= 0x9404 }
        out.store16(~Checksum.fold(sum), 10)
    }

    /// Leaves the checksum of a header in place to hardware, which wants a zero there.
    @inlinable public static func unseal(_ header: inout MutableRawSpan) {
        header.requireRoom(octets)
        header.store16(0, 10)
    }
}
