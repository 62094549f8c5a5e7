import Rings
@testable import Stack
import Testing
import Wire

/// Two stacks back to back in virtual time: what one transmits the other receives, unless the cable loses it.
final class Lab {
    let memoryA: PacketMemory, memoryB: PacketMemory
    var a: Stack, b: Stack
    let em: InterfaceIndex = InterfaceIndex(1)
    var now = Instant(nanoseconds: 1_000_000_000)
    /// Decides for each frame, by its number, whether it is lost.
    var loses: (Int) -> Bool = { _ in false }
    /// Decides by the frame itself.
    var losesFrame: (borrowing Packet) -> Bool = { _ in false }
    private(set) var carried = 0
    /// Segments that the sender's hardware would cut arrive as one packet: the receiver's joins them again.
    var joins = false

    static let macA = MACAddress(value: 0x0200_0000_000a), macB = MACAddress(value: 0x0200_0000_000b)
    static let addressA = IPv4Address(10, 1, 0, 1), addressB = IPv4Address(10, 1, 0, 2)

    init(probing: Bool = false, mtu: Int = 1500, addresses: Bool = true, change: (inout StackConfiguration) -> Void = { _ in }) throws {
        (memoryA, memoryB) = (PacketMemory(), PacketMemory())
        var configuration = StackConfiguration(seed: 1)
        configuration.conflicts.isProbing = probing
        configuration.isIPv6On = false // The other family's own traffic would be counted too.
        change(&configuration)
        a = Stack(configuration, memory: memoryA)
        configuration.seed = 2
        b = Stack(configuration, memory: memoryB)
        _ = try a.addInterface(Self.description(Self.macA, mtu))
        _ = try b.addInterface(Self.description(Self.macB, mtu))
        if addresses {
            try a.addAddress(em, Self.network(Self.addressA), now: now)
            try b.addAddress(em, Self.network(Self.addressB), now: now)
        }
        try a.setUp(em, true, now: now)
        try b.setUp(em, true, now: now)
        run(.milliseconds(1))
    }

    static func network(_ address: IPv4Address, _ length: Int = 24) -> IPPrefix { IPPrefix(IPv4Prefix(address, length: length)!) }

    static func description(_ mac: MACAddress, _ mtu: Int = 1500) -> InterfaceDescription {
        var description = InterfaceDescription(name: InterfaceName("em0")!, mac: mac)
        (description.mtu, description.greatestMTU) = (mtu, max(mtu, 1500))
        return description
    }

    /// Carries frames and lets timers run for `interval`.
    func run(_ interval: Interval) {
        let end = now + interval
        while true {
            exchange()
            let next = [a.advance(to: now), b.advance(to: now)].compactMap { $0 }.min() ?? .never
            if a.transmitCount(on: em) + b.transmitCount(on: em) > 0 { continue }
            guard next <= end else { break }
            now = max(next, now)
        }
        now = end
        _ = a.advance(to: now)
        _ = b.advance(to: now)
        exchange()
    }

    /// Carries frames both ways until the cable is quiet.
    func exchange() {
        for _ in 0..<10_000 {
            let sent = carry(from: &a, to: &b, memoryB) + carry(from: &b, to: &a, memoryA)
            if sent == 0 { return }
        }
        Issue.record("the cable never fell silent")
    }

    private func carry(from sender: inout Stack, to receiver: inout Stack, _ memory: PacketMemory) -> Int {
        var count = 0
        while let frame = sender.nextTransmit(on: em) {
            count += 1
            if frame.flags.contains(.segment) {
                if !losesFrame(frame) { carryBurst(frame, to: &receiver, memory) }
                continue
            }
            carried += 1
            if loses(carried) || losesFrame(frame) { continue }
            guard var copy = memory.take(octets: frame.length), copy.append(copying: frame.octets) else { continue }
            if frame.flags.contains(.insertTransportChecksum) { copy.flags = [.transportChecked] }
            if frame.flags.contains(.vlan) { copy.flags.insert(.vlan); copy.vlan = frame.vlan }
            receiver.receive(copy, on: em, now: now)
        }
        return count
    }

    private func carryBurst(_ frame: borrowing Packet, to receiver: inout Stack, _ memory: PacketMemory) {
        if joins {
            carried += 1
            let octets = CuttingHardware.join(frame)
            guard !loses(carried), var whole = receiver.takeJoined(octets: octets.count), whole.append(copying: unsafe octets.span.bytes) else { return }
            whole.flags = [.segment, .transportChecked]
            whole.segmentation = (frame.segmentation.octets, 0)
            return receiver.receive(whole, on: em, now: now)
        }
        for piece in CuttingHardware.cut(frame) {
            carried += 1
            guard !loses(carried), var copy = memory.take(octets: piece.count), copy.append(copying: unsafe piece.span.bytes) else { continue }
            receiver.receive(copy, on: em, now: now)
        }
    }

    /// Nothing was lost from sight, and every slot that is not queued somewhere is home.
    func expectBalance(_ location: SourceLocation = #_sourceLocation) {
        #expect(a.ledger.isBalanced, "\(a.ledger)", sourceLocation: location)
        #expect(b.ledger.isBalanced, "\(b.ledger)", sourceLocation: location)
    }
}

/// A frame as octets, for hand-made input.
struct Frame {
    var octets: [UInt8]

    init(_ octets: [UInt8]) { self.octets = octets }

    /// Ethernet II around `payload`, padded to the least frame.
    init(to destination: MACAddress, from source: MACAddress, _ type: EtherType, _ payload: [UInt8]) {
        octets = Self.written(EthernetHeader.octets) { out in
            EthernetHeader(destination: destination, source: source, etherType: type).write(into: &out)
        } + payload
        while octets.count < 60 { octets.append(0) }
    }

    static func written(_ count: Int, _ write: (inout MutableRawSpan) -> Void) -> [UInt8] {
        var octets = [UInt8](repeating: 0, count: count)
        var span = octets.mutableSpan
        var raw = unsafe span.mutableBytes
        write(&raw)
        return octets
    }

    static func arp(_ packet: ARPPacket, to destination: MACAddress = .broadcast) -> Frame {
        Frame(to: destination, from: packet.senderMAC, .arp, written(ARPPacket.octets) { packet.write(into: &$0) })
    }

    /// IPv4 from B to A, unless told otherwise.
    static func ipv4(
        _ next: IPProtocol, _ payload: [UInt8], from source: IPv4Address = Lab.addressB, to destination: IPv4Address = Lab.addressA,
        mac: MACAddress = Lab.macA, identification: UInt16 = 7, offset: Int = 0, more: Bool = false, timeToLive: UInt8 = 64,
        dontFragment: Bool = false, trafficClass: TrafficClass = .normal
    ) -> Frame {
        let header = IPv4Header(
            source: source, destination: destination, next: next, payloadOctets: payload.count, timeToLive: timeToLive,
            identification: identification, dontFragment: dontFragment, moreFragments: more,
            fragmentOffset: FragmentOffset(octets: offset)!, trafficClass: trafficClass)
        return Frame(to: mac, from: mac == Lab.macB ? Lab.macA : Lab.macB, .ipv4, written(20) { header.write(into: &$0) } + payload)
    }

    static func udp(
        _ payload: [UInt8], from source: UInt16 = 4000, to destination: UInt16 = 5000,
        addresses: (IPv4Address, IPv4Address) = (Lab.addressB, Lab.addressA)
    ) -> [UInt8] {
        var octets = written(8) {
            UDPHeader(sourcePort: source, destinationPort: destination, payloadOctets: payload.count).write(into: &$0)
        } + payload
        let sum = Checksum(source: addresses.0, destination: addresses.1, next: .udp, octets: octets.count)
        var span = octets.mutableSpan
        var raw = unsafe span.mutableBytes
        UDPHeader.seal(&raw, sum)
        return octets
    }

    static func icmp(_ message: ICMPv4Message, _ body: [UInt8] = []) -> [UInt8] {
        var octets = written(message.octets) { message.write(into: &$0) } + body
        var span = octets.mutableSpan
        var raw = unsafe span.mutableBytes
        ICMPv4Message.seal(&raw)
        return octets
    }
}

/// A datagram as values that `#expect` can compare.
struct Arrived {
    let octets: [UInt8], metadata: DatagramMetadata
}

extension Lab {
    /// The oldest datagram at an endpoint of A.
    func received(_ id: EndpointID) -> Arrived? {
        guard let datagram = a.receive(id) else { return nil }
        return Arrived(octets: datagram.packet.array, metadata: datagram.metadata)
    }

    /// The oldest datagram at an endpoint of B.
    func receivedByB(_ id: EndpointID) -> Arrived? {
        guard let datagram = b.receive(id) else { return nil }
        return Arrived(octets: datagram.packet.array, metadata: datagram.metadata)
    }

    /// Gives `frame` to stack A.
    func inject(_ frame: Frame, flags: PacketFlags = []) {
        guard var packet = memoryA.take(octets: frame.octets.count) else { return }
        #expect(packet.append(copying: unsafe frame.octets.span.bytes))
        packet.flags = flags
        a.receive(packet, on: em, now: now)
    }

    /// Gives `frame` to stack B.
    func injectIntoB(_ frame: Frame) {
        guard var packet = memoryB.take(octets: frame.octets.count) else { return }
        #expect(packet.append(copying: unsafe frame.octets.span.bytes))
        b.receive(packet, on: em, now: now)
    }

    /// The next frame that A transmits, as octets.
    func sentByA(on index: InterfaceIndex? = nil) -> [UInt8]? {
        guard let packet = a.nextTransmit(on: index ?? em) else { return nil }
        return packet.array
    }

    /// Makes B known to A without any traffic.
    func introduce() throws { try a.setNeighbor(em, IPAddress(Self.addressB), Self.macB, now: now) }
}

extension Packet {
    var array: [UInt8] { octets.array }
}

extension RawSpan {
    var array: [UInt8] { unsafe withUnsafeBytes { unsafe Array($0) } }
}

extension Array where Element == UInt8 {
    /// Octets with a pattern that shows misplacement.
    static func pattern(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) } }
}
