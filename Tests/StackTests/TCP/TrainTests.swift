import Rings
@testable import Stack
import Testing
import Wire

@Suite("TCP: segments that are planned together and leave one by one")
struct TrainTests {
    @Test("a megabyte arrives as it was sent, with sums made here or by hardware, and nothing is sent twice",
        arguments: [false, true], [Capabilities(), .transmitTransportChecksum])
    func megabyte(isIPv6: Bool, capabilities: Capabilities) throws {
        let lab = isIPv6 ? try Lab.six(globals: true) : try Lab()
        let (a, b) = isIPv6 ? try lab.connected6() : try lab.connected()
        try lab.a.setCapabilities(lab.em, capabilities)
        let octets = [UInt8].pattern(1 << 20), opening = lab.a.streams[a.position].counters.segmentsOut - lab.b.streams[b.position].counters.segmentsIn
        let counted = lab.a.statistics[.tcpSent] - lab.a.streams[a.position].counters.segmentsOut
        #expect(lab.transfer(octets, from: a, to: b, limit: .seconds(60)) == octets)
        lab.run(.seconds(1))
        let (near, far) = (lab.a.streams[a.position].counters, lab.b.streams[b.position].counters)
        #expect(near.segmentsOut - opening == far.segmentsIn)
        #expect(lab.a.statistics[.tcpSent] - counted == near.segmentsOut)
        #expect(lab.a.statistics[.tcpRetransmitted] == 0)
        #expect(lab.a.pools.records.used == 0)
        lab.expectBalance()
    }

    /// The frames that wait in A's queue.
    private func frames(_ lab: Lab) -> [[UInt8]] {
        var frames: [[UInt8]] = []
        while let packet = lab.a.nextTransmit(on: lab.em) {
            frames.append(unsafe packet.octets.withUnsafeBytes { unsafe Array($0) })
        }
        return frames
    }

    @Test("each has its own number, full length and a right sum, and the last alone has PSH", arguments: [0, 100])
    func frames(rest: Int) throws {
        var options = StreamOptions()
        options.noDelay = true
        let lab = try Lab(), (a, _) = try lab.connected(options)
        let first = lab.a.streams[a.position].sendNext
        #expect(lab.a.write(a, .pattern(8 * 1448 + rest), now: lab.now) == 8 * 1448 + rest)
        _ = lab.a.advance(to: lab.now)
        let sent = frames(lab)
        #expect(sent.count == (rest > 0 ? 9 : 8))
        for (number, frame) in sent.enumerated() {
            let bytes = unsafe frame.span.bytes
            let ip = bytes.extracting(14..<frame.count), segment = bytes.extracting(34..<frame.count)
            let facts = try SegmentFacts(segment)
            #expect(facts.sequence == first + number * 1448)
            #expect(facts.payloadOctets == (number == 8 ? rest : 1448))
            #expect(facts.flags == (number == sent.count - 1 ? [.ack, .psh] : .ack))
            let isIPRight = try IPv4View(ip).isChecksumValid
            #expect(isIPRight)
            var sum = Checksum(source: Lab.addressA, destination: Lab.addressB, next: .tcp, octets: segment.byteCount)
            sum.add(segment)
            #expect(sum.isValid)
        }
    }

    @Test("what was lost of them is sent again, and that alone", arguments: [1, 5])
    func losses(percent: Int) throws {
        let lab = try Lab(), (a, b) = try lab.connected()
        lab.expectRecovery(from: a, to: b, percent: percent)
    }

    @Test("no more are planned than there are slots for")
    func fewSlots() throws {
        let lab = try Lab(), (a, b) = try lab.connected()
        var taken = PacketQueue(capacity: 2048)
        while lab.memoryA.freeSmall > 5, let packet = lab.memoryA.take() { _ = taken.append(packet) }
        let before = lab.memoryA.exhausted
        #expect(lab.a.write(a, .pattern(10 * 1448), now: lab.now) == 10 * 1448)
        _ = lab.a.advance(to: lab.now)
        #expect(lab.a.transmitCount(on: lab.em) >= 4)
        #expect(lab.a.statistics[.tcpRetransmitted] == 0)
        while let packet = taken.popFirst() { _ = consume packet }
        lab.run(.seconds(10))
        #expect(lab.b.readAll(b, now: lab.now).count == 10 * 1448)
        #expect(lab.memoryA.exhausted <= before + 8)
        lab.expectBalance()
    }

    @Test("a probe of the tail that the path no longer takes is cut to its end (RFC 8985 §7.3, RFC 1191 §6.5)")
    func shrunkTail() throws {
        let lab = try Lab(), (a, b) = try lab.connected()
        #expect(lab.a.write(a, .pattern(1448), now: lab.now) == 1448)
        _ = lab.a.advance(to: lab.now)
        _ = frames(lab)
        (lab.a.streams[a.position].tailStart, lab.a.streams[a.position].tailOctets) = (lab.a.streams[a.position].unacknowledged, 1448)
        let isNews = lab.a.pathMTUs.shrink(IPAddress(Lab.addressB), to: 1000, lab.now)
        #expect(isNews)
        lab.a.serveLater(a.position)
        _ = lab.a.advance(to: lab.now)
        #expect(lab.a.drops[DropReason(.fragmentationNeeded)] == 0)
        let lengths = frames(lab).map(\.count)
        #expect(lengths == [1014, 14 + 52 + 500, 1014])
        lab.run(.seconds(10))
        #expect(lab.b.readAll(b, now: lab.now).count == 1448)
        lab.expectBalance()
    }

    @Test("a window that is less than a segment, since the path takes longer ones again, does not stop the connection (RFC 5681 §3.1)")
    func grownSegment() throws {
        let lab = try Lab(), (a, b) = try lab.connected()
        lab.a.streams[a.position].recovery.congestion.setWindow(1000)
        #expect(lab.a.streams[a.position].recovery.congestionWindow < Int(lab.a.streams[a.position].segmentOctets))
        #expect(lab.a.write(a, .pattern(5000), now: lab.now) == 5000)
        lab.run(.seconds(10))
        #expect(lab.b.readAll(b, now: lab.now).count == 5000)
        lab.expectBalance()
    }
}
