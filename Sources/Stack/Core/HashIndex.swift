internal import Wire

/// An open-addressing index from a keyed hash to positions in some table, of fixed capacity.
///
/// The caller compares keys: a candidate only has an equal hash. At most half full, so that probes stay short; the hash
/// is keyed (`HashKey`), so that a peer cannot choose addresses that collide.
struct HashIndex: ~Copyable {
    struct Entry {
        var hash: UInt32
        /// Position plus one; zero is empty.
        var position: UInt32
    }
    private var entries: Table<Entry>
    private let mask: UInt32
    private(set) var count = 0
    private let limit: Int

    /// Room for `capacity` positions.
    init(capacity: Int) {
        var size = 4
        while size < capacity * 2 { size <<= 1 }
        entries = Table(count: size, repeating: Entry(hash: 0, position: 0))
        mask = UInt32(size - 1)
        limit = capacity
    }

    /// Where a search for one hash has got to.
    struct Probe {
        fileprivate let hash: UInt32
        fileprivate var at: UInt32
    }

    @inline(__always) func probe(_ hash: UInt32) -> Probe { Probe(hash: hash, at: hash & mask) }

    /// The next position stored under the probe's hash; nil when there are no more.
    @inline(__always) func next(_ probe: inout Probe) -> UInt32? {
        while true {
            let entry = entries[probe.at]
            guard entry.position != 0 else { return nil }
            probe.at = (probe.at &+ 1) & mask
            if entry.hash == probe.hash { return entry.position &- 1 }
        }
    }

    /// Stores one more position; several may share a hash.
    /// - Returns: false, changing nothing, at capacity.
    mutating func insert(_ hash: UInt32, _ position: UInt32) -> Bool {
        guard count < limit else { return false }
        var at = hash & mask
        while entries[at].position != 0 { at = (at &+ 1) & mask }
        entries[at] = Entry(hash: hash, position: position &+ 1)
        count &+= 1
        return true
    }

    /// Forgets one position, and closes the gap so that later probes need no tombstones.
    mutating func remove(_ hash: UInt32, _ position: UInt32) {
        var gap = hash & mask
        while entries[gap].position != position &+ 1 || entries[gap].hash != hash {
            guard entries[gap].position != 0 else { return }
            gap = (gap &+ 1) & mask
        }
        count &-= 1
        var at = (gap &+ 1) & mask
        while entries[at].position != 0 {
            let home = entries[at].hash & mask
            if (at &- home) & mask >= (at &- gap) & mask {
                entries[gap] = entries[at]
                gap = at
            }
            at = (at &+ 1) & mask
        }
        entries[gap].position = 0
    }
}

/// The secret of a stack's hash tables: two multiplications folded, cheap enough for every frame.
struct HashKey: Sendable {
    private let a: UInt64, b: UInt64

    init(_ random: inout RandomSource) { (a, b) = (random.next(), random.next() | 1) }

    @inline(__always) func callAsFunction(_ x: UInt64, _ y: UInt64) -> UInt32 {
        let first = (x ^ a).multipliedFullWidth(by: y ^ b)
        let mixed = first.high ^ first.low
        let second = (mixed ^ b).multipliedFullWidth(by: a | 1)
        return UInt32(truncatingIfNeeded: second.high ^ second.low)
    }

    @inline(__always) func callAsFunction(_ address: IPAddress, _ extra: UInt64) -> UInt32 {
        self(address.high ^ (extra &* 0x9e37_79b9_7f4a_7c15), address.low)
    }
}
