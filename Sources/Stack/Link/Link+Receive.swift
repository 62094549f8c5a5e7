public import Rings
internal import Wire

/// How a packet came: by which interface, and whether its frame named this station alone.
struct Arrival {
    var interface: Int
    var isGroupFrame: Bool
    var isLocal: Bool
}

extension Stack {
    /// Takes a frame from a driver: Ethernet II without FCS, its hardware's knowledge in the packet's flags.
    public mutating func receive(_ packet: consuming Packet, on index: InterfaceIndex, now: Instant) {
        tick(now)
        account.entered &+= 1
        let position = Int(index.position)
        guard position > 0, position < interfaces.count, interfaces[position].isPresent else {
            return drop(packet, .noInterface)
        }
        receiveFrame(packet, position)
        drainLoopback()
    }

    /// An empty packet for a frame of joined segments, to be received: 65,535 octets at most.
    /// - Returns: nil when there is none.
    public func takeJoined(octets: Int) -> Packet? { octets <= DatagramMemory.slotOctets ? datagrams.take(headroom: 0) : nil }

    /// One frame that has been counted as entered.
    mutating func receiveFrame(_ packet: consuming Packet, _ position: Int) {
        guard interfaces[position].isUp else {
            interfaces[position].counters.receiveDrops &+= 1
            return drop(packet, .interfaceDown)
        }
        interfaces[position].counters.receivedFrames &+= 1
        interfaces[position].counters.receivedOctets &+= UInt64(packet.length)
        if interfaces[position].isTapped { tap(packet, position, isSent: false) }
        let frame: FrameFacts
        do { frame = try FrameFacts(packet) } catch {
            interfaces[position].counters.receiveDrops &+= 1
            return drop(packet, .ethernet, error)
        }
        if frame.isTagged { return receiveTagged(packet, position, frame) }
        accept(packet, position, frame)
    }

    /// A frame without tag, or whose tag has brought it to `position`.
    private mutating func accept(_ packet: consuming Packet, _ position: Int, _ frame: FrameFacts) {
        let isGroup = frame.destination.isMulticast
        if isGroup {
            interfaces[position].counters.receivedGroupFrames &+= 1
            guard frame.destination.isBroadcast || interfaces[position].hears(frame.destination) else {
                return refuse(packet, position, .notForUs)
            }
        } else if frame.destination != interfaces[position].mac {
            return refuse(packet, position, .notForUs)
        }
        // Our own frame came back: a loop, or a cable that mirrors. RFC 5227 §2.1.1 wants to see ARP all the same.
        if frame.source == interfaces[position].mac, frame.etherType != .arp { return refuse(packet, position, .ownFrame) }
        packet.dropFirst(frame.headerOctets)
        packet.interface = position
        let arrival = Arrival(interface: position, isGroupFrame: isGroup, isLocal: false)
        if frame.etherType == .ipv4 { return receiveIPv4(packet, arrival) }
        if frame.etherType == .arp { return receiveARP(packet, position) }
        if frame.etherType == .ipv6 { return receiveIPv6(packet, arrival) }
        refuse(packet, position, .unknownEtherType)
    }

    private mutating func refuse(_ packet: consuming Packet, _ position: Int, _ reason: DropReason.Fate) {
        interfaces[position].counters.receiveDrops &+= 1
        drop(packet, reason)
    }

    /// The tag names an interface above this one; identifier 0 carries priority alone. IEEE 802.1Q §9.6.
    private mutating func receiveTagged(_ packet: consuming Packet, _ position: Int, _ frame: FrameFacts) {
        guard frame.tag.identifier != 0 else { return accept(packet, position, frame) }
        guard let upper = vlanInterface(above: position, frame.tag.identifier) else {
            return refuse(packet, position, .unknownVLAN)
        }
        guard interfaces[upper].isUp else { return refuse(packet, upper, .interfaceDown) }
        interfaces[upper].counters.receivedFrames &+= 1
        interfaces[upper].counters.receivedOctets &+= UInt64(packet.length)
        if interfaces[upper].isTapped { tap(packet, upper, isSent: false) }
        accept(packet, upper, frame)
    }

    func vlanInterface(above parent: Int, _ identifier: UInt16) -> Int? {
        guard interfaces[parent].vlans > 0 else { return nil }
        let wanted = InterfaceKind.vlan(parent: InterfaceIndex(UInt16(parent)), identifier: identifier)
        for k in 1..<interfaces.count where interfaces[k].isPresent && interfaces[k].kind == wanted { return k }
        return nil
    }
}

/// What the link layer needs of a frame, read once.
struct FrameFacts {
    let destination: MACAddress, source: MACAddress, etherType: EtherType, tag: VLANTag
    let isTagged: Bool, headerOctets: Int

    /// One tag is ours to read: beside the frame or in it. A frame with more shows the inner tag as its type.
    init(_ packet: borrowing Packet) throws(WireError) {
        let view = try EthernetView(packet.octets)
        (destination, source, headerOctets) = (view.destination, view.source, view.headerOctets)
        let isBeside = packet.flags.contains(.vlan)
        guard isBeside || view.tagCount > 0 else {
            (isTagged, etherType, tag) = (false, view.etherType, VLANTag(rawValue: 0))
            return
        }
        let tags = view.tagCount + (isBeside ? 1 : 0)
        isTagged = tags > 0
        etherType = tags > 1 ? .serviceVLAN : view.etherType
        tag = isBeside ? VLANTag(rawValue: packet.vlan) : view.outerTag ?? VLANTag(rawValue: 0)
    }
}
