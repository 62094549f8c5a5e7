import DriverKit
import E1000Registers
import Testing

@testable import NICModels

struct OffloadTests {
    /// A context descriptor for IPv4 without options behind an Ethernet header.
    static func context(_ bench: ModelBench, _ index: Int, tcp: Bool, segment: (payload: Int, header: Int, size: Int)? = nil) {
        let offsets = ChecksumContext(
            ipStart: 14, ipOffset: 24, ipEnd: 33, tuStart: 34, tuOffset: tcp ? 50 : 40, tuEnd: 0)
        let (low, high) = offsets.words
        var command = TransmitDescriptor.Command([.extended, .contextIPv4, .reportStatus])
        if tcp { command.insert(.contextTCP) }
        var word = UInt64(command.rawValue)
        if let segment {
            word |= UInt64(TransmitDescriptor.Command.segmentation.rawValue) | UInt64(segment.payload)
            word |= UInt64(segment.header) << 40 | UInt64(segment.size) << 48
        }
        bench.describe(index, UInt64(high) << 32 | UInt64(low), word)
    }

    /// A data descriptor over part of the first transmit buffer.
    static func data(_ bench: ModelBench, _ index: Int, from: Int, count: Int, last: Bool, segment: Bool = false,
                     options: TransmitDescriptor.Options = [.insertIP, .insertTCP]) {
        var command = TransmitDescriptor.Command([.extended, .data, .insertFCS, .reportStatus])
        if last { command.insert(.endOfPacket) }
        if segment { command.insert(.segmentation) }
        let word = UInt64(command.rawValue) | UInt64(count) | UInt64(options.rawValue) << 32
        bench.describe(index, bench.transmitBufferAddress + UInt64(from), word)
    }

    /// A frame as a driver leaves it for the device: header checksum 0, pseudo-header sum in the transport's place.
    static func prepared(_ packet: [UInt8], kind: UInt8, withLength: Bool) -> [UInt8] {
        var packet = packet
        let length = withLength ? Packets.big(UInt16(packet.count - 20)) : []
        let field = kind == 6 ? 36 : 26
        packet.replaceSubrange(10..<12, with: [0, 0])
        packet.replaceSubrange(field..<field + 2, with: Packets.big(Packets.sum(Packets.pseudo(packet, kind) + length)))
        return Packets.ethernet(packet)
    }

    @Test(arguments: [true, false])
    func `header and transport checksums are inserted`(tcp: Bool) throws {
        let bench = try ModelBench()
        try bench.bringUp()
        let packet = tcp ? Packets.tcp(Packets.payload(333)) : Packets.udp(Packets.payload(333))
        let frame = Self.prepared(packet, kind: tcp ? 6 : 17, withLength: true)
        bench.put(frame, at: ModelBench.transmitBuffers)
        Self.context(bench, 0, tcp: tcp)
        Self.data(bench, 1, from: 0, count: 54, last: false)
        Self.data(bench, 2, from: 54, count: frame.count - 54, last: true, options: [])
        bench[.tdt] = 3
        bench.pass()
        #expect(bench.host.frames == [Packets.ethernet(packet)])
        #expect(bench.host.violations == [])
        #expect((0..<3).allSatisfy { bench.transmitStatus($0) >> 32 & 1 == 1 })
    }

    @Test func `each option inserts its own sum only, and a context serves many frames`() throws {
        let bench = try ModelBench()
        try bench.bringUp()
        let packet = Packets.tcp(Packets.payload(100))
        let frame = Self.prepared(packet, kind: 6, withLength: true)
        bench.put(frame, at: ModelBench.transmitBuffers)
        Self.context(bench, 0, tcp: true)
        let all: [TransmitDescriptor.Options] = [[], .insertIP, .insertTCP, [.insertIP, .insertTCP]]
        for (index, options) in all.enumerated() {
            Self.data(bench, index + 1, from: 0, count: frame.count, last: true, options: options)
        }
        bench[.tdt] = 5
        bench.pass()
        let right = Packets.ethernet(packet)
        for (sent, options) in zip(bench.host.frames, all) {
            #expect((Array(sent[24..<26]) == Array(right[24..<26])) == options.contains(.insertIP))
            #expect((Array(sent[50..<52]) == Array(right[50..<52])) == options.contains(.insertTCP))
        }
        #expect(bench.host.frames.count == 4)
        #expect(bench.host.violations == [])
    }

    @Test func `a UDP sum of zero leaves as all ones`() throws {
        let bench = try ModelBench()
        try bench.bringUp()
        // The payload makes the sum come out as zero.
        var packet = Packets.udp([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
        let check = UInt16(packet[26]) << 8 | UInt16(packet[27])
        packet.replaceSubrange(28..<30, with: Packets.big(check))
        let frame = Self.prepared(packet, kind: 17, withLength: true)
        bench.put(frame, at: ModelBench.transmitBuffers)
        Self.context(bench, 0, tcp: false)
        Self.data(bench, 1, from: 0, count: frame.count, last: true)
        bench[.tdt] = 2
        bench.pass()
        #expect(bench.host.frames.first.map { Array($0[40..<42]) } == [0xff, 0xff])
    }

    @Test func `the legacy descriptor inserts one sum from CSS to the end`() throws {
        let bench = try ModelBench()
        try bench.bringUp()
        let packet = Packets.tcp(Packets.payload(77))
        let frame = Self.prepared(packet, kind: 6, withLength: true)
        bench.send(frame, command: 0x0f, extra: 50 << 16 | 34 << 40)
        #expect(bench.host.frames.first.map { Array($0[50..<52]) } == Array(Packets.ethernet(packet)[50..<52]))
        // Out of the packet: ignored.
        bench.send(frame, command: 0x0f, extra: UInt64(frame.count - 1) << 16 | 34 << 40)
        #expect(bench.host.frames.last == frame)
        #expect(bench.host.violations == [])
    }

    @Test(arguments: [(1, 1460), (1460, 1460), (1461, 1460), (2920, 1460), (10_000, 1448), (60_000, 1460), (5, 2)])
    func `a large TCP frame becomes segments that a receiver can put together`(payload: Int, size: Int) throws {
        let bench = try ModelBench()
        try bench.bringUp()
        let octets = Packets.payload(payload)
        var template = Packets.tcp(octets)
        template.replaceSubrange(2..<4, with: [0, 0])
        template[33] = 0x19
        let frame = Self.prepared(template, kind: 6, withLength: false)
        bench.put(frame, at: ModelBench.transmitBuffers)
        Self.context(bench, 0, tcp: true, segment: (payload, 54, size))
        Self.data(bench, 1, from: 0, count: 54, last: false, segment: true)
        let half = payload / 2
        if half > 0 { Self.data(bench, 2, from: 54, count: half, last: false, segment: true) }
        let end = half > 0 ? 3 : 2
        Self.data(bench, end, from: 54 + half, count: payload - half, last: true, segment: true)
        bench[.tdt] = UInt32(end + 1)
        bench.serve()
        let segments = (payload + size - 1) / size
        #expect(bench.host.frames.count == segments)
        #expect(bench[.tsctc] == 1)
        #expect(bench[.tsctfc] == 0)
        #expect(bench.host.violations == [])
        Self.check(bench.host.frames, octets, size)
    }

    /// Every segment right in itself, and together the payload.
    static func check(_ frames: [[UInt8]], _ payload: [UInt8], _ size: Int) {
        var seen: [UInt8] = []
        for (number, frame) in frames.enumerated() {
            let total = Int(frame[16]) << 8 | Int(frame[17])
            let packet = Array(frame[14..<14 + total])
            let isLast = number == frames.count - 1
            #expect(Packets.sum(Array(packet.prefix(20))) == 0xffff)
            #expect(Packets.isRight(packet, 6))
            #expect(Array(packet[4..<6]) == Packets.big(0x1234 &+ UInt16(number)))
            #expect(Array(packet[24..<28]) == Packets.big(0x0102_0304 &+ UInt32(number * size)))
            #expect(packet[33] == (isLast ? 0x19 : 0x10))
            seen += packet[40...]
        }
        #expect(seen == payload)
    }

    @Test(arguments: [(999, 1000), (1001, 1000)])
    func `PAYLEN that disagrees with the data ends the segmentation and is counted`(said: Int, given: Int) throws {
        let bench = try ModelBench()
        try bench.bringUp()
        let frame = Self.prepared(Packets.tcp(Packets.payload(given)), kind: 6, withLength: false)
        bench.put(frame, at: ModelBench.transmitBuffers)
        Self.context(bench, 0, tcp: true, segment: (said, 54, 400))
        Self.data(bench, 1, from: 0, count: frame.count, last: true, segment: true)
        bench[.tdt] = 2
        bench.pass()
        #expect(bench[.tsctfc] == 1)
        #expect(bench[.tsctc] == 0)
        #expect(bench.broken == [.descriptorReserved])
        #expect(bench.transmitStatus(1) >> 32 & 1 == 1)
        #expect(bench.model.status().dropped == [.transmitAborted: 1])
        bench.send(ModelBench.frame())
        #expect(bench.host.frames.last == ModelBench.frame())
    }

    @Test(arguments: [(1000, 54, 0), (1000, 0, 1000), (1000, 241, 1000), (1000, 54, 16_300)])
    func `a context that cannot work is reported and sends nothing`(payload: Int, header: Int, size: Int) throws {
        let bench = try ModelBench()
        try bench.bringUp()
        Self.context(bench, 0, tcp: true, segment: (payload, header, size))
        Self.data(bench, 1, from: 0, count: 1054, last: true, segment: true)
        bench[.tdt] = 2
        bench.pass()
        #expect(bench.host.frames.isEmpty)
        #expect(bench.broken == [.descriptorReserved])
        #expect(bench[.tdh] == 2)
    }
}
