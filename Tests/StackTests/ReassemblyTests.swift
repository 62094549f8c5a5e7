import Rings
@testable import Stack
import Testing
import Wire

@Suite struct ReassemblyTests {
    /// A UDP datagram to port 5000 cut into `count` pieces.
    struct Cut {
        let whole: [UInt8]
        let pieces: [(offset: Int, octets: [UInt8], more: Bool)]

        init(_ payload: Int, size: Int) {
            let whole = Frame.udp(.pattern(payload))
            self.whole = whole
            pieces = stride(from: 0, to: whole.count, by: size).map {
                ($0, Array(whole[$0..<min($0 + size, whole.count)]), $0 + size < whole.count)
            }
        }

        func frame(_ k: Int, identification: UInt16 = 7, from source: IPv4Address = Lab.addressB) -> Frame {
            .ipv4(.udp, pieces[k].octets, from: source, identification: identification, offset: pieces[k].offset, more: pieces[k].more)
        }
    }

    private static func listener(_ lab: Lab) throws -> EndpointID {
        let id = try lab.a.openDatagram(.udp)
        try lab.a.bind(id, to: .anyIPv4(5000))
        return id
    }

    @Test func `four fragments make one datagram in every order`() throws {
        let cut = Cut(100, size: 32)
        #expect(cut.pieces.count == 4)
        for order in permutations([0, 1, 2, 3]) {
            let lab = try Lab(), id = try Self.listener(lab)
            for k in order { lab.inject(cut.frame(k)) }
            #expect(lab.received(id)?.octets == .pattern(100), "\(order)")
            #expect(lab.memoryA.freeSmall == 1024 - lab.a.transmitCount(on: lab.em))
            lab.expectBalance()
        }
    }

    @Test func `the smallest fragments make the largest datagram`() throws {
        let lab = try Lab(), id = try Self.listener(lab)
        let cut = Cut(65_507, size: 8)
        for k in cut.pieces.indices { lab.inject(cut.frame(k)) }
        #expect(lab.received(id)?.octets == .pattern(65_507))
        #expect(lab.a.datagrams.free == 32)
        lab.expectBalance()
    }

    @Test func `an exact repetition is ignored`() throws {
        let lab = try Lab(), id = try Self.listener(lab)
        let cut = Cut(100, size: 32)
        for k in [0, 1, 1, 0, 2, 3] { lab.inject(cut.frame(k)) }
        #expect(lab.received(id)?.octets == .pattern(100))
        #expect(lab.a.drops[DropReason(.fragmentDuplicate)] == 2)
        lab.expectBalance()
    }

    @Test(arguments: [0, 8, 16, 24, 40]) func `an overlap loses the whole datagram and what follows of it`(offset: Int) throws {
        let lab = try Lab(), id = try Self.listener(lab)
        let cut = Cut(100, size: 32)
        lab.inject(cut.frame(0))
        lab.inject(cut.frame(1))
        lab.inject(.ipv4(.udp, .init(repeating: 0xee, count: 32), identification: 7, offset: offset, more: true))
        for k in 0..<4 { lab.inject(cut.frame(k)) }
        #expect(lab.received(id) == nil)
        #expect(lab.a.drops[DropReason(.fragmentOverlap)] == 7)
        lab.run(.seconds(61)) // the memory of it passes
        for k in 0..<4 { lab.inject(cut.frame(k)) }
        #expect(lab.received(id) != nil)
        lab.expectBalance()
    }

    @Test func `an end that moves is an overlap`() throws {
        let lab = try Lab()
        lab.inject(.ipv4(.udp, .pattern(16), offset: 64, more: false))
        lab.inject(.ipv4(.udp, .pattern(16), offset: 96, more: true))
        #expect(lab.a.drops[DropReason(.fragmentOverlap)] == 2)
        lab.inject(.ipv4(.udp, .pattern(16), identification: 8, offset: 96, more: true))
        lab.inject(.ipv4(.udp, .pattern(16), identification: 8, offset: 64, more: false))
        #expect(lab.a.drops[DropReason(.fragmentOverlap)] == 4)
        lab.expectBalance()
    }

    @Test func `pieces that fit no datagram are refused`() throws {
        let lab = try Lab()
        lab.inject(.ipv4(.udp, .pattern(13), offset: 0, more: true))
        #expect(lab.a.drops[DropReason(.fragmentMisaligned)] == 1)
        lab.inject(.ipv4(.udp, .pattern(64), offset: 65_480, more: false))
        #expect(lab.a.drops[DropReason(.fragmentTooLong)] == 1)
        #expect(lab.a.reassemblies.count == 0 && lab.a.datagrams.free == 32)
        lab.expectBalance()
    }

    @Test func `a datagram that stays incomplete times out, and its sender hears of it only if fragment 0 came`() throws {
        let lab = try Lab()
        try lab.introduce()
        lab.run(.seconds(5))
        let cut = Cut(100, size: 32)
        lab.inject(cut.frame(0, identification: 1))
        lab.inject(cut.frame(1, identification: 1))
        lab.inject(cut.frame(1, identification: 2))
        #expect(lab.a.ledger.held == 3)
        lab.now = lab.now + .seconds(60)
        _ = lab.a.advance(to: lab.now)
        #expect(lab.a.drops[DropReason(.fragmentTimeout)] == 3)
        #expect(lab.a.statistics[.icmpErrorsSent] == 1)
        let error = try #require(lab.sentByA())
        #expect(error[34] == 11 && error[35] == 1) // time exceeded, in reassembly
        #expect(Array(error[62...].prefix(32)) == cut.pieces[0].octets)
        lab.expectBalance()
    }

    @Test func `one sender cannot take all the room, and many senders displace the oldest`() throws {
        let lab = try Lab()
        let cut = Cut(100, size: 32)
        for k in 0..<20 { lab.inject(cut.frame(1, identification: UInt16(k))) }
        #expect(lab.a.reassemblies.count == 8)
        #expect(lab.a.drops[DropReason(.reassemblySource)] == 12)
        for k in 0..<40 { lab.inject(cut.frame(1, from: IPv4Address(10, 1, 0, UInt8(100 + k)))) }
        #expect(lab.a.reassemblies.count == 24)
        #expect(lab.a.drops[DropReason(.reassemblyFull)] == 24)
        lab.run(.seconds(61))
        #expect(lab.a.reassemblies.count == 0 && lab.a.datagrams.free == 32)
        lab.expectBalance()
    }

    private func permutations(_ items: [Int]) -> [[Int]] {
        items.isEmpty ? [[]] : items.flatMap { first in permutations(items.filter { $0 != first }).map { [first] + $0 } }
    }
}
