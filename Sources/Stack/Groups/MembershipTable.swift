internal import Wire

/// One group on one interface, and how many want it.
struct GroupEntry: Sendable {
    var group = IPAddress.unspecified
    var interface = 0
    var users = 0
    var membership = Membership()
}

/// The groups that this host belongs to, of both families.
struct MembershipTable: ~Copyable {
    private var slab: Slab<GroupEntry>

    init(capacity: Int) { slab = Slab(count: capacity) { _ in GroupEntry() } }

    var count: Int { slab.used }
    var capacity: Int { slab.count }
    func isTaken(_ position: UInt32) -> Bool { slab.isTaken(position) }

    subscript(position: UInt32) -> GroupEntry {
        @inline(__always) _read { yield slab[position] }
        @inline(__always) _modify { yield &slab[position] }
    }

    /// Linear: a host belongs to few groups.
    func find(_ group: IPAddress, _ interface: Int) -> UInt32? {
        guard slab.used > 0 else { return nil }
        for position in 0..<UInt32(slab.count)
        where slab.isTaken(position) && slab[position].group == group && slab[position].interface == interface {
            return position
        }
        return nil
    }

    mutating func insert(_ entry: GroupEntry) -> UInt32? {
        guard let position = slab.take() else { return nil }
        slab[position] = entry
        return position
    }

    mutating func remove(_ position: UInt32) { slab.give(position) }
}
