import Rings
@testable import Stack
import Testing
import Wire

@Suite struct MLDTests {
    static let group = IPv6Address("ff05::42")!

    static func member() throws -> (Lab, EndpointID) {
        let lab = try Lab.six()
        lab.run(.seconds(15)) // the reports of the solicited-node group are out
        _ = lab.drainA()
        let id = try lab.a.openDatagram(.udp, isIPv6: true)
        try lab.a.bind(id, to: .anyIPv6(5000))
        try lab.a.join(id, group, on: lab.em, now: lab.now)
        return (lab, id)
    }

    /// The listener messages among frames: they lie behind a hop-by-hop header.
    static func messages(_ frames: [[UInt8]]) -> [(type: UInt8, group: IPv6Address, to: IPv6Address, hopLimit: UInt8)] {
        frames.compactMap { Sent6($0) }.filter { $0.next == .hopByHop && $0.payload.count == 32 }.map { sent in
            (sent.payload[8], IPv6Address(octets: .init { sent.payload[16 + $0] }), sent.destination, sent.hopLimit)
        }
    }

    static func message(_ kind: MLDMessage.Kind, _ group: IPv6Address, to: IPv6Address, most: UInt16 = 1000, alert: Bool = true) -> Frame {
        let message = Frame.icmp6(
            Frame.written(24) { MLDMessage(kind, group: group, maximumResponseMilliseconds: most).write(into: &$0) },
            from: Lab.linkLocalB, to: to)
        let header = Frame.written(8) { IPv6RouterAlert(next: .icmpv6).write(into: &$0) }
        return .ipv6(alert ? .hopByHop : .icmpv6, (alert ? header : []) + message, to: to, hopLimit: 1)
    }

    @Test func `joining is reported twice, to the group, and leaving to the routers`() throws {
        let (lab, id) = try Self.member()
        let reports = Self.messages(lab.runA(.seconds(11)))
        #expect(reports.count == 2)
        #expect(reports.allSatisfy { $0.type == 131 && $0.group == Self.group && $0.to == Self.group && $0.hopLimit == 1 })
        try lab.a.leave(id, Self.group, on: lab.em, now: lab.now)
        let done = Self.messages(lab.drainA())
        #expect(done.count == 1 && done[0].type == 132 && done[0].to == .allRouters)
        lab.expectBalance()
    }

    @Test func `a query is answered within its time, unless another listener was faster`() throws {
        let (lab, _) = try Self.member()
        _ = lab.runA(.seconds(11))
        lab.inject(Self.message(.query, Self.group, to: Self.group, most: 1000))
        #expect(Self.messages(lab.runA(.seconds(1))).count == 1)
        lab.inject(Self.message(.query, Self.group, to: Self.group, most: 1000))
        lab.inject(Self.message(.report, Self.group, to: Self.group))
        #expect(Self.messages(lab.runA(.seconds(1))).isEmpty)
        lab.inject(Self.message(.query, .unspecified, to: .allNodes, most: 1000))
        #expect(Self.messages(lab.runA(.seconds(1))).count == 2) // the solicited-node group as well
        lab.expectBalance()
    }

    @Test func `a query without a router alert is not heard`() throws {
        let (lab, _) = try Self.member()
        _ = lab.runA(.seconds(11))
        lab.inject(Self.message(.query, Self.group, to: Self.group, alert: false))
        #expect(lab.dropsOfA(.mldNotAccepted) == 1)
        #expect(Self.messages(lab.runA(.seconds(2))).isEmpty)
        lab.expectBalance()
    }
}
