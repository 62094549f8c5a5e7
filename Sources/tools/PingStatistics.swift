internal import Messages

/// The figures of a run of `ping`.
struct PingStatistics: Equatable, Codable {
    var transmitted = 0
    var received = 0
    var duplicates = 0
    var corrupted = 0
    var errors = 0
    /// Nanoseconds.
    private(set) var shortest: UInt64 = .max
    private(set) var longest: UInt64 = 0
    /// Milliseconds, by Welford's method: no difference of large sums.
    private(set) var mean = 0.0
    private var squares = 0.0
    private var samples = 0

    /// Counts a reply that took `roundTrip` nanoseconds.
    mutating func count(_ roundTrip: UInt64, duplicate: Bool, corrupted wrong: Bool) {
        if wrong { corrupted += 1 }
        if duplicate { duplicates += 1 } else { received += 1 }
        (shortest, longest) = (min(shortest, roundTrip), max(longest, roundTrip))
        samples += 1
        let time = Double(roundTrip) / 1e6, apart = time - mean
        mean += apart / Double(samples)
        squares += apart * (time - mean)
    }

    /// Milliseconds squared.
    var variance: Double { samples == 0 ? 0 : squares / Double(samples) }

    static func milliseconds(_ nanoseconds: UInt64) -> String { Number.fixed(Double(nanoseconds) / 1e6, 3) }

    /// The closing lines, in QNX's wording.
    func text(_ host: String) -> String {
        var text = "\n----\(host) PING Statistics----\n\(transmitted) packets transmitted, \(received) packets received, "
        if duplicates > 0 { text += "+\(duplicates) duplicates, " }
        if corrupted > 0 { text += "+\(corrupted) corrupted, " }
        if errors > 0 { text += "+\(errors) errors, " }
        text += "\(lossPercent)% packet loss\n"
        guard samples > 0 else { return text }
        let (least, most) = (Self.milliseconds(shortest), Self.milliseconds(longest))
        text += "round-trip min/avg/max = \(least)/\(Number.fixed(mean, 3))/\(most) ms   "
        return text + "variance = \(Number.fixed(variance, 3)) ms^2\n"
    }

    var lossPercent: Int { transmitted == 0 ? 0 : max(0, transmitted - received) * 100 / transmitted }
}

/// What `ping --json` prints.
struct PingReport: Codable, Equatable {
    var host: String
    var transmitted: Int, received: Int, duplicates: Int, corrupted: Int, errors: Int, lossPercent: Int
    /// Milliseconds; nil without a reply.
    var minimum: Double?, average: Double?, maximum: Double?, variance: Double?

    init(_ host: String, _ figures: PingStatistics) {
        self.host = host
        (transmitted, received, duplicates) = (figures.transmitted, figures.received, figures.duplicates)
        (corrupted, errors, lossPercent) = (figures.corrupted, figures.errors, figures.lossPercent)
        guard figures.received + figures.duplicates > 0 else { return }
        (minimum, maximum) = (Double(figures.shortest) / 1e6, Double(figures.longest) / 1e6)
        (average, variance) = (figures.mean, figures.variance)
    }
}
