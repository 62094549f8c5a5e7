internal import Rings

/// Which timers belong to which table: each kind has a range of numbers, one for each position of its table.

struct TimerMap: Sendable {
    enum Kind { case neighbor(UInt32), address(UInt32), reassembly(UInt32), membership(UInt32) }

    private let addresses: UInt32, reassemblies: UInt32, memberships: UInt32
    let count: Int

    init(_ limits: StackConfiguration.Limits) {
        addresses = UInt32(limits.neighbors)
        reassemblies = addresses + UInt32(limits.addresses)
        memberships = reassemblies + UInt32(limits.reassemblies)
        count = Int(memberships) + limits.memberships
    }

    func neighbor(_ position: UInt32) -> UInt32 { position }
    func address(_ position: UInt32) -> UInt32 { addresses + position }

    func reassembly(_ position: UInt32) -> UInt32 { reassemblies + position }
    func membership(_ position: UInt32) -> UInt32 { memberships + position }

    func kind(_ timer: UInt32) -> Kind {
        if timer < addresses { return .neighbor(timer) }
        if timer < reassemblies { return .address(timer - addresses) }
        return timer < memberships ? .reassembly(timer - reassemblies) : .membership(timer - memberships)
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
            }
        }
        drainLoopback()
        return interfaces[0].transmit.isEmpty ? timers.nextDeadline : self.now
    }
}
