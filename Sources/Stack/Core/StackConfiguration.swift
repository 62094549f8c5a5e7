/// What a stack is made with. All tables have these sizes from the start and never grow; of the rest, `Tunable` lists what may
/// be changed while it runs.
public struct StackConfiguration: Sendable {
    /// All that looks random follows from this: give every run its own, every test a fixed one.
    public var seed: UInt64
    /// `io-pkt-v4`: false leaves IPv6 out altogether.
    public var isIPv6On = true
    /// Packets for others are passed on. Off: a host, not a router. RFC 1122 §3.1.
    public var isForwarding = false
    public var limits = Limits()
    public var neighbors = NeighborTiming.arp
    public var conflicts = ConflictTiming()
    /// ICMP errors: one a millisecond and no more than so many at once. RFC 1812 §4.3.2.8.
    public var icmpInterval = Interval.milliseconds(1)
    public var icmpBurst: UInt32 = 100

    /// How long the numbers of a closed connection stay taken: twice a segment's life. RFC 9293 §3.4.2 allows the choice.
    public var timeWait = Interval.seconds(60)

    /// What a new stream's options are.
    public var streamDefaults = StreamOptions()

    public var discovery = DiscoveryTiming()
    /// Nil: interface identifiers are made from the MAC address (RFC 2464 §4). Else they are opaque and stable for one
    /// secret, network and MAC address: keep the secret between runs. RFC 7217.
    public var identifierSecret: UInt64?

    public init(seed: UInt64) { self.seed = seed }

    /// Sizes of tables.
    public struct Limits: Sendable {
        public var interfaces = 32
        public var addresses = 256
        public var routes = 1024
        public var neighbors = 1024
        /// Packets that wait for a neighbor: for one (the fragments of a greatest datagram), and in all.
        public var pendingForNeighbor = 64, pendingPackets = 512
        /// Frames waiting for a driver, for each interface.
        public var transmitFrames = 512
        /// Datagrams in reassembly: in all, and from one sender; each holds a 64 KiB slot.
        public var reassemblies = 24, reassembliesFromOne = 8
        public var reassemblyTimeout = Interval.seconds(60)
        /// 64 KiB slots: reassembly, and whole datagrams on their way.
        public var datagramSlots = 32
        public var endpoints = 1024
        /// Datagrams that wait in one endpoint, and their octets.
        public var endpointDatagrams = 256, endpointOctets = 256 << 10
        /// Streams that are open; handshakes under way; connections that are over and not forgotten.
        public var streams = 16384, halfOpens = 1024, timeWaits = 16384
        /// Pages of 16 KiB that the octets of all streams may fill.
        public var streamPages = 8192
        /// Records of what is in flight, and of what came out of order, for all streams.
        public var streamRecords = 65536, streamRanges = 8192
        public var memberships = 128
        public var pathMTUs = 256
        /// What router advertisements may fill: default routers, prefixes, DNS servers, autoconfigured addresses of one
        /// interface, and routes from redirects.
        public var routers = 16, prefixes = 32, resolvers = 8, searchLists = 8, autoconfigured = 16, redirects = 64
        /// One for each stream, and more: a lost one would leave its program waiting.
        public var events = 32768
        public var tapFrames = 256
        public init() {}
    }
}

/// When a neighbor entry changes state by itself. RFC 4861 §10, RFC 1122 §2.3.2.1.
public struct NeighborTiming: Sendable {
    /// Between solicitations, and how many before giving up.
    public var retransmit: Interval, attempts: Int
    /// How long a confirmation holds.
    public var reachable: Interval
    /// From first use of a stale entry to the first probe.
    public var delay: Interval
    /// How long an unused entry stays, and how long a failure is remembered.
    public var idle: Interval, failed: Interval

    /// RFC 1122 §2.3.2.1: at most one request a second for one address; entries time out.
    public static let arp = NeighborTiming(
        retransmit: .seconds(1), attempts: 3, reachable: .seconds(60), delay: .zero, idle: .seconds(1200), failed: .seconds(3))
    /// RFC 4861 §10.
    public static let nd = NeighborTiming(
        retransmit: .seconds(1), attempts: 3, reachable: .seconds(30), delay: .seconds(5), idle: .seconds(1200), failed: .seconds(3))
}

/// When a host asks for duplicates and routers. RFC 4862 §5.1, RFC 4861 §10, RFC 7559 §2.
public struct DiscoveryTiming: Sendable {
    /// Solicitations for a new address before it is used; zero: used at once.
    public var probes = 1
    /// The first solicitation of an interface that came up waits a random time up to this.
    public var greatestDelay = Interval.seconds(1)
    /// Between router solicitations: the first interval, doubled each time up to the last.
    public var firstInterval = Interval.seconds(4), lastInterval = Interval.seconds(3600)
    public init() {}
}

/// The constants of address conflict detection. RFC 5227 §1.1.
public struct ConflictTiming: Sendable {
    /// Whether a new address is probed before use; off: announced and used at once.
    public var isProbing = true
    public var probeWait = Interval.seconds(1)
    public var probes = 3
    public var probeLow = Interval.seconds(1), probeHigh = Interval.seconds(2)
    public var announceWait = Interval.seconds(2)
    public var announcements = 2
    public var announceInterval = Interval.seconds(2)
    public var defendInterval = Interval.seconds(10)
    public init() {}
}
