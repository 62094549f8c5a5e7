internal import Wire

/// The four numbers that name a connection. RFC 9293 §3.1.
struct FourTuple: Hashable {
    var local: EndpointAddress, remote: EndpointAddress
    init(_ local: EndpointAddress, _ remote: EndpointAddress) { (self.local, self.remote) = (local, remote) }

    @inline(__always) func hash(_ key: HashKey) -> UInt32 {
        let ports = UInt64(local.port) | UInt64(remote.port) &<< 16 | 1 &<< 33
        return key(local.address, UInt64(key(remote.address, ports)) | 1 &<< 41)
    }
}

/// All streams of a stack, found by their four numbers or, for those that listen or hold a port, by the port.
struct StreamTable: ~Copyable {
    private var slab: GrowingSlab<Connection>
    private var index: HashIndex
    private var ports: HashIndex
    private let key: HashKey
    /// The connection in `index` that was found last: segments come in trains.
    private var latest: UInt32?

    init(capacity: Int, key: HashKey) {
        let most = min(capacity, 0xffff)
        slab = GrowingSlab(limit: most) { Connection() }
        index = HashIndex(capacity: most)
        ports = HashIndex(capacity: most)
        self.key = key
    }

    var count: Int { slab.used }
    var bound: UInt32 { slab.bound }
    func isTaken(_ position: UInt32) -> Bool { slab.isTaken(position) }

    subscript(position: UInt32) -> Connection {
        @inline(__always) unsafeAddress { unsafe slab.address(position) }
        @inline(__always) unsafeMutableAddress { unsafe slab.mutableAddress(position) }
    }

    @inline(__always) func position(_ id: StreamID) -> UInt32? {
        guard slab.isTaken(id.position), slab[id.position].generation == id.generation else { return nil }
        return id.position
    }

    func id(_ position: UInt32) -> StreamID { StreamID(position, generation: slab[position].generation) }

    /// A fresh control block.
    mutating func open() -> UInt32? {
        guard let position = slab.take() else { return nil }
        let generation = slab[position].generation &+ 1
        slab[position] = Connection()
        slab[position].generation = generation
        return position
    }

    /// The place is free; pools have been given back, indices left.
    mutating func close(_ position: UInt32) {
        slab[position].generation &+= 1
        slab.give(position)
    }

    // Connections by their four numbers.

    func find(_ name: FourTuple) -> UInt32? {
        var probe = index.probe(name.hash(key))
        while let position = index.next(&probe) {
            if slab[position].name == name { return position }
        }
        return nil
    }

    /// The same for a segment: the connection of the last one is asked first.
    mutating func follow(_ name: FourTuple) -> UInt32? {
        if let latest, slab[latest].name == name { return latest }
        let found = find(name)
        if found != nil { latest = found }
        return found
    }

    mutating func enter(_ position: UInt32) -> Bool {
        index.insert(slab[position].name.hash(key), position)
    }

    mutating func leave(_ position: UInt32) {
        if latest == position { latest = nil }
        index.remove(slab[position].name.hash(key), position)
    }

    // Holders of ports: whoever was bound, by `bind`, `listen` or `connect`. Accepted connections hold none.

    private func portHash(_ port: UInt16) -> UInt32 { key(UInt64(port), 3) }

    mutating func hold(_ position: UInt32) -> Bool { ports.insert(portHash(slab[position].local.port), position) }
    mutating func release(_ position: UInt32) { ports.remove(portHash(slab[position].local.port), position) }

    /// The listener for a SYN to `local`: bound to the address before bound to any, the same family before the other; of
    /// several that share the port, the one that `name`'s hash picks.
    func listener(_ name: FourTuple, on interface: Int) -> UInt32? {
        var best: UInt32?, bestScore = 0, equals: UInt32 = 0
        let choice = name.hash(key)
        var probe = ports.probe(portHash(name.local.port))
        while let position = ports.next(&probe) {
            let score = score(position, name.local, interface)
            guard score > 0, score >= bestScore else { continue }
            equals = score == bestScore ? equals &+ 1 : 1
            if score > bestScore || choice % equals == 0 { (best, bestScore) = (position, score) }
        }
        return best
    }

    private func score(_ position: UInt32, _ local: EndpointAddress, _ interface: Int) -> Int {
        guard slab[position].state == .listen, slab[position].local.port == local.port else { return 0 }
        if let only = slab[position].options.interface, Int(only.position) != interface { return 0 }
        let own = slab[position].local.address
        if own == local.address { return 4 }
        guard own.isAny else { return 0 }
        if own.isIPv4 { return local.address.isIPv4 ? 3 : 0 }
        if !local.address.isIPv4 { return 3 }
        return slab[position].options.isIPv6Only ? 0 : 2
    }

    /// Whether `local` may be held by `candidate` beside those that hold it already.
    func isFree(_ local: EndpointAddress, for candidate: UInt32) -> Bool {
        var probe = ports.probe(portHash(local.port))
        while let position = ports.next(&probe) {
            guard position != candidate, slab[position].local.port == local.port, overlaps(position, local.address, candidate),
                !mayShare(position, candidate)
            else { continue }
            return false
        }
        return true
    }

    private func overlaps(_ position: UInt32, _ address: IPAddress, _ candidate: UInt32) -> Bool {
        let other = slab[position].local.address
        if other == address { return true }
        if other.isAny, address.isAny, other.isIPv4 != address.isIPv4 {
            return !(other.isIPv4 ? slab[candidate].options.isIPv6Only : slab[position].options.isIPv6Only)
        }
        if other.isAny { return other.isIPv4 == address.isIPv4 || !other.isIPv4 && !slab[position].options.isIPv6Only }
        if address.isAny { return address.isIPv4 == other.isIPv4 || !address.isIPv4 && !slab[candidate].options.isIPv6Only }
        return false
    }

    /// Both share the port, or both reuse addresses and neither listens. As Linux has it.
    private func mayShare(_ position: UInt32, _ candidate: UInt32) -> Bool {
        if slab[position].options.sharesPort, slab[candidate].options.sharesPort { return true }
        return slab[position].options.reusesAddress && slab[candidate].options.reusesAddress && slab[position].state != .listen
    }

    /// Whether a port of this number is held at all.
    func isHeld(_ port: UInt16) -> Bool {
        var probe = ports.probe(portHash(port))
        while let position = ports.next(&probe) {
            if slab[position].local.port == port { return true }
        }
        return false
    }
}
