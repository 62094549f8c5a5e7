internal import Rings

/// Which timers belong to which table: each kind has a range of numbers, one for each position of its table.

struct TimerMap: Sendable {
    enum Kind {
        case neighbor(UInt32), address(UInt32), reassembly(UInt32), membership(UInt32)
        case router(UInt32), prefix(UInt32), interface(UInt32)
        case stream(UInt32), halfOpen(UInt32), timeWait
    }

    private let addresses: UInt32, reassemblies: UInt32, memberships: UInt32
    private let routers: UInt32, prefixes: UInt32, interfaces: UInt32, streams: UInt32, halfOpens: UInt32
    /// The one timer of all connections in TIME-WAIT.
    let timeWait: UInt32
    let count: Int

    init(_ limits: StackConfiguration.Limits) {
        addresses = UInt32(limits.neighbors)
        reassemblies = addresses + UInt32(limits.addresses)
        memberships = reassemblies + UInt32(limits.reassemblies)
        routers = memberships + UInt32(limits.memberships)
        prefixes = routers + UInt32(limits.routers)
        interfaces = prefixes + UInt32(limits.prefixes)
        streams = interfaces + UInt32(max(limits.interfaces, 1))
        halfOpens = streams + UInt32(min(limits.streams, 0xffff))
        timeWait = halfOpens + UInt32(limits.halfOpens)
        count = Int(timeWait) + 1
    }

    func neighbor(_ position: UInt32) -> UInt32 { position }
    func address(_ position: UInt32) -> UInt32 { addresses + position }

    func reassembly(_ position: UInt32) -> UInt32 { reassemblies + position }
    func membership(_ position: UInt32) -> UInt32 { memberships + position }
    func router(_ position: UInt32) -> UInt32 { routers + position }
    func prefix(_ position: UInt32) -> UInt32 { prefixes + position }
    func interface(_ position: Int) -> UInt32 { interfaces + UInt32(position) }
    @inline(__always) func stream(_ position: UInt32) -> UInt32 { streams + position }
    func halfOpen(_ position: UInt32) -> UInt32 { halfOpens + position }

    func kind(_ timer: UInt32) -> Kind {
        if timer < addresses { return .neighbor(timer) }
        if timer < reassemblies { return .address(timer - addresses) }
        if timer < memberships { return .reassembly(timer - reassemblies) }
        if timer < routers { return .membership(timer - memberships) }
        if timer < prefixes { return .router(timer - routers) }
        if timer < interfaces { return .prefix(timer - prefixes) }
        if timer < streams { return .interface(timer - interfaces) }
        if timer < halfOpens { return .stream(timer - streams) }
        return timer < timeWait ? .halfOpen(timer - halfOpens) : .timeWait
    }
}

extension Stack {
    /// Runs every timer that is due.
    ///
    /// - Returns: when to call again, at the latest; nil while no timer is armed.
    public mutating func advance(to now: Instant) -> Instant? {
        tick(now)
        while let timer = timers.popDue(self.now) {
            switch timerMap.kind(timer) {
            case .neighbor(let position): neighborTimer(position)
            case .address(let position): addressTimer(position)
            case .reassembly(let position): reassemblyTimer(position)
            case .membership(let position): membershipTimer(position)
            case .router(let position): routerTimer(position)
            case .prefix(let position): prefixTimer(position)
            case .interface(let position): solicitationTimer(Int(position))
            case .stream(let position): streamTimer(position)
            case .halfOpen(let position): halfOpenTimer(position)
            case .timeWait: timeWaitTimer()
            }
        }
        serveStreams()
        drainLoopback()
        serveStreams()
        return interfaces[0].transmit.isEmpty ? timers.nextDeadline : self.now
    }
}
