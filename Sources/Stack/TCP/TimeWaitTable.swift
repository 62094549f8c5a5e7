internal import Wire

/// What must be remembered of a connection that is over, so that its late segments disturb no successor. RFC 9293 §3.6.1.
struct WaitingConnection: Named {
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
    private var table: NamedTable<WaitingConnection>
    private var head: UInt32 = 0, tail: UInt32 = 0

    init(capacity: Int, key: HashKey) { table = NamedTable(capacity: capacity, key: key) }

    var count: Int { table.count }
    var bound: UInt32 { table.bound }
    func isTaken(_ position: UInt32) -> Bool { table.isTaken(position) }
    func find(_ name: FourTuple) -> UInt32? { table.find(name) }
    var nextExpiry: Instant? { head == 0 ? nil : table[head &- 1].expires }
    subscript(position: UInt32) -> WaitingConnection {
        @inline(__always) _read { yield table[position] }
        @inline(__always) _modify { yield &table[position] }
    }

    /// - Returns: whether an older one had to make room.
    mutating func add(_ connection: WaitingConnection) -> Bool {
        let isTight = table.isFull
        if isTight, head != 0 { remove(head &- 1) }
        if let position = table.add(connection) { append(position) }
        return isTight
    }

    mutating func remove(_ position: UInt32) {
        unlink(position)
        table.remove(position)
    }

    /// The wait begins again. RFC 9293 §3.10.7.4: a FIN that comes again.
    mutating func restart(_ position: UInt32, until expires: Instant) {
        unlink(position)
        table[position].expires = expires
        append(position)
    }

    private mutating func append(_ position: UInt32) {
        (table[position].previous, table[position].next) = (tail, 0)
        if tail != 0 { table[tail &- 1].next = position &+ 1 } else { head = position &+ 1 }
        tail = position &+ 1
    }

    private mutating func unlink(_ position: UInt32) {
        let (previous, next) = (table[position].previous, table[position].next)
        if previous != 0 { table[previous &- 1].next = next } else { head = next }
        if next != 0 { table[next &- 1].previous = previous } else { tail = previous }
    }

    /// The head, if its wait is over.
    mutating func popExpired(_ now: Instant) -> Bool {
        guard head != 0, table[head &- 1].expires <= now else { return false }
        remove(head &- 1)
        return true
    }
}
