public import Rings
internal import Wire

extension Stack {
    /// The next complete frame for the driver of `index`, owned by the caller; nil when there is none.
    public mutating func nextTransmit(on index: InterfaceIndex) -> Packet? {
        let position = Int(index.position)
        guard position > 0, position < interfaces.count else { return nil }
        guard let packet = interfaces[position].transmit.popFirst() else { return nil }
        account.transmitted &+= 1
        if interfaces[position].wantsSpace { announceSpace(position) }
        return packet
    }

    /// Frames waiting for the driver of `index`.
    public func transmitCount(on index: InterfaceIndex) -> Int {
        Int(index.position) < interfaces.count ? interfaces[Int(index.position)].transmit.count : 0
    }

    /// Gives an IP packet to the link: resolves, frames, queues.
    mutating func output(_ packet: consuming Packet, _ etherType: EtherType, _ path: Path) {
        let position = Int(path.interface)
        guard interfaces[position].isUp else { return drop(packet, .interfaceDown) }
        if interfaces[position].isLoopback { return loop(packet, etherType) }
        switch path.cast {
        case .broadcast: frame(packet, position, .broadcast, etherType)
        case .group:
            let group = path.nextHop.isIPv4
                ? MACAddress.multicast(for: path.nextHop.ipv4) : MACAddress.multicast(for: path.nextHop)
            frame(packet, position, group, etherType)
        case .host: resolve(packet, position, path.nextHop, etherType)
        }
    }

    /// Puts the Ethernet header on and queues the frame for the driver.
    mutating func frame(_ packet: consuming Packet, _ position: Int, _ destination: MACAddress, _ etherType: EtherType) {
        let header = EthernetHeader(destination: destination, source: interfaces[position].mac, etherType: etherType)
        guard packet.prepend(EthernetHeader.octets) else { return drop(packet, .noHeadroom) }
        var octets = packet.mutableOctets
        header.write(into: &octets)
        shiftChecksum(packet, by: EthernetHeader.octets)
        if case .vlan(let parent, let identifier) = interfaces[position].kind {
            return frameTagged(packet, position, Int(parent.position), identifier, header)
        }
        queue(packet, position, isGroup: destination.isMulticast)
    }

    /// A tagged interface sends through its parent: the tag beside the frame where hardware inserts it, else inside.
    private mutating func frameTagged(
        _ packet: consuming Packet, _ position: Int, _ parent: Int, _ identifier: UInt16, _ header: EthernetHeader
    ) {
        guard interfaces[parent].isUp else { return drop(packet, .interfaceDown) }
        let tag = VLANTag(rawValue: identifier & 0xfff)
        if interfaces[position].isTapped { tap(packet, position, isSent: true) }
        interfaces[position].counters.sentFrames &+= 1
        interfaces[position].counters.sentOctets &+= UInt64(packet.length)
        if interfaces[parent].capabilities.contains(.insertVLANTag) {
            packet.vlan = tag.rawValue
            packet.flags.insert(.vlan)
        } else {
            guard packet.prepend(4) else { return drop(packet, .noHeadroom) }
            var tagged = header
            tagged.tag = tag
            var octets = packet.mutableOctets
            tagged.write(into: &octets)
            shiftChecksum(packet, by: 4)
        }
        queue(packet, parent, isGroup: header.destination.isMulticast)
    }

    /// A finished frame for the driver.
    mutating func queue(_ packet: consuming Packet, _ position: Int, isGroup: Bool) {
        let octets = UInt64(packet.length)
        if interfaces[position].isTapped { tap(packet, position, isSent: true) }
        if let refused = interfaces[position].transmit.append(packet) {
            interfaces[position].counters.transmitDrops &+= 1
            return drop(refused, .transmitQueueFull)
        }
        interfaces[position].counters.sentFrames &+= 1
        interfaces[position].counters.sentOctets &+= octets
        if isGroup { interfaces[position].counters.sentGroupFrames &+= 1 }
    }

    /// A header grew in front of what hardware will sum.
    @inline(__always) func shiftChecksum(_ packet: borrowing Packet, by octets: Int) {
        guard packet.flags.contains(.insertTransportChecksum) else { return }
        let place = packet.checksum
        packet.checksum = (place.start &+ octets, place.offset)
        guard packet.flags.contains(.segment) else { return }
        let cut = packet.segmentation
        packet.segmentation = (cut.octets, cut.headers &+ octets)
    }
}

// lo0: what is sent is received, in order, without depth.
extension Stack {
    mutating func loop(_ packet: consuming Packet, _ etherType: EtherType) {
        packet.flags = [.local]
        packet.mark = UInt32(etherType.rawValue)
        let octets = UInt64(packet.length)
        if let refused = interfaces[0].transmit.append(packet) {
            interfaces[0].counters.transmitDrops &+= 1
            return drop(refused, .transmitQueueFull)
        }
        interfaces[0].counters.sentFrames &+= 1
        interfaces[0].counters.sentOctets &+= octets
    }

    /// Receives what was looped back. Bounded: answers that answer answers wait for the next call.
    mutating func drainLoopback() {
        guard !interfaces[0].transmit.isEmpty else { return }
        var budget = interfaces[0].transmit.capacity
        while budget > 0, let packet = interfaces[0].transmit.popFirst() {
            budget -= 1
            account.transmitted &+= 1
            account.entered &+= 1
            interfaces[0].counters.receivedFrames &+= 1
            interfaces[0].counters.receivedOctets &+= UInt64(packet.length)
            packet.interface = 0
            let arrival = Arrival(interface: 0, isGroupFrame: false, isLocal: true)
            if packet.mark == UInt32(EtherType.ipv6.rawValue) {
                receiveIPv6(packet, arrival)
            } else {
                receiveIPv4(packet, arrival)
            }
        }
        if budget == 0, interfaces[0].wantsSpace { announceSpace(0) }
    }
}
