internal import Rings
internal import Wire

/// What tells the fragments of one datagram from all others. RFC 791 §2.3, RFC 8200 §4.5.
struct FragmentKey: Equatable, Sendable {
    var source = IPAddress.unspecified, destination = IPAddress.unspecified
    var identification: UInt32 = 0
    var next: UInt8 = 0
}

/// One datagram on its way to being whole.
struct Reassembly: ~Copyable {
    enum Outcome: Equatable { case accepted, duplicate, overlap, tooLong, misaligned, whole }

    var key = FragmentKey()
    var arrival = Arrival(interface: 0, isGroupFrame: false, isLocal: false)
    var isGroup = false
    var started = Instant.zero
    /// The payload so far, each piece at its place; nil once the datagram is refused.
    var packet: Packet?
    /// Fragments that it holds.
    var fragments = 0
    /// Octets of payload that fragment 0 brought; zero while it is missing.
    var firstOctets = 0
    /// Of fragment 0.
    var timeToLive: UInt8 = 0, trafficClass = TrafficClass.normal, next = IPProtocol.noNextHeader
    /// Octets of the whole payload, when the last fragment has come.
    private var total: Int?
    /// The end of the farthest piece.
    private(set) var reach = 0
    /// Eights of octets that have come.
    private var filled = 0
    private var map: [128 of UInt64] = .init(repeating: 0)

    /// The most octets of payload: what a datagram holds beside the least header.
    static let greatest = 65_515

    mutating func begin(_ key: FragmentKey, _ arrival: Arrival, isGroup: Bool, _ packet: consuming Packet, _ now: Instant) {
        (self.key, self.arrival, self.isGroup, started) = (key, arrival, isGroup, now)
        self.packet = consume packet
        (fragments, firstOctets, total, reach, filled) = (0, 0, nil, 0, 0)
        map = .init(repeating: 0)
    }

    /// Puts one fragment in its place.
    ///
    /// An overlap that brings other octets is an attack or a fault: the caller refuses the datagram. RFC 5722 §3 for both
    /// families. One that repeats what is there is a duplicate.
    mutating func add(_ octets: RawSpan, at offset: Int, isLast: Bool) -> Outcome {
        let end = offset + octets.byteCount
        guard end <= Self.greatest else { return .tooLong }
        guard octets.byteCount > 0, isLast || octets.byteCount & 7 == 0 else { return .misaligned }
        if let total, end > total || isLast && end != total { return .overlap }
        if isLast, total == nil, end < reach { return .overlap }
        let units = (offset >> 3)..<((end + 7) >> 3)
        let present = count(units)
        guard present == 0 else { return present == units.count && repeats(octets, at: offset) ? .duplicate : .overlap }
        guard store(octets, at: offset) else { return .tooLong }
        mark(units)
        reach = max(reach, end)
        fragments += 1
        if offset == 0 { firstOctets = octets.byteCount }
        if isLast { total = end }
        guard let total, filled == (total + 7) >> 3 else { return .accepted }
        return .whole
    }

    private mutating func store(_ octets: RawSpan, at offset: Int) -> Bool {
        guard var packet = packet.take() else { return false }
        let missing = offset + octets.byteCount - packet.length
        let isStored = (missing <= 0 || packet.append(missing)) && packet.write(octets, at: offset)
        self.packet = consume packet
        return isStored
    }

    private mutating func repeats(_ octets: RawSpan, at offset: Int) -> Bool {
        guard let packet = packet.take() else { return false }
        let isSame = packet.holds(octets, at: offset)
        self.packet = consume packet
        return isSame
    }

    private func count(_ units: Range<Int>) -> Int {
        var count = 0
        for unit in units where map[unit >> 6] & 1 << UInt64(unit & 63) != 0 { count += 1 }
        return count
    }

    private mutating func mark(_ units: Range<Int>) {
        for unit in units { map[unit >> 6] |= 1 << UInt64(unit & 63) }
        filled += units.count
    }
}

extension Packet {
    /// Whether these very octets are at `offset`, which lies within the packet.
    fileprivate borrowing func holds(_ octets: RawSpan, at offset: Int) -> Bool {
        self.octets.extracting(offset..<(offset + octets.byteCount)).isEqual(octets)
    }
}

extension RawSpan {
    /// Whether both hold the same octets.
    func isEqual(_ other: RawSpan) -> Bool {
        guard byteCount == other.byteCount else { return false }
        // SAFETY: both closures see exactly the octets of their spans, and neither lets a pointer out.
        return unsafe withUnsafeBytes { mine in unsafe other.withUnsafeBytes { unsafe mine.elementsEqual($0) } }
    }
}
