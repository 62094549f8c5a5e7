/// How many octets may be in flight: slow start, then avoidance by CUBIC or NewReno.
struct CongestionControl {
    typealias Algorithm = CongestionAlgorithm

    private(set) var cubic = Cubic()
    private(set) var segment: UInt32
    /// cwnd, in octets.
    private(set) var window: UInt32
    /// ssthresh, in octets; `.max` before the first reduction.
    private(set) var threshold = UInt32.max
    /// NewReno's part of an octet.
    private var credit: UInt32 = 0
    /// The window was the limit when the octet before this one was transmitted.
    private var limitedUntil: SequenceNumber
    private var hyStart: HyStart
    private var wasLimited = false
    let algorithm: Algorithm

    /// RFC 7323 §2.3: no peer's window is larger.
    static var largest: UInt32 { 1 &<< 30 }

    init(_ options: RecoveryOptions, _ start: SequenceNumber) {
        algorithm = options.algorithm
        segment = UInt32(clamping: max(options.segment, 1))
        window = UInt32(clamping: Self.initialWindow(segment: options.segment, wasHandshakeResent: options.wasHandshakeResent))
        hyStart = HyStart(start)
        limitedUntil = start
    }

    /// RFC 6928 §2: ten segments, at most 14600 octets or two large segments; one when the SYN was lost (RFC 5681 §3.1).
    static func initialWindow(segment: Int, wasHandshakeResent: Bool) -> Int {
        wasHandshakeResent ? segment : min(10 &* segment, max(2 &* segment, 14_600))
    }

    var isInSlowStart: Bool { window < threshold }
    var isConservative: Bool { isInSlowStart && hyStart.isConservative }

    // MARK: growth

    /// Something new went out and `inFlight` octets are on the way: was the window the limit? RFC 7661 §4.1, lightly: in
    /// slow start half a window counts, since it doubles in a round trip.
    mutating func transmitted(inFlight: Int, nxt: SequenceNumber) {
        let used = isInSlowStart ? inFlight &* 2 : inFlight &+ Int(segment)
        if used > Int(window) { (limitedUntil, wasLimited) = (nxt, true) }
    }

    /// Octets arrived in order and nothing is being recovered. `before` is the front before that.
    mutating func grow(_ octets: Int, before: SequenceNumber, una: SequenceNumber, nxt: SequenceNumber, _ time: GrowthTime) {
        if threshold == .max, hyStart.acknowledged(una, nxt: nxt, roundTrip: time.sample) { threshold = window }
        guard isLimited(before) else {
            wasLimited = false
            return cubic.pause()
        }
        var left = UInt32(clamping: octets)
        if isInSlowStart {
            // No limit on what one acknowledgment opens (RFC 9406 §4.3 has L = 8): peers that acknowledge a burst at a
            // time, as we do, would be held back, and a burst stays within the next link's queue.
            let growth = isConservative ? left / HyStart.growthDivisor : left
            let room = threshold &- window
            window &+= min(min(growth, room), Self.largest &- min(window, Self.largest))
            guard growth > room else { return }
            left = growth &- room
        }
        window = min(avoid(left, time), Self.largest)
    }

    private func isLimited(_ before: SequenceNumber) -> Bool { wasLimited && before < limitedUntil }

    private mutating func avoid(_ octets: UInt32, _ time: GrowthTime) -> UInt32 {
        switch algorithm {
        case .cubic:
            return cubic.grow(window, octets, segment: segment, roundTrip: time.smoothed, now: time.now)
        case .newReno: // RFC 5681 §3.1 (2), (3): a segment a round trip
            let growth = UInt64(octets) &* UInt64(segment) &+ UInt64(credit)
            credit = UInt32(truncatingIfNeeded: growth % UInt64(window))
            return UInt32(clamping: UInt64(window) &+ growth / UInt64(window))
        }
    }

    // MARK: reduction

    /// A loss or a mark: the threshold falls, the window follows by rate reduction. `flight` is what was on the way;
    /// a window that was not used does not count (RFC 7661 §4.4.1). RFC 9438 §4.6, RFC 5681 §3.1 (4).
    mutating func reduce(flight: Int, before: SequenceNumber) {
        let from = used(flight, before)
        switch algorithm {
        case .cubic:
            cubic.reduced(from: from)
            threshold = max(UInt32(UInt64(from) &* 7 / 10), 2 &* segment)
        case .newReno:
            threshold = max(from / 2, 2 &* segment)
        }
        credit = 0
    }

    /// RFC 5681 §3.1, RFC 9438 §4.8; the window itself is the caller's: one segment more than what is in flight.
    mutating func timedOut(flight: Int, before: SequenceNumber) {
        let from = used(flight, before)
        reduce(flight: flight, before: before)
        cubic.timedOut(from: from)
    }

    private func used(_ flight: Int, _ before: SequenceNumber) -> UInt32 {
        isLimited(before) ? window : min(window, UInt32(clamping: max(flight, Int(segment))))
    }

    mutating func setWindow(_ octets: Int) { window = min(UInt32(clamping: max(octets, 1)), Self.largest) }

    /// Recovery is over: RFC 9937 §6.2.
    mutating func settle() { window = max(threshold, segment) }

    /// A reduction was a mistake. RFC 4015 §3.2, RFC 9438 §4.9.
    mutating func restore(window: UInt32, threshold: UInt32, maximum: UInt32) {
        self.window = max(self.window, window)
        self.threshold = threshold
        cubic.restore(maximum)
    }

    /// Nothing was sent for `timeouts` retransmission timeouts: what the window was worth is forgotten by halves, down to
    /// the initial window. RFC 5681 §4.1, gentler: RFC 2861 §3.1.
    mutating func idle(timeouts: UInt64, restart: Int) {
        let least = min(window, UInt32(clamping: restart))
        threshold = threshold == .max ? .max : max(threshold, UInt32(UInt64(window) &* 3 / 4))
        window = max(window &>> UInt32(min(timeouts, 31)), least)
        cubic.pause()
    }

    mutating func setSegment(_ octets: Int) { segment = UInt32(clamping: max(octets, 1)) }
}

/// When, for growth: microseconds.
struct GrowthTime {
    var now: UInt64
    var smoothed: UInt64
    /// The round trip of the newest arrival, if it was measured.
    var sample: UInt32?
}
