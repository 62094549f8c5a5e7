import Rings
@testable import Stack
import Testing
import Wire

@Suite("TCP: segments that hardware cuts and joins")
struct SegmentationTests {
    private static let all: Capabilities = [.transmitTransportChecksum, .segmentTCP4, .segmentTCP6]

    /// A's hardware cuts; what of A's frames is a burst is written down.
    private final class Bursts {
        var octets: [Int] = [], singles = 0
        init(_ lab: Lab) throws {
            try lab.a.setCapabilities(lab.em, SegmentationTests.all)
            lab.losesFrame = { [unowned self] frame in
                if frame.flags.contains(.segment) { octets.append(frame.length - frame.segmentation.headers) } else { singles += 1 }
                return false
            }
        }
    }

    @Test("a megabyte in bursts arrives as it was sent, cut on the way or joined at its end", arguments: [false, true], [false, true])
    func megabyte(isJoined: Bool, isIPv6: Bool) throws {
        let lab = isIPv6 ? try Lab.six(globals: true) : try Lab()
        let (a, b) = isIPv6 ? try lab.connected6() : try lab.connected()
        let bursts = try Bursts(lab)
        lab.joins = isJoined
        let octets = [UInt8].pattern(1 << 20), opening = lab.a.streams[a.position].counters.segmentsOut - lab.b.streams[b.position].counters.segmentsIn
        #expect(lab.transfer(octets, from: a, to: b, limit: .seconds(60)) == octets)
        lab.run(.seconds(1))
        let unit = Int(lab.a.streams[a.position].segmentOctets)
        #expect(bursts.octets.count > 60 && bursts.octets.max() == 16_196 / unit * unit)
        // Both ends count segments, not packets; and joined ones do not change what the peer takes for a segment.
        let (near, far) = (lab.a.streams[a.position].counters, lab.b.streams[b.position].counters)
        #expect(near.segmentsOut - opening == far.segmentsIn && far.segmentsIn >= UInt64((1 << 20) / unit))
        #expect(Int(lab.b.streams[b.position].receivedSegment) == unit)
        #expect(lab.a.pools.records.used == 0)
        lab.expectBalance()
    }

    @Test("segments of a burst that are lost are sent again, and those alone", arguments: [1, 5])
    func losses(percent: Int) throws {
        let lab = try Lab(), (a, b) = try lab.connected()
        try lab.a.setCapabilities(lab.em, Self.all)
        lab.expectRecovery(from: a, to: b, percent: percent)
    }

    @Test("the last part of what is buffered waits behind a burst as it waits behind segments (RFC 9293 §3.7.4)")
    func nagle() throws {
        let lab = try Lab(), (a, _) = try lab.connected()
        let bursts = try Bursts(lab)
        #expect(lab.a.write(a, .pattern(3 * 1448 + 100), now: lab.now) == 3 * 1448 + 100)
        _ = lab.a.advance(to: lab.now)
        #expect(lab.a.transmitCount(on: lab.em) == 1)
        lab.exchange()
        #expect(bursts.octets == [3 * 1448] && bursts.singles == 0)
    }

    @Test("without Nagle, or with the end behind it, the last part leaves with the burst", arguments: [true, false])
    func wholeBurst(noDelay: Bool) throws {
        var options = StreamOptions()
        options.noDelay = noDelay
        let lab = try Lab(), (a, _) = try lab.connected(options)
        let bursts = try Bursts(lab)
        _ = lab.a.write(a, .pattern(3 * 1448 + 100), now: lab.now)
        if !noDelay { lab.a.shutdownStream(a, now: lab.now) }
        lab.run(.milliseconds(1))
        #expect(bursts.octets.first == 3 * 1448 + 100)
    }

    @Test("what is meant for one segment alone is in no burst (RFC 3168 §6.1.2)")
    func reducedWindow() throws {
        let lab = try Lab(), (a, b) = try lab.connected()
        _ = lab.transfer(.pattern(100_000), from: a, to: b, limit: .seconds(10))
        let bursts = try Bursts(lab)
        lab.a.streams[a.position].flags.insert(.hasECN)
        let una = lab.a.streams[a.position].unacknowledged
        lab.a.streams[a.position].recovery.begin(.reduced, flight: 100_000, before: una)
        _ = lab.a.write(a, .pattern(10 * 1448), now: lab.now)
        lab.run(.milliseconds(1))
        #expect(bursts.singles > 0 && bursts.octets.reduce(0, +) + bursts.singles * 1448 >= 10 * 1448)
        #expect(!lab.a.streams[a.position].recovery.owesCWR)
    }

    @Test("without large slots to spare it is single segments")
    func noLargeSlots() throws {
        let lab = try Lab(), (a, b) = try lab.connected()
        let bursts = try Bursts(lab)
        var taken = PacketQueue(capacity: 64)
        while lab.memoryA.freeLarge > 16, let packet = lab.memoryA.take(octets: 9000) { _ = taken.append(packet) }
        let octets = [UInt8].pattern(100_000)
        #expect(lab.transfer(octets, from: a, to: b, limit: .seconds(10)) == octets)
        #expect(bursts.octets.isEmpty)
    }

    @Test("a driver that takes nothing is not given more bursts than there are slots for, and is asked again once it does")
    func slowDriver() throws {
        let lab = try Lab { $0.limits.streamPages = 4096 }, (a, b) = try lab.connected()
        try lab.a.setCapabilities(lab.em, Self.all)
        lab.joins = true
        _ = lab.transfer(.pattern(4 << 20), from: a, to: b, limit: .seconds(60))
        while lab.a.write(a, .pattern(65536), now: lab.now) > 0 {}
        _ = lab.a.advance(to: lab.now)
        let waiting = lab.a.transmitCount(on: lab.em)
        #expect(waiting > 1 && waiting <= 64)
        let before = lab.a.hasStreamToServe
        _ = lab.a.nextTransmit(on: lab.em)
        let after = lab.a.hasStreamToServe
        #expect(waiting < 64 || !before && after)
    }
}

extension Lab {
    /// As `connected`, over IPv6.
    func connected6() throws -> (a: StreamID, b: StreamID) {
        let listener = try b.openStream(isIPv6: true)
        try b.bindStream(listener, to: .anyIPv6(Self.port))
        try b.listen(listener, backlog: 16)
        let client = try a.openStream(isIPv6: true)
        try a.connectStream(client, to: EndpointAddress(Self.globalB, Self.port), now: now)
        run(.seconds(5))
        let accepted = b.accept(listener)
        return (client, try #require(accepted))
    }
}
