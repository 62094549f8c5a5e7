internal import Rings
internal import Wire

/// The datagrams in reassembly, of both families: few, bounded in all and for one sender.
struct ReassemblyTable: ~Copyable {
    private var slab: Slab<Reassembly>
    private let mostFromOne: Int
    /// Fragments held in all.
    var heldFragments = 0

    init(_ limits: StackConfiguration.Limits) {
        slab = Slab(count: limits.reassemblies) { _ in Reassembly() }
        mostFromOne = limits.reassembliesFromOne
    }

    var count: Int { slab.used }
    var capacity: Int { slab.count }
    func isTaken(_ position: UInt32) -> Bool { slab.isTaken(position) }

    subscript(position: UInt32) -> Reassembly {
        @inline(__always) _read { yield slab[position] }
        @inline(__always) _modify { yield &slab[position] }
    }

    func find(_ key: FragmentKey) -> UInt32? {
        for position in 0..<UInt32(slab.count) where slab.isTaken(position) && slab[position].key == key { return position }
        return nil
    }

    /// Whether `source` may begin one more.
    func mayBegin(_ source: IPAddress) -> Bool {
        var count = 0
        for position in 0..<UInt32(slab.count) where slab.isTaken(position) && slab[position].key.source == source { count += 1 }
        return count < mostFromOne
    }

    mutating func take() -> UInt32? { slab.take() }

    /// The one that has waited longest.
    func oldest() -> UInt32? {
        var oldest: UInt32?
        for position in 0..<UInt32(slab.count) where slab.isTaken(position) {
            if let other = oldest, slab[other].started <= slab[position].started { continue }
            oldest = position
        }
        return oldest
    }

    /// Forgets it; its packet must have gone.
    mutating func give(_ position: UInt32) {
        heldFragments -= slab[position].fragments
        slab[position].fragments = 0
        slab.give(position)
    }
}

// What is the same for both families: beginning, refusing, giving up.
extension Stack {
    /// The reassembly of `key`, begun if need be; nil when there is no room, with the reason.
    mutating func reassembly(
        _ key: FragmentKey, _ arrival: Arrival, isGroup: Bool, headroom: Int
    ) throws(ReassemblyRefusal) -> UInt32 {
        if let position = reassemblies.find(key) {
            guard reassemblies[position].isOpen else { throw .refused }
            return position
        }
        guard reassemblies.mayBegin(key.source) else { throw .sourceLimit }
        if reassemblies.count == reassemblies.capacity, let oldest = reassemblies.oldest() {
            abandon(oldest, .reassemblyFull)
        }
        guard let packet = datagrams.take(headroom: headroom) else { throw .full }
        guard let position = reassemblies.take() else { throw .full }
        reassemblies[position].begin(key, arrival, isGroup: isGroup, packet, now)
        timers.set(timerMap.reassembly(position), at: now + configuration.limits.reassemblyTimeout)
        return position
    }

    /// Loses all fragments of the datagram for `reason`, and keeps refusing those that follow until the time is up.
    mutating func poison(_ position: UInt32, _ reason: DropReason.Fate) {
        loseFragments(position, reason)
        reassemblies[position].packet = nil
    }

    /// Loses all fragments and forgets the datagram.
    mutating func abandon(_ position: UInt32, _ reason: DropReason.Fate) {
        poison(position, reason)
        timers.cancel(timerMap.reassembly(position))
        reassemblies.give(position)
    }

    private mutating func loseFragments(_ position: UInt32, _ reason: DropReason.Fate) {
        let count = UInt64(reassemblies[position].fragments)
        drops[DropReason(reason)] &+= count
        account.dropped &+= count
        reassemblies.heldFragments -= reassemblies[position].fragments
        reassemblies[position].fragments = 0
    }

    /// The datagram is whole: its fragments have served, it goes on as one packet of its own.
    mutating func finish(_ position: UInt32) -> Packet? {
        statistics[.ipReassembled] &+= 1
        account.consumed &+= UInt64(reassemblies[position].fragments)
        let packet = reassemblies[position].packet.take()
        timers.cancel(timerMap.reassembly(position))
        reassemblies.give(position)
        account.entered &+= 1
        return packet
    }

    mutating func reassemblyTimer(_ position: UInt32) {
        guard reassemblies.isTaken(position) else { return }
        let isIPv4 = reassemblies[position].key.source.isIPv4
        statistics[isIPv4 ? .ipReassemblyTimeouts : .ip6ReassemblyTimeouts] &+= 1
        if isIPv4 { complainOfTimeout4(position) } else { complainOfTimeout6(position) }
        abandon(position, .fragmentTimeout)
    }
}

/// Why a fragment is not taken in.
enum ReassemblyRefusal: Error { case sourceLimit, full, refused }

extension Reassembly {
    /// Still taking fragments.
    var isOpen: Bool { packet != nil }
}
