import Rings
@testable import Stack
import Testing
import Wire

@Suite struct DatagramTests {
    private static func udpB(_ lab: Lab, _ port: UInt16, _ change: (inout EndpointOptions) -> Void = { _ in }) throws -> EndpointID {
        let id = try lab.b.openDatagram(.udp)
        var options = EndpointOptions()
        change(&options)
        try lab.b.setOptions(id, options)
        try lab.b.bind(id, to: .anyIPv4(port))
        return id
    }

    private static func toB(_ port: UInt16) -> EndpointAddress { EndpointAddress(IPAddress(Lab.addressB), port) }

    @Test(arguments: [0, 1, 1472, 1473, 9000, 16_228, 16_229, 65_507], [false, true])
    func `a payload of any size arrives as it was sent`(size: Int, offload: Bool) throws {
        let lab = try Lab()
        if offload { try lab.a.setCapabilities(lab.em, .transmitTransportChecksum) }
        let receiver = try Self.udpB(lab, 5000), sender = try lab.a.openDatagram(.udp)
        let payload = [UInt8].pattern(size)
        try lab.a.send(sender, to: Self.toB(5000), payload: unsafe payload.span.bytes, now: lab.now)
        lab.run(.seconds(1))
        let got = try #require(lab.receivedByB(receiver))
        #expect(got.octets == payload)
        #expect(got.metadata.source == EndpointAddress(IPAddress(Lab.addressA), try lab.a.names(sender).local.port))
        #expect(lab.memoryB.freeSmall == 1024 && lab.a.datagrams.free == 32 && lab.b.datagrams.free == 32)
        lab.expectBalance()
    }

    @Test func `one octet more than IP can carry is refused`() throws {
        let lab = try Lab()
        let id = try lab.a.openDatagram(.udp)
        let payload = [UInt8](repeating: 0, count: 65_508)
        #expect(throws: SendError.messageTooLong) {
            try lab.a.send(id, to: Self.toB(1), payload: unsafe payload.span.bytes, now: lab.now)
        }
        lab.expectBalance()
    }

    @Test func `the most exact endpoint gets the datagram`() throws {
        let lab = try Lab { $0.isIPv6On = true }
        let peer = EndpointAddress(IPAddress(Lab.addressA), 7000)
        let shared: (inout EndpointOptions) -> Void = { $0.isShared = true }
        let any = try Self.udpB(lab, 5000, shared)
        let dual = try lab.b.openDatagram(.udp, isIPv6: true)
        var options = EndpointOptions()
        options.isShared = true
        try lab.b.setOptions(dual, options)
        try lab.b.bind(dual, to: .anyIPv6(5000))
        let bound = try lab.b.openDatagram(.udp)
        try lab.b.setOptions(bound, options)
        try lab.b.bind(bound, to: Self.toB(5000))
        let connected = try Self.udpB(lab, 5000, shared)
        try lab.b.connect(connected, to: peer, now: lab.now)
        let sender = try lab.a.openDatagram(.udp)
        try lab.a.bind(sender, to: .anyIPv4(7000))
        for expected in [connected, bound, any, dual] {
            try lab.a.send(sender, to: Self.toB(5000), payload: unsafe [1].span.bytes, now: lab.now)
            lab.run(.milliseconds(1))
            #expect(lab.b.receivedCount(expected) == 1)
            lab.b.close(expected)
        }
        lab.expectBalance()
    }

    @Test func `an address is given to one endpoint, unless all that want it share`() throws {
        let lab = try Lab()
        _ = try Self.udpB(lab, 5000)
        #expect(throws: EndpointFailure.addressInUse) { try Self.udpB(lab, 5000) }
        #expect(throws: EndpointFailure.addressInUse) { try Self.udpB(lab, 5000) { $0.isShared = true } }
        let other = try lab.b.openDatagram(.udp)
        #expect(throws: EndpointFailure.addressNotOurs) { try lab.b.bind(other, to: EndpointAddress(IPAddress(Lab.addressA), 1)) }
        lab.b.close(other)
        #expect(throws: EndpointFailure.noSuchEndpoint) { try lab.b.bind(other, to: .anyIPv4(1)) }
        let successor = try lab.b.openDatagram(.udp)
        #expect(successor != other)
    }

    @Test func `a closed port answers, and the sender's error queue says which`() throws {
        let lab = try Lab()
        let id = try lab.a.openDatagram(.udp)
        try lab.a.connect(id, to: Self.toB(9), now: lab.now)
        try lab.a.send(id, payload: unsafe [1, 2, 3].span.bytes, now: lab.now)
        lab.run(.seconds(1))
        let error = lab.a.nextError(id)
        #expect(error == EndpointError(cause: .portUnreachable, destination: Self.toB(9), reporter: IPAddress(Lab.addressB), mtu: 0))
        #expect(lab.b.drops[DropReason(.portUnreachable)] == 1)
        lab.expectBalance()
    }

    @Test func `a full endpoint counts what it loses`() throws {
        let lab = try Lab { $0.limits.endpointDatagrams = 4 }
        let receiver = try Self.udpB(lab, 5000), sender = try lab.a.openDatagram(.udp)
        for _ in 0..<10 {
            try lab.a.send(sender, to: Self.toB(5000), payload: unsafe [1].span.bytes, now: lab.now)
            lab.run(.milliseconds(1))
        }
        #expect(lab.b.receivedCount(receiver) == 4)
        #expect(lab.b.drops[DropReason(.endpointFull)] == 6)
        #expect(lab.b.listEndpoints()[0].overflows == 6)
        lab.expectBalance()
    }

    @Test func `a full transmit queue blocks the sender, and room is announced`() throws {
        let lab = try Lab { $0.limits.transmitFrames = 8 }
        try lab.introduce()
        lab.run(.seconds(5))
        while lab.a.nextEvent() != nil {}
        let id = try lab.a.openDatagram(.udp)
        for _ in 0..<8 { try lab.a.send(id, to: Self.toB(9), payload: unsafe [1].span.bytes, now: lab.now) }
        #expect(throws: SendError.wouldBlock) { try lab.a.send(id, to: Self.toB(9), payload: unsafe [1].span.bytes, now: lab.now) }
        while lab.sentByA() != nil {}
        let event = lab.a.nextEvent()
        #expect(event == .writable(id))
        lab.expectBalance()
    }

    @Test func `a narrow path is learned from its error and kept to`() throws {
        let lab = try Lab()
        try lab.introduce()
        let id = try lab.a.openDatagram(.udp)
        var options = EndpointOptions()
        options.dontFragment = true
        try lab.a.setOptions(id, options)
        try lab.a.bind(id, to: .anyIPv4(7000))
        let payload = [UInt8](repeating: 1, count: 1400)
        let far = EndpointAddress(IPAddress(Lab.addressB), 9)
        try lab.a.send(id, to: far, payload: unsafe payload.span.bytes, now: lab.now)
        var sent = try #require(lab.sentByA())
        while sent[12] != 8 || sent[13] != 0 { sent = try #require(lab.sentByA()) }
        let quoted = Array(sent[14..<42])
        lab.inject(.ipv4(.icmpv4, Frame.icmp(.unreachable(.fragmentationNeeded, nextHopMTU: 1000), quoted)))
        let error = lab.a.nextError(id)
        #expect(error?.cause == .messageTooLong)
        #expect(throws: SendError.messageTooLong) { try lab.a.send(id, to: far, payload: unsafe payload.span.bytes, now: lab.now) }
        // Nobody may make it crawl, nor shrink what was never sent.
        lab.inject(.ipv4(.icmpv4, Frame.icmp(.unreachable(.fragmentationNeeded, nextHopMTU: 68), quoted)))
        #expect(lab.a.pathMTUs.mtu(far.address, link: 1500, lab.now) == 576)
        lab.expectBalance()
    }

    @Test func `broadcasts need leave, and reach every listener`() throws {
        let lab = try Lab()
        let first = try Self.udpB(lab, 5000) { $0.isShared = true }, second = try Self.udpB(lab, 5000) { $0.isShared = true }
        let id = try lab.a.openDatagram(.udp)
        for address in [IPv4Address(10, 1, 0, 255), .limitedBroadcast] {
            let all = EndpointAddress(IPAddress(address), 5000)
            #expect(throws: SendError.broadcastRefused) { try lab.a.send(id, to: all, payload: unsafe [7].span.bytes, now: lab.now) }
            var options = EndpointOptions()
            options.mayBroadcast = true
            try lab.a.send(id, to: all, payload: unsafe [7].span.bytes, options: options, now: lab.now)
        }
        lab.run(.milliseconds(1))
        #expect(lab.b.receivedCount(first) == 2 && lab.b.receivedCount(second) == 2)
        lab.expectBalance()
    }

    @Test func `a group is heard by its members alone, reported, and left`() throws {
        let lab = try Lab()
        let group = IPAddress(IPv4Address(239, 1, 2, 3))
        let member = try Self.udpB(lab, 5000), id = try lab.a.openDatagram(.udp)
        let to = EndpointAddress(group, 5000)
        func send() throws {
            try lab.a.send(id, to: to, payload: unsafe [7].span.bytes, now: lab.now)
            lab.run(.milliseconds(1))
        }
        try send()
        #expect(lab.b.drops[DropReason(.notForUs)] == 1 && lab.b.receivedCount(member) == 0)
        try lab.b.join(member, group, on: lab.em, now: lab.now)
        #expect(throws: EndpointFailure.addressInUse) { try lab.b.join(member, group, on: lab.em, now: lab.now) }
        #expect(lab.b.multicastList(on: lab.em).contains(MACAddress.multicast(for: group.ipv4)))
        try send()
        #expect(lab.b.receivedCount(member) == 1)
        lab.run(.seconds(20))
        #expect(lab.b.statistics[.igmpReportsSent] == 2)
        try lab.b.leave(member, group, on: lab.em, now: lab.now)
        #expect(lab.b.statistics[.igmpLeavesSent] == 1)
        #expect(throws: EndpointFailure.notJoined) { try lab.b.leave(member, group, on: lab.em, now: lab.now) }
        try send()
        #expect(lab.b.receivedCount(member) == 1)
        #expect(lab.b.listGroups().isEmpty)
        lab.expectBalance()
    }

    @Test func `a sender that belongs to the group hears itself if it wants to`() throws {
        let lab = try Lab()
        let group = IPAddress(IPv4Address(239, 1, 2, 3)), id = try lab.a.openDatagram(.udp)
        try lab.a.bind(id, to: .anyIPv4(5000))
        try lab.a.join(id, group, on: lab.em, now: lab.now)
        var options = EndpointOptions()
        for (loops, expected) in [(true, 1), (false, 1)] {
            options.loopsGroups = loops
            try lab.a.send(id, to: EndpointAddress(group, 5000), payload: unsafe [7].span.bytes, options: options, now: lab.now)
            #expect(lab.a.receivedCount(id) == expected)
        }
        lab.expectBalance()
    }

    @Test func `a router's query is answered within its time, and another's report silences ours`() throws {
        let lab = try Lab()
        let group = IPv4Address(239, 1, 2, 3), id = try lab.a.openDatagram(.udp)
        try lab.a.join(id, IPAddress(group), on: lab.em, now: lab.now)
        lab.run(.seconds(20))
        let before = lab.a.statistics[.igmpReportsSent]
        func hear(_ message: IGMPMessage, _ to: IPv4Address) {
            let octets = Frame.written(8) { message.write(into: &$0) }
            lab.inject(.ipv4(.igmp, octets, to: to, mac: .multicast(for: to), timeToLive: 1))
        }
        hear(IGMPMessage(.query, group: .unspecified, maximumResponseTenths: 100), .allHosts)
        lab.run(.seconds(10))
        #expect(lab.a.statistics[.igmpReportsSent] == before + 1)
        hear(IGMPMessage(.query, group: group, maximumResponseTenths: 100), .allHosts)
        hear(IGMPMessage(.report, group: group), group)
        lab.run(.seconds(10))
        #expect(lab.a.statistics[.igmpReportsSent] == before + 1)
        lab.expectBalance()
    }

    @Test func `ephemeral ports are all different, in range, and run out with a word`() throws {
        let lab = try Lab { $0.limits.endpoints = 300 }
        var ports: Set<UInt16> = []
        for _ in 0..<300 {
            let id = try lab.a.openDatagram(.udp)
            try lab.a.bind(id, to: .anyIPv4(0))
            ports.insert(try lab.a.names(id).local.port)
        }
        #expect(ports.count == 300 && ports.allSatisfy { $0 >= 49152 })
        #expect(throws: EndpointFailure.tableFull) { try lab.a.openDatagram(.udp) }
    }
}
