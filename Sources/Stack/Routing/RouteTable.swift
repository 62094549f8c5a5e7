public import Wire

/// What happens to packets that a route catches.
public enum RouteKind: Hashable, Sendable {
    /// The destination is on the link.
    case connected
    /// The next hop is a router.
    case gateway(IPAddress)
    /// Refused, and the sender told.
    case reject
    /// Lost without a word.
    case blackhole
}

struct Route: Sendable {
    var network = IPAddress.unspecified
    var bits = 0
    var kind = RouteKind.blackhole
    var interface = 0
    var metric: UInt32 = 0
    /// Octets; zero for the interface's.
    var mtu = 0
    /// Made by hand, not by an address.
    var isStatic = false
    /// From a router advertisement or a redirect.
    var isLearned = false
    /// The interface is up.
    var isUsable = true
    var uses: UInt64 = 0
}

/// Routes of both families with longest prefix match: one probe for each prefix length in use, longest first.
struct RouteTable: ~Copyable {
    private var slab: Slab<Route>
    private var index: HashIndex
    /// Counts what may change how packets leave.
    private(set) var changes: UInt32 = 0
    private let key: HashKey
    /// Routes of each length: 0...128 of IPv6, then 129 + 96...128 of IPv4.
    private var lengths: Table<UInt32>
    /// The lengths in use, longest first: IPv6, IPv4.
    private var order6: Table<UInt8>, order4: Table<UInt8>
    private var count6 = 0, count4 = 0

    init(capacity: Int, key: HashKey) {
        slab = Slab(count: capacity) { _ in Route() }
        index = HashIndex(capacity: capacity)
        self.key = key
        lengths = Table(count: 258) { _ in 0 }
        order6 = Table(count: 129) { _ in 0 }
        order4 = Table(count: 33) { _ in 0 }
    }

    var count: Int { slab.used }
    var capacity: Int { slab.count }
    func isTaken(_ position: UInt32) -> Bool { slab.isTaken(position) }

    subscript(position: UInt32) -> Route {
        @inline(__always) _read { yield slab[position] }
        @inline(__always) _modify { yield &slab[position] }
    }

    /// The usable route with the longest prefix that holds `address`; of several, the one with the least metric.
    ///
    /// - Parameter interface: only routes of this interface; nil for any.
    /// - Complexity: O(prefix lengths in use).
    func lookup(_ address: IPAddress, on interface: Int? = nil) -> UInt32? {
        let isIPv4 = address.isIPv4
        let count = isIPv4 ? count4 : count6
        for k in 0..<count {
            let bits = Int(isIPv4 ? order4[k] : order6[k])
            if let found = best(address.masked(bits), bits, interface) { return found }
        }
        return nil
    }

    @inline(__always) private func best(_ network: IPAddress, _ bits: Int, _ interface: Int?) -> UInt32? {
        var probe = index.probe(key(network, UInt64(bits)))
        var found: UInt32?
        while let position = index.next(&probe) {
            let isMatch = slab[position].bits == bits && slab[position].network == network && slab[position].isUsable
                && (interface == nil || slab[position].interface == interface)
            guard isMatch else { continue }
            if let other = found, slab[other].metric <= slab[position].metric { continue }
            found = position
        }
        return found
    }

    /// The very route: prefix, interface and kind; usable or not.
    func find(_ network: IPAddress, _ bits: Int, _ matches: (borrowing Route) -> Bool) -> UInt32? {
        var probe = index.probe(key(network, UInt64(bits)))
        while let position = index.next(&probe) {
            if slab[position].bits == bits, slab[position].network == network, matches(slab[position]) { return position }
        }
        return nil
    }

    /// - Parameter route: its network has no host bits.
    /// - Returns: nil when the table is full.
    mutating func insert(_ route: Route) -> UInt32? {
        guard let position = slab.take() else { return nil }
        guard index.insert(key(route.network, UInt64(route.bits)), position) else {
            slab.give(position)
            return nil
        }
        changes &+= 1
        slab[position] = route
        lengths[slot(route)] &+= 1
        order()
        return position
    }

    mutating func remove(_ position: UInt32) {
        changes &+= 1
        let route = slab[position]
        index.remove(key(route.network, UInt64(route.bits)), position)
        slab.give(position)
        lengths[slot(route)] &-= 1
        order()
    }

    private func slot(_ route: Route) -> Int { route.bits + (route.network.isIPv4 ? 129 : 0) }

    private mutating func order() {
        (count4, count6) = (0, 0)
        for bits in stride(from: 128, through: 0, by: -1) {
            if lengths[bits] > 0 {
                order6[count6] = UInt8(bits)
                count6 += 1
            }
            if lengths[bits + 129] > 0 {
                order4[count4] = UInt8(bits)
                count4 += 1
            }
        }
    }
}
