internal import Wire

/// What a path carries, where that is less than its first link does. RFC 1191, RFC 8201.
struct PathMTUTable: ~Copyable {
    struct Entry { var address = IPAddress.unspecified, mtu = 0, expires = Instant.zero }
    private var entries: Slab<Entry>
    private var index: HashIndex
    /// Counts what may change how packets leave.
    private(set) var changes: UInt32 = 0
    private let key: HashKey
    private var hand: UInt32 = 0

    /// No IPv4 path is believed to carry less: the least that every host must take would be 68, with which anybody could
    /// make a sender crawl. RFC 1191 §3, RFC 791 §3.2.
    static let least4 = 576
    /// RFC 1191 §6.3: after ten minutes the path may have become wider.
    static let lifetime = Interval.seconds(600)

    init(capacity: Int, key: HashKey) {
        entries = Slab(count: capacity) { _ in Entry() }
        index = HashIndex(capacity: capacity)
        self.key = key
    }

    var count: Int { entries.used }

    /// The path's MTU, or `link` if nothing less is known.
    @inline(__always) func mtu(_ address: IPAddress, link: Int, _ now: Instant) -> Int {
        guard entries.used > 0, let position = find(address), entries[position].expires > now else { return link }
        return min(link, entries[position].mtu)
    }

    private func find(_ address: IPAddress) -> UInt32? {
        var probe = index.probe(key(address, 2))
        while let position = index.next(&probe) {
            if entries[position].address == address { return position }
        }
        return nil
    }

    /// Notes that no more than `mtu` octets pass.
    /// - Returns: whether this was news: an estimate only ever shrinks before it expires. RFC 1191 §4.
    mutating func shrink(_ address: IPAddress, to mtu: Int, _ now: Instant) -> Bool {
        if let position = find(address) {
            guard entries[position].expires <= now || mtu < entries[position].mtu else { return false }
            (entries[position].mtu, entries[position].expires) = (mtu, now + Self.lifetime)
            changes &+= 1
            return true
        }
        if entries.isFull { evict() }
        guard let position = entries.take() else { return false }
        entries[position] = Entry(address: address, mtu: mtu, expires: now + Self.lifetime)
        guard index.insert(key(address, 2), position) else {
            entries.give(position)
            return false
        }
        changes &+= 1
        return true
    }

    /// Round robin: a forgotten entry costs one more error from the narrow place.
    private mutating func evict() {
        for _ in 0..<entries.count {
            hand = hand &+ 1 < UInt32(entries.count) ? hand &+ 1 : 0
            guard entries.isTaken(hand) else { continue }
            index.remove(key(entries[hand].address, 2), hand)
            return entries.give(hand)
        }
    }

    /// The next of the common MTUs below `octets`. RFC 1191 §7.1.
    static func plateau(below octets: Int) -> Int {
        let common: [9 of Int] = [65535, 32000, 17914, 8166, 4352, 2002, 1492, 1006, 576]
        for k in 0..<9 where common[k] < octets { return common[k] }
        return least4
    }
}
