import Rings
@testable import Stack
import Testing
import Wire

extension Lab {
    static let linkLocalA = IPv6Address.linkLocal(from: macA), linkLocalB = IPv6Address.linkLocal(from: macB)
    static let linkLocalRouter = IPv6Address("fe80::1")!
    static let macRouter = MACAddress(value: 0x0200_0000_0001)
    static let prefix = IPv6Prefix("2001:db8:1::/64")!
    static let globalA = IPv6Address("2001:db8:1::a")!, globalB = IPv6Address("2001:db8:1::b")!

    /// Both families, no IPv4 address; link-local addresses have passed detection.
    static func six(
        globals: Bool = false, mtu: Int = 1500, settle: Bool = true, change: (inout StackConfiguration) -> Void = { _ in }
    ) throws -> Lab {
        let lab = try Lab(mtu: mtu, addresses: false) {
            $0.isIPv6On = true
            change(&$0)
        }
        if globals {
            try lab.a.addAddress(lab.em, IPPrefix(IPv6Prefix(globalA, length: 64)!), now: lab.now)
            try lab.b.addAddress(lab.em, IPPrefix(IPv6Prefix(globalB, length: 64)!), now: lab.now)
        }
        if settle { lab.run(.seconds(3)) }
        return lab
    }

    /// The states of A's addresses on em0.
    func addressesOfA() -> [AddressListing] { a.listInterfaces()[1].addresses }
    func addressOfA(_ address: IPv6Address) -> AddressListing? { addressesOfA().first { $0.prefix.address == address } }

    /// The neighbor entry of A for `address`.
    func neighborOfA(_ address: IPv6Address) -> NeighborListing? { a.listNeighbors().first { $0.address == address } }

    func dropsOfA(_ fate: DropReason.Fate) -> UInt64 { a.drops[DropReason(fate)] }

    /// All that A has to send, as octets.
    func drainA() -> [[UInt8]] {
        var frames: [[UInt8]] = []
        while let frame = sentByA() { frames.append(frame) }
        return frames
    }

    /// Lets only A's timers run; what it sends is returned and reaches nobody.
    func runA(_ interval: Interval) -> [[UInt8]] {
        let end = now + interval
        var frames: [[UInt8]] = []
        while let next = a.advance(to: now), next <= end {
            now = max(now, next)
            frames += drainA()
        }
        now = end
        _ = a.advance(to: now)
        return frames + drainA()
    }

    /// An advertisement of a router at fe80::1 reaches A.
    func hearRouter(
        _ router: RouterAdvertisement = RouterAdvertisement(hopLimit: 0, routerLifetimeSeconds: 1800),
        _ options: [NeighborOption] = [], preference: UInt8 = 0, from source: IPv6Address = Lab.linkLocalRouter,
        mac: MACAddress = Lab.macRouter
    ) {
        inject(.discovery(
            .routerAdvertisement(router), [.sourceLinkLayer(mac)] + options, from: source, to: .allNodes, mac: mac,
            change: { $0[5] |= preference << 3 }))
    }

    static func announced(
        _ prefix: IPv6Prefix = Lab.prefix, onLink: Bool = true, autonomous: Bool = true, valid: UInt32, preferred: UInt32
    ) -> NeighborOption {
        .prefix(PrefixAnnouncement(
            prefix, isOnLink: onLink, isAutonomous: autonomous, validSeconds: valid, preferredSeconds: preferred))
    }
}

extension Frame {
    /// IPv6 from B to A, unless told otherwise; the Ethernet destination follows from the address.
    static func ipv6(
        _ next: IPProtocol, _ payload: [UInt8], from source: IPv6Address = Lab.linkLocalB,
        to destination: IPv6Address = Lab.linkLocalA, mac: MACAddress = Lab.macB, hopLimit: UInt8 = 64
    ) -> Frame {
        let header = IPv6Header(
            source: source, destination: destination, next: next, payloadOctets: payload.count, hopLimit: hopLimit)
        let to = destination.isMulticast ? MACAddress.multicast(for: destination) : Lab.macA
        return Frame(to: to, from: mac, .ipv6, written(40) { header.write(into: &$0) } + payload)
    }

    static func icmp6(_ octets: [UInt8], from source: IPv6Address, to destination: IPv6Address) -> [UInt8] {
        var octets = octets
        var span = octets.mutableSpan
        var raw = unsafe span.mutableBytes
        ICMPv6Message.seal(&raw, source: source, destination: destination)
        return octets
    }

    static func icmp6(
        _ message: ICMPv6Message, _ body: [UInt8] = [], from source: IPv6Address = Lab.linkLocalB,
        to destination: IPv6Address = Lab.linkLocalA
    ) -> [UInt8] {
        icmp6(written(8) { message.write(into: &$0) } + body, from: source, to: destination)
    }

    static func discovery(
        _ message: NeighborMessage, _ options: [NeighborOption] = [], from source: IPv6Address = Lab.linkLocalB,
        to destination: IPv6Address = Lab.linkLocalA, mac: MACAddress = Lab.macB, hopLimit: UInt8 = 255,
        change: (inout [UInt8]) -> Void = { _ in }
    ) -> Frame {
        var octets = written(message.octets) { message.write(into: &$0) }
        for option in options { octets += written(option.octets ?? 0) { _ = option.write(into: &$0, at: 0) } }
        change(&octets)
        return ipv6(
            .icmpv6, icmp6(octets, from: source, to: destination), from: source, to: destination, mac: mac, hopLimit: hopLimit)
    }

    static func udp6(
        _ payload: [UInt8], from source: UInt16 = 4000, to destination: UInt16 = 5000,
        addresses: (IPv6Address, IPv6Address) = (Lab.linkLocalB, Lab.linkLocalA)
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

    static func fragment(_ next: IPProtocol, _ offset: Int, more: Bool, _ payload: [UInt8], identification: UInt32 = 7) -> [UInt8] {
        written(8) {
            IPv6Fragment(
                next: next, fragmentOffset: FragmentOffset(octets: offset)!, moreFragments: more,
                identification: identification
            ).write(into: &$0)
        } + payload
    }
}

/// What a sent frame says, for tests: type 0 when it is not ICMPv6 right behind the IPv6 header.
struct Sent6 {
    let source: IPv6Address, destination: IPv6Address, next: IPProtocol, hopLimit: UInt8, mac: MACAddress
    let payload: [UInt8]

    init?(_ frame: [UInt8]) {
        let span = unsafe frame.span.bytes
        guard let ethernet = try? EthernetView(span), ethernet.etherType == .ipv6, let ip = try? IPv6View(ethernet.payload) else {
            return nil
        }
        (source, destination, next, hopLimit) = (ip.source, ip.destination, ip.next, ip.hopLimit)
        mac = ethernet.destination
        payload = ip.payload.array
    }

    var type: UInt8 { next == .icmpv6 ? payload[0] : 0 }
    var target: IPv6Address { IPv6Address(octets: .init { payload[8 + $0] }) }
}

extension Lab {
    /// An advertisement with these options, else as usual.
    func hearRouter(options: [NeighborOption], from source: IPv6Address = Lab.linkLocalRouter) {
        hearRouter(RouterAdvertisement(hopLimit: 0, routerLifetimeSeconds: 1800), options, from: source)
    }
}
