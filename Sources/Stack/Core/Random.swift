/// SipHash-2-4 of two words: a keyed function that nobody without the key can predict.
/// Source: Aumasson and Bernstein, "SipHash: a fast short-input PRF", §2.
struct KeyedFunction: Sendable {
    private let key0: UInt64, key1: UInt64

    init(_ key0: UInt64, _ key1: UInt64) { (self.key0, self.key1) = (key0, key1) }

    func callAsFunction(_ a: UInt64, _ b: UInt64) -> UInt64 {
        var state = SipState(key0, key1)
        state.absorb(a)
        state.absorb(b)
        state.absorb(16 << 56)
        return state.finish()
    }
}

private struct SipState {
    var v0: UInt64, v1: UInt64, v2: UInt64, v3: UInt64

    init(_ key0: UInt64, _ key1: UInt64) {
        v0 = key0 ^ 0x736f_6d65_7073_6575
        v1 = key1 ^ 0x646f_7261_6e64_6f6d
        v2 = key0 ^ 0x6c79_6765_6e65_7261
        v3 = key1 ^ 0x7465_6462_7974_6573
    }

    mutating func round() {
        v0 &+= v1; v1 = v1.rotated(13); v1 ^= v0; v0 = v0.rotated(32)
        v2 &+= v3; v3 = v3.rotated(16); v3 ^= v2
        v0 &+= v3; v3 = v3.rotated(21); v3 ^= v0
        v2 &+= v1; v1 = v1.rotated(17); v1 ^= v2; v2 = v2.rotated(32)
    }

    mutating func absorb(_ word: UInt64) {
        v3 ^= word
        round(); round()
        v0 ^= word
    }

    mutating func finish() -> UInt64 {
        v2 ^= 0xff
        round(); round(); round(); round()
        return v0 ^ v1 ^ v2 ^ v3
    }
}

extension UInt64 {
    @inline(__always) fileprivate func rotated(_ bits: UInt64) -> UInt64 { self &<< bits | self &>> (64 &- bits) }
}

/// The stack's only source of chance: SipHash over a counter. The same seed gives the same run; without the seed the
/// next value cannot be told from those before.
struct RandomSource: Sendable {
    private let function: KeyedFunction
    private var position: UInt64 = 0

    init(seed: UInt64) { function = KeyedFunction(seed, seed ^ 0x9e37_79b9_7f4a_7c15) }

    mutating func next() -> UInt64 {
        position &+= 1
        return function(position, 0)
    }

    /// Below `limit`, without bias that matters (limit is far below 2^64). Zero for a limit of zero.
    mutating func below(_ limit: UInt64) -> UInt64 { next().multipliedFullWidth(by: limit).high }

    /// Evenly in [zero, limit].
    mutating func interval(upTo limit: Interval) -> Interval {
        Interval(nanoseconds: Int64(below(UInt64(max(limit.nanoseconds, 0)) &+ 1)))
    }

    mutating func interval(_ low: Interval, _ high: Interval) -> Interval {
        Interval(nanoseconds: low.nanoseconds &+ interval(upTo: Interval(nanoseconds: high.nanoseconds &- low.nanoseconds)).nanoseconds)
    }
}
