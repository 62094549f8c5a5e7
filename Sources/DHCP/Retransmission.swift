/// Randomness as a parameter: SplitMix64.
public struct Dice: RandomNumberGenerator, Sendable {
    private var state: UInt64
    public init(seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed &>> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed &>> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed &>> 31
    }

    /// A time between two, in milliseconds.
    mutating func time(_ low: Duration, _ high: Duration) -> Duration {
        let span = (high - low).milliseconds
        return span <= 0 ? low : low + .milliseconds(Int64.random(in: 0...span, using: &self))
    }
}

extension Duration {
    var milliseconds: Int64 { components.seconds &* 1000 &+ components.attoseconds / 1_000_000_000_000_000 }
    /// Whole seconds, for a field of 16 bits.
    var secondsField: UInt16 { UInt16(clamping: components.seconds) }
}

/// How long to wait for an answer to the next copy of a DHCPv4 message: 4 s, doubled to 64 s, each a second more or less.
/// RFC 2131 §4.1.
struct Backoff4: Sendable {
    private var base: Duration = .seconds(4)

    mutating func next(_ dice: inout Dice) -> Duration {
        defer { base = min(base * 2, .seconds(64)) }
        return dice.time(base - .seconds(1), base + .seconds(1))
    }
}

/// The same of DHCPv6: an initial time, a greatest one, and a bound on copies and on the whole. RFC 8415 §15.
struct Backoff6: Sendable {
    var initial: Duration
    /// Zero: none.
    var greatest: Duration = .zero
    /// Zero: none.
    var copies = 0
    private(set) var sent = 0
    private var last: Duration = .zero

    init(initial: Duration, greatest: Duration = .zero, copies: Int = 0) {
        (self.initial, self.greatest, self.copies) = (initial, greatest, copies)
    }

    /// RFC 8415 §18.2.1 to §18.2.9, §7.6.
    static let solicit = Backoff6(initial: .seconds(1), greatest: .seconds(3600))
    static let request = Backoff6(initial: .seconds(1), greatest: .seconds(30), copies: 10)
    static let renew = Backoff6(initial: .seconds(10), greatest: .seconds(600))
    static let rebind = Backoff6(initial: .seconds(10), greatest: .seconds(600))
    static let information = Backoff6(initial: .seconds(1), greatest: .seconds(3600))
    static let release = Backoff6(initial: .seconds(1), copies: 4)
    static let decline = Backoff6(initial: .seconds(1), copies: 4)

    /// Whether as many copies have been sent as may be.
    var isSpent: Bool { copies > 0 && sent >= copies }

    /// The wait after the copy that is being sent; a tenth more or less, of the first SOLICIT only more. RFC 8415 §18.2.1.
    mutating func next(_ dice: inout Dice, onlyLater: Bool = false) -> Duration {
        func jittered(_ time: Duration) -> Duration { dice.time(onlyLater ? time : time * 9 / 10, time * 11 / 10) }
        defer { sent += 1 }
        last = sent == 0 ? jittered(initial) : last + jittered(last)
        if greatest > .zero, last > greatest { last = jittered(greatest) }
        return last
    }
}
