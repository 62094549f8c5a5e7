/// Where the frames of one cable end went. Every frame offered is in exactly one counter of its direction.
///
/// `offered == sent + noCarrier + badLength + congested + failed + queued`
public struct CableCounters: Equatable, Sendable {
    // From the NIC.
    public var offered: UInt64 = 0
    public var sent: UInt64 = 0, sentOctets: UInt64 = 0
    /// Dropped: nothing is at the other end.
    public var noCarrier: UInt64 = 0
    /// Dropped: shorter than an Ethernet header, or longer than any frame.
    public var badLength: UInt64 = 0
    /// Dropped: the other end did not take frames, and as many wait as may.
    public var congested: UInt64 = 0
    /// Dropped: the kernel refused the frame, or the other end went while it waited.
    public var failed: UInt64 = 0
    /// Waiting now for the other end to take them.
    public var queued: UInt64 = 0

    // To the NIC.
    public var received: UInt64 = 0, receivedOctets: UInt64 = 0
    /// Dropped: shorter than an Ethernet header, or longer than any frame.
    public var receivedBadLength: UInt64 = 0

    public init() {}

    public static func + (a: CableCounters, b: CableCounters) -> CableCounters {
        var sum = a
        sum.offered &+= b.offered
        sum.sent &+= b.sent
        sum.sentOctets &+= b.sentOctets
        sum.noCarrier &+= b.noCarrier
        sum.badLength &+= b.badLength
        sum.congested &+= b.congested
        sum.failed &+= b.failed
        sum.queued &+= b.queued
        sum.received &+= b.received
        sum.receivedOctets &+= b.receivedOctets
        sum.receivedBadLength &+= b.receivedBadLength
        return sum
    }

    /// Why the one frame offered between this moment and `later` is lost; nil: it was sent, or waits. For captures.
    func loss(until later: CableCounters) -> String? {
        if later.noCarrier != noCarrier { return "lost: nothing is at the cable's other end" }
        if later.badLength != badLength { return "lost on the cable: no cable carries a frame of that length" }
        if later.congested != congested { return "lost on the cable: its other end does not take frames" }
        if later.failed != failed { return "lost on the cable: its other end refused it, or went" }
        return nil
    }
}
