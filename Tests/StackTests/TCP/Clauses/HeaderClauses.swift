import Rings
@testable import Stack
import Testing
import Wire

@Suite("TCP: headers and their options")
struct HeaderClauses {
    @Test("every segment that leaves has a right checksum, and one that comes with a wrong one is lost and counted (RFC 9293 §3.1, MUST-2, MUST-3)")
    func checksums() throws {
        let lab = try Lab()
        let (stream, initial) = try lab.shaken()
        lab.inject(.tcp(Frame.bare([.ack, .psh], 1001, ack: initial &+ 1), options: [], [1, 2, 3], breaksChecksum: true))
        #expect(lab.a.streamReadable(stream) == 0)
        #expect(lab.a.drops[DropReason(.tcp, .badChecksum)] == 1)
        lab.inject(.tcp(Frame.bare([.ack, .psh], 1001, ack: initial &+ 1), options: [], [1, 2, 3]))
        #expect(lab.a.streamReadable(stream) == 3)
        #expect(lab.a.write(stream, .pattern(5000), now: lab.now) == 5000)
        lab.a.shutdownStream(stream, now: lab.now)
        lab.inject(.tcp(Frame.bare(.ack, 77, ack: 78), options: [], from: IPv4Address(10, 1, 0, 2)))
        var sent = lab.segmentsOfA()
        lab.now = lab.now + .seconds(30) // And the retransmissions.
        sent += lab.segmentsOfA()
        #expect(sent.count >= 5)
        #expect(sent.allSatisfy { $0.isChecksumValid })
        lab.expectBalance()
    }

    @Test("end of list, no operation and the maximum segment size are understood (RFC 9293 §3.1, §3.7.1, MUST-4, MUST-14)")
    func mandatoryOptions() throws {
        let lab = try Lab()
        let (stream, _) = try lab.shaken(synOptions: [1, 1, 2, 4, 0x03, 0xe8, 0, 0])
        #expect(lab.a.write(stream, .pattern(2000), now: lab.now) == 2000)
        #expect(lab.segmentsOfA().map(\.facts.payloadOctets) == [1000, 1000])
    }

    @Test("options may stand in any segment, and those that are not known are passed over (RFC 9293 §3.1, MUST-5, MUST-6, MUST-68)")
    func anywhere() throws {
        let lab = try Lab()
        let (stream, initial) = try lab.shaken()
        // An unknown kind, a maximum segment size where none belongs, an experiment.
        let strange: [UInt8] = [99, 6, 1, 2, 3, 4, 2, 4, 0, 100, 253, 6, 0xf9, 0x89, 0, 0]
        lab.inject(.tcp(Frame.bare([.ack, .psh], 1001, ack: initial &+ 1), options: strange, [1, 2, 3]))
        lab.inject(.tcp(Frame.bare([.ack, .fin], 1004, ack: initial &+ 1), options: strange))
        #expect(lab.a.readAll(stream, now: lab.now) == [1, 2, 3])
        #expect(lab.a.streamCondition(stream)?.isAtEnd == true)
        #expect(lab.a.write(stream, .pattern(2000), now: lab.now) == 2000)
        #expect(lab.segmentsOfA().map(\.facts.payloadOctets).max() == 1460, "a size outside a SYN says nothing")
    }

    @Test("an option of an illegal length harms nobody (RFC 9293 §3.1, MUST-7)", arguments: [[99, 0, 0, 0], [2, 200, 5, 5], [8, 1, 0, 0], [1, 1, 1, 254]] as [[UInt8]])
    func illegalLength(options: [UInt8]) throws {
        let lab = try Lab()
        let (stream, initial) = try lab.shaken(synOptions: [2, 4, 5, 180] + options)
        lab.inject(.tcp(Frame.bare([.ack, .psh], 1001, ack: initial &+ 1), options: options, [1, 2, 3]))
        #expect(lab.a.readAll(stream, now: lab.now) == [1, 2, 3])
        lab.expectBalance()
    }

    @Test("only a SYN carries a maximum segment size, and behind an end of list stand zeros (RFC 9293 §3.1, §3.2, MUST-65, MUST-69)")
    func ownOptions() throws {
        let lab = try Lab()
        var seen = 0
        lab.losesFrame = { packet in
            guard let segment = WholeSegment(packet.array) else { return false }
            seen += 1
            #expect(segment.facts.flags.contains(.syn) == (segment.facts.options.maximumSegment != nil))
            #expect(segment.options.count % 4 == 0 && !segment.facts.options.isMalformed)
            // Kinds are read as a stranger would; what follows an end of list must be zero.
            var at = 0
            while at < segment.options.count {
                if segment.options[at] == 0 { #expect(segment.options[at...].allSatisfy { $0 == 0 }); break }
                at += segment.options[at] == 1 ? 1 : Int(segment.options[at + 1])
            }
            return seen % 20 == 19
        }
        let (a, b) = try lab.connected()
        #expect(lab.transfer(.pattern(200_000), from: a, to: b, limit: .seconds(60)).count == 200_000)
        lab.a.closeStream(a, now: lab.now)
        lab.b.closeStream(b, now: lab.now)
        lab.run(.seconds(20))
        #expect(seen > 150)
    }

    @Test("a peer that names no size gets segments of 1220 octets over IPv6 (RFC 9293 §3.7.1, MUST-15)")
    func defaultSize6() throws {
        let lab = try Lab.six(globals: true)
        let listener = try lab.a.openStream(isIPv6: true)
        try lab.a.bindStream(listener, to: .anyIPv6(80))
        try lab.a.listen(listener, backlog: 4)
        func inject(_ header: TCPHeader) {
            var segment = Frame.written(20) { header.write(into: &$0) }
            segment.change { TCPHeader.seal(&$0, Checksum(source: Lab.globalB, destination: Lab.globalA, next: .tcp, octets: 20)) }
            lab.inject(.ipv6(.tcp, segment, from: Lab.globalB, to: Lab.globalA))
        }
        inject(Frame.bare(.syn, 1000))
        let half = (0..<lab.a.halfOpens.bound).first { lab.a.halfOpens.isTaken($0) }
        let initial = lab.a.halfOpens[try #require(half)].initialSend
        inject(Frame.bare(.ack, 1001, ack: initial.rawValue &+ 1))
        let accepted = lab.a.accept(listener)
        let position = try #require(accepted).position
        #expect(lab.a.streams[position].segmentOctets == 1220)
    }

    @Test("a segment is as long as both the peer and the path take, less its options (RFC 9293 §3.7.1, MUST-16)")
    func effectiveSize() throws {
        for (mtu, peer, stamps, expected) in [(1500, 1000, false, 1000), (1500, 1000, true, 988), (900, 1460, false, 860), (900, 1460, true, 848)] {
            let lab = try Lab(mtu: mtu)
            let size: [UInt8] = [2, 4, UInt8(peer >> 8), UInt8(peer & 0xff)]
            let clock: [UInt8] = stamps ? [1, 1, 8, 10, 0, 0, 0, 5, 0, 0, 0, 0] : []
            let (stream, _) = try lab.shaken(synOptions: size + clock, ackOptions: clock)
            #expect(lab.a.streams[stream.position].segmentOctets == expected)
        }
    }

    @Test("the size that a SYN asks for is what IP takes, less twenty, or what the owner wants (RFC 9293 §3.7.1, §3.7.3, MUST-67, SHLD-6)")
    func askedSize() throws {
        for (mtu, wish, expected) in [(1500, 0, 1460), (900, 0, 860), (1500, 700, 700), (900, 1400, 860)] as [(Int, UInt16, UInt16)] {
            let lab = try Lab(mtu: mtu)
            var options = StreamOptions()
            options.maximumSegment = wish
            _ = try lab.listening(options)
            lab.inject(.tcp(Frame.bare(.syn, 1000), options: [2, 4, 5, 180]))
            #expect(lab.segmentsOfA().first?.facts.options.maximumSegment == expected)
            let client = try lab.a.openStream()
            try lab.a.setStreamOptions(client, options)
            try lab.a.connectStream(client, to: EndpointAddress(IPAddress(Lab.addressB), 80), now: lab.now)
            #expect(lab.segmentsOfA().first?.facts.options.maximumSegment == expected)
        }
    }

    @Test("initial numbers follow a clock of four microseconds (RFC 9293 §3.4.1, MUST-8)")
    func clock() throws {
        let lab = try Lab()
        let name = FourTuple(EndpointAddress(IPAddress(Lab.addressA), 80), EndpointAddress(IPAddress(Lab.addressB), 4000))
        let first = lab.a.initialSequence(name)
        lab.now = lab.now + .seconds(1)
        _ = lab.a.advance(to: lab.now)
        #expect(lab.a.initialSequence(name) - first == 250_000)
    }

    @Test("and a secret function of the four numbers, that no other host can compute (RFC 9293 §3.4.1, MUST-9, SHLD-1)")
    func secret() throws {
        let lab = try Lab()
        var numbers: Set<UInt32> = []
        for port in 4000..<4500 as Range<UInt16> {
            let name = FourTuple(EndpointAddress(IPAddress(Lab.addressA), 80), EndpointAddress(IPAddress(Lab.addressB), port))
            numbers.insert(lab.a.initialSequence(name).rawValue)
            numbers.insert(lab.b.initialSequence(name).rawValue) // The same names, the same moment, another secret.
        }
        #expect(numbers.count >= 999)
        let high = numbers.count { $0 & 1 << 31 != 0 }
        #expect((400...600).contains(high), "half of them have their first bit set: \(high)")
    }
}
