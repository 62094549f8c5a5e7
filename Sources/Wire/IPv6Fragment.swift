/// The fragment header, to read and to send. RFC 8200 §4.5.
@frozen public struct IPv6Fragment: Equatable, Sendable {
    @inline(always) public static var octets: Int { 8 }

    /// The first header of the fragmented part; of the whole datagram only in the fragment at offset zero.
    public var next: IPProtocol
    public var fragmentOffset: FragmentOffset
    public var moreFragments: Bool
    public var identification: UInt32

    @inline(always) public init(
        next: IPProtocol, fragmentOffset: FragmentOffset, moreFragments: Bool, identification: UInt32
    ) {
        self.next = next
        self.fragmentOffset = fragmentOffset
        self.moreFragments = moreFragments
        self.identification = identification
    }

    /// - Throws: `truncated` below 8 octets. Reserved bits are ignored.
    @inlinable public init(_ octets: RawSpan) throws(WireError) {
        guard octets.byteCount >= Self.octets else { throw .truncated }
        let word = octets.load16(2)
        next = IPProtocol(rawValue: octets.load8(0))
        fragmentOffset = FragmentOffset(eighths: word &>> 3)
        moreFragments = word & 1 != 0
        identification = octets.load32(4)
    }

    /// A whole packet in the dress of a fragment: processed alone, never mixed with others. RFC 6946 §4.
    @inlinable public var isAtomic: Bool { fragmentOffset == .zero && !moreFragments }

    /// Fills the first 8 octets. Traps when they do not fit.
    @inlinable public func write(into out: inout MutableRawSpan) {
        out.requireRoom(Self.octets)
        out.store8(next.rawValue, 0)
        out.store8(0, 1)
        out.store16(fragmentOffset.eighths &<< 3 | (moreFragments ? 1 : 0), 2)
        out.store32(identification, 4)
    }
}

extension IPv6Fragment: CustomStringConvertible {
    public var description: String {
        "fragment at \(fragmentOffset.octets)\(moreFragments ? "+" : "") of \(identification), \(next)"
    }
}
