import Testing
import Wire

@Suite struct ICMPv6Tests {
    static let from = IPv6Address("fe80::1")!, to = IPv6Address("fe80::2")!
    static let key = EchoKey(identifier: 0x1234, sequence: 1)

    @Test(arguments: [
        (ICMPv6Message.unreachable(.port), "0104 0000 0000 0000"), (.packetTooBig(mtu: 1280), "0200 0000 0000 0500"),
        (.timeExceeded(.reassembly), "0301 0000 0000 0000"),
        (.parameterProblem(.unknownOption, pointer: 42), "0402 0000 0000 002a"),
        (.echo(key), "8000 0000 1234 0001"), (.echoReply(key), "8100 0000 1234 0001"),
    ])
    func `each message writes and reads`(message: ICMPv6Message, text: String) throws {
        let expected = octets(text)
        #expect(written(8) { message.write(into: &$0) } == expected)
        check(ICMPv6Message(try ICMPv6View(expected.raw)) == message)
    }

    @Test(arguments: 0..<8) func `every prefix is truncated`(length: Int) {
        let octets = Array(octets("8000 0000 1234 0001").prefix(length))
        #expect(refusal(octets) { octets throws(WireError) in _ = try ICMPv6View(octets) } == .truncated)
    }

    @Test func `a sealed message is valid between its addresses only, and unsealed by any change`() throws {
        var message = written(8) { ICMPv6Message.echo(Self.key).write(into: &$0) } + [1, 2, 3]
        message.change { ICMPv6Message.seal(&$0, source: Self.from, destination: Self.to) }
        let wrong = changed(message, 10, 4)
        let view = try ICMPv6View(message.raw), other = try ICMPv6View(wrong.raw)
        check(view.isChecksumValid(source: Self.from, destination: Self.to))
        check(!view.isChecksumValid(source: Self.from, destination: Self.from))
        check(!other.isChecksumValid(source: Self.from, destination: Self.to))
        // By hand: the pseudo-header and the message with a zero checksum.
        let whole = octets("fe80000000000000 0000000000000001 fe80000000000000 0000000000000002 0000000b 0000003a 8000 0000 1234 0001 0102 03")
        check(view.checksum == ChecksumTests.slow(whole))
    }

    @Test(arguments: ["0107", "0302", "0403", "8001", "6400", "c800"])
    func `an unknown type or code is no message`(text: String) throws {
        let octets = octets(text + "0000 0000 0000")
        check(ICMPv6Message(try ICMPv6View(octets.raw)) == nil)
    }

    @Test func `RFC 4443 2.1 the high bit of the type parts errors from the rest`() throws {
        for type in [UInt8(1), 4, 100, 127] {
            let octets = changed([UInt8](repeating: 0, count: 8), 0, type)
            check(try ICMPv6View(octets.raw).isError)
        }
        let echo = octets("8000 0000 1234 0001")
        check(try !ICMPv6View(echo.raw).isError)
    }

    @Test func `an error quotes the packet it is about, an echo does not`() throws {
        let error = octets("0200 0000 0000 0500") + Vectors.ipv6.prefix(48)
        let view = try ICMPv6View(error.raw)
        let quoted = try view.quoted
        check(quoted.destination == IPv6Address("2001:db8::2") && quoted.payload.byteCount == 8)
        let echo = octets("8000 0000 1234 0001")
        #expect(refusal(echo) { octets throws(WireError) in _ = try ICMPv6View(octets).quoted } == .badValue)
    }
}
