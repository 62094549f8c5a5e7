internal import Wire

/// A connection that a SYN has asked for and no acknowledgment confirmed yet. RFC 4987 §3.4: little, so that many fit.
struct HalfOpen: Named {
    var name = FourTuple(EndpointAddress(.unspecified, 0), EndpointAddress(.unspecified, 0))
    var listener = StreamID(rawValue: 0)
    /// IRS and ISS.
    var initialReceive = SequenceNumber(rawValue: 0), initialSend = SequenceNumber(rawValue: 0)
    var peer = PeerOffer()
    var timestampOffset: UInt32 = 0
    /// When the SYN-ACK last left, for the first sample of the round trip; how often it has.
    var sent = Instant.zero
    var attempts: UInt8 = 0
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

    init(_ segment: SegmentFacts, isIPv4: Bool) {
        maximumSegment = max(segment.options.maximumSegment ?? Connection.defaultSegment(isIPv4: isIPv4), Connection.leastSegment)
        window = segment.window
        scale = segment.options.windowScale
        hasSACK = segment.options.isSACKPermitted
        hasECN = segment.flags.isSuperset(of: [.ece, .cwr])
        timestamp = segment.options.timestamp?.value
    }
}

/// Half-open connections, each with a timer of its own number.
typealias HalfOpenTable = NamedTable<HalfOpen>
