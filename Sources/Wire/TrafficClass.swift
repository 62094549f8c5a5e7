/// The octet that both IP versions give to differentiated services and congestion marks. RFC 2474 §3, RFC 3168 §5.
@frozen public struct TrafficClass: RawRepresentable, Equatable, Hashable, Sendable {
    @frozen public enum ECN: UInt8, Sendable { case notCapable = 0, capable1 = 1, capable0 = 2, congestionExperienced = 3 }

    public var rawValue: UInt8
    @inline(always) public init(rawValue: UInt8) { self.rawValue = rawValue }

    @inline(always) public static var normal: Self { Self(rawValue: 0) }

    /// The code point: 0...63.
    @inline(always) public var dscp: UInt8 { rawValue &>> 2 }
    @inlinable public var ecn: ECN {
        get {
            switch rawValue & 3 {
            case 0: .notCapable
            case 1: .capable1
            case 2: .capable0
            default: .congestionExperienced
            }
        }
        set { rawValue = rawValue & ~3 | newValue.rawValue }
    }
}
