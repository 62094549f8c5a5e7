import Testing
import Wire

@Suite struct ICMPv4Tests {
    static let key = EchoKey(identifier: 0x1234, sequence: 1)
    static let times = ICMPv4Message.Times(originate: 1, receive: 2, transmit: 3)

    @Test func `the vector reads`() throws {
        let vector = Vectors.echo
        let view = try ICMPv4View(vector.raw)
        check(view.isChecksumValid && ICMPv4Message(view) == .echo(Self.key) && !view.isError)
        check(view.body.array == Array("abcde".utf8))
        check(view.description == "ICMP echo request 4660 #1, 13 octets")
    }

    @Test func `the vector writes`() {
        var message = written(8) { ICMPv4Message.echo(Self.key).write(into: &$0) } + Array("abcde".utf8)
        message.change(ICMPv4Message.seal)
        #expect(message == Vectors.echo)
    }

    @Test(arguments: [
        (ICMPv4Message.echoReply(key), "0000 0000 1234 0001"), (.unreachable(.port, nextHopMTU: 0), "0303 0000 0000 0000"),
        (.unreachable(.fragmentationNeeded, nextHopMTU: 1400), "0304 0000 0000 0578"),
        (.redirect(.host, gateway: IPv4Address(192, 0, 2, 9)), "0501 0000 c000 0209"),
        (.timeExceeded(.reassembly), "0b01 0000 0000 0000"), (.parameterProblem(.pointer, pointer: 20), "0c00 0000 1400 0000"),
        (.timestamp(key, times), "0d00 0000 1234 0001 0000 0001 0000 0002 0000 0003"),
        (.timestampReply(key, times), "0e00 0000 1234 0001 0000 0001 0000 0002 0000 0003"),
    ])
    func `each message writes and reads`(message: ICMPv4Message, text: String) throws {
        let expected = octets(text)
        #expect(written(message.octets) { message.write(into: &$0) } == expected)
        check(ICMPv4Message(try ICMPv4View(expected.raw)) == message)
    }

    @Test(arguments: 0..<13) func `every prefix is truncated or fails the checksum`(length: Int) {
        let octets = Array(Vectors.echo.prefix(length))
        do throws(WireError) {
            let view = try ICMPv4View(octets.raw)
            check(length >= 8 && !view.isChecksumValid)
        } catch { #expect(error == .truncated && length < 8) }
    }

    @Test(arguments: 8..<20) func `a timestamp needs its times`(length: Int) {
        let octets = Array((octets("0d00 0000") + [UInt8](repeating: 0, count: 16)).prefix(length))
        #expect(refusal(octets) { octets throws(WireError) in _ = try ICMPv4View(octets) } == .truncated)
    }

    @Test(arguments: ["0010 0000", "0310 0000", "0504 0000", "0801 0000", "0b02 0000", "0c03 0000", "6300 0000"])
    func `an unknown type or code is no message`(text: String) throws {
        let octets = octets(text + "0000 0000")
        check(ICMPv4Message(try ICMPv4View(octets.raw)) == nil)
    }

    @Test func `an error quotes the packet it is about, an echo does not`() throws {
        let error = octets("0303 0000 0000 0000") + Vectors.ipv4.prefix(28)
        let view = try ICMPv4View(error.raw)
        let destination = try view.quoted.destination
        check(view.isError && destination == IPv4Address(192, 0, 2, 2))
        let udp = try view.quoted.payload.array
        #expect(udp == Array(Vectors.udp.prefix(8)))
        #expect(refusal(Vectors.echo) { octets throws(WireError) in _ = try ICMPv4View(octets).quoted } == .badValue)
        #expect(refusal(Array(error.prefix(27))) { octets throws(WireError) in _ = try ICMPv4View(octets).quoted } == .truncated)
    }
}
