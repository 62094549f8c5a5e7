public import Wire

extension Stack {
    /// Gives the interface an address and the route to its network.
    ///
    /// An IPv4 address on Ethernet is probed first (`StackConfiguration.conflicts`); `Event.addressReady` says when it may
    /// be used. RFC 5227 §2.1.
    ///
    /// - Parameters:
    ///   - broadcast: nil for the network's own.
    ///   - isProbed: probe an IPv4 address even where the stack is configured not to.
    public mutating func addAddress(
        _ index: InterfaceIndex, _ prefix: IPPrefix, broadcast: IPv4Address? = nil, isProbed: Bool = false, now: Instant
    ) throws(ConfigurationError) {
        tick(now)
        let position = try self.position(index)
        guard isHost(prefix.address) else { throw .badAddress }
        guard prefix.address.isIPv4 || configuration.isIPv6On else { throw .familyOff }
        let isPerLink = !prefix.address.isIPv4 && prefix.address.isLinkLocal
        guard addresses.find(prefix.address, on: isPerLink ? position : nil) == nil else { throw .addressInUse }
        var entry = LocalAddress()
        (entry.address, entry.bits, entry.interface, entry.isProbed) = (prefix.address, prefix.bits, position, isProbed)
        if prefix.address.isIPv4, position != 0 {
            entry.broadcast = broadcast ?? IPv4Prefix(prefix.address.ipv4, length: Int(prefix.length))?.broadcast
        }
        guard let place = addresses.insert(entry) else { throw .tableFull }
        do { try addConnectedRoute(prefix, position) } catch {
            addresses.remove(place)
            throw error
        }
        append(place, to: position)
        if interfaces[position].isUp { detect(place) }
    }

    /// One host: neither a group, nor nothing, nor everything.
    private func isHost(_ address: IPAddress) -> Bool {
        address.isIPv4 ? address.ipv4.isUnicast && !address.ipv4.isReserved : !address.isMulticast && !address.isUnspecified
    }

    /// Addresses keep the order in which they were given.
    mutating func append(_ place: UInt32, to position: Int) {
        guard interfaces[position].firstAddress != 0 else {
            interfaces[position].firstAddress = place &+ 1
            return
        }
        var link = interfaces[position].firstAddress &- 1
        while addresses[link].next != 0 { link = addresses[link].next &- 1 }
        addresses[link].next = place &+ 1
    }

    private mutating func addConnectedRoute(_ prefix: IPPrefix, _ position: Int) throws(ConfigurationError) {
        var route = Route()
        (route.network, route.bits, route.kind, route.interface) = (prefix.network, prefix.bits, .connected, position)
        route.isUsable = interfaces[position].isUp
        let isThere = routes.find(route.network, route.bits) { $0.interface == position && $0.kind == .connected && !$0.isStatic && !$0.isLearned }
        guard isThere == nil else { return }
        guard routes.insert(route) != nil else { throw .tableFull }
    }

    public mutating func removeAddress(_ index: InterfaceIndex, _ address: IPAddress, now: Instant) throws(ConfigurationError) {
        tick(now)
        let position = try self.position(index)
        guard let place = addresses.find(address, on: position) else { throw .noSuchAddress }
        removeAddress(at: place)
    }

    /// Says how long an address lasts from now on: it is removed at the end of its life, and an IPv6 address that is no
    /// longer preferred is not chosen for anything new. RFC 4862 §5.5.4.
    ///
    /// - Parameters: valid, preferred: nil for ever.
    public mutating func setLifetimes(
        _ index: InterfaceIndex, _ address: IPAddress, valid: Interval?, preferred: Interval?, now: Instant
    ) throws(ConfigurationError) {
        tick(now)
        let position = try self.position(index)
        guard let place = addresses.find(address, on: position) else { throw .noSuchAddress }
        addresses[place].life.validUntil = AddressLife.end(valid, now)
        addresses[place].life.preferredUntil = address.isIPv4 ? .never : min(AddressLife.end(preferred, now), AddressLife.end(valid, now))
        if address.isIPv4 { armAddress4(place) } else { armAddress6(place) }
    }

    mutating func removeAddress(at place: UInt32) {
        let entry = addresses[place]
        if !entry.address.isIPv4 { leaveSolicitedNode(place) }
        unlink(place, entry)
        timers.cancel(timerMap.address(place))
        addresses.remove(place)
        if !addresses.isOurs(entry.address) { abandonStreams(at: entry.address) }
        var link = interfaces[entry.interface].firstAddress
        while link != 0 {
            let other = addresses[link &- 1]
            if other.bits == entry.bits, other.isOnLink(entry.address) { return } // Another still needs the route.
            link = other.next
        }
        let network = entry.address.masked(entry.bits)
        let found = routes.find(network, entry.bits) { $0.interface == entry.interface && $0.kind == .connected && !$0.isStatic && !$0.isLearned }
        if let found { routes.remove(found) }
    }

    private mutating func unlink(_ place: UInt32, _ entry: LocalAddress) {
        if interfaces[entry.interface].firstAddress == place &+ 1 {
            interfaces[entry.interface].firstAddress = entry.next
            return
        }
        var link = interfaces[entry.interface].firstAddress
        while link != 0 {
            if addresses[link &- 1].next == place &+ 1 { addresses[link &- 1].next = entry.next }
            link = addresses[link &- 1].next
        }
    }

    /// Begins detection for every IPv4 address of an Ethernet interface.
    mutating func detectAddresses(of position: Int) {
        startIPv6(on: position)
        var link = interfaces[position].firstAddress
        while link != 0 {
            detect(link &- 1)
            link = addresses[link &- 1].next
        }
    }

    private mutating func detect(_ place: UInt32) {
        let entry = addresses[place]
        guard entry.interface != 0 else { return }
        guard entry.address.isIPv4 else { return detectAddress6(place) }
        var timing = configuration.conflicts
        timing.isProbing = timing.isProbing || entry.isProbed
        addresses[place].detector = .start(now, timing, &random)
        performDetection(.none, place)
        // Without probing the announcement goes out at once, and the address is ready when this returns.
        if !timing.isProbing { addressTimer(place) }
    }
}
