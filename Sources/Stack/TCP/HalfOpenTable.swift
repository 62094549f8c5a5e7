internal import Wire

/// A connection that a SYN has asked for and no acknowledgment confirmed yet. RFC 4987 §3.4: little, so that many fit.
struct HalfOpen {
    var name = FourTuple(EndpointAddress(.unspecified, 0), EndpointAddress(.unspecified, 0))
    var listener = StreamID(rawValue: 0)
    /// IRS and ISS.
    var initialReceive = SequenceNumber(rawValue: 0), initialSend = SequenceNumber(rawValue: 0)
    var peer = PeerOffer()
    var timestampOffset: UInt32 = 0
    /// When the SYN-ACK last left, for the first sample of the round trip; how often it has.
    var sent = Instant.zero
    var attempts: UInt8 = 0
    var interface: UInt16 = 0
}

/// What a SYN offers, as much as must be kept.
struct PeerOffer: Equatable {
    var maximumSegment: UInt16 = 536
    var window: UInt16 = 0
    /// Nil where RFC 7323's scale is not offered.
    var scale: UInt8?
    var hasSACK = false, hasECN = false
    /// RFC 7323's clock, where it is offered.
    var timestamp: UInt32?

    init() {}

    init(_ segment: SegmentFacts) {
        let leastOfFamily: UInt16 = 536
        maximumSegment = max(segment.options.maximumSegment ?? leastOfFamily, Connection.leastSegment)
        window = segment.window
        scale = segment.options.windowScale
        hasSACK = segment.options.isSACKPermitted
        hasECN = segment.flags.isSuperset(of: [.ece, .cwr])
        timestamp = segment.options.timestamp?.value
    }
}

/// Half-open connections by their four numbers, each with a timer of its own number.
struct HalfOpenTable: ~Copyable {
    private var slab: GrowingSlab<HalfOpen>
    private var index: HashIndex
    private let key: HashKey

    init(capacity: Int, key: HashKey) {
        slab = GrowingSlab(limit: capacity) { HalfOpen() }
        index = HashIndex(capacity: capacity)
        self.key = key
    }

    var count: Int { slab.used }
    var isFull: Bool { slab.isFull }
    var bound: UInt32 { slab.bound }
    func isTaken(_ position: UInt32) -> Bool { slab.isTaken(position) }
    subscript(position: UInt32) -> HalfOpen {
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

    mutating func add(_ entry: HalfOpen) -> UInt32? {
        guard let position = slab.take() else { return nil }
        slab[position] = entry
        _ = index.insert(entry.name.hash(key), position)
        return position
    }

    mutating func remove(_ position: UInt32) {
        index.remove(slab[position].name.hash(key), position)
        slab.give(position)
    }
}
