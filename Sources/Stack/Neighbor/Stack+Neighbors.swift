internal import Rings
internal import Wire

// Resolution: from next hop to link address, for both families.
extension Stack {
    func neighborTiming(_ address: IPAddress, _ interface: Int) -> NeighborTiming {
        address.isIPv4 ? configuration.neighbors : interfaces[interface].six.timing
    }

    /// Sends the packet to the neighbor, now or when its link address is known.
    mutating func resolve(_ packet: consuming Packet, _ interface: Int, _ address: IPAddress, _ etherType: EtherType) {
        guard let position = neighbors.follow(address, interface) else {
            return resolveUnknown(packet, interface, address)
        }
        if neighbors[position].reachability.isResolved {
            if neighbors[position].reachability.state == .stale {
                let action = neighbors[position].reachability.used(now, neighborTiming(address, interface))
                perform(action, position)
            }
            return frame(packet, interface, neighbors[position].mac, etherType)
        }
        guard neighbors[position].reachability.state == .incomplete else { return drop(packet, .neighborFailed) }
        wait(packet, position)
    }

    private mutating func resolveUnknown(_ packet: consuming Packet, _ interface: Int, _ address: IPAddress) {
        var neighbor = Neighbor()
        (neighbor.address, neighbor.interface) = (address, interface)
        neighbor.reachability = .wanted(now, neighborTiming(address, interface))
        guard let position = insertNeighbor(neighbor) else { return drop(packet, .neighborTableFull) }
        wait(packet, position)
        perform(.solicit, position)
    }

    private mutating func wait(_ packet: consuming Packet, _ position: UInt32) {
        if let loser = neighbors.enqueue(packet, for: position) { drop(loser, .neighborQueueFull) }
    }

    /// Puts the neighbor in, in place of one that is not needed if the table is full.
    mutating func insertNeighbor(_ neighbor: Neighbor) -> UInt32? {
        guard neighbors.count == neighbors.capacity else { return neighbors.insert(neighbor) }
        if let victim = neighbors.victim() {
            removeNeighbor(victim)
        } else if let victim = neighbors.unanswered() {
            // A scan fills the table with questions: they give way, stations that answered never do.
            while let packet = neighbors.dequeue(victim) { drop(packet, .neighborTableFull) }
            removeNeighbor(victim)
        }
        return neighbors.insert(neighbor)
    }

    /// Forgets the neighbor and loses what waits for it.
    mutating func removeNeighbor(_ position: UInt32) {
        while let packet = neighbors.dequeue(position) { drop(packet, .neighborFailed) }
        timers.cancel(timerMap.neighbor(position))
        neighbors.remove(position)
    }

    mutating func neighborTimer(_ position: UInt32) {
        guard neighbors.isTaken(position) else { return }
        let timing = neighborTiming(neighbors[position].address, neighbors[position].interface)
        perform(neighbors[position].reachability.timerFired(now, timing), position)
    }

    /// Does what the state machine asked for, and arms its timer.
    mutating func perform(_ action: Reachability.Action, _ position: UInt32) {
        let address = neighbors[position].address, interface = neighbors[position].interface
        switch action {
        case .none: break
        case .solicit: solicit(address, interface, nil)
        case .poll: solicit(address, interface, neighbors[position].mac)
        case .fail:
            statistics[address.isIPv4 ? .arpFailed : .ndFailed] &+= 1
            failPending(position)
            if !address.isIPv4 { routerUnreachable(address, interface) }
            post(.neighborFailed(InterfaceIndex(UInt16(interface)), address))
        case .forget:
            statistics[address.isIPv4 ? .arpExpired : .ndExpired] &+= 1
            if neighbors[position].isRouter { routerUnreachable(address, interface) }
            return removeNeighbor(position)
        }
        armNeighbor(position)
    }

    mutating func armNeighbor(_ position: UInt32) {
        if let deadline = neighbors[position].reachability.deadline {
            timers.set(timerMap.neighbor(position), at: deadline)
        } else {
            timers.cancel(timerMap.neighbor(position))
        }
    }

    /// Asks for a link address: everybody, or one station.
    private mutating func solicit(_ address: IPAddress, _ interface: Int, _ mac: MACAddress?) {
        if address.isIPv4 { sendARPRequest(for: address.ipv4, interface, to: mac) } else { sendSolicitation(address, interface, mac) }
    }

    /// Nobody answered: tell local senders, lose what waits. RFC 1122 §2.3.2.2, §3.2.2.1.
    private mutating func failPending(_ position: UInt32) {
        while let packet = neighbors.dequeue(position) {
            if neighbors[position].address.isIPv4 { reportHostUnreachable(packet) } else { reportUnreachable6(packet) }
        }
    }

    /// The link address of a neighbor has been heard.
    mutating func learn(_ position: UInt32, _ mac: MACAddress, isAnswer: Bool) {
        guard neighbors[position].reachability.state != .fixed else { return }
        let timing = neighborTiming(neighbors[position].address, neighbors[position].interface)
        let isNew = neighbors[position].mac != mac
        neighbors[position].mac = mac
        if isAnswer {
            neighbors[position].reachability.confirmed(now, timing)
        } else {
            neighbors[position].reachability.claimed(isNew: isNew, now, timing)
        }
        armNeighbor(position)
        flushPending(position)
    }

    private mutating func flushPending(_ position: UInt32) {
        let (mac, interface) = (neighbors[position].mac, neighbors[position].interface)
        let etherType: EtherType = neighbors[position].address.isIPv4 ? .ipv4 : .ipv6
        while let packet = neighbors.dequeue(position) { frame(packet, interface, mac, etherType) }
    }
}
