import Rings
@testable import Stack
import Wire

/// One stack that does what octets say: segments of a peer, steps of time, calls of its owner. After each step it must be whole.
///
/// Each step begins with an octet that says what; those that follow say how, and are zero once the octets have run out. The
/// tables are small, so that all of them get full. Nothing here is of a test framework: `Fuzz` builds it too.
final class StackExercise {
    let memory = PacketMemory(layout: PacketMemoryLayout(smallSlots: 48, largeSlots: 1, dmaOctets: 4096))
    var stack: Stack
    var now = Instant(nanoseconds: 1_000_000_000)
    private var input: ArraySlice<UInt8>
    private var peers = Array(repeating: Peer(), count: 4)
    private var listener: StreamID?, held: [StreamID] = []
    private var isDraining = true
    private(set) var steps = 0
    private(set) var wrong: String?

    static let em = InterfaceIndex(1)
    static let mine = IPv4Address(10, 1, 0, 1), theirs = IPv4Address(10, 1, 0, 2), second = IPv4Address(10, 1, 0, 3)
    static let macs = (own: MACAddress(value: 0x0200_0000_000a), peer: MACAddress(value: 0x0200_0000_000b))

    /// What a peer behind one port knows from our segments.
    private struct Peer {
        var own: UInt16 = 80
        var initial: UInt32 = 0, next: UInt32 = 0, awaited: UInt32 = 1000
    }

    /// - Returns: what was wrong, at which step; nil: nothing.
    static func run(_ octets: [UInt8]) -> String? {
        let exercise = StackExercise(octets)
        exercise.runAll()
        return exercise.wrong
    }

    init(_ octets: [UInt8]) {
        input = octets[...]
        var configuration = StackConfiguration(seed: 1)
        configuration.conflicts.isProbing = false
        configuration.isIPv6On = false
        (configuration.limits.streams, configuration.limits.halfOpens, configuration.limits.timeWaits) = (12, 4, 4)
        (configuration.limits.streamPages, configuration.limits.streamRecords, configuration.limits.streamRanges) = (24, 48, 12)
        (configuration.limits.transmitFrames, configuration.limits.events) = (24, 64)
        (configuration.limits.endpoints, configuration.limits.memberships, configuration.limits.reassemblies) = (4, 8, 2)
        (configuration.limits.routes, configuration.limits.neighbors, configuration.limits.datagramSlots) = (16, 8, 2)
        (configuration.limits.tapFrames, configuration.limits.pathMTUs) = (8, 8)
        stack = Stack(configuration, memory: memory)
        try? begin()
    }

    private func begin() throws {
        _ = try stack.addInterface(InterfaceDescription(name: InterfaceName("em0")!, mac: Self.macs.own))
        try stack.addAddress(Self.em, IPPrefix(IPv4Prefix(Self.mine, length: 24)!), now: now)
        try stack.setUp(Self.em, true, now: now)
        try stack.setNeighbor(Self.em, IPAddress(Self.theirs), Self.macs.peer, now: now)
        listen()
        drain()
    }

    private func runAll() {
        while !input.isEmpty, wrong == nil, steps < 4000 {
            steps += 1
            step()
            _ = stack.advance(to: now)
            if isDraining { drain() }
            check()
        }
        if wrong == nil { end() }
    }

    // Octets.

    private func octet() -> UInt8 { input.popFirst() ?? 0 }
    private func short() -> UInt16 { UInt16(octet()) << 8 | UInt16(octet()) }
    private var chosen: StreamID? { held.isEmpty ? nil : held[Int(octet()) % held.count] }

    private func step() {
        switch octet() % 24 {
        case 0...5: segment(port: 0)
        case 6: segment(port: Int(octet() % 4))
        case 7: handMade()
        case 8: wait(.milliseconds(Int(octet())))
        case 9: wait(.seconds(Int(octet()) * Int(octet() % 16)))
        case 10: if let id = chosen { write(id, Int(short())) }
        case 11: if let id = chosen { read(id, Int(short())) }
        case 12: if let id = chosen { stack.shutdownStream(id, now: now) }
        case 13: close(isAbort: false)
        case 14: close(isAbort: true)
        case 15: if let id = chosen { stack.deafenStream(id) }
        case 16: if let id = chosen { stack.markUrgent(id, now: now) }
        case 17: while let listener, let accepted = stack.accept(listener) { held.append(accepted) }
        case 18: connect()
        case 19: if let listener { stack.closeStream(listener, now: now); self.listener = nil } else { listen() }
        case 20: setOptions()
        case 21: complain()
        case 22: change()
        default: isDraining.toggle()
        }
        while stack.nextEvent() != nil {}
    }

    // The owner.

    private func listen() {
        guard let fresh = try? stack.openStream() else { return }
        do {
            try stack.bindStream(fresh, to: .anyIPv4(80))
            try stack.listen(fresh, backlog: 3)
            listener = fresh
        } catch { stack.closeStream(fresh, now: now) }
    }

    private func connect() {
        guard held.count < 8, let fresh = try? stack.openStream() else { return }
        let port = Int(octet() % 4)
        do {
            try stack.connectStream(fresh, to: EndpointAddress(IPAddress(Self.theirs), UInt16(4000 + port)), now: now)
            peers[port] = Peer(own: try stack.streamNames(fresh).local.port)
            held.append(fresh)
        } catch { stack.closeStream(fresh, now: now) }
    }

    private func write(_ id: StreamID, _ count: Int) {
        let octets = [UInt8](repeating: 0x55, count: count % 40_000)
        unsafe octets.withUnsafeBytes { _ = unsafe stack.write(id, RawSpan(_unsafeBytes: $0), now: now) }
    }

    private func read(_ id: StreamID, _ most: Int) {
        _ = unsafe stack.read(id, most: most, now: now) { spans in unsafe spans.reduce(0) { $0 + $1.octets } }
    }

    private func close(isAbort: Bool) {
        guard let id = chosen else { return }
        held.removeAll { $0 == id }
        if isAbort { stack.abortStream(id, now: now) } else { stack.closeStream(id, now: now) }
    }

    private func setOptions() {
        let bits = octet(), size = octet()
        var options = StreamOptions()
        (options.noDelay, options.isCorked, options.keepsAlive) = (bits & 1 != 0, bits & 2 != 0, bits & 4 != 0)
        (options.usesECN, options.hearsAdvice) = (bits & 8 != 0, bits & 16 == 0)
        if bits & 32 != 0 { options.receiveBuffer = Int(size) * 512 }
        if bits & 64 != 0 { options.sendBuffer = Int(size) * 512 }
        if bits & 128 != 0 { (options.userTimeout, options.maximumSegment) = (.seconds(Int(size)), UInt16(size) * 4) }
        options.congestion = size & 1 == 0 ? .cubic : .newReno
        if let id = size & 2 == 0 ? listener : chosen { try? stack.setStreamOptions(id, options) }
    }

    private func change() {
        switch octet() % 6 {
        case 0: try? stack.setLink(Self.em, octet() & 1 != 0, now: now)
        case 1: try? stack.setMTU(Self.em, 576 + Int(octet()) * 3)
        case 2: try? stack.addAddress(Self.em, IPPrefix(IPv4Prefix(Self.second, length: 24)!), now: now)
        case 3: try? stack.removeAddress(Self.em, IPAddress(octet() & 1 == 0 ? Self.second : Self.mine), now: now)
        case 4: try? stack.addAddress(Self.em, IPPrefix(IPv4Prefix(Self.mine, length: 24)!), now: now)
        default: try? stack.setUp(Self.em, octet() & 1 != 0, now: now)
        }
    }

    private func wait(_ interval: Interval) {
        let end = now + interval
        for _ in 0..<2000 {
            guard let next = stack.advance(to: now), next < end else { break }
            now = max(next, now)
            if isDraining { drain() }
        }
        now = end
    }

    // The peer.

    /// flags, sequence, acknowledgment, window, options, length. Numbers count from the first or from what is awaited.
    private func segment(port: Int) {
        let flags = TCPView.Flags(rawValue: octet())
        let sequence = UInt32(truncatingIfNeeded: Int(Int16(bitPattern: short())))
        let acknowledgment = UInt32(truncatingIfNeeded: Int(Int16(bitPattern: short())))
        let window = short(), bits = octet(), length = Int(short() % 1461), peer = peers[port]
        var options = TCPOptions()
        if bits & 1 != 0 { options.maximumSegment = 1460 }
        if bits & 2 != 0 { (options.isSACKPermitted, options.windowScale) = (flags.contains(.syn), flags.contains(.syn) ? 7 : nil) }
        if bits & 4 != 0 { options.timestamp = TCPTimestamp(value: UInt32(truncatingIfNeeded: now.nanoseconds / 1_000_000), echo: 0) }
        if bits & 8 != 0 { options.append(TCPSackBlock(left: peer.next &- 1460, right: peer.next)) }
        let header = TCPHeader(
            sourcePort: UInt16(4000 + port), destinationPort: peer.own,
            sequence: (bits & 16 != 0 ? peer.awaited : 1000) &+ sequence,
            acknowledgment: (bits & 32 != 0 ? peer.next : peer.initial) &+ acknowledgment, flags: flags, window: window,
            urgentPointer: flags.contains(.urg) ? 5 : 0, options: options)
        var octets = Self.written(header.octets) { header.write(into: &$0) }
        octets += [UInt8](repeating: 0xaa, count: length)
        inject(octets, isMarked: bits & 64 != 0)
    }

    /// A segment of any octets, but for its ports and its checksum.
    private func handMade() {
        let count = 20 + Int(octet() % 64)
        var octets = (0..<count).map { _ in octet() }
        octets.replaceSubrange(0..<4, with: [0x0f, 0xa0, UInt8(peers[0].own >> 8), UInt8(peers[0].own & 0xff)])
        inject(octets, isMarked: false)
    }

    private func inject(_ segment: [UInt8], isMarked: Bool) {
        var segment = segment
        let sum = Checksum(source: Self.theirs, destination: Self.mine, next: .tcp, octets: segment.count)
        Self.change(&segment) { TCPHeader.seal(&$0, sum) }
        deliver(.tcp, segment, isMarked ? TrafficClass(rawValue: 3) : .normal)
    }

    private func deliver(_ next: IPProtocol, _ payload: [UInt8], _ trafficClass: TrafficClass = .normal) {
        let ip = IPv4Header(
            source: Self.theirs, destination: Self.mine, next: next, payloadOctets: payload.count, timeToLive: 64, identification: 7,
            dontFragment: true, moreFragments: false, fragmentOffset: FragmentOffset(octets: 0)!, trafficClass: trafficClass)
        let frame = Self.written(14) { EthernetHeader(destination: Self.macs.own, source: Self.macs.peer, etherType: .ipv4).write(into: &$0) }
            + Self.written(20) { ip.write(into: &$0) } + payload
        guard var packet = memory.take(octets: frame.count) else { return }
        _ = packet.append(copying: unsafe frame.span.bytes)
        stack.receive(packet, on: Self.em, now: now)
    }

    /// An ICMP error about the last segment that went to a peer.
    private func complain() {
        let kind = octet(), code = octet(), port = Int(octet() % 4)
        let quoted = IPv4Header(
            source: Self.mine, destination: Self.theirs, next: .tcp, payloadOctets: 20, timeToLive: 60, identification: 1,
            dontFragment: true, moreFragments: false, fragmentOffset: FragmentOffset(octets: 0)!, trafficClass: .normal)
        let header = TCPHeader(
            sourcePort: peers[port].own, destinationPort: UInt16(4000 + port), sequence: peers[port].next &- 1, acknowledgment: 0,
            flags: .ack, window: 0)
        var message = [kind % 13, code % 16, 0, 0, 0, 0] + [octet(), octet()] + Self.written(20) { quoted.write(into: &$0) }
            + Self.written(20) { header.write(into: &$0) }
        Self.change(&message) { ICMPv4Message.seal(&$0) }
        deliver(.icmpv4, message)
    }

    /// The peer takes what left, and remembers the numbers.
    private func drain() {
        while let packet = stack.nextTransmit(on: Self.em) {
            guard packet.length > 34, let ip = try? IPv4View(packet.octets.extracting(droppingFirst: 14)), ip.next == .tcp,
                let facts = try? SegmentFacts(ip.payload), (4000..<4004).contains(facts.destinationPort)
            else { continue }
            let port = Int(facts.destinationPort) - 4000
            peers[port].own = facts.sourcePort
            if facts.flags.contains(.syn) { peers[port].initial = facts.sequence.rawValue }
            peers[port].next = facts.end.rawValue
            if facts.flags.contains(.ack) { peers[port].awaited = facts.acknowledgment.rawValue }
        }
    }

    static func written(_ count: Int, _ write: (inout MutableRawSpan) -> Void) -> [UInt8] {
        var octets = [UInt8](repeating: 0, count: count)
        change(&octets, write)
        return octets
    }

    static func change(_ octets: inout [UInt8], _ write: (inout MutableRawSpan) -> Void) {
        var span = octets.mutableSpan
        var raw = unsafe span.mutableBytes
        write(&raw)
    }

    // What must hold.

    private func fail(_ what: String) { if wrong == nil { wrong = "step \(steps): \(what)" } }

    private func check() {
        if !stack.ledger.isBalanced { fail("the account of frames does not balance: \(stack.ledger)") }
        if let found = stack.firstFault() { fail(found) }
    }

    /// Everybody goes, nobody answers: within two hours nothing is left.
    private func end() {
        if let listener { stack.closeStream(listener, now: now) }
        for id in held { stack.closeStream(id, now: now) }
        let end = now + .seconds(7200)
        for _ in 0..<5000 {
            drain()
            while stack.nextEvent() != nil {}
            guard let next = stack.advance(to: now), next < end else { break }
            now = max(next, now)
        }
        now = end
        _ = stack.advance(to: now)
        drain()
        check()
        let left = stack.listStreams()
        if !left.isEmpty { fail("streams are left: \(left.map { "\($0.state)" })") }
        let used = (stack.pools.memory.used, stack.pools.records.used, stack.pools.ranges.used)
        if used != (0, 0, 0) { fail("pages, records, ranges are left: \(used)") }
        if stack.ledger.held != 0 || memory.freeSmall != 48 || memory.freeLarge != 1 { fail("frames are left: \(stack.ledger)") }
    }
}
