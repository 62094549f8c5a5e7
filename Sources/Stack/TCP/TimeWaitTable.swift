internal import Wire

/// What must be remembered of a connection that is over, so that its late segments disturb no successor. RFC 9293 §3.6.1.
struct WaitingConnection {
    var name = FourTuple(EndpointAddress(.unspecified, 0), EndpointAddress(.unspecified, 0))
    /// SND.NXT, RCV.NXT.
    var sendNext = SequenceNumber(rawValue: 0), receiveNext = SequenceNumber(rawValue: 0)
    /// RFC 7323: the peer's last clock and our own clock's origin.
    var timestampRecent: UInt32 = 0, timestampOffset: UInt32 = 0
    var hasTimestamps = false
    var window: UInt16 = 0
    var expires = Instant.zero
    var lastAnswer = Instant.zero
    /// Neighbours in order of expiry, plus one.
    var next: UInt32 = 0, previous: UInt32 = 0
}

/// All connections in TIME-WAIT, the one that leaves first at the head. When it is full the oldest goes early.
struct TimeWaitTable: ~Copyable {
    private var slab: GrowingSlab<WaitingConnection>
    private var index: HashIndex
    private let key: HashKey
    private var head: UInt32 = 0, tail: UInt32 = 0

    init(capacity: Int, key: HashKey) {
        slab = GrowingSlab(limit: capacity) { WaitingConnection() }
        index = HashIndex(capacity: capacity)
        self.key = key
    }

    var count: Int { slab.used }
    var bound: UInt32 { slab.bound }
    func isTaken(_ position: UInt32) -> Bool { slab.isTaken(position) }
    var nextExpiry: Instant? { head == 0 ? nil : slab[head &- 1].expires }
    subscript(position: UInt32) -> WaitingConnection {
        @inline(__always) unsafeAddress { unsafe slab.address(position) }
        @inline(__always) unsafeMutableAddress { unsafe slab.mutableAddress(position) }
    }

    func find(_ name: FourTuple) -> UInt32? {
        guard slab.used > 0 else { return nil }
        var probe = index.probe(name.hash(key))
        while let position = index.next(&probe) {
            if slab[position].name == name { return position }
        }
        return nil
    }

    /// - Returns: whether an older one had to make room.
    mutating func add(_ connection: WaitingConnection) -> Bool {
        let isTight = slab.isFull
        if isTight, head != 0 { remove(head &- 1) }
        guard let position = slab.take() else { return isTight }
        slab[position] = connection
        append(position)
        _ = index.insert(connection.name.hash(key), position)
        return isTight
    }

    mutating func remove(_ position: UInt32) {
        index.remove(slab[position].name.hash(key), position)
        unlink(position)
        slab.give(position)
    }

    /// The wait begins again. RFC 9293 §3.10.7.4: a FIN that comes again.
    mutating func restart(_ position: UInt32, until expires: Instant) {
        unlink(position)
        slab[position].expires = expires
        append(position)
    }

    private mutating func append(_ position: UInt32) {
        (slab[position].previous, slab[position].next) = (tail, 0)
        if tail != 0 { slab[tail &- 1].next = position &+ 1 } else { head = position &+ 1 }
        tail = position &+ 1
    }

    private mutating func unlink(_ position: UInt32) {
        let (previous, next) = (slab[position].previous, slab[position].next)
        if previous != 0 { slab[previous &- 1].next = next } else { head = next }
        if next != 0 { slab[next &- 1].previous = previous } else { tail = previous }
    }

    /// The head, if its wait is over.
    mutating func popExpired(_ now: Instant) -> Bool {
        guard head != 0, slab[head &- 1].expires <= now else { return false }
        remove(head &- 1)
        return true
    }
}
