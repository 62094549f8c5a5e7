internal import Rings
internal import Wire

// From connections to the link.
extension Stack {
    /// On the list of those that have something to say; served at the end of the round.
    mutating func serveLater(_ position: UInt32) {
        guard !streams[position].flags.contains(.isListed) else { return }
        streams[position].flags.insert(.isListed)
        streams[position].nextToServe = 0
        if lastToServe != 0 { streams[lastToServe &- 1].nextToServe = position &+ 1 } else { firstToServe = position &+ 1 }
        lastToServe = position &+ 1
    }

    /// Lets every listed connection speak in turn, each a burst at a time, until none has anything or there is no room.
    /// One acknowledgment therefore answers all that a round brought.
    mutating func serveStreams() {
        var blocked: UInt32 = 0
        while firstToServe != 0 {
            let position = firstToServe &- 1
            popServed()
            switch speak(position) {
            case .done: armStream(position)
            case .more: serveLater(position)
            case .blocked:
                serveLater(position)
                blocked &+= 1
                if blocked > 64 || firstToServe == lastToServe { return }
            }
        }
    }

    /// A connection found a transmit queue full, and there is room again: `advance` has work, whatever its deadline says.
    public var hasStreamToServe: Bool {
        guard firstToServe != 0 else { return false }
        let position = firstToServe &- 1, path = path(of: position)
        return hasStreamRoom(path, isCut: isCut(position, path))
    }

    private mutating func popServed() {
        let position = firstToServe &- 1
        firstToServe = streams[position].nextToServe
        if firstToServe == 0 { lastToServe = 0 }
        streams[position].nextToServe = 0
        streams[position].flags.remove(.isListed)
    }

    /// Takes a connection off the list, wherever it stands. O(list): it is rare.
    mutating func unlist(_ position: UInt32) {
        var link = firstToServe, previous: UInt32 = 0
        while link != 0, link != position &+ 1 { (previous, link) = (link, streams[link &- 1].nextToServe) }
        guard link != 0 else { return }
        let next = streams[position].nextToServe
        if previous != 0 { streams[previous &- 1].nextToServe = next } else { firstToServe = next }
        if lastToServe == link { lastToServe = previous }
        streams[position].flags.remove(.isListed)
    }

    private enum Turn { case done, more, blocked }

    /// One connection's turn: a bounded burst.
    private mutating func speak(_ position: UInt32) -> Turn {
        guard streams[position].state != .closed, streams[position].state != .listen else { return .done }
        guard settlePath(position) else { return speechless(position) }
        let path = path(of: position), isCut = isCut(position, path)
        var left = Self.turnPackets
        while left > 0 {
            guard hasStreamRoom(path, isCut: isCut) else { return .blocked }
            let burst = isCut ? burstOctets(position) : trainOctets(position, path, left)
            guard let plan = streams[position].nextSegment(burst: burst, &pools, now) else {
                streams[position].settlePersistence(now)
                return .done
            }
            let sent = !isCut && plan.octets > Int(streams[position].segmentOctets)
                ? sendTrain(plan, of: position, path) : send(plan, of: position, path) ? 1 : 0
            guard sent > 0 else { return .blocked }
            left -= sent
        }
        return .more
    }

    /// Packets of one turn.
    private static var turnPackets: Int { 16 }

    /// Octets of payload that may be planned at once where segments leave one by one: as many segments as there certainly are
    /// slots and places in the queue for. One more may come of them when options take room.
    @inline(__always) private func trainOctets(_ position: UInt32, _ path: Path, _ most: Int) -> Int {
        let segment = Int(streams[position].segmentOctets)
        guard streams[position].mayBurst else { return segment }
        let room = min(interfaces[carrier(Int(path.interface))].transmit.room, memory.freeSmall) &- 1
        return segment &* max(min(room, most), 1)
    }

    /// Octets of payload that may leave as one packet: many segments' where the hardware cuts them, as long as there are
    /// large slots to spare; else one segment's.
    @inline(__always) private func burstOctets(_ position: UInt32) -> Int {
        let segment = Int(streams[position].segmentOctets)
        guard memory.freeLarge > Self.largeSlotsSpared, streams[position].mayBurst else { return segment }
        let room = PacketMemoryLayout.largeOctets &- Packet.headroom &- TCPHeader.maximumOctets
        return max(room / segment &* segment, segment)
    }

    /// The hardware under the path cuts segments.
    @inline(__always) private func isCut(_ position: UInt32, _ path: Path) -> Bool {
        let able: Capabilities = streams[position].remote.address.isIPv4 ? .segmentTCP4 : .segmentTCP6
        let capabilities = interfaces[carrier(Int(path.interface))].capabilities
        return capabilities.contains(able) && capabilities.contains(.transmitTransportChecksum)
    }

    /// Room in the queue for the driver: where bursts go, for so many that their slots last. A queue full of single segments
    /// would be left by the first of them that finds no slot.
    @inline(__always) private func hasStreamRoom(_ path: Path, isCut: Bool) -> Bool {
        hasRoom(path) && (!isCut || interfaces[carrier(Int(path.interface))].transmit.count < Self.mostBursts)
    }

    private static var mostBursts: Int { 64 }
    /// Large slots that bursts leave to fragments, captures and frames that come in pieces.
    private static var largeSlotsSpared: Int { 16 }

    /// There is no way to the peer now: what waits goes on waiting for the retransmission timer. RFC 9293 §3.9.2.2.
    private mutating func speechless(_ position: UInt32) -> Turn {
        while let plan = streams[position].nextSegment(burst: Int(streams[position].segmentOctets), &pools, now) {
            if plan.isPure { streams[position].sent(plan, &pools, now); break }
            guard streams[position].remember(plan, &pools, now) else { break }
            streams[position].sent(plan, &pools, now)
            statistics[.tcpNoPath] &+= 1
        }
        return .done
    }

    /// The connection's timer stands at its next deadline. It is moved only to come earlier: one that comes too early
    /// finds nothing to do and is set anew.
    mutating func armStream(_ position: UInt32) {
        let deadline = streams[position].deadline
        guard deadline != .never else { return }
        let timer = timerMap.stream(position)
        if let armed = timers.deadline(timer), armed <= deadline { return }
        timers.set(timer, at: deadline)
    }

    mutating func streamTimer(_ position: UInt32) {
        guard streams.isTaken(position), streams[position].state != .closed, streams[position].state != .listen else { return }
        let actions = streams[position].expire(&pools, now)
        carryOut(actions, position)
        if streams.isTaken(position), streams[position].state != .closed { armStream(position) }
    }

    /// - Returns: false when memory had no packet: nothing was sent, nothing changed.
    private mutating func send(_ plan: SegmentPlan, of position: UInt32, _ path: Path) -> Bool {
        let options = plan.flags.contains(.syn)
            ? streams[position].openingOptions(now, own: ownMaximumSegment(streams[position].name, streams[position].options))
            : streams[position].standardOptions(pools.ranges, now)
        var plan = plan
        // More options than a full segment's may be there with SACK: the payload makes room, in each segment of a burst.
        var unit = Int(streams[position].segmentOctets)
        let excess = options.octets - streams[position].standingOptions, isBurst = plan.octets > unit
        if excess > 0, unit > excess { unit -= excess }
        if plan.octets > unit, !isBurst { plan.shorten(by: plan.octets - unit) }
        let headerOctets = TCPHeader.octets + options.octets
        guard var packet = originate(octets: headerOctets + plan.octets) else { return false }
        guard streams[position].remember(plan, &pools, now) else {
            drop(packet, .noPacket)
            return false
        }
        guard packet.append(headerOctets + plan.octets) else {
            drop(packet, .noPacket)
            return false
        }
        let segments = isBurst ? (plan.octets + unit - 1) / unit : 1
        let trafficClass = streams[position].emit(plan, options, headerOctets, segments, into: &packet, &pools, now)
        statistics[plan.isRetransmission ? .tcpRetransmitted : .tcpSent] &+= UInt64(segments)
        if isBurst { packet.segmentation = (unit, headerOctets) }
        ship(packet, streams[position].name, path, streams[position].options.timeToLive, trafficClass)
        return true
    }

    /// The finished segment, its checksum made here or left to the hardware, down to IP. One with `segmentation` is cut by the
    /// hardware, which then also makes the sums: the seed has no length.
    mutating func ship(
        _ packet: consuming Packet, _ name: FourTuple, _ path: Path, _ timeToLive: UInt8 = 64, _ trafficClass: TrafficClass = .normal
    ) {
        let isBurst = packet.segmentation.octets > 0
        let isIPv4 = name.remote.address.isIPv4
        let sum = pseudoHeader(name, octets: isBurst ? 0 : packet.length)
        if path.interface != 0 { // What never leaves this stack nobody sums.
            var segment = packet.mutableOctets
            if interfaces[carrier(Int(path.interface))].capabilities.contains(.transmitTransportChecksum) {
                TCPHeader.seed(&segment, sum)
                packet.flags.insert(.insertTransportChecksum)
                packet.checksum = (0, TCPHeader.checksumOffset)
                if isBurst { packet.flags.formUnion(isIPv4 ? [.segment, .insertIPChecksum] : .segment) }
            } else {
                TCPHeader.seal(&segment, sum)
            }
        }
        if isIPv4 {
            let manner = IPv4Manner(timeToLive: timeToLive, trafficClass: trafficClass, dontFragment: true)
            sendIPv4(packet, .tcp, from: name.local.address.ipv4, to: name.remote.address.ipv4, path, manner)
        } else {
            let manner = IPv6Manner(hopLimit: timeToLive == 64 ? nil : timeToLive, trafficClass: trafficClass, dontFragment: true)
            sendIPv6(packet, .tcp, from: name.local.address, to: name.remote.address, path, manner)
        }
    }

    /// The sum over what IP says of a segment.
    @inline(__always) func pseudoHeader(_ name: FourTuple, octets: Int) -> Checksum {
        name.remote.address.isIPv4
            ? Checksum(source: name.local.address.ipv4, destination: name.remote.address.ipv4, next: .tcp, octets: octets)
            : Checksum(source: name.local.address, destination: name.remote.address, next: .tcp, octets: octets)
    }
}

extension SegmentPlan {
    /// Takes octets off its end; what stood behind them follows later.
    mutating func shorten(by excess: Int) {
        octets -= excess
        flags.subtract([.fin, .psh])
    }
}

extension Connection {
    /// Writes a planned segment into `packet`, which has room for exactly that, and notes it as sent.
    /// - Returns: how its packet is to be treated.
    fileprivate mutating func emit(
        _ plan: SegmentPlan, _ options: TCPOptions, _ headerOctets: Int, _ segments: Int, into packet: inout Packet,
        _ pools: inout StreamPools, _ now: Instant
    ) -> TrafficClass {
        var segment = packet.mutableOctets
        header(plan, options).write(into: &segment)
        if plan.octets > 0 {
            sendBuffer.copy(from: plan.offset, count: plan.octets, into: &segment, at: headerOctets, in: pools.memory)
        }
        sent(plan, segments: segments, &pools, now)
        return trafficClass(plan)
    }

    /// RFC 3168 §6.1.4, §6.1.5: octets that are sent for the first time say that marks are understood.
    @inline(__always) func trafficClass(_ plan: SegmentPlan) -> TrafficClass {
        var trafficClass = options.trafficClass
        if flags.contains(.hasECN), plan.octets > 0, !plan.isRetransmission { trafficClass.ecn = .capable0 }
        return trafficClass
    }

    /// The header of a planned segment.
    @inline(__always) mutating func header(_ plan: SegmentPlan, _ options: TCPOptions) -> TCPHeader {
        var marks = plan.flags
        if flags.contains(.hasECN), state.isSynchronized {
            if flags.contains(.echoesMarks) { marks.insert(.ece) }
            if plan.octets > 0, !plan.isRetransmission, recovery.takeCWR() { marks.insert(.cwr) }
        }
        var urgent: UInt16 = 0
        if flags.contains(.sendsUrgent) {
            let ahead = sendUrgent - plan.sequence
            if ahead > 0 { (urgent, marks) = (UInt16(clamping: ahead), marks.union(.urg)) }
        }
        let isOpening = plan.flags.contains(.syn)
        return TCPHeader(
            sourcePort: local.port, destinationPort: remote.port, sequence: plan.sequence.rawValue,
            acknowledgment: marks.contains(.ack) ? receiveNext.rawValue : 0, flags: marks, window: advertise(inSYN: isOpening),
            urgentPointer: urgent, options: options)
    }
}
