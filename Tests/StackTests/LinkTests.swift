import Rings
@testable import Stack
import Testing
import Wire

@Suite struct LinkTests {
    @Test(arguments: [false, true]) func `tagged interfaces talk over tagged frames, tag in the frame or beside it`(hardware: Bool) throws {
        let lab = try Lab()
        if hardware { try lab.a.setCapabilities(lab.em, [.insertVLANTag, .transmitTransportChecksum]) }
        let name = try #require(InterfaceName("vlan0"))
        let (left, right) = (try lab.a.addVLAN(name, over: lab.em, identifier: 42), try lab.b.addVLAN(name, over: lab.em, identifier: 42))
        try lab.a.addAddress(left, Lab.network(IPv4Address(10, 2, 0, 1)), now: lab.now)
        try lab.b.addAddress(right, Lab.network(IPv4Address(10, 2, 0, 2)), now: lab.now)
        try lab.a.setUp(left, true, now: lab.now)
        try lab.b.setUp(right, true, now: lab.now)
        let id = try PingTests.ping(lab, IPv4Address(10, 2, 0, 2), size: 3000)
        lab.run(.seconds(1))
        #expect(lab.received(id)?.octets.count == 3008)
        #expect(lab.b.listInterfaces()[2].counters.receivedFrames > 3)
        #expect(throws: ConfigurationError.vlanInUse) {
            try lab.a.addVLAN(InterfaceName("vlan1")!, over: lab.em, identifier: 42)
        }
        #expect(throws: ConfigurationError.hasTaggedInterfaces) { try lab.a.removeInterface(lab.em) }
        try lab.a.removeInterface(left)
        try lab.a.removeInterface(lab.em)
        #expect(lab.a.listInterfaces().map(\.name.description) == ["lo0"])
        #expect(lab.a.listRoutes().count == 1)
        lab.expectBalance()
    }

    @Test func `a tap sees every frame that passes`() throws {
        let lab = try Lab()
        try lab.a.setTap(lab.em, true)
        let id = try PingTests.ping(lab, Lab.addressB)
        lab.run(.milliseconds(1))
        #expect(lab.received(id) != nil)
        var seen: [Bool] = []
        while let frame = lab.a.nextTapped() { seen.append(frame.isSent) }
        #expect(seen.contains(true) && seen.contains(false))
        #expect(UInt64(seen.count) == lab.a.statistics[.tapCopied])
        #expect(lab.memoryA.freeSmall == 1024)
    }

    @Test func `an interface that is down carries nothing, and what it queued is counted`() throws {
        let lab = try Lab()
        try lab.introduce()
        let id = try lab.a.openDatagram(.udp), to = EndpointAddress(IPAddress(Lab.addressB), 9)
        try lab.a.send(id, to: to, payload: unsafe [1].span.bytes, now: lab.now)
        try lab.a.setUp(lab.em, false, now: lab.now)
        #expect(lab.sentByA() == nil)
        #expect(lab.a.drops[DropReason(.interfaceDown)] == 1)
        lab.inject(.ipv4(.udp, Frame.udp([1])))
        #expect(lab.a.drops[DropReason(.interfaceDown)] == 2)
        #expect(throws: SendError.networkUnreachable) { try lab.a.send(id, to: to, payload: unsafe [1].span.bytes, now: lab.now) }
        lab.expectBalance()
    }

    @Test func `a router passes packets on, takes one from their life, and cuts or refuses what is too long`() throws {
        let lab = try Lab { $0.isForwarding = true }
        var description = Lab.description(MACAddress(value: 0x0200_0000_00cc), 600)
        description.name = try #require(InterfaceName("em1"))
        let far = try lab.a.addInterface(description)
        try lab.a.addAddress(far, Lab.network(IPv4Address(10, 9, 0, 1)), now: lab.now)
        try lab.a.setUp(far, true, now: lab.now)
        let host = IPv4Address(10, 9, 0, 2), hostMAC = MACAddress(value: 0x0200_0000_00dd)
        try lab.a.setNeighbor(far, IPAddress(host), hostMAC, now: lab.now)
        while lab.sentByA(on: far) != nil {}
        lab.inject(.ipv4(.udp, Frame.udp(.pattern(100)), to: host, timeToLive: 9))
        let passed = try #require(lab.sentByA(on: far))
        #expect(passed[22] == 8 && Checksum(unsafe passed[14..<34].span.bytes).isValid)
        lab.inject(.ipv4(.udp, .pattern(1000), to: host))
        let pieces = [lab.sentByA(on: far), lab.sentByA(on: far), lab.sentByA(on: far)].compactMap { $0 }
        #expect(pieces.map(\.count) == [14 + 20 + 576, 14 + 20 + 424])
        lab.inject(.ipv4(.udp, .pattern(1000), to: host, dontFragment: true))
        lab.inject(.ipv4(.udp, .pattern(10), to: host, timeToLive: 1))
        #expect(lab.a.drops[DropReason(.fragmentationNeeded)] == 1 && lab.a.drops[DropReason(.ttlExceeded)] == 1)
        #expect(lab.a.statistics[.icmpErrorsSent] == 2)
        lab.expectBalance()
    }
}
