import Rings
@testable import Stack
import Testing
import Wire

@Suite struct PingTests {
    /// An ICMP endpoint on A that sends one echo request of `size` octets to `address`.
    static func ping(_ lab: Lab, _ address: IPv4Address, size: Int = 56, identifier: UInt16 = 77) throws -> EndpointID {
        let id = try lab.a.openDatagram(.raw(.icmpv4))
        try lab.a.bind(id, to: .anyIPv4(identifier))
        let request = Frame.icmp(.echo(EchoKey(identifier: identifier, sequence: 1)), .pattern(size))
        try lab.a.send(id, to: EndpointAddress(IPAddress(address), 0), payload: unsafe request.span.bytes, now: lab.now)
        return id
    }

    @Test(arguments: [0, 1, 56, 1472, 1473, 4000, 16_000, 20_000, 65_507])
    func `an echo of any size comes back as it went`(size: Int) throws {
        let lab = try Lab()
        let id = try Self.ping(lab, Lab.addressB, size: size)
        lab.run(.seconds(1))
        let reply = try #require(lab.received(id))
        #expect(reply.octets == Frame.icmp(.echoReply(EchoKey(identifier: 77, sequence: 1)), .pattern(size)))
        #expect(reply.metadata.source.address == IPAddress(Lab.addressB))
        lab.expectBalance()
    }

    @Test(arguments: [IPv4Address.loopback, IPv4Address(127, 9, 9, 9), Lab.addressA])
    func `a host answers itself`(address: IPv4Address) throws {
        let lab = try Lab()
        let id = try Self.ping(lab, address, size: 30_000)
        lab.run(.milliseconds(1))
        let reply = try #require(lab.received(id))
        #expect(reply.octets.count == 30_008)
        #expect(reply.metadata.source.address == IPAddress(address))
        lab.expectBalance()
    }

    @Test func `slots all come home after a ping`() throws {
        let lab = try Lab()
        let (before, largeBefore) = (lab.memoryA.freeSmall, lab.memoryA.freeLarge)
        let id = try Self.ping(lab, Lab.addressB, size: 10_000)
        lab.run(.seconds(1))
        _ = lab.received(id)
        #expect(lab.memoryA.freeSmall == before)
        #expect(lab.memoryA.freeLarge == largeBefore)
        #expect(lab.a.datagrams.free == StackConfiguration.Limits().datagramSlots)
    }

    @Test func `a lost question is asked again`() throws {
        let lab = try Lab()
        lab.run(.seconds(5)) // past the announcements
        let start = lab.carried
        lab.loses = { $0 <= start + 2 } // both the first request and its repetition
        let id = try Self.ping(lab, Lab.addressB)
        lab.run(.seconds(5))
        #expect(lab.received(id) != nil)
        #expect(lab.a.statistics[.arpRequestsSent] == 3)
        lab.expectBalance()
    }
}
