internal import Wire

/// One address of one interface.
struct LocalAddress: Sendable {
    var address = IPAddress.unspecified
    /// Length of the network part in the 128-bit form.
    var bits = 128
    var interface = 0
    var broadcast: IPv4Address?
    var detector = ConflictDetector.settled
    /// Probed before use, also where the stack does not probe.
    var isProbed = false
    /// How long it lasts; of an IPv6 address also whether it is a duplicate.
    var life = AddressLife.forever
    /// The next address of the interface, plus one.
    var next: UInt32 = 0

    /// Fit to receive and to send.
    var isUsable: Bool { detector.isOurs && life.isAssigned }
    func isOnLink(_ other: IPAddress) -> Bool { other.masked(bits) == address.masked(bits) }
}

/// All addresses of a stack, found by value in one probe, and by interface in a list.
struct AddressTable: ~Copyable {
    private var slab: Slab<LocalAddress>
    private var index: HashIndex
    /// Counts what may change how packets leave.
    private(set) var changes: UInt32 = 0
    private let key: HashKey

    init(capacity: Int, key: HashKey) {
        slab = Slab(count: capacity) { _ in LocalAddress() }
        index = HashIndex(capacity: capacity)
        self.key = key
    }

    /// The position of `address` on any interface; the same address may be on two.
    @inline(__always) func find(_ address: IPAddress, on interface: Int? = nil) -> UInt32? {
        var probe = index.probe(key(address, 0))
        while let position = index.next(&probe) {
            if slab[position].address == address, interface == nil || slab[position].interface == interface { return position }
        }
        return nil
    }

    /// Whether packets to `address` are for this stack.
    @inline(__always) func isOurs(_ address: IPAddress) -> Bool {
        guard let position = find(address) else { return false }
        // A link-local address may be on two interfaces: once tentative, once ours.
        return slab[position].isUsable || address.isLinkLocal && isOurs(address, on: nil)
    }

    /// The same of one interface alone, or of any.
    func isOurs(_ address: IPAddress, on interface: Int?) -> Bool {
        var probe = index.probe(key(address, 0))
        while let position = index.next(&probe) {
            guard slab[position].address == address, interface == nil || slab[position].interface == interface else { continue }
            if slab[position].isUsable { return true }
        }
        return false
    }

    subscript(position: UInt32) -> LocalAddress {
        @inline(__always) _read { yield slab[position] }
        @inline(__always) _modify {
            changes &+= 1 // It may have become ours, or somebody else's.
            yield &slab[position]
        }
    }

    var count: Int { slab.used }
    var capacity: Int { slab.count }
    func isTaken(_ position: UInt32) -> Bool { slab.isTaken(position) }

    /// - Returns: the position, or nil when the table is full.
    mutating func insert(_ entry: LocalAddress) -> UInt32? {
        guard let position = slab.take() else { return nil }
        slab[position] = entry
        guard index.insert(key(entry.address, 0), position) else {
            slab.give(position)
            return nil
        }
        changes &+= 1
        return position
    }

    mutating func remove(_ position: UInt32) {
        changes &+= 1
        index.remove(key(slab[position].address, 0), position)
        slab.give(position)
    }
}
