internal import Wire

/// How fast errors may be sent: to all, and to one part of the Internet. RFC 1812 §4.3.2.8, RFC 4443 §2.4 (f).
///
/// A destination's class is a keyed hash of its /24 or /64, so that one flooded victim does not silence errors to others
/// and an observer cannot tell which networks share a bucket.
struct ICMPLimits: ~Copyable {
    static let classes = 64
    private var all: TokenBucket
    private var each: Table<TokenBucket>

    init(_ configuration: StackConfiguration) {
        let bucket = TokenBucket(every: configuration.icmpInterval, burst: configuration.icmpBurst)
        let share = TokenBucket(every: configuration.icmpInterval * 8, burst: max(configuration.icmpBurst / 8, 1))
        all = bucket
        each = Table(count: Self.classes) { _ in share }
    }

    /// Whether an error to `address` may be sent now.
    mutating func allows(_ address: IPAddress, _ key: HashKey, _ now: Instant) -> Bool {
        let network = address.masked(address.isIPv4 ? 120 : 64)
        let position = Int(key(network, 1)) & (Self.classes - 1)
        guard each[position].take(now) else { return false }
        return all.take(now)
    }
}
