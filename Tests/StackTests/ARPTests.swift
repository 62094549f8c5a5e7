import Rings
@testable import Stack
import Testing
import Wire

@Suite struct ReachabilityTests {
    private let start = Instant(nanoseconds: 1_000_000_000)
    private let timing = NeighborTiming.arp

    @Test func `an unanswered neighbor is asked three times, a second apart, then fails and is forgotten`() {
        var machine = Reachability.wanted(start, timing)
        #expect(machine.deadline == start + .seconds(1))
        #expect(machine.timerFired(start + .seconds(1), timing) == .solicit)
        #expect(machine.timerFired(start + .seconds(2), timing) == .solicit)
        #expect(machine.timerFired(start + .seconds(3), timing) == .fail)
        #expect(machine.state == .failed && !machine.isResolved)
        #expect(machine.timerFired(start + .seconds(6), timing) == .forget)
    }

    @Test func `a confirmed neighbor grows stale, is polled when used, and is forgotten when it is silent`() {
        var machine = Reachability.wanted(start, timing)
        machine.confirmed(start, timing)
        #expect(machine.used(start, timing) == .none)
        #expect(machine.timerFired(start + .seconds(60), timing) == .none)
        #expect(machine.state == .stale)
        #expect(machine.used(start + .seconds(70), timing) == .poll)
        #expect(machine.isResolved)
        #expect(machine.timerFired(start + .seconds(71), timing) == .poll)
        #expect(machine.timerFired(start + .seconds(72), timing) == .poll)
        #expect(machine.timerFired(start + .seconds(73), timing) == .forget)
    }

    @Test func `neighbor discovery waits before it polls`() {
        var machine = Reachability.heard(start, .nd)
        #expect(machine.used(start, .nd) == .none)
        #expect(machine.state == .delay && machine.deadline == start + .seconds(5))
        #expect(machine.timerFired(start + .seconds(5), .nd) == .poll)
        machine.confirmed(start + .seconds(5), .nd)
        #expect(machine.state == .reachable)
    }

    @Test func `a claim of another address is believed but checked`() {
        var machine = Reachability.wanted(start, timing)
        machine.confirmed(start, timing)
        machine.claimed(isNew: false, start, timing)
        #expect(machine.state == .reachable)
        machine.claimed(isNew: true, start, timing)
        #expect(machine.state == .stale)
        var fixed = Reachability.fixed
        fixed.claimed(isNew: true, start, timing)
        fixed.confirmed(start, timing)
        #expect(fixed.state == .fixed && fixed.deadline == nil)
    }
}

@Suite struct ConflictDetectorTests {
    private let timing = ConflictTiming()

    @Test func `three probes, a wait, two announcements, in RFC 5227's times`() {
        var random = RandomSource(seed: 4)
        var now = Instant(nanoseconds: 1_000_000_000)
        var machine = ConflictDetector.start(now, timing, &random)
        var actions: [ConflictDetector.Action] = [], gaps: [Interval] = []
        while let deadline = machine.deadline {
            gaps.append(deadline - now)
            now = deadline
            actions.append(machine.timerFired(now, timing, &random))
        }
        #expect(actions == [.probe, .probe, .probe, .announce(isFirst: true), .announce(isFirst: false)])
        #expect(gaps[0] <= .seconds(1))
        #expect(gaps[1] >= .seconds(1) && gaps[1] <= .seconds(2) && gaps[2] >= .seconds(1) && gaps[2] <= .seconds(2))
        #expect(gaps[3] == .seconds(2) && gaps[4] == .seconds(2))
        #expect(machine.isOurs && machine.state == .settled)
    }

    @Test func `a conflict while probing yields, a first one later is defended, a second soon after yields`() {
        var random = RandomSource(seed: 4)
        let now = Instant(nanoseconds: 1_000_000_000)
        var probing = ConflictDetector.start(now, timing, &random)
        #expect(probing.heardConflict(now, timing) == .yield)
        #expect(!probing.isOurs && probing.deadline == nil)
        #expect(probing.heardConflict(now, timing) == .none)
        var ours = ConflictDetector.settled
        #expect(ours.heardConflict(now, timing) == .defend)
        #expect(ours.heardConflict(now + .seconds(11), timing) == .defend)
        #expect(ours.heardConflict(now + .seconds(20), timing) == .yield)
    }
}

@Suite struct ARPTests {
    private static func request(_ sender: IPv4Address, _ target: IPv4Address, mac: MACAddress = Lab.macB) -> Frame {
        .arp(ARPPacket(.request, senderMAC: mac, senderAddress: sender, targetAddress: target))
    }

    @Test func `a probed address is usable only after detection, and says so`() throws {
        let lab = try Lab(probing: true)
        #expect(lab.a.listInterfaces()[1].addresses[0].state == .tentative)
        lab.inject(Self.request(Lab.addressB, Lab.addressA))
        #expect(lab.sentByA() == nil) // not answered for yet
        lab.run(.seconds(10))
        #expect(lab.a.listInterfaces()[1].addresses[0].state == .usable)
        var events: [Event] = []
        while let event = lab.a.nextEvent() { events.append(event) }
        #expect(events.contains(.addressReady(lab.em, IPAddress(Lab.addressA))))
        #expect(lab.a.statistics[.arpProbesSent] == 3 && lab.a.statistics[.arpAnnouncementsSent] == 2)
        lab.expectBalance()
    }

    @Test func `of two hosts that want one address the first to ask keeps it`() throws {
        let lab = try Lab(probing: true, addresses: false)
        try lab.a.addAddress(lab.em, Lab.network(Lab.addressA), now: lab.now)
        try lab.b.addAddress(lab.em, Lab.network(Lab.addressA), now: lab.now)
        lab.run(.seconds(10))
        let states = [lab.a.listInterfaces()[1].addresses[0].state, lab.b.listInterfaces()[1].addresses[0].state]
        #expect(Set(states) == [.usable, .duplicated])
        lab.expectBalance()
    }

    @Test func `an address in use is defended against a newcomer`() throws {
        let lab = try Lab(probing: true, addresses: false)
        try lab.a.addAddress(lab.em, Lab.network(Lab.addressA), now: lab.now)
        lab.run(.seconds(20))
        try lab.b.addAddress(lab.em, Lab.network(Lab.addressA), now: lab.now)
        lab.run(.seconds(10))
        #expect(lab.a.listInterfaces()[1].addresses[0].state == .usable)
        #expect(lab.b.listInterfaces()[1].addresses[0].state == .duplicated)
    }

    @Test func `an address disputed twice within ten seconds is given up`() throws {
        let lab = try Lab()
        for expected in [AddressListing.State.usable, .duplicated] {
            lab.inject(Self.request(Lab.addressA, Lab.addressB))
            #expect(lab.a.listInterfaces()[1].addresses[0].state == expected)
        }
        #expect(lab.a.statistics[.arpConflicts] == 2)
    }

    @Test func `what a neighbor says is learned only from those who speak to us`() throws {
        let lab = try Lab(addresses: false)
        try lab.a.addAddress(lab.em, Lab.network(Lab.addressA), now: lab.now)
        let stranger = IPv4Address(10, 1, 0, 77)
        lab.inject(Self.request(stranger, IPv4Address(10, 1, 0, 99)))
        #expect(lab.a.listNeighbors().isEmpty)
        lab.inject(Self.request(stranger, Lab.addressA))
        #expect(lab.a.listNeighbors().map(\.address) == [IPAddress(stranger)])
        // Off our networks: answered, not remembered.
        lab.inject(Self.request(IPv4Address(172, 16, 0, 1), Lab.addressA))
        #expect(lab.a.listNeighbors().count == 1)
        lab.expectBalance()
    }

    @Test func `packets wait in order, the oldest gives way, and all go when the answer comes`() throws {
        let lab = try Lab(addresses: false) { $0.limits.pendingForNeighbor = 4 }
        try lab.a.addAddress(lab.em, Lab.network(Lab.addressA), now: lab.now)
        while lab.a.nextTransmit(on: lab.em) != nil {}
        let id = try lab.a.openDatagram(.udp)
        for k in 0..<6 {
            let octets = [UInt8(k)]
            try lab.a.send(id, to: EndpointAddress(IPAddress(Lab.addressB), 9), payload: unsafe octets.span.bytes, now: lab.now)
        }
        #expect(lab.a.drops[DropReason(.neighborQueueFull)] == 2)
        #expect(lab.a.ledger.held == 5) // four waiting, one request to transmit
        lab.inject(.arp(ARPPacket(
            .reply, senderMAC: Lab.macB, senderAddress: Lab.addressB, targetMAC: Lab.macA, targetAddress: Lab.addressA), to: Lab.macA))
        _ = lab.sentByA()
        #expect((0..<4).map { _ in lab.sentByA()?.last } == [2, 3, 4, 5])
        lab.expectBalance()
    }

    @Test func `a silent neighbor fails: what waited is lost, its sender told, the process too`() throws {
        let lab = try Lab()
        let id = try lab.a.openDatagram(.udp), nobody = IPAddress(IPv4Address(10, 1, 0, 66))
        try lab.a.send(id, to: EndpointAddress(nobody, 9), payload: unsafe [1].span.bytes, now: lab.now)
        lab.run(.seconds(4))
        #expect(lab.a.drops[DropReason(.neighborFailed)] == 1)
        #expect(lab.a.nextError(id)?.cause == .hostUnreachable)
        var events: [Event] = []
        while let event = lab.a.nextEvent() { events.append(event) }
        #expect(events.contains(.neighborFailed(lab.em, nobody)))
        lab.expectBalance()
    }

    @Test func `a flood of wanted neighbors fills the table and no more`() throws {
        let lab = try Lab { $0.limits.neighbors = 16 }
        let id = try lab.a.openDatagram(.udp)
        for k in 0..<200 {
            let peer = EndpointAddress(IPAddress(IPv4Address(10, 1, 0, UInt8(20 + k % 200))), 9)
            try lab.a.send(id, to: peer, payload: unsafe [1].span.bytes, now: lab.now)
            lab.exchange()
        }
        #expect(lab.a.listNeighbors().count == 16)
        #expect(lab.a.drops[DropReason(.neighborTableFull)] > 0)
        lab.run(.seconds(20))
        #expect(lab.memoryA.freeSmall == 1024)
        lab.expectBalance()
    }

    @Test func `a neighbor set by hand stays, whatever is claimed`() throws {
        let lab = try Lab()
        let fixed = MACAddress(value: 0x0200_0000_0bad)
        try lab.a.setNeighbor(lab.em, IPAddress(Lab.addressB), fixed, now: lab.now)
        lab.inject(Self.request(Lab.addressB, Lab.addressA))
        #expect(lab.a.listNeighbors().first { $0.address == IPAddress(Lab.addressB) }?.mac == fixed)
        try lab.a.removeNeighbor(lab.em, IPAddress(Lab.addressB))
        #expect(throws: ConfigurationError.noSuchNeighbor) { try lab.a.removeNeighbor(lab.em, IPAddress(Lab.addressB)) }
    }
}
