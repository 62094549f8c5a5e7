internal import Wire

// What two sides tell each other once, in their SYNs.
extension Connection {
    /// Takes over what the peer's SYN says.
    mutating func takeOffer(_ segment: SegmentFacts, _ now: Instant) {
        initialReceive = segment.sequence
        receiveNext = segment.sequence + 1
        receiveBase = receiveNext
        acknowledgedUpTo = receiveNext
        receiveEdge = receiveNext + Int(min(receiveCapacity, 65535)) // What our SYN can say without a scale.
        let offer = segment.options
        if let segment = offer.maximumSegment { peerSegment = max(segment, Self.leastSegment) }
        agreeScale(offer.windowScale)
        agreeTimestamps(offer.timestamp, now)
        if !offer.isSACKPermitted { flags.remove(.hasSACK) }
        agreeECN(segment.flags)
        settleSegmentSize()
    }

    /// Smaller ones would make a peer pay forty octets of header for each few of ours.
    static var leastSegment: UInt16 { 64 }

    /// RFC 7323 §2.2: both or none. Our SYN has said what `receiveScale` holds.
    private mutating func agreeScale(_ theirs: UInt8?) {
        guard let theirs, flags.contains(.hasScale) else {
            (sendScale, receiveScale) = (0, 0)
            flags.remove(.hasScale)
            return
        }
        sendScale = theirs
    }

    private mutating func agreeTimestamps(_ theirs: TCPTimestamp?, _ now: Instant) {
        guard let theirs, flags.contains(.hasTimestamps) else {
            flags.remove(.hasTimestamps)
            return
        }
        (timestampRecent, timestampTaken) = (theirs.value, now)
    }

    /// RFC 3168 §6.1.1: a SYN asks with both marks, a SYN-ACK agrees with one; both on a SYN-ACK is a broken echo.
    private mutating func agreeECN(_ theirs: TCPView.Flags) {
        let isAgreed = theirs.contains(.ack) ? theirs.contains(.ece) && !theirs.contains(.cwr) : theirs.isSuperset(of: [.ece, .cwr])
        if !isAgreed { flags.remove(.hasECN) }
    }

    /// Octets of every segment that options take after the opening.
    var standingOptions: Int { flags.contains(.hasTimestamps) ? 12 : 0 }

    /// The payload of a full segment: what the peer takes and the path carries. RFC 9293 §3.7.1, RFC 6691.
    mutating func settleSegmentSize() {
        let headers = remote.address.isIPv4 ? 40 : 60
        var octets = Int(peerSegment)
        if path.generation != 0 { octets = min(octets, Int(path.mtu) - headers) }
        if options.maximumSegment > 0 { octets = min(octets, Int(options.maximumSegment)) }
        segmentOctets = UInt16(clamping: max(octets - standingOptions, Int(Self.leastSegment)))
    }

    /// The options of our SYN or SYN-ACK.
    func openingOptions(_ now: Instant, own maximumSegment: UInt16) -> TCPOptions {
        var opening = TCPOptions()
        opening.maximumSegment = maximumSegment
        opening.isSACKPermitted = flags.contains(.hasSACK)
        opening.windowScale = flags.contains(.hasScale) ? receiveScale : nil
        if flags.contains(.hasTimestamps) { opening.timestamp = TCPTimestamp(value: clock(now), echo: timestampRecent) }
        return opening
    }

    /// This connection's timestamp clock: milliseconds from an origin of its own. RFC 7323 §5.4, §7.1.
    @inline(__always) func clock(_ now: Instant) -> UInt32 { now.timestamp(timestampOffset) }

    /// RFC 7323 §4.3: the echo is that of the segment which spans what was acknowledged last.
    @inline(__always) mutating func noteTimestamp(_ segment: SegmentFacts, _ now: Instant) {
        guard flags.contains(.hasTimestamps), let timestamp = segment.options.timestamp, segment.sequence <= acknowledgedUpTo,
            Int32(truncatingIfNeeded: timestamp.value &- timestampRecent) >= 0
        else { return }
        (timestampRecent, timestampTaken) = (timestamp.value, now)
    }
}

extension Instant {
    /// What a timestamp clock with this origin shows: milliseconds. RFC 7323 §5.4.
    @inline(__always) func timestamp(_ offset: UInt32) -> UInt32 { UInt32(truncatingIfNeeded: nanoseconds / 1_000_000) &+ offset }
}
