import Rings
@testable import Stack
import Testing
import Wire

@Suite struct Ping6Tests {
    /// An ICMPv6 endpoint on A that sends one echo request of `size` octets to `address`.
    static func ping(_ lab: Lab, _ address: IPv6Address, size: Int = 56, identifier: UInt16 = 77) throws -> EndpointID {
        let id = try lab.a.openDatagram(.raw(.icmpv6), isIPv6: true)
        try lab.a.bind(id, to: .anyIPv6(identifier))
        let request = Frame.written(8) { ICMPv6Message.echo(EchoKey(identifier: identifier, sequence: 1)).write(into: &$0) }
            + .pattern(size)
        try lab.a.send(id, to: EndpointAddress(address, 0), payload: unsafe request.span.bytes, now: lab.now)
        return id
    }

    @Test(arguments: [0, 1, 56, 1452, 1453, 4000, 16_000, 20_000, 65_507])
    func `an echo of any size comes back as it went`(size: Int) throws {
        let lab = try Lab.six(globals: true)
        for target in [Lab.linkLocalB, Lab.globalB] {
            let id = try Self.ping(lab, target, size: size)
            lab.run(.seconds(1))
            let reply = try #require(lab.received(id))
            #expect(Array(reply.octets.dropFirst(8)) == .pattern(size))
            #expect(reply.octets[0] == 129)
            #expect(reply.metadata.source.address == target)
            lab.a.close(id)
            lab.expectBalance()
        }
    }

    @Test(arguments: [IPv6Address.loopback, IPv6Address("fe80::1")!, Lab.linkLocalA, Lab.globalA])
    func `a host answers itself`(address: IPv6Address) throws {
        let lab = try Lab.six(globals: true)
        let id = try Self.ping(lab, address, size: 30_000)
        lab.run(.milliseconds(1))
        let reply = try #require(lab.received(id))
        #expect(reply.octets.count == 30_008)
        #expect(reply.metadata.source.address == address)
        lab.expectBalance()
    }

    @Test func `an echo to all nodes is answered from an address of the answerer's own`() throws {
        let lab = try Lab.six()
        let id = try Self.ping(lab, .allNodes)
        lab.run(.seconds(1))
        var answerers: Set<IPv6Address> = []
        while let reply = lab.received(id) { answerers.insert(reply.metadata.source.address) }
        #expect(answerers == [Lab.linkLocalA, Lab.linkLocalB]) // A belongs to the group as well.
        lab.expectBalance()
    }

    @Test func `slots all come home after a ping`() throws {
        let lab = try Lab.six()
        let (before, largeBefore) = (lab.memoryA.freeSmall, lab.memoryA.freeLarge)
        let id = try Self.ping(lab, Lab.linkLocalB, size: 10_000)
        lab.run(.seconds(1))
        _ = lab.received(id)
        #expect(lab.memoryA.freeSmall == before)
        #expect(lab.memoryA.freeLarge == largeBefore)
        #expect(lab.a.datagrams.free == StackConfiguration.Limits().datagramSlots)
    }

    @Test func `a stack without IPv6 loses each IPv6 frame under one name`() throws {
        let lab = try Lab()
        lab.inject(.ipv6(.udp, Frame.udp6([1])))
        #expect(lab.dropsOfA(.familyOff) == 1)
        #expect(throws: EndpointFailure.familyOff) { try lab.a.openDatagram(.udp, isIPv6: true) }
        lab.expectBalance()
    }
}

@Suite struct UDP6Tests {
    static func pair(_ lab: Lab) throws -> (EndpointID, EndpointID) {
        let (a, b) = (try lab.a.openDatagram(.udp, isIPv6: true), try lab.b.openDatagram(.udp, isIPv6: true))
        try lab.a.bind(a, to: .anyIPv6(5000))
        try lab.b.bind(b, to: .anyIPv6(4000))
        return (a, b)
    }

    @Test(arguments: [0, 1, 1452, 1453, 9000, 65_507])
    func `a datagram of any size arrives both ways`(size: Int) throws {
        let lab = try Lab.six(globals: true)
        let (a, b) = try Self.pair(lab)
        let payload = [UInt8].pattern(size)
        try lab.a.send(a, to: EndpointAddress(Lab.globalB, 4000), payload: unsafe payload.span.bytes, now: lab.now)
        lab.run(.seconds(1))
        let there = try #require(lab.receivedByB(b))
        #expect(there.octets == payload)
        #expect(there.metadata.source == EndpointAddress(Lab.globalA, 5000))
        try lab.b.send(b, to: there.metadata.source, payload: unsafe payload.span.bytes, now: lab.now)
        lab.run(.seconds(1))
        #expect(try #require(lab.received(a)).octets == payload)
        lab.expectBalance()
    }

    @Test func `a datagram for a closed port is answered, and the sender hears of it`() throws {
        let lab = try Lab.six()
        let id = try lab.a.openDatagram(.udp, isIPv6: true)
        try lab.a.send(id, to: EndpointAddress(Lab.linkLocalB, 9), payload: unsafe [UInt8](repeating: 1, count: 3).span.bytes, now: lab.now)
        lab.run(.seconds(1))
        let heard = lab.a.nextError(id)
        let error = try #require(heard)
        #expect(error.cause == .portUnreachable)
        #expect(error.destination == EndpointAddress(Lab.linkLocalB, 9))
        #expect(error.reporter == Lab.linkLocalB)
        lab.expectBalance()
    }

    @Test func `a datagram without checksum, or with a wrong one, is lost under its name`() throws {
        let lab = try Lab.six()
        let (a, _) = try Self.pair(lab)
        var absent = Frame.udp6([1, 2, 3]), wrong = absent
        (absent[6], absent[7]) = (0, 0)
        wrong[6] ^= 1
        lab.inject(.ipv6(.udp, absent))
        lab.inject(.ipv6(.udp, wrong))
        #expect(lab.a.drops[DropReason(.udp, .badChecksum)] == 2)
        lab.inject(.ipv6(.udp, Frame.udp6([1, 2, 3])))
        #expect(lab.received(a)?.octets == [1, 2, 3])
        lab.expectBalance()
    }

    @Test func `a group's datagram reaches who has joined, on both sides`() throws {
        let lab = try Lab.six(globals: true)
        let (a, b) = try Self.pair(lab)
        let group = IPv6Address("ff05::1234")!
        try lab.a.join(a, group, on: lab.em, now: lab.now)
        try lab.b.join(b, group, on: lab.em, now: lab.now)
        lab.run(.seconds(1))
        try lab.b.send(b, to: EndpointAddress(group, 5000), payload: unsafe [UInt8]([7]).span.bytes, now: lab.now)
        lab.run(.seconds(1))
        #expect(lab.received(a)?.octets == [7])
        try lab.a.leave(a, group, on: lab.em, now: lab.now)
        try lab.b.send(b, to: EndpointAddress(group, 5000), payload: unsafe [UInt8]([7]).span.bytes, now: lab.now)
        lab.run(.seconds(1))
        #expect(lab.received(a) == nil)
        lab.expectBalance()
    }
}
