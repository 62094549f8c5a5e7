@testable import Stack

/// What a way does to frames, in one direction. Chances are out of 100,000.
struct NetworkConditions {
    var delay = Interval.milliseconds(1)
    /// Octets a millisecond, and octets that wait for it at most; zero: no limit.
    var rate = 0, queue = 64_000
    var loss: UInt64 = 0
    /// A frame that is late by up to `lateness`, so that others overtake it.
    var reordering: UInt64 = 0, lateness = Interval.milliseconds(5)
    var duplication: UInt64 = 0
    /// One bit of an IPv4 packet is turned; the link's own checksum does not notice.
    var corruption: UInt64 = 0
    /// Longer IP packets vanish, and nobody says so.
    var mtu = 1500
    /// Nothing passes.
    var isCut = false

    static func percent(_ loss: Double, delay: Int, rate: Int = 0) -> Self {
        var conditions = Self()
        (conditions.loss, conditions.delay, conditions.rate) = (UInt64(loss * 1000), .milliseconds(delay), rate)
        return conditions
    }
}

/// What became of a frame.
enum FrameFate: UInt8 { case carried, lost, overflowed, tooLong, cut, corrupted, duplicated, late }

/// A digest of all that happened, in order: two runs are the same when it is. FNV-1a.
struct TraceDigest: Equatable, CustomStringConvertible {
    private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325
    private(set) var events = 0

    mutating func note(_ now: Instant, _ direction: Int, _ fate: FrameFate, _ octets: [UInt8]) {
        events += 1
        mix(now.nanoseconds)
        mix(UInt64(direction) << 8 | UInt64(fate.rawValue) | UInt64(octets.count) << 16)
        // The headers say enough; payloads are compared where they are read.
        for octet in octets.prefix(70) { mix(octet) }
    }

    private mutating func mix(_ word: UInt64) {
        value = (value ^ word) &* 0x100_0000_01b3
        value ^= value >> 29
    }
    private mutating func mix(_ octet: UInt8) { value = (value ^ UInt64(octet)) &* 0x100_0000_01b3 }

    var description: String { "\(events) events, \(String(value, radix: 16))" }
}
