import Testing
import Wire

@Suite struct TCPOptionsTests {
    static func read(_ text: String) -> TCPOptions {
        let octets = octets(text)
        return TCPOptions(octets.raw)
    }

    static func bytes(_ options: TCPOptions) -> [UInt8] { written(options.octets) { options.write(into: &$0, at: 0) } }

    /// What a SYN carries.
    static var syn: TCPOptions {
        var options = TCPOptions()
        options.maximumSegment = 1460
        options.isSACKPermitted = true
        options.timestamp = TCPTimestamp(value: 0x0102_0304, echo: 0)
        options.windowScale = 7
        return options
    }

    static func stamped(blocks: Int) -> TCPOptions {
        var options = TCPOptions()
        options.timestamp = TCPTimestamp(value: 1, echo: 2)
        for k in 0..<UInt32(blocks) { options.append(TCPSackBlock(left: k * 1000, right: k * 1000 + 500)) }
        return options
    }

    @Test func `the vector of a SYN reads and writes`() {
        #expect(Self.read("0204 05b4 0402 080a 0102 0304 0000 0000 0103 0307") == Self.syn)
        #expect(Self.bytes(Self.syn) == octets("0204 05b4 0402 080a 0102 0304 0000 0000 0103 0307"))
        #expect(Self.syn.description == "MSS 1460, SACK permitted, time stamp 16909060 echo 0, window scale 7")
    }

    @Test func `nothing is nothing`() {
        let none = Self.read("")
        #expect(none == TCPOptions() && none.octets == 0 && Self.bytes(none) == [] && none.description == "none")
        #expect(none.maximumSegment == nil && none.windowScale == nil && none.timestamp == nil && !none.isSACKPermitted)
    }

    @Test(arguments: ["0101 080a 0000 0001 0000 0002", "080a 0000 0001 0000 0002 0000", "01 080a 0000 0001 0000 0002 01"])
    func `RFC 9293 MUST-64 time stamps read alike, aligned or not`(text: String) {
        #expect(Self.read(text) == Self.stamped(blocks: 0))
    }

    @Test(arguments: 1...3) func `blocks beside time stamps read and write in order`(blocks: Int) {
        let options = Self.stamped(blocks: blocks)
        let bytes = Self.bytes(options)
        #expect(bytes.count == 16 + 8 * blocks && Array(bytes[12..<16]) == [1, 1, 5, UInt8(2 + 8 * blocks)])
        #expect(TCPOptions(bytes.raw) == options)
        #expect(options.sack[blocks - 1] == TCPSackBlock(left: UInt32(blocks - 1) * 1000, right: UInt32(blocks - 1) * 1000 + 500))
    }

    @Test func `RFC 2018 §3 three blocks go beside time stamps, four without`() {
        var stamped = Self.stamped(blocks: 3)
        let before = stamped
        let isTaken = stamped.append(TCPSackBlock(left: 1, right: 2))
        #expect(!isTaken && stamped == before && stamped.octets == TCPOptions.maximumOctets)
        var bare = TCPOptions()
        let answers = (0..<5).map { bare.append(TCPSackBlock(left: $0, right: $0 + 1)) }
        #expect(answers == [true, true, true, true, false] && bare.sackCount == 4 && bare.octets == 36)
        #expect(TCPOptions(Self.bytes(bare).raw) == bare)
    }

    @Test func `each option alone is padded to four octets`() {
        var scale = TCPOptions(), permitted = TCPOptions(), segment = TCPOptions()
        scale.windowScale = 3
        permitted.isSACKPermitted = true
        segment.maximumSegment = 536
        #expect(Self.bytes(scale) == octets("0103 0303"))
        #expect(Self.bytes(permitted) == octets("0101 0402"))
        #expect(Self.bytes(segment) == octets("0204 0218"))
    }

    @Test func `an option that is taken back leaves nothing`() {
        var options = Self.syn
        options.maximumSegment = nil
        options.windowScale = nil
        options.timestamp = nil
        options.isSACKPermitted = false
        #expect(options == TCPOptions())
    }

    @Test func `RFC 7323 §2.3 a window scale above 14 is 14`() {
        #expect(Self.read("0303 0f").windowScale == 14 && Self.read("0303 0e").windowScale == 14 && Self.read("0303 ff").windowScale == 14)
        #expect(Self.read("0303 00").windowScale == 0)
    }

    @Test func `RFC 9293 MUST-6 an unknown option is skipped`() {
        let options = Self.read("fd04 f989 1e08 0000 0000 0000 0204 05b4")
        #expect(options.maximumSegment == 1460 && !options.isMalformed && options.octets == 4)
    }

    @Test func `RFC 9293 MUST-4 nothing after the end of the list is read`() {
        let options = Self.read("0204 05b4 00 0303 07 02 00")
        #expect(options.maximumSegment == 1460 && options.windowScale == nil && !options.isMalformed)
    }

    @Test(arguments: [
        "02", "0200", "0201", "0203 05", "0205 05b400", "0204 05", "0302", "0304 0101", "0403 00", "0502", "0509 00000000000000",
        "0512 0000 0001 0000 0002", "0809 00000000000000", "080a 0000 0001 0000 00", "080b 0000000000000000 00", "fd", "fd00", "fd01", "fd05 0000",
        "052a" + String(repeating: "00", count: 40),
    ])
    func `RFC 9293 MUST-7 an illegal length ends the list and is reported, what stood before it stays`(bad: String) {
        let options = Self.read("0402" + bad)
        #expect(options.isMalformed && options.isSACKPermitted && options.octets == 4)
        #expect(Self.read("0101 080a 0000 0001 0000 0002" + bad).isMalformed)
        #expect(options.description == "SACK permitted, malformed")
    }

    @Test func `of two of a kind the last counts`() {
        #expect(Self.read("0204 05b4 0204 0218").maximumSegment == 536)
    }

    @Test func `options write at the offset asked for, and nothing around them`() {
        let out = written(40) { raw in
            let end = Self.syn.write(into: &raw, at: 8)
            #expect(end == 28)
        }
        #expect(Array(out[8..<28]) == Self.bytes(Self.syn) && out[..<8].allSatisfy { $0 == 0xa5 } && out[28...].allSatisfy { $0 == 0xa5 })
    }
}

@Suite struct TCPHeaderTests {
    static let pseudo = Checksum(source: IPv4Address(192, 0, 2, 1), destination: IPv4Address(192, 0, 2, 2), next: .tcp, octets: 26)

    static var header: TCPHeader {
        var options = TCPOptions()
        options.maximumSegment = 1460
        return TCPHeader(
            sourcePort: 50_000, destinationPort: 80, sequence: 1, acknowledgment: 2, flags: [.syn, .ack], window: 64_240, options: options)
    }

    @Test func `the vector writes`() {
        #expect(Self.header.octets == 24)
        #expect(written(24) { Self.header.write(into: &$0) } + Array("hi".utf8) == Vectors.tcp)
    }

    @Test func `every field survives a round trip`() throws {
        let header = TCPHeader(
            sourcePort: 0xffff, destinationPort: 1, sequence: 0xffff_fffe, acknowledgment: 0x8000_0001, flags: [.urg, .psh, .ece, .cwr],
            window: 0xabcd, urgentPointer: 0x1234, options: TCPOptionsTests.stamped(blocks: 3))
        let octets = written(header.octets) { header.write(into: &$0) }
        let view = try TCPView(octets.raw)
        check(view.headerOctets == 60 && TCPHeader.maximumOctets == 60)
        let again = TCPHeader(
            sourcePort: view.sourcePort, destinationPort: view.destinationPort, sequence: view.sequence, acknowledgment: view.acknowledgment,
            flags: view.flags, window: view.window, urgentPointer: view.urgentPointer, options: TCPOptions(view.options))
        #expect(again == header)
    }

    @Test func `a sealed segment is valid, and hardware is left the pseudo header's sum`() throws {
        var segment = Vectors.tcp
        segment.change { TCPHeader.seal(&$0, Self.pseudo) }
        check(try TCPView(segment.raw).isChecksumValid(Self.pseudo))
        // What hardware does: the sum over the segment, with what it finds in the field, complemented.
        var seeded = Vectors.tcp
        seeded.change { TCPHeader.seed(&$0, Self.pseudo) }
        let sum = Checksum(seeded.raw).value
        #expect([UInt8(sum >> 8), UInt8(sum & 0xff)] == Array(segment[TCPHeader.checksumOffset..<TCPHeader.checksumOffset + 2]))
    }

    @Test func `an ICMP error's quotation gives ports and sequence number from eight octets on`() {
        let quoted = Array(Vectors.tcp.prefix(8)), short = Array(Vectors.tcp.prefix(7))
        let seen = TCPHeader.quoted(quoted.raw)
        check(seen?.source == 50_000 && seen?.destination == 80 && seen?.sequence == 1)
        check(TCPHeader.quoted(short.raw) == nil)
    }
}
