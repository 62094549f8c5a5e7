internal import Wire

/// All datagram endpoints: flat control blocks, found by an open-addressing table with a keyed hash.
struct EndpointTable: ~Copyable {
    private var slab: Slab<DatagramEndpoint>
    private var index: HashIndex
    private let key: HashKey
    /// The newest raw endpoint, plus one.
    private(set) var firstRaw: UInt32 = 0

    init(capacity: Int, key: HashKey) {
        let most = min(capacity, 0xffff)
        slab = Slab(count: most) { _ in DatagramEndpoint() }
        index = HashIndex(capacity: most)
        self.key = key
    }

    var count: Int { slab.used }
    var capacity: Int { slab.count }
    func isTaken(_ position: UInt32) -> Bool { slab.isTaken(position) }

    subscript(position: UInt32) -> DatagramEndpoint {
        @inline(__always) _read { yield slab[position] }
        @inline(__always) _modify { yield &slab[position] }
    }

    func position(_ id: EndpointID) -> UInt32? {
        guard slab.isTaken(id.position), slab[id.position].generation == id.generation else { return nil }
        return id.position
    }

    func id(_ position: UInt32) -> EndpointID { EndpointID(position, generation: slab[position].generation) }

    mutating func open(_ kind: EndpointKind, isIPv6: Bool, queue: Int) -> UInt32? {
        guard let position = slab.take() else { return nil }
        let generation = slab[position].generation &+ 1
        slab[position] = DatagramEndpoint()
        slab[position].kind = kind
        slab[position].isIPv6 = isIPv6
        slab[position].generation = generation
        slab[position].received = Ring(capacity: queue)
        if kind != .udp {
            slab[position].nextRaw = firstRaw
            firstRaw = position &+ 1
        }
        return position
    }

    mutating func close(_ position: UInt32) {
        unindex(position)
        if slab[position].kind != .udp { unlinkRaw(position) }
        let generation = slab[position].generation
        slab[position] = DatagramEndpoint()
        slab[position].generation = generation
        slab.give(position)
    }

    private mutating func unlinkRaw(_ position: UInt32) {
        if firstRaw == position &+ 1 { firstRaw = slab[position].nextRaw; return }
        var link = firstRaw
        while link != 0 {
            if slab[link &- 1].nextRaw == position &+ 1 {
                slab[link &- 1].nextRaw = slab[position].nextRaw
                return
            }
            link = slab[link &- 1].nextRaw
        }
    }

    // The index holds UDP endpoints that have a port, each under exactly what it listens to.

    @inline(__always) private func hash(_ local: EndpointAddress, _ remote: EndpointAddress) -> UInt32 {
        let ports = UInt64(local.port) | UInt64(remote.port) &<< 16 | 1 &<< 32
        let mixed = key(remote.address, ports)
        return key(local.address, UInt64(mixed) | 1 &<< 40)
    }

    private static var nobody: EndpointAddress { EndpointAddress(.unspecified, 0) }

    private func hash(of position: UInt32) -> UInt32 {
        hash(slab[position].local, slab[position].isConnected ? slab[position].remote : Self.nobody)
    }

    mutating func enter(_ position: UInt32) {
        guard slab[position].kind == .udp, slab[position].isBound else { return }
        _ = index.insert(hash(of: position), position)
    }

    mutating func unindex(_ position: UInt32) {
        guard slab[position].kind == .udp, slab[position].isBound else { return }
        index.remove(hash(of: position), position)
    }

    /// The endpoint for a datagram to this host: connected, else bound to the address, else to any. Dual-stack last.
    func find(local: EndpointAddress, remote: EndpointAddress, on interface: Int) -> UInt32? {
        if let found = exact(local, remote, isConnected: true, interface) { return found }
        if let found = exact(local, Self.nobody, isConnected: false, interface) { return shared(found, remote, interface) }
        if local.address.isIPv4, let found = exact(.anyIPv4(local.port), Self.nobody, isConnected: false, interface) {
            return shared(found, remote, interface)
        }
        guard let found = exact(.anyIPv6(local.port), Self.nobody, isConnected: false, interface) else { return nil }
        return local.address.isIPv4 && slab[found].options.isIPv6Only ? nil : found
    }

    /// Of those that share the load with `found`, the one that serves `remote`.
    private func shared(_ found: UInt32, _ remote: EndpointAddress, _ interface: Int) -> UInt32 {
        guard slab[found].options.sharesLoad else { return found }
        let local = slab[found].local, choice = key(remote.address, UInt64(remote.port) | 1 &<< 42)
        var best = found, equals: UInt32 = 0
        var probe = index.probe(hash(local, Self.nobody))
        while let position = index.next(&probe) {
            guard slab[position].local == local, !slab[position].isConnected, slab[position].options.sharesLoad, reaches(position, interface)
            else { continue }
            equals &+= 1
            if choice % equals == 0 { best = position }
        }
        return best
    }

    @inline(__always)
    private func exact(_ local: EndpointAddress, _ remote: EndpointAddress, isConnected: Bool, _ interface: Int) -> UInt32? {
        var probe = index.probe(hash(local, remote))
        while let position = index.next(&probe) {
            if slab[position].local == local, slab[position].isConnected == isConnected,
                !isConnected || slab[position].remote == remote, reaches(position, interface)
            { return position }
        }
        return nil
    }

    private func reaches(_ position: UInt32, _ interface: Int) -> Bool {
        guard let only = slab[position].options.interface else { return true }
        return Int(only.position) == interface
    }

    /// Whether `local` is free for an endpoint with these options. RFC 6056's check, and `bind`'s.
    func isFree(_ local: EndpointAddress, _ options: EndpointOptions, isIPv6: Bool, except: UInt32) -> Bool {
        for position in 0..<UInt32(slab.count) where position != except && slab.isTaken(position) {
            guard slab[position].kind == .udp, slab[position].isBound, slab[position].local.port == local.port else { continue }
            let other = slab[position].local.address
            let overlaps = other == local.address || other.isAny && covers(position, isIPv6) || local.address.isAny
                && (slab[position].isIPv6 == isIPv6 || isIPv6 && !options.isIPv6Only)
            if overlaps, !(options.isShared && slab[position].options.isShared) { return false }
        }
        return true
    }

    private func covers(_ position: UInt32, _ isIPv6: Bool) -> Bool {
        slab[position].isIPv6 == isIPv6 || slab[position].isIPv6 && !slab[position].options.isIPv6Only
    }
}
