/// HyStart++: slow start notices that the round trip grows, goes on at a quarter of the pace, and either sees that it was
/// jitter or ends before it overruns the path. RFC 9406 §4.2; only for the first slow start (§4.3).
struct HyStart {
    /// A round ends when this is acknowledged.
    private var roundEnd: SequenceNumber
    /// The shortest round trips, in microseconds; `.max` without a sample.
    private var lastRound = UInt32.max, thisRound = UInt32.max, baseline = UInt32.max
    private var samples: UInt8 = 0
    private var conservativeRounds: UInt8 = 0
    /// Conservative slow start: growth by a quarter.
    private(set) var isConservative = false

    static var samplesNeeded: UInt8 { 8 }
    static var rounds: UInt8 { 5 }
    static var growthDivisor: UInt32 { 4 }
    private static var leastThreshold: UInt32 { 4000 }
    private static var mostThreshold: UInt32 { 16_000 }

    init(_ start: SequenceNumber) { roundEnd = start }

    /// An acknowledgment in slow start; `roundTrip` in microseconds when it brought one. True: slow start is over.
    mutating func acknowledged(_ una: SequenceNumber, nxt: SequenceNumber, roundTrip: UInt32?) -> Bool {
        if let roundTrip {
            thisRound = min(thisRound, roundTrip)
            if samples < .max { samples &+= 1 }
        }
        if samples >= Self.samplesNeeded { judge() }
        guard una >= roundEnd else { return false }
        (roundEnd, lastRound, thisRound, samples) = (nxt, thisRound, .max, 0)
        if isConservative { conservativeRounds &+= 1 }
        return isConservative && conservativeRounds >= Self.rounds
    }

    private mutating func judge() {
        if isConservative {
            if thisRound < baseline { (isConservative, baseline) = (false, .max) } // it was jitter
        } else if lastRound != .max {
            let threshold = min(max(lastRound / 8, Self.leastThreshold), Self.mostThreshold)
            if thisRound >= lastRound &+ threshold { (isConservative, baseline, conservativeRounds) = (true, thisRound, 0) }
        }
    }
}
