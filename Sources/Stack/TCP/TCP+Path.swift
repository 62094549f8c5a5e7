internal import Wire

// How a connection's packets leave.
extension Stack {
    /// What our window scale offers: enough for the greatest buffer.
    static var receiveScale: UInt8 { 7 }

    /// Makes sure that the connection knows its way: found once, and again after any route, address or link has changed.
    /// - Returns: false when there is none.
    @discardableResult
    mutating func settlePath(_ position: UInt32) -> Bool {
        let known = streams[position].path
        if known.generation == pathGeneration, now - known.found < .seconds(10) { return true }
        return findPath(position)
    }

    private mutating func findPath(_ position: UInt32) -> Bool {
        let remote = streams[position].remote.address
        let only = streams[position].options.interface.map { Int($0.position) }
        guard let found = try? path(to: remote, on: only), found.cast == .host else {
            streams[position].path.generation = 0
            return false
        }
        var cached = CachedPath()
        (cached.nextHop, cached.interface) = (found.nextHop, found.interface)
        cached.mtu = UInt16(clamping: pathMTUs.mtu(remote, link: found.mtu, now))
        (cached.generation, cached.found) = (pathGeneration, now)
        let isNews = cached.mtu != streams[position].path.mtu || streams[position].path.generation == 0
        streams[position].path = cached
        if isNews { streams[position].resize(&pools, now) }
        return true
    }

    /// The cached way in the form that IP takes.
    @inline(__always) func path(of position: UInt32) -> Path {
        let known = streams[position].path
        return Path(
            interface: known.interface, cast: .host, nextHop: known.nextHop, source: streams[position].local.address, mtu: Int(known.mtu))
    }

    /// Moves whenever anything changes that decides how packets leave; never zero.
    @inline(__always) var pathGeneration: UInt32 { (linkChanges &+ routes.changes &+ addresses.changes &+ pathMTUs.changes) | 1 &<< 31 }

    /// What our SYN asks for: the link's MTU less the headers, or less if the owner wants that. RFC 9293 §3.7.1 (MUST-67),
    /// RFC 6691 §2.
    mutating func ownMaximumSegment(_ name: FourTuple, _ options: StreamOptions) -> UInt16 {
        let headers = name.remote.address.isIPv4 ? 40 : 60
        guard let path = try? path(to: name.remote.address) else { return name.remote.address.isIPv4 ? 536 : 1220 }
        let link = path.interface == 0 ? interfaces[0].mtu : linkMTU(Int(path.interface), name.remote.address)
        let most = UInt16(clamping: link - headers)
        return options.maximumSegment > 0 ? min(most, max(options.maximumSegment, Connection.leastSegment)) : most
    }

    /// Nothing comes back from behind the next hop: it is asked whether it is there. RFC 9293 §3.8.3 (MUST-20).
    mutating func doubtWay(_ position: UInt32) {
        let way = streams[position].path
        guard way.generation != 0, let neighbor = neighbors.find(way.nextHop, Int(way.interface)) else { return }
        perform(neighbors[neighbor].reachability.doubted(now, neighborTiming(way.nextHop, Int(way.interface))), neighbor)
    }

    /// Full segments vanish and nobody says why: the path may not carry them, and its routers may be silent. The next
    /// lower common size is tried. RFC 4821 §7.7, RFC 8899 §4.3.
    mutating func suspectPath(_ position: UInt32) {
        let remote = streams[position].remote.address
        let floor = remote.isIPv4 ? PathMTUTable.least4 : 1280
        let present = Int(streams[position].path.mtu)
        guard present > floor else { return }
        let next = max(remote.isIPv4 ? PathMTUTable.plateau(below: present) : 1280, floor)
        guard pathMTUs.shrink(remote, to: next, now) else { return }
        statistics[.tcpBlackHoles] &+= 1
        settlePath(position)
    }

    /// RFC 6528 §3: a clock of four microseconds, plus what only this host can compute of the four numbers.
    func initialSequence(_ name: FourTuple) -> SequenceNumber {
        SequenceNumber(rawValue: UInt32(truncatingIfNeeded: now.nanoseconds / 4000 &+ streamSecret(name, 0)))
    }

    /// Where a connection's timestamp clock begins: another place for each. RFC 7323 §7.1.
    func timestampOffset(_ name: FourTuple) -> UInt32 { UInt32(truncatingIfNeeded: streamSecret(name, 1)) }

    /// A value of the four numbers that nobody else can compute.
    func streamSecret(_ name: FourTuple, _ purpose: UInt64) -> UInt64 {
        let local = streamFunction(name.local.address.high, name.local.address.low)
        let remote = streamFunction(name.remote.address.high ^ local, name.remote.address.low)
        return streamFunction(remote, UInt64(name.local.port) | UInt64(name.remote.port) &<< 16 | purpose &<< 32)
    }
}
