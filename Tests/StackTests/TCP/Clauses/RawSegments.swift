import Rings
@testable import Stack
import Testing
import Wire

extension Frame {
    /// A segment from B to A with these octets as its options, right or wrong, and maybe options of IP.
    static func tcp(
        _ header: TCPHeader, options: [UInt8], _ payload: [UInt8] = [], ipOptions: [UInt8] = [], from source: IPv4Address = Lab.addressB,
        to destination: IPv4Address = Lab.addressA, mac: MACAddress = Lab.macA, breaksChecksum: Bool = false
    ) -> Frame {
        precondition(options.count % 4 == 0 && ipOptions.count % 4 == 0, "options are whole words")
        var segment = written(20) { header.write(into: &$0) } + options + payload
        segment[12] = UInt8(5 + options.count / 4) << 4
        let sum = Checksum(source: source, destination: destination, next: .tcp, octets: segment.count)
        segment.change { TCPHeader.seal(&$0, sum) }
        if breaksChecksum { segment[segment.count - 1] ^= 1 }
        var frame = ipv4(.tcp, segment, from: source, to: destination, mac: mac).octets
        guard !ipOptions.isEmpty else { return Frame(frame) }
        frame[14] = UInt8(0x45 + ipOptions.count / 4)
        let total = 20 + ipOptions.count + segment.count
        (frame[16], frame[17]) = (UInt8(total >> 8), UInt8(total & 0xff))
        frame = Array(frame[..<34]) + ipOptions + segment
        (frame[24], frame[25]) = (0, 0)
        let header = Checksum.of(Array(frame[14..<34 + ipOptions.count]))
        (frame[24], frame[25]) = (UInt8(header >> 8), UInt8(header & 0xff))
        return Frame(frame)
    }

    static func bare(_ flags: TCPView.Flags, _ sequence: UInt32, ack: UInt32 = 0, window: UInt16 = 65535) -> TCPHeader {
        TCPHeader(sourcePort: 4000, destinationPort: 80, sequence: sequence, acknowledgment: ack, flags: flags, window: window)
    }
}

extension Checksum {
    /// The internet checksum of the octets, in host order.
    static func of(_ octets: [UInt8]) -> UInt16 { Checksum(unsafe octets.span.bytes).value }
}

extension Array where Element == UInt8 {
    mutating func change(_ body: (inout MutableRawSpan) -> Void) {
        var span = mutableSpan
        var raw = unsafe span.mutableBytes
        body(&raw)
    }
}

/// A segment that a stack sent, all of it.
struct WholeSegment {
    let frame: [UInt8]
    let facts: SegmentFacts
    let source: IPAddress, destination: IPAddress
    let timeToLive: UInt8, trafficClass: TrafficClass
    let isChecksumValid: Bool
    /// As they stand in the header.
    let options: [UInt8]

    init?(_ frame: [UInt8]) {
        guard let ip = try? IPv4View(unsafe frame.span.bytes.extracting(droppingFirst: 14)), ip.next == .tcp,
            let view = try? TCPView(ip.payload), let facts = try? SegmentFacts(ip.payload)
        else { return nil }
        (self.frame, self.facts) = (frame, facts)
        (source, destination) = (IPAddress(ip.source), IPAddress(ip.destination))
        (timeToLive, trafficClass) = (ip.timeToLive, ip.trafficClass)
        isChecksumValid = view.isChecksumValid(Checksum(source: ip.source, destination: ip.destination, next: .tcp, octets: ip.payload.byteCount))
        options = view.options.array
    }
}

extension Lab {
    /// All segments that A has sent and the cable not taken.
    func segmentsOfA() -> [WholeSegment] {
        _ = a.advance(to: now)
        var found: [WholeSegment] = []
        while let frame = sentByA() { if let segment = WholeSegment(frame) { found.append(segment) } }
        return found
    }

    /// A listens on port 80, and knows B.
    func listening(_ options: StreamOptions = StreamOptions(), port: UInt16 = 80) throws -> StreamID {
        try introduce()
        let listener = try a.openStream()
        try a.setStreamOptions(listener, options)
        try a.bindStream(listener, to: .anyIPv4(port))
        try a.listen(listener, backlog: 4)
        return listener
    }

    /// A connection of A's with a hand-made peer, whose next number is 1001; and A's own initial number.
    func shaken(_ options: StreamOptions = StreamOptions(), synOptions: [UInt8] = [2, 4, 5, 180], ackOptions: [UInt8] = []) throws -> (stream: StreamID, initial: UInt32) {
        let listener = try listening(options)
        inject(.tcp(Frame.bare(.syn, 1000), options: synOptions))
        let answer = try #require(segmentsOfA().first)
        let initial = answer.facts.sequence.rawValue
        inject(.tcp(Frame.bare(.ack, 1001, ack: initial &+ 1), options: ackOptions))
        _ = a.advance(to: now)
        let accepted = a.accept(listener)
        return (try #require(accepted), initial)
    }
}
