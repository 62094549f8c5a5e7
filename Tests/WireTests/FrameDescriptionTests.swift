import Testing
import Wire

@Suite struct FrameDescriptionTests {
    static func describe(_ type: String, _ payload: [UInt8]) -> FrameDescription {
        FrameDescription(frame: Vectors.ethernet(type, payload).raw)
    }

    @Test func `each layer is named and told in order`() {
        let frame = Self.describe("0800", Vectors.ipv4)
        #expect(frame.protocols == ["Ethernet", "IPv4", "UDP"])
        #expect(
            frame.summary == "02:00:00:00:00:01 > ff:ff:ff:ff:ff:ff, IPv4 | 192.0.2.1 > 192.0.2.2, UDP, 12 octets, TTL 64"
                + " | UDP 5000 > 53, 4 octets")
        #expect(Self.describe("8100 2064 86dd", Vectors.ipv6).protocols == ["Ethernet", "IPv6", "UDP"])
        #expect(Self.describe("0806", Vectors.arp).protocols == ["Ethernet", "ARP"])
        let packet = Vectors.ipv6
        #expect(FrameDescription(packet: packet.raw).protocols == ["IPv6", "UDP"])
    }

    @Test func `ICMPv6 is told apart by type`() {
        let last = { (message: [UInt8]) in
            let header = IPv6Header(source: .loopback, destination: .allNodes, next: .icmpv6, payloadOctets: message.count)
            return Self.describe("86dd", written(40) { header.write(into: &$0) } + message).protocols.last
        }
        #expect(last(Vectors.neighborSolicitation) == "NeighborDiscovery")
        #expect(last(Vectors.mldQuery) == "MLD")
        #expect(last(octets("8000 0000 1234 0001")) == "ICMPv6")
    }

    @Test func `what cannot be read is named after what could`() {
        let frame = Self.describe("0800", Array(Vectors.ipv4.prefix(25)))
        #expect(frame.protocols == ["Ethernet"] && frame.summary.hasSuffix("IPv4 | [truncated, frame of 39 octets]"))
        let empty: [UInt8] = []
        #expect(FrameDescription(frame: empty.raw).summary == "[truncated, frame of 0 octets]")
        #expect(Self.describe("0800", changed(Vectors.ipv4, 8, 9)).summary.contains("[bad checksum]"))
        #expect(Self.describe("1234", []).summary.hasSuffix("type 0x1234"))
    }

    @Test func `a later fragment is not taken for a header`() {
        let fragment = changed(changed(Vectors.ipv4, 6, 0), 7, 2)
        #expect(Self.describe("0800", fragment).protocols == ["Ethernet", "IPv4"])
    }
}
