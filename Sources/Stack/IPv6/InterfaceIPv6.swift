internal import Wire

/// What IPv6 knows of one interface: what its routers announce, and where router solicitation has got to.
struct InterfaceIPv6: Sendable {
    /// Router advertisements are believed. RFC 4861 §6.2.1 calls the opposite an advertising or a fixed host.
    var acceptsAdvertisements = true
    /// The address formed from the MAC is somebody else's: two stations have one MAC, so nothing works. RFC 4862 §5.4.5.
    var isDisabled = false
    /// Of the next packets. RFC 4861 §6.3.2 CurHopLimit.
    var hopLimit: UInt8 = 64
    /// Octets; zero: the interface's own. RFC 4861 §6.3.2 LinkMTU.
    var advertisedMTU = 0
    /// With ReachableTime and RetransTimer of RFC 4861 §6.3.2.
    var timing = NeighborTiming.nd
    /// What ReachableTime was last drawn from.
    var reachableBase = NeighborTiming.nd.reachable
    var solicitor = RouterSolicitor.idle
    /// How often an opaque identifier was a duplicate. RFC 7217 §6.
    var conflicts: UInt8 = 0

    /// No router can ask for a storm, or make what waits for a neighbor wait for ever.
    static let retransmitRange = Interval.milliseconds(100)...Interval.seconds(10)
    /// RFC 4861 §6.2.1 has the hour.
    static let reachableRange = Interval.seconds(1)...Interval.seconds(3600)

    /// ReachableTime anew: evenly between half and one and a half of the base. RFC 4861 §6.3.2.
    mutating func drawReachable(_ random: inout RandomSource) {
        let half = Interval(nanoseconds: reachableBase.nanoseconds / 2)
        timing.reachable = random.interval(half, reachableBase + half)
    }
}

extension Interval {
    static func + (a: Self, b: Self) -> Self {
        let (sum, wrapped) = a.nanoseconds.addingReportingOverflow(b.nanoseconds)
        return Self(nanoseconds: wrapped ? (a.nanoseconds < 0 ? .min : .max) : sum)
    }
}

/// When to ask for routers: a random delay, then again after growing intervals until one answers. RFC 4861 §6.3.7,
/// RFC 7559 §2. Pure.
struct RouterSolicitor: Sendable {
    private(set) var deadline: Instant?
    private var interval = Interval.zero

    static let idle = Self(deadline: nil)

    private init(deadline: Instant?) { self.deadline = deadline }

    static func start(_ now: Instant, _ timing: DiscoveryTiming, _ random: inout RandomSource) -> Self {
        Self(deadline: now + random.interval(upTo: timing.greatestDelay))
    }

    /// A solicitation is sent now; when the next is due.
    mutating func sent(_ now: Instant, _ timing: DiscoveryTiming, _ random: inout RandomSource) {
        interval = interval == .zero ? timing.firstInterval : min(interval * 2, timing.lastInterval)
        // RFC 7559 §2: a tenth more or less, so that hosts of one power cut do not ask in step.
        let tenth = Interval(nanoseconds: interval.nanoseconds / 10)
        deadline = now + random.interval(Interval(nanoseconds: interval.nanoseconds - tenth.nanoseconds), interval + tenth)
    }

    /// A router has answered.
    mutating func stop() { deadline = nil }
}
