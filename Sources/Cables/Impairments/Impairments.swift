/// What one direction of a cable does to frames on purpose. All zero: nothing.
public struct Impairments: Equatable, Sendable {
    /// A chance in parts of a million.
    public typealias PartsPerMillion = UInt32

    public var loss: PartsPerMillion = 0
    public var duplicate: PartsPerMillion = 0
    /// One bit of the frame is turned over.
    public var corrupt: PartsPerMillion = 0
    /// The frame is held back, so that later ones overtake it.
    public var reorder: PartsPerMillion = 0
    /// Nanoseconds every frame takes.
    public var delay: UInt64 = 0
    /// Nanoseconds at most that a frame's delay differs from `delay`, evenly, never letting one frame overtake another.
    public var jitter: UInt64 = 0
    /// Bits a second; 0: no limit.
    public var rate: UInt64 = 0

    public init() {}

    /// True when frames pass as they are: the caller need not copy them.
    public var isTransparent: Bool { self == Impairments() }

    /// Nanoseconds beyond its delay for which a reordered frame is held back.
    static let holdBack: UInt64 = 10_000_000
}

/// Where the frames of one direction went.
///
/// Always: `entered + duplicated == left + lost + overflowed + flushed + held`.
public struct ImpairmentCounters: Equatable, Sendable {
    public var entered: UInt64 = 0, left: UInt64 = 0
    /// Dropped by chance.
    public var lost: UInt64 = 0
    /// Dropped because the line held all that it may.
    public var overflowed: UInt64 = 0
    /// Dropped because the cable was pulled or the settings changed while they were on their way.
    public var flushed: UInt64 = 0
    public var duplicated: UInt64 = 0, corrupted: UInt64 = 0, reordered: UInt64 = 0
    /// On their way now.
    public var held: UInt64 = 0

    public init() {}
}

/// A small generator that gives the same sequence for the same seed on every machine: an additive Weyl sequence through
/// a mixing function of two multiplications.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64
    public init(seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// True with the given chance. Always takes one number, so that one setting does not disturb another's sequence.
    mutating func happens(_ chance: Impairments.PartsPerMillion) -> Bool {
        let drawn = next() >> 32
        return drawn &* 1_000_000 < UInt64(chance) << 32
    }

    /// 0 ..< bound; 0 for 0.
    mutating func below(_ bound: UInt64) -> UInt64 { next().multipliedFullWidth(by: bound).high }
}
