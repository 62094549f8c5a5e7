public import Wire

// Joining and leaving; the driver's filter.
extension Stack {
    /// Whether this host listens to `group` on `interface`. 224.0.0.1 always: RFC 1112 §4.
    func isMember(_ group: IPAddress, _ interface: Int) -> Bool {
        if group.isIPv4 ? group.ipv4 == .allHosts : group == .allNodes || group == .allNodesInterfaceLocal { return true }
        return memberships.find(group, interface) != nil
    }

    /// One more user of the group: the first one makes this host a member.
    mutating func joinGroup(_ group: IPAddress, _ interface: Int) throws(EndpointFailure) {
        if let position = memberships.find(group, interface) {
            memberships[position].users += 1
            return
        }
        var entry = GroupEntry()
        (entry.group, entry.interface, entry.users) = (group, interface, 1)
        guard let position = memberships.insert(entry) else { throw .groupListFull }
        guard addFilter(group, interface) else {
            memberships.remove(position)
            throw .groupListFull
        }
        guard reports(group, interface) else { return }
        memberships[position].membership = .joined(now)
        armMembership(position)
    }

    /// One user less: with the last one the host leaves.
    mutating func leaveGroup(_ group: IPAddress, _ interface: Int) {
        guard let position = memberships.find(group, interface) else { return }
        memberships[position].users -= 1
        guard memberships[position].users == 0 else { return }
        if memberships[position].membership.left() == .leave, reports(group, interface) { sendLeave(group, interface) }
        timers.cancel(timerMap.membership(position))
        memberships.remove(position)
        removeFilter(group, interface)
    }

    /// Routers are told of the group: not of all-hosts, and not on lo0. RFC 2236 §6, RFC 2710 §5.
    func reports(_ group: IPAddress, _ interface: Int) -> Bool {
        guard !interfaces[interface].isLoopback else { return false }
        return group.isIPv4 ? group.ipv4 != .allHosts : group != .allNodes && group.scope > .interfaceLocal
    }

    mutating func armMembership(_ position: UInt32) {
        if let deadline = memberships[position].membership.deadline {
            timers.set(timerMap.membership(position), at: deadline)
        } else {
            timers.cancel(timerMap.membership(position))
        }
    }

    mutating func membershipTimer(_ position: UInt32) {
        guard memberships.isTaken(position) else { return }
        let action = memberships[position].membership.timerFired(now, &random)
        if action == .report { sendReport(memberships[position].group, memberships[position].interface) }
        armMembership(position)
    }

    private mutating func sendReport(_ group: IPAddress, _ interface: Int) {
        if group.isIPv4 { sendReport4(group.ipv4, interface) } else { sendReport6(group, interface) }
    }

    private mutating func sendLeave(_ group: IPAddress, _ interface: Int) {
        if group.isIPv4 { sendLeave4(group.ipv4, interface) } else { sendLeave6(group, interface) }
    }

    // The link's filter.

    /// Lets the group's frames in. - Returns: false when the list is full.
    mutating func addFilter(_ group: IPAddress, _ interface: Int) -> Bool {
        let mac = group.isIPv4 ? MACAddress.multicast(for: group.ipv4) : MACAddress.multicast(for: group)
        let link = carrier(interface)
        guard let isNew = interfaces[interface].addGroup(mac) else { return false }
        if link != interface {
            guard let isNewBelow = interfaces[link].addGroup(mac) else {
                _ = interfaces[interface].removeGroup(mac)
                return false
            }
            if isNewBelow { post(.multicastChanged(InterfaceIndex(UInt16(link)))) }
        } else if isNew {
            post(.multicastChanged(InterfaceIndex(UInt16(link))))
        }
        return true
    }

    mutating func removeFilter(_ group: IPAddress, _ interface: Int) {
        let mac = group.isIPv4 ? MACAddress.multicast(for: group.ipv4) : MACAddress.multicast(for: group)
        let link = carrier(interface)
        var isGone = interfaces[interface].removeGroup(mac)
        if link != interface { isGone = interfaces[link].removeGroup(mac) }
        if isGone { post(.multicastChanged(InterfaceIndex(UInt16(link)))) }
    }

    /// The group addresses that the driver of `index` must let through. Cold.
    public func multicastList(on index: InterfaceIndex) -> [MACAddress] {
        guard isPresent(index) else { return [] }
        return (0..<interfaces[Int(index.position)].groupCount).map { interfaces[Int(index.position)].groups[$0].address }
    }

    // Endpoints.

    /// The endpoint hears the group on that interface; nil for the interface that a route names.
    public mutating func join(
        _ id: EndpointID, _ group: IPAddress, on wanted: InterfaceIndex? = nil, now: Instant
    ) throws(EndpointFailure) {
        tick(now)
        let position = try self.position(id)
        guard group.isGroup else { throw .notAGroup }
        let interface = try groupInterface(group, wanted)
        guard !endpoints[position].hears(group, interface) else { throw .addressInUse }
        let count = endpoints[position].groupCount
        guard count < DatagramEndpoint.greatestGroups else { throw .groupListFull }
        try joinGroup(group, interface)
        endpoints[position].groups[count] = EndpointGroup(group: group, interface: interface)
        endpoints[position].groupCount = count + 1
    }

    public mutating func leave(
        _ id: EndpointID, _ group: IPAddress, on wanted: InterfaceIndex? = nil, now: Instant
    ) throws(EndpointFailure) {
        tick(now)
        let position = try self.position(id)
        let interface = try groupInterface(group, wanted)
        for k in 0..<endpoints[position].groupCount
        where endpoints[position].groups[k].group == group && endpoints[position].groups[k].interface == interface {
            leave(position, at: k)
            return leaveGroup(group, interface)
        }
        throw .notJoined
    }

    mutating func leave(_ position: UInt32, at k: Int) {
        let last = endpoints[position].groupCount - 1
        endpoints[position].groups[k] = endpoints[position].groups[last]
        endpoints[position].groupCount = last
    }

    private mutating func groupInterface(_ group: IPAddress, _ wanted: InterfaceIndex?) throws(EndpointFailure) -> Int {
        if let wanted {
            guard isPresent(wanted) else { throw .noSuchInterface }
            return Int(wanted.position)
        }
        guard let path = try? path(to: group) else { throw .noSuchInterface }
        return Int(path.interface)
    }
}
