internal import Rings
internal import Wire

extension ARPPacket {
    /// Nil for an operation that is neither request nor reply.
    init?(in packet: borrowing Packet) throws(WireError) { self.init(try ARPView(packet.octets)) }
}

// The Address Resolution Protocol. RFC 826, with RFC 5227's rules of conflict.
extension Stack {
    mutating func receiveARP(_ packet: consuming Packet, _ interface: Int) {
        let parsed: ARPPacket?
        do { parsed = try ARPPacket(in: packet) } catch { return drop(packet, .arp, error) }
        guard let arp = parsed else { return drop(packet, .arpOperation) }
        switch arp.operation {
        case .request: statistics[.arpRequestsReceived] &+= 1
        case .reply: statistics[.arpRepliesReceived] &+= 1
        }
        guard arp.senderMAC.isStation, arp.senderAddress.isUnspecified || arp.senderAddress.isUnicast,
            !arp.senderAddress.isLoopback
        else { return drop(packet, .arpSender) }
        // Our own broadcast came back: no conflict, no news. RFC 5227 §2.1.1.
        guard arp.senderMAC != interfaces[interface].mac else { return drop(packet, .ownFrame) }
        if hearConflict(arp, interface) { return consume(packet) }
        guard mergeSender(arp, interface) else { return drop(packet, .arpNotForUs) }
        consume(packet)
    }

    /// RFC 826's reception: merge what is known already, then, if it was for us, add and answer.
    /// - Returns: false when the packet concerned nothing here.
    private mutating func mergeSender(_ arp: ARPPacket, _ interface: Int) -> Bool {
        let sender = IPAddress(arp.senderAddress)
        let known = arp.senderAddress.isUnspecified ? nil : neighbors.find(sender, interface)
        let target = addresses.find(IPAddress(arp.targetAddress), on: interface)
        let isForUs = target.map { addresses[$0].isUsable } ?? false
        let isAnswer = arp.operation == .reply && isForUs
        if let known { learn(known, arp.senderMAC, isAnswer: isAnswer) }
        guard isForUs else { return known != nil }
        if known == nil, !arp.senderAddress.isUnspecified, isOnLink(sender, interface) {
            var neighbor = Neighbor()
            (neighbor.address, neighbor.interface, neighbor.mac) = (sender, interface, arp.senderMAC)
            neighbor.reachability = .heard(now, configuration.neighbors)
            if let position = insertNeighbor(neighbor) { armNeighbor(position) }
        }
        if arp.operation == .request { answer(arp, interface) }
        return true
    }

    private mutating func answer(_ request: ARPPacket, _ interface: Int) {
        statistics[.arpRepliesSent] &+= 1
        let reply = ARPPacket(
            .reply, senderMAC: interfaces[interface].mac, senderAddress: request.targetAddress,
            targetMAC: request.senderMAC, targetAddress: request.senderAddress)
        send(reply, interface, to: request.senderMAC)
    }

    func isOnLink(_ address: IPAddress, _ interface: Int) -> Bool {
        var link = interfaces[interface].firstAddress
        while link != 0 {
            if addresses[link &- 1].isOnLink(address) { return true }
            link = addresses[link &- 1].next
        }
        return false
    }

    mutating func send(_ arp: ARPPacket, _ interface: Int, to mac: MACAddress) {
        guard var packet = originate(octets: ARPPacket.octets), packet.append(ARPPacket.octets) else { return }
        var octets = packet.mutableOctets
        arp.write(into: &octets)
        guard interfaces[interface].isUp else { return drop(packet, .interfaceDown) }
        frame(packet, interface, mac, .arp)
    }

    /// Asks who has `address`; the sender is our address on that network. RFC 1122 §2.3.2.1: the caller limits the rate.
    mutating func sendARPRequest(for address: IPv4Address, _ interface: Int, to mac: MACAddress?) {
        statistics[.arpRequestsSent] &+= 1
        let source = sourceAddress(on: interface, for: IPAddress(address))?.ipv4 ?? .unspecified
        let request = ARPPacket(
            .request, senderMAC: interfaces[interface].mac, senderAddress: source, targetAddress: address)
        send(request, interface, to: mac ?? .broadcast)
    }

    // Conflict detection.

    /// Whether `arp` disputes one of our addresses, and what follows from that. RFC 5227 §2.1.1, §2.4.
    private mutating func hearConflict(_ arp: ARPPacket, _ interface: Int) -> Bool {
        if !arp.senderAddress.isUnspecified, let position = addresses.find(IPAddress(arp.senderAddress), on: interface) {
            conflict(position, arp.senderMAC)
            return true
        }
        // Two stations probing for one address at once: both give way.
        guard arp.operation == .request, arp.senderAddress.isUnspecified,
            let position = addresses.find(IPAddress(arp.targetAddress), on: interface)
        else { return false }
        switch addresses[position].detector.state {
        case .probing, .listening:
            conflict(position, arp.senderMAC)
            return true
        case .announcing, .settled, .duplicated: return false
        }
    }

    private mutating func conflict(_ position: UInt32, _ mac: MACAddress) {
        statistics[.arpConflicts] &+= 1
        let action = addresses[position].detector.heardConflict(now, configuration.conflicts)
        let index = InterfaceIndex(UInt16(addresses[position].interface))
        if action != .none { post(.addressConflict(index, addresses[position].address, mac, stillOurs: action == .defend)) }
        performDetection(action, position)
    }

    mutating func addressTimer(_ position: UInt32) {
        guard addresses.isTaken(position) else { return }
        guard addresses[position].address.isIPv4 else { return addressTimer6(position) }
        if addresses[position].life.validUntil <= now { return removeAddress(at: position) }
        guard let due = addresses[position].detector.deadline, due <= now else { return armAddress4(position) }
        let action = addresses[position].detector.timerFired(now, configuration.conflicts, &random)
        performDetection(action, position)
    }

    /// When detection goes on or life ends.
    mutating func armAddress4(_ position: UInt32) {
        let next = min(addresses[position].detector.deadline ?? .never, addresses[position].life.validUntil)
        if next == .never { timers.cancel(timerMap.address(position)) } else { timers.set(timerMap.address(position), at: next) }
    }

    mutating func performDetection(_ action: ConflictDetector.Action, _ position: UInt32) {
        let entry = addresses[position]
        let index = InterfaceIndex(UInt16(entry.interface))
        switch action {
        // A lost address stays in the list, marked, and is not used. RFC 5227 §2.4.
        case .none, .yield: break
        case .probe:
            statistics[.arpProbesSent] &+= 1
            sendARP(claiming: .unspecified, asking: entry.address.ipv4, entry.interface)
        case .announce(let isFirst):
            announce(entry)
            if isFirst { post(.addressReady(index, entry.address)) }
        case .defend: announce(entry)
        }
        armAddress4(position)
    }

    private mutating func announce(_ entry: LocalAddress) {
        statistics[.arpAnnouncementsSent] &+= 1
        sendARP(claiming: entry.address.ipv4, asking: entry.address.ipv4, entry.interface)
    }

    private mutating func sendARP(claiming sender: IPv4Address, asking target: IPv4Address, _ interface: Int) {
        let mac = interfaces[interface].mac
        send(ARPPacket(.request, senderMAC: mac, senderAddress: sender, targetAddress: target), interface, to: .broadcast)
    }
}
