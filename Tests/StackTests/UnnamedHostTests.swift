import Rings
@testable import Stack
import Testing
import Wire

/// What a host without an address can send and hear, and addresses that do not last: what DHCP needs of the stack.
@Suite struct UnnamedHostTests {
    static let everybody = EndpointAddress(IPAddress(.limitedBroadcast), 67)
    static let offered = IPv4Address(10, 1, 0, 9)

    /// A client's endpoint of stack A, port 68.
    static func client(_ lab: Lab, named: Bool = true) throws -> EndpointID {
        let id = try lab.a.openDatagram(.udp)
        var options = EndpointOptions()
        options.mayBroadcast = true
        options.interface = named ? lab.em : nil
        try lab.a.setOptions(id, options)
        try lab.a.bind(id, to: .anyIPv4(68))
        return id
    }

    /// A reply to A, to an address that it may not have yet.
    static func reply(to destination: IPv4Address, port: UInt16 = 68) -> Frame {
        .ipv4(.udp, Frame.udp([7, 8], from: 67, to: port, addresses: (Lab.addressB, destination)), to: destination)
    }

    @Test(arguments: [false, true]) func `RFC 2131 4.1 a discover leaves as 0.0.0.0, whatever other addresses there are`(hasOther: Bool) throws {
        let lab = try Lab(addresses: hasOther)
        while lab.sentByA() != nil {}
        let id = try Self.client(lab)
        var options = try lab.a.options(id)
        options.isUnnamed = true
        try lab.a.send(id, to: Self.everybody, payload: unsafe [1].span.bytes, options: options, now: lab.now)
        let frame = try #require(lab.sentByA())
        #expect(Array(frame[26..<34]) == [0, 0, 0, 0, 255, 255, 255, 255])
        #expect(Array(frame[0..<6]) == [255, 255, 255, 255, 255, 255])
        try lab.a.send(id, to: Self.everybody, payload: unsafe [1].span.bytes, now: lab.now)
        #expect(try Array(#require(lab.sentByA())[26..<30]) == (hasOther ? [10, 1, 0, 1] : [0, 0, 0, 0]), "only who asks is unnamed")
        lab.expectBalance()
    }

    @Test func `a broadcast reply arrives at a host without an address`() throws {
        let lab = try Lab(addresses: false)
        let id = try Self.client(lab)
        let frame = Self.reply(to: .limitedBroadcast)
        lab.inject(Frame([UInt8](repeating: 255, count: 6) + frame.octets.dropFirst(6)))
        #expect(lab.received(id)?.octets == [7, 8])
        lab.expectBalance()
    }

    @Test func `a unicast reply arrives where the interface has no address and a client listens on it by name`() throws {
        let lab = try Lab(addresses: false)
        let id = try Self.client(lab)
        lab.inject(Self.reply(to: Self.offered))
        #expect(lab.received(id)?.octets == [7, 8])
        lab.inject(Self.reply(to: Self.offered, port: 69))
        #expect(lab.a.receivedCount(id) == 0, "another port is nobody's")
        lab.expectBalance()
    }

    @Test func `nobody else hears what is for another address`() throws {
        let unnamed = try Lab(addresses: false)
        let loose = try Self.client(unnamed, named: false)
        unnamed.inject(Self.reply(to: Self.offered))
        #expect(unnamed.a.receivedCount(loose) == 0, "a listener of every interface waits for no address")
        let lab = try Lab()
        let id = try Self.client(lab)
        lab.inject(Self.reply(to: Self.offered))
        #expect(lab.a.receivedCount(id) == 0, "an interface with an address is a host like any other")
        lab.expectBalance()
    }

    @Test func `an address is probed where its owner wants it, though the stack does not probe`() throws {
        let lab = try Lab(addresses: false)
        try lab.a.addAddress(lab.em, Lab.network(Self.offered), isProbed: true, now: lab.now)
        #expect(lab.a.listInterfaces()[1].addresses.map(\.state) == [.tentative])
        lab.run(.seconds(10))
        #expect(lab.a.listInterfaces()[1].addresses.map(\.state) == [.usable])
        #expect(lab.a.statistics[.arpProbesSent] == 3)
        try lab.b.addAddress(lab.em, Lab.network(Self.offered), isProbed: true, now: lab.now)
        lab.run(.seconds(10))
        #expect(lab.b.listInterfaces()[1].addresses.map(\.state) == [.duplicated])
        lab.expectBalance()
    }

    @Test(arguments: [false, true]) func `an IPv4 address goes at the end of its life, probed or not, duplicated or not`(probed: Bool) throws {
        let lab = try Lab(addresses: false)
        let address = IPAddress(Self.offered)
        try lab.b.addAddress(lab.em, Lab.network(probed ? Self.offered : Lab.addressB), now: lab.now)
        try lab.a.addAddress(lab.em, Lab.network(Self.offered), isProbed: probed, now: lab.now)
        try lab.a.setLifetimes(lab.em, address, valid: .seconds(30), preferred: .seconds(20), now: lab.now)
        lab.run(.seconds(25))
        #expect(lab.a.listInterfaces()[1].addresses.map(\.state) == [probed ? .duplicated : .usable])
        try lab.a.setLifetimes(lab.em, address, valid: .seconds(30), preferred: nil, now: lab.now)
        lab.run(.seconds(29))
        #expect(lab.a.listInterfaces()[1].addresses.count == 1, "a renewed life is longer")
        lab.run(.seconds(2))
        #expect(lab.a.listInterfaces()[1].addresses.isEmpty && lab.a.route(to: IPAddress(Lab.addressB)) == nil)
        #expect(throws: ConfigurationError.noSuchAddress) { try lab.a.setLifetimes(lab.em, address, valid: nil, preferred: nil, now: lab.now) }
        lab.expectBalance()
    }

    @Test func `a lease without end keeps its address`() throws {
        let lab = try Lab(addresses: false)
        try lab.a.addAddress(lab.em, Lab.network(Self.offered), now: lab.now)
        try lab.a.setLifetimes(lab.em, IPAddress(Self.offered), valid: .seconds(5), preferred: .seconds(5), now: lab.now)
        try lab.a.setLifetimes(lab.em, IPAddress(Self.offered), valid: nil, preferred: nil, now: lab.now)
        lab.run(.seconds(1_000_000))
        #expect(lab.a.listInterfaces()[1].addresses.map(\.state) == [.usable])
    }

    @Test func `an IPv6 address is deprecated, then goes`() throws {
        let lab = try Lab(addresses: false) { $0.isIPv6On = true }
        let address = IPv6Address("fd00::7")!
        try lab.a.addAddress(lab.em, IPPrefix(IPv6Prefix(address, length: 128)!), now: lab.now)
        try lab.a.setLifetimes(lab.em, address, valid: .seconds(30), preferred: .seconds(10), now: lab.now)
        func listed() -> AddressListing? { lab.a.listInterfaces()[1].addresses.first { $0.prefix.address == address } }
        lab.run(.seconds(5))
        #expect(listed()?.state == .usable && listed()?.isDeprecated == false)
        lab.run(.seconds(10))
        #expect(listed()?.isDeprecated == true)
        lab.run(.seconds(20))
        #expect(listed() == nil)
    }
}
