import Rings
@testable import Stack
import Testing
import Wire

@Suite struct Fragment6Tests {
    static let datagram = Frame.udp6(.pattern(56)) // 64 octets: four pieces of 16

    static func piece(_ k: Int, identification: UInt32 = 7) -> Frame {
        let part = Array(datagram[(k * 16)..<(k * 16 + 16)])
        return .ipv6(.fragment, Frame.fragment(.udp, k * 16, more: k < 3, part, identification: identification))
    }

    static func listening() throws -> (Lab, EndpointID) {
        let lab = try Lab.six()
        let id = try lab.a.openDatagram(.udp, isIPv6: true)
        try lab.a.bind(id, to: .anyIPv6(5000))
        return (lab, id)
    }

    static func orders(_ rest: [Int], _ done: [Int] = []) -> [[Int]] {
        rest.isEmpty ? [done] : rest.flatMap { next in orders(rest.filter { $0 != next }, done + [next]) }
    }

    @Test func `pieces make the datagram in whatever order they come`() throws {
        let (lab, id) = try Self.listening()
        for (k, order) in Self.orders([0, 1, 2, 3]).enumerated() {
            for piece in order { lab.inject(Self.piece(piece, identification: UInt32(k))) }
            #expect(lab.received(id)?.octets == .pattern(56), "order \(order)")
        }
        #expect(lab.a.ledger.held == 0)
        lab.expectBalance()
    }

    @Test func `an overlap loses the whole datagram, and what comes after`() throws {
        let (lab, id) = try Self.listening()
        lab.inject(Self.piece(0))
        lab.inject(Self.piece(1))
        lab.inject(.ipv6(.fragment, Frame.fragment(.udp, 24, more: true, [UInt8](repeating: 0xee, count: 16))))
        lab.inject(Self.piece(2))
        lab.inject(Self.piece(3))
        #expect(lab.received(id) == nil)
        #expect(lab.dropsOfA(.fragmentOverlap) == 5)
        lab.expectBalance()
    }

    @Test func `an atomic fragment is a datagram of its own, whatever waits under its number`() throws {
        let (lab, id) = try Self.listening()
        lab.inject(Self.piece(0))
        lab.inject(.ipv6(.fragment, Frame.fragment(.udp, 0, more: false, Frame.udp6([9]))))
        #expect(lab.received(id)?.octets == [9])
        for k in 1...3 { lab.inject(Self.piece(k)) }
        #expect(lab.received(id)?.octets == .pattern(56))
        lab.expectBalance()
    }

    @Test func `what is never whole is given up, and its sender told if the first piece came`() throws {
        let (lab, _) = try Self.listening()
        lab.inject(Self.piece(0, identification: 1))
        lab.inject(Self.piece(1, identification: 2))
        try lab.a.setNeighbor(lab.em, Lab.linkLocalB, Lab.macB, now: lab.now)
        let sent = lab.runA(.seconds(70)).compactMap { Sent6($0) }.filter { $0.type == 3 }
        #expect(sent.count == 1)
        #expect(sent.first?.payload[1] == 1 && sent.first?.destination == Lab.linkLocalB)
        #expect(lab.dropsOfA(.fragmentTimeout) == 2)
        #expect(lab.a.ledger.held == 0)
        lab.expectBalance()
    }

    @Test func `a first piece without its upper header, and one too long or of odd length, are refused`() throws {
        let (lab, _) = try Self.listening()
        lab.inject(.ipv6(.fragment, Frame.fragment(.destinationOptions, 0, more: true, [17, 1, 1, 4, 0, 0, 0, 0])))
        #expect(lab.dropsOfA(.fragmentChain) == 1)
        lab.inject(.ipv6(.fragment, Frame.fragment(.udp, 0, more: true, .pattern(15))))
        lab.inject(.ipv6(.fragment, Frame.fragment(.udp, 65_528, more: false, .pattern(64))))
        #expect(lab.dropsOfA(.headerRefused) == 2)
        let frames = lab.drainA().compactMap { Sent6($0) }
        #expect(frames.count == 1 && frames[0].type == 135) // B is not known yet: both answers wait for its link address.
        lab.expectBalance()
    }

    struct HeaderCase: Sendable, CustomTestStringConvertible {
        let name: String, next: IPProtocol, header: [UInt8]
        /// The code of the parameter problem that answers; nil for none. Delivered when `isTaken`.
        var isTaken = false, code: UInt8?, pointer: UInt8 = 0
        var testDescription: String { name }
    }

    static let headers: [HeaderCase] = [
        .init(name: "hop-by-hop of padding", next: .hopByHop, header: [17, 0, 1, 4, 0, 0, 0, 0], isTaken: true),
        .init(name: "destination options to be skipped", next: .destinationOptions, header: [17, 0, 0x1e, 4, 0, 0, 0, 0], isTaken: true),
        .init(name: "an option to be discarded", next: .destinationOptions, header: [17, 0, 0x5e, 4, 0, 0, 0, 0]),
        .init(name: "an option to be reported", next: .destinationOptions, header: [17, 0, 0x9e, 4, 0, 0, 0, 0], code: 2, pointer: 42),
        .init(name: "an option to be reported to one", next: .hopByHop, header: [17, 0, 0xde, 4, 0, 0, 0, 0], code: 2, pointer: 42),
        .init(name: "a jumbo payload", next: .hopByHop, header: [17, 0, 0xc2, 4, 0, 1, 0, 0], code: 2, pointer: 42),
        .init(name: "routing type 0 with segments left", next: .routing, header: [17, 0, 0, 1, 0, 0, 0, 0], code: 0, pointer: 42),
        .init(name: "routing type 0 without", next: .routing, header: [17, 0, 0, 0, 0, 0, 0, 0], isTaken: true),
        .init(name: "hop-by-hop in second place", next: .destinationOptions, header: [0, 0, 1, 4, 0, 0, 0, 0, 17, 0, 1, 4, 0, 0, 0, 0], code: 1, pointer: 40),
        .init(name: "a header that goes on beyond the packet", next: .routing, header: [17, 200, 0, 0, 0, 0, 0, 0]),
        .init(name: "an option that does", next: .destinationOptions, header: [17, 0, 1, 40, 0, 0, 0, 0]),
        .init(name: "nothing inside", next: .destinationOptions, header: [59, 0, 1, 4, 0, 0, 0, 0]),
        .init(name: "an unknown protocol", next: .destinationOptions, header: [200, 0, 1, 4, 0, 0, 0, 0], code: 1, pointer: 40),
    ]

    @Test(arguments: headers) func `extension headers are obeyed or refused as they ask`(example: HeaderCase) throws {
        let (lab, id) = try Self.listening()
        try lab.a.setNeighbor(lab.em, Lab.linkLocalB, Lab.macB, now: lab.now)
        let before = lab.a.ledger.dropped
        lab.inject(.ipv6(example.next, example.header + Frame.udp6([5])))
        #expect((lab.received(id) != nil) == example.isTaken)
        #expect(lab.a.ledger.dropped == before + (example.isTaken ? 0 : 1))
        let answers = lab.drainA().compactMap { Sent6($0) }
        #expect(answers.count == (example.code == nil ? 0 : 1))
        if let answer = answers.first {
            #expect(answer.type == 4 && answer.payload[1] == example.code && answer.payload[7] == example.pointer)
        }
        lab.expectBalance()
    }

    @Test func `a packet too big narrows the path for what was really sent, and never below 1280`() throws {
        let lab = try Lab.six(globals: true)
        let id = try lab.a.openDatagram(.udp, isIPv6: true)
        try lab.a.setNeighbor(lab.em, Lab.globalB, Lab.macB, now: lab.now)
        func send() throws -> [[UInt8]] {
            let payload = [UInt8].pattern(1400)
            try lab.a.send(id, to: EndpointAddress(Lab.globalB, 9), payload: unsafe payload.span.bytes, now: lab.now)
            return lab.drainA()
        }
        let sent = try send()
        #expect(sent.count == 1)
        func complain(_ mtu: UInt32, about frame: [UInt8]) {
            let quoted = Array(frame.dropFirst(14).prefix(1000))
            lab.inject(.ipv6(.icmpv6, Frame.icmp6(.packetTooBig(mtu: mtu), quoted, to: Lab.globalA), to: Lab.globalA))
        }
        var forged = sent[0]
        forged[14 + 40] ^= 0xff // a source port that nobody has
        complain(1300, about: forged)
        complain(600, about: sent[0])
        #expect(try send().count == 1)
        complain(1300, about: sent[0])
        let pieces = try send()
        #expect(pieces.count == 2 && pieces.allSatisfy { $0.count <= 14 + 1300 })
        #expect(lab.a.statistics[.icmp6PathMTUUpdates] == 1)
        var told: [Int] = []
        while let error = lab.a.nextError(id) { told.append(error.mtu) }
        #expect(told == [1280, 1300])
        lab.now = lab.now + .seconds(601)
        _ = lab.a.advance(to: lab.now)
        _ = lab.drainA()
        #expect(try send().count == 1)
        lab.expectBalance()
    }

    @Test func `no error answers an error, a group or nobody`() throws {
        let lab = try Lab.six()
        try lab.a.setNeighbor(lab.em, Lab.linkLocalB, Lab.macB, now: lab.now)
        lab.inject(.ipv6(IPProtocol(rawValue: 200), .pattern(8), to: .allNodes))
        lab.inject(.ipv6(.destinationOptions, [58, 0, 0x9e, 4, 0, 0, 0, 0] + Frame.icmp6(.unreachable(.port), .pattern(48))))
        lab.inject(.ipv6(IPProtocol(rawValue: 200), .pattern(8), from: .unspecified, to: .allNodes))
        #expect(lab.drainA().isEmpty)
        #expect(lab.a.statistics[.icmp6ErrorsSuppressed] == 3)
        lab.inject(.ipv6(.destinationOptions, [17, 0, 0x9e, 4, 0, 0, 0, 0] + Frame.udp6([1]), to: .allNodes))
        #expect(lab.drainA().compactMap { Sent6($0) }.filter { $0.type == 4 && $0.payload[1] == 2 }.count == 1) // the exception
        lab.expectBalance()
    }
}
