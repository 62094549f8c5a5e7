internal import Rings
internal import Wire

// From a datagram to the endpoints that want it.
extension Stack {
    /// Queues the packet, whose octets are now the payload, at the endpoint, and wakes its owner if it slept.
    mutating func deliver(_ packet: consuming Packet, to position: UInt32, _ metadata: DatagramMetadata) {
        let octets = packet.length
        let isFull = endpoints[position].received.isFull
            || endpoints[position].receivedOctets + octets > configuration.limits.endpointOctets
        guard !isFull else {
            endpoints[position].overflows &+= 1
            return drop(packet, .endpointFull)
        }
        let wasEmpty = endpoints[position].received.isEmpty
        packet.owner = .socket
        endpoints[position].receivedOctets += octets
        if let refused = endpoints[position].received.append(ReceivedDatagram(packet: packet, metadata: metadata)) {
            endpoints[position].receivedOctets -= octets
            return drop(refused.packet, .endpointFull)
        }
        account.delivered &+= 1
        if wasEmpty { post(.readable(endpoints.id(position))) }
    }

    /// A second packet with the same payload; nil, and counted, when memory has none.
    mutating func duplicate(_ packet: borrowing Packet) -> Packet? {
        let copy = packet.length > Self.greatestPacket ? originateDatagram(headroom: IPv4Header.octets) : originate(octets: packet.length)
        guard var copy else { return nil }
        guard copy.append(copying: packet.octets) else {
            drop(copy, .noPacket)
            return nil
        }
        return copy
    }

    /// The most octets that one packet of packet memory holds.
    static var greatestPacket: Int { PacketMemoryLayout.largeOctets - Packet.headroom }

    /// A packet with a whole 64 KiB slot.
    mutating func originateDatagram(headroom: Int) -> Packet? {
        account.entered &+= 1
        if let packet = datagrams.take(headroom: headroom) { return packet }
        drops[DropReason(.noPacket)] &+= 1
        account.dropped &+= 1
        return nil
    }

    /// The next raw endpoint from `link` on that wants this datagram; nil when there is none (any more).
    func rawTarget(from link: UInt32, _ next: IPProtocol, _ metadata: DatagramMetadata, echo: UInt16?) -> UInt32? {
        var link = link
        while link != 0 {
            if wants(link &- 1, next, metadata, echo) { return link &- 1 }
            link = endpoints[link &- 1].nextRaw
        }
        return nil
    }

    /// Gives `first` and every raw endpoint after it that wants this datagram a copy; the last gets the packet itself.
    /// The packet's octets begin with the IP header, of `metadata.headerOctets`.
    mutating func deliverRaw(
        _ packet: consuming Packet, to first: UInt32, _ next: IPProtocol, _ metadata: DatagramMetadata, echo: UInt16?
    ) {
        var target = first
        while let following = rawTarget(from: endpoints[target].nextRaw, next, metadata, echo: echo) {
            if var copy = duplicate(packet) {
                copy.dropFirst(metadata.headerOctets)
                deliver(copy, to: target, metadata)
            }
            target = following
        }
        packet.dropFirst(metadata.headerOctets)
        deliver(packet, to: target, metadata)
    }

    private func wants(_ position: UInt32, _ next: IPProtocol, _ metadata: DatagramMetadata, _ echo: UInt16?) -> Bool {
        guard endpoints[position].kind == .raw(next) else { return false }
        let local = endpoints[position].local
        if local.port != 0, local.port != echo { return false }
        if !local.address.isAny, local.address != metadata.destination.address { return false }
        if endpoints[position].isConnected, endpoints[position].remote.address != metadata.source.address { return false }
        if let only = endpoints[position].options.interface, only != metadata.interface { return false }
        return true
    }
}
