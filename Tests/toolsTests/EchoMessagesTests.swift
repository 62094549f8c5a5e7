import Messages
import Testing
import Wire

@testable import tools

struct EchoMessagesTests {
    let messages = EchoMessages(family: .inet, identifier: 0x1234)
    let source = DatagramHeader(address: .v4(IPv4Address(10, 1, 0, 1)), hopLimit: 63)

    private func datagram(_ header: DatagramHeader, _ message: [UInt8]) -> [UInt8] {
        var octets = [UInt8](repeating: 0, count: DatagramHeader.octets)
        var span = octets.mutableSpan
        var bytes = unsafe span.mutableBytes
        header.write(into: &bytes)
        return octets + message
    }

    private func sealed(_ message: ICMPv4Message, _ body: [UInt8]) -> [UInt8] {
        var octets = [UInt8](repeating: 0, count: 8) + body
        var span = octets.mutableSpan
        var bytes = unsafe span.mutableBytes
        message.write(into: &bytes)
        ICMPv4Message.seal(&bytes)
        return octets
    }

    @Test func `a request is a valid ICMP echo`() throws {
        let octets = messages.request(7, [1, 2, 3])
        #expect(octets[..<2] == [8, 0] && octets[4...] == [0x12, 0x34, 0, 7, 1, 2, 3])
        #expect(try ICMPv4View(octets.raw).isChecksumValid)
    }

    @Test func `an ICMPv6 request leaves its checksum to the stack`() {
        let octets = EchoMessages(family: .inet6, identifier: 1).request(2, [9])
        #expect(octets == [128, 0, 0, 0, 0, 1, 0, 2, 9])
    }

    @Test func `a reply of ours is read`() {
        let octets = datagram(source, sealed(.echoReply(EchoKey(identifier: 0x1234, sequence: 5)), [1, 2]))
        #expect(messages.read(octets)?.0 == .reply(EchoReply(source: "10.1.0.1", hopLimit: 63, sequence: 5, data: [1, 2])))
    }

    @Test func `another's reply, and a damaged one, are foreign`() {
        let theirs = datagram(source, sealed(.echoReply(EchoKey(identifier: 1, sequence: 5)), []))
        #expect(messages.read(theirs)?.0 == .foreign)
        var damaged = datagram(source, sealed(.echoReply(EchoKey(identifier: 0x1234, sequence: 5)), [1]))
        damaged[damaged.count - 1] ^= 0x40
        #expect(messages.read(damaged)?.0 == .foreign)
    }

    @Test func `an error that quotes our request is read`() {
        var packet = [UInt8](repeating: 0, count: 20)
        (packet[0], packet[3], packet[9]) = (0x45, 28, 1)
        let octets = datagram(source, sealed(.unreachable(.host, nextHopMTU: 0), packet + messages.request(3, [])))
        #expect(messages.read(octets)?.0
            == .error(EchoError(source: "10.1.0.1", octets: 36, meaning: "Destination Host Unreachable", sequence: 3)))
        let foreign = EchoMessages(family: .inet, identifier: 9)
        #expect(foreign.read(octets)?.0 == .foreign)
    }

    @Test func `an error without a datagram is its number`() {
        var header = source
        (header.flags, header.error) = (.error, 113)
        #expect(messages.read(datagram(header, []))?.0 == .failed(113))
    }

    @Test(arguments: 0..<DatagramHeader.octets) func `a datagram cut inside its header is nothing`(length: Int) {
        let isNothing = messages.read(Array(datagram(source, [])[..<length])) == nil
        #expect(isNothing)
    }

    @Test func `hostile octets are foreign, whatever they are`() {
        var random = SystemRandomNumberGenerator()
        for length in 0..<200 {
            let body = (0..<length).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            for family in Family.allCases {
                let arrival = EchoMessages(family: family, identifier: 0xfffe).read(datagram(source, body))?.0
                #expect(arrival != nil)
            }
        }
    }
}

