public import Rings
internal import Synchronization
internal import Wire

/// One network stack: octets and time in, octets and events out.
///
/// No system call, no clock, no thread, no allocation for a frame. The process that owns it keeps it at a fixed address,
/// calls it from one thread, and hands every call the time. See `Sources/Stack/README.md` for the map.
public struct Stack: ~Copyable {
    public private(set) var configuration: StackConfiguration
    var random: RandomSource
    let hashKey: HashKey
    /// The latest time that the process told.
    public internal(set) var now = Instant.zero

    var interfaces: Table<Interface>
    var addresses: AddressTable
    var routes: RouteTable
    var neighbors: NeighborTable
    var pathMTUs: PathMTUTable
    var endpoints: EndpointTable
    var reassemblies: ReassemblyTable
    var memberships: MembershipTable
    var learned: LearnedTables
    var streams: StreamTable
    var halfOpens: HalfOpenTable
    var timeWaits: TimeWaitTable
    let cookies: SynCookies
    let streamFunction: KeyedFunction
    /// Connections with something to say, first and last, plus one.
    var firstToServe: UInt32 = 0, lastToServe: UInt32 = 0
    /// Counts changes of interfaces that decide how packets leave.
    var linkChanges: UInt32 = 1
    var portCounter: UInt64 = 0
    /// RFC 5961 §7 and §10: what a stranger can make this host send is limited.
    var challenges = TokenBucket(every: .milliseconds(1), burst: 1000), resets = TokenBucket(every: .milliseconds(1), burst: 1000)
    var taps: Ring<TappedFrame>
    var timers: TimerQueue
    let timerMap: TimerMap
    var events: Ring<Event>

    public internal(set) var drops = Tally<DropReason>()
    public internal(set) var statistics = Tally<Statistic>()
    var account = Ledger()
    var icmpLimits: ICMPLimits
    /// The addresses of the last IPv4 packet that was for us.
    var admitted = AdmittedPair()
    var identification: UInt16
    /// An atomic has an address, so what holds one is never moved to call a method on it. Without it every call of a method
    /// that only reads copied all 5 KiB of this structure: 40 % of the frame path's instructions.
    private let anchor = Atomic<UInt8>(0)
    var pools: StreamPools
    // Last, since fields end in this order: every table that may hold a packet must end before the memory it lies in.
    let datagrams: DatagramMemory
    let memory: PacketMemory

    /// A stack with `lo0` up and 127.0.0.1/8 on it. Cold: all memory that it will ever need is taken here.
    public init(_ configuration: StackConfiguration, memory: PacketMemory) {
        self.configuration = configuration
        self.memory = memory
        let limits = configuration.limits
        datagrams = DatagramMemory(slots: limits.datagramSlots)
        random = RandomSource(seed: configuration.seed)
        hashKey = HashKey(&random)
        identification = UInt16(truncatingIfNeeded: random.next())
        interfaces = Table(count: max(limits.interfaces, 1)) { _ in Interface() }
        addresses = AddressTable(capacity: limits.addresses, key: hashKey)
        routes = RouteTable(capacity: limits.routes, key: hashKey)
        neighbors = NeighborTable(limits, key: hashKey)
        pathMTUs = PathMTUTable(capacity: limits.pathMTUs, key: hashKey)
        endpoints = EndpointTable(capacity: limits.endpoints, key: hashKey)
        reassemblies = ReassemblyTable(limits)
        memberships = MembershipTable(capacity: limits.memberships)
        learned = LearnedTables(limits)
        streams = StreamTable(capacity: limits.streams, key: hashKey)
        halfOpens = HalfOpenTable(capacity: limits.halfOpens, key: hashKey)
        timeWaits = TimeWaitTable(capacity: limits.timeWaits, key: hashKey)
        cookies = SynCookies(&random)
        streamFunction = KeyedFunction(random.next(), random.next())
        portCounter = random.next()
        pools = StreamPools(limits)
        taps = Ring(capacity: limits.tapFrames)
        timerMap = TimerMap(limits)
        timers = TimerQueue(timers: timerMap.count)
        events = Ring(capacity: limits.events)
        icmpLimits = ICMPLimits(configuration)
        bringUpLoopback()
    }

    /// Sizes of tables stay what they are; everything else holds from now on.
    mutating func reconfigure(_ changed: StackConfiguration) {
        configuration = changed
        icmpLimits = ICMPLimits(changed)
    }

    /// Moves time forward; it never goes back.
    @inline(__always) mutating func tick(_ now: Instant) {
        if now > self.now { self.now = now }
    }

    /// The next thing the process must hear of.
    public mutating func nextEvent() -> Event? { events.popFirst() }

    mutating func post(_ event: Event) {
        if events.append(event) != nil { statistics[.eventsLost] &+= 1 }
    }
}

// The account of frames: every packet that ends here ends through one of these.
extension Stack {
    /// Loses the packet for `reason`.
    @inline(__always) mutating func drop(_ packet: consuming Packet, _ reason: DropReason.Fate) {
        lose(packet, DropReason(reason))
    }

    /// Loses the packet because `layer` refused it.
    @inline(__always) mutating func drop(_ packet: consuming Packet, _ layer: DropReason.Layer, _ error: WireError) {
        lose(packet, DropReason(layer, error))
    }

    mutating func lose(_ packet: consuming Packet, _ reason: DropReason) {
        drops[reason] &+= 1
        account.dropped &+= 1
    }

    /// The packet has served a protocol.
    @inline(__always) mutating func consume(_ packet: consuming Packet) { account.consumed &+= 1 }

    /// A packet of the stack's own making; nil, and counted as lost, when memory has none.
    @inline(__always) mutating func originate(octets: Int, headroom: Int = Packet.headroom) -> Packet? {
        account.entered &+= 1
        if let packet = memory.take(octets: octets, headroom: headroom) { return packet }
        drops[DropReason(.noPacket)] &+= 1
        account.dropped &+= 1
        return nil
    }

    /// The account of frames at this moment.
    public var ledger: Ledger {
        var ledger = account
        ledger.held = UInt64(neighbors.pendingCount + reassemblies.heldFragments)
        for k in 0..<interfaces.count { ledger.held &+= UInt64(interfaces[k].transmit.count) }
        return ledger
    }
}
