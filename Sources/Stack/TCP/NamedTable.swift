/// What is found by the four numbers of a connection.
protocol Named {
    var name: FourTuple { get }
    init()
}

/// Small entries by their four numbers, found by an open-addressing table with a keyed hash; room is made as they come.
struct NamedTable<Entry: Named>: ~Copyable {
    private var slab: GrowingSlab<Entry>
    private var index: HashIndex
    private let key: HashKey

    init(capacity: Int, key: HashKey) {
        slab = GrowingSlab(limit: capacity) { Entry() }
        index = HashIndex(capacity: capacity)
        self.key = key
    }

    var count: Int { slab.used }
    var isFull: Bool { slab.isFull }
    var bound: UInt32 { slab.bound }
    func isTaken(_ position: UInt32) -> Bool { slab.isTaken(position) }
    subscript(position: UInt32) -> Entry {
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

    /// - Returns: nil when it is full.
    mutating func add(_ entry: Entry) -> UInt32? {
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
