internal import Rings
internal import Wire

/// One neighbor on one link.
struct Neighbor: Sendable {
    var address = IPAddress.unspecified
    var interface = 0
    var mac = MACAddress.zero
    var reachability = Reachability.fixed
    /// A router, as its advertisements say. RFC 4861 §7.3.2.
    var isRouter = false
    /// The packets that wait: first and last place in the pending slab, plus one, and how many.
    var first: UInt32 = 0, last: UInt32 = 0, waiting = 0
}

/// A packet that waits for its neighbor's link address.
struct PendingPacket: ~Copyable {
    var packet: Packet?
    var next: UInt32 = 0
}

/// The neighbor cache of all interfaces and both families.
struct NeighborTable: ~Copyable {
    private var slab: Slab<Neighbor>
    private var index: HashIndex
    private var pending: Slab<PendingPacket>
    private let key: HashKey
    private let most: Int
    private var hand: UInt32 = 0
    /// The neighbor that was sent to last.
    private var latest: UInt32 = 0

    init(_ limits: StackConfiguration.Limits, key: HashKey) {
        slab = Slab(count: limits.neighbors) { _ in Neighbor() }
        index = HashIndex(capacity: limits.neighbors)
        pending = Slab(count: limits.pendingPackets) { _ in PendingPacket() }
        most = max(limits.pendingForNeighbor, 1)
        self.key = key
    }

    var count: Int { slab.used }
    var capacity: Int { slab.count }
    /// Packets waiting for any neighbor.
    var pendingCount: Int { pending.used }
    func isTaken(_ position: UInt32) -> Bool { slab.isTaken(position) }

    subscript(position: UInt32) -> Neighbor {
        @inline(__always) _read { yield slab[position] }
        @inline(__always) _modify { yield &slab[position] }
    }

    @inline(__always) func find(_ address: IPAddress, _ interface: Int) -> UInt32? {
        var probe = index.probe(key(address, UInt64(interface)))
        while let position = index.next(&probe) {
            if slab[position].address == address, slab[position].interface == interface { return position }
        }
        return nil
    }

    /// The same for a packet on its way out: the neighbor of the last one is asked first.
    @inline(__always) mutating func follow(_ address: IPAddress, _ interface: Int) -> UInt32? {
        if slab.isTaken(latest), slab[latest].address == address, slab[latest].interface == interface { return latest }
        guard let found = find(address, interface) else { return nil }
        latest = found
        return found
    }

    /// - Returns: nil when the table is full.
    mutating func insert(_ neighbor: Neighbor) -> UInt32? {
        guard let position = slab.take() else { return nil }
        slab[position] = neighbor
        guard index.insert(key(neighbor.address, UInt64(neighbor.interface)), position) else {
            slab.give(position)
            return nil
        }
        return position
    }

    /// Forgets the neighbor; nothing may wait for it any more.
    mutating func remove(_ position: UInt32) {
        precondition(slab[position].waiting == 0, "a neighbor leaves after what waits for it")
        index.remove(key(slab[position].address, UInt64(slab[position].interface)), position)
        slab.give(position)
    }

    /// One that may be forgotten to make room: unused or unanswered, nothing waiting. Looks at 64 at most.
    mutating func victim() -> UInt32? {
        for _ in 0..<min(64, slab.count) {
            hand = hand &+ 1 < UInt32(slab.count) ? hand &+ 1 : 0
            guard slab.isTaken(hand), slab[hand].waiting == 0 else { continue }
            switch slab[hand].reachability.state {
            case .stale, .failed: return hand
            case .incomplete, .reachable, .delay, .probe, .fixed: continue
            }
        }
        return nil
    }

    /// One that was asked for and has not answered: what a scan of a network leaves. Looks at 64 at most.
    mutating func unanswered() -> UInt32? {
        for _ in 0..<min(64, slab.count) {
            hand = hand &+ 1 < UInt32(slab.count) ? hand &+ 1 : 0
            if slab.isTaken(hand), slab[hand].reachability.state == .incomplete { return hand }
        }
        return nil
    }

    /// Lets the packet wait.
    /// - Returns: the packet that lost its place: the oldest when this neighbor has its share, else this one when there is
    ///   no place at all.
    mutating func enqueue(_ packet: consuming Packet, for position: UInt32) -> Packet? {
        let displaced = slab[position].waiting >= most || pending.isFull ? dequeue(position) : nil
        guard let place = pending.take() else { return packet }
        pending[place].packet = consume packet
        pending[place].next = 0
        if slab[position].last == 0 { slab[position].first = place &+ 1 } else { pending[slab[position].last &- 1].next = place &+ 1 }
        slab[position].last = place &+ 1
        slab[position].waiting += 1
        return displaced
    }

    /// The packet that has waited longest.
    mutating func dequeue(_ position: UInt32) -> Packet? {
        guard slab[position].first != 0 else { return nil }
        let place = slab[position].first &- 1
        slab[position].first = pending[place].next
        if slab[position].first == 0 { slab[position].last = 0 }
        slab[position].waiting -= 1
        pending.give(place)
        return pending[place].packet.take()
    }
}
