import DriverKit
import E1000Registers
import Testing

@testable import NICModels

struct ReceiveChecksumTests {
    /// Status and errors of a frame received with these offloads.
    static func verdict(_ frame: [UInt8], _ control: UInt32 = RXCSUM().ipofl.mask | RXCSUM().tuofl.mask) throws
        -> (ReceiveDescriptor.Status, ReceiveDescriptor.Errors, sum: UInt16)
    {
        let bench = try ModelBench()
        try bench.bringUp()
        bench[.rxcsum] = control
        bench.deliver(frame)
        let word = bench.receiveStatus(0)
        return (
            .init(rawValue: UInt8(truncatingIfNeeded: word >> 32)), .init(rawValue: UInt8(truncatingIfNeeded: word >> 40)),
            UInt16(truncatingIfNeeded: word >> 16)
        )
    }

    @Test(arguments: [Packets.tcp(Packets.payload(101)), Packets.udp(Packets.payload(64)),
                      Packets.tcp(Packets.payload(40), options: [1, 1, 1, 0])])
    func `correct checksums are said to be`(packet: [UInt8]) throws {
        let (status, errors, _) = try Self.verdict(Packets.ethernet(packet))
        #expect(status == [.done, .endOfPacket, .ipChecked, .tcpChecked])
        #expect(errors == [])
    }

    @Test(arguments: 0..<141)
    func `one changed bit anywhere in the packet is found`(position: Int) throws {
        var packet = Packets.tcp(Packets.payload(101))
        packet[position] ^= 0x10
        let (status, errors, _) = try Self.verdict(Packets.ethernet(packet))
        switch position {
        // The version or the lengths: no packet that the device can judge, or a header that is wrong.
        case 0, 2, 3: #expect(errors.contains(.ipChecksum) || status.contains(.ignoreChecksum))
        // The addresses and the protocol number are in the pseudo-header too.
        case 12..<20: #expect(errors == [.ipChecksum, .tcpChecksum])
        case ..<20: #expect(errors.contains(.ipChecksum))
        default: #expect(errors == [.tcpChecksum])
        }
    }

    @Test(arguments: [(Packets.udp([1, 2, 3]), true), (Packets.ipv4(6, Packets.payload(64), fragment: 0x2000), false),
                      (Packets.ipv4(17, Packets.payload(64), fragment: 0x0010), false), (Packets.ipv4(1, Packets.payload(64)), false)])
    func `a fragment or another protocol has only its header checked`(packet: [UInt8], transport: Bool) throws {
        let (status, errors, _) = try Self.verdict(Packets.ethernet(packet))
        #expect(status.contains(.ipChecked))
        #expect(status.contains(.tcpChecked) == transport)
        #expect(errors == [])
    }

    @Test func `UDP without a checksum is not checked`() throws {
        var packet = Packets.udp(Packets.payload(40))
        packet.replaceSubrange(26..<28, with: [0, 0])
        let (status, errors, _) = try Self.verdict(Packets.ethernet(packet))
        #expect(status == [.done, .endOfPacket, .ipChecked])
        #expect(errors == [])
    }

    @Test(arguments: [0x86dd, 0x0806, 0x8100, 0x0801] as [UInt16])
    func `what is not IPv4 is not judged`(type: UInt16) throws {
        let (status, errors, _) = try Self.verdict(Packets.ethernet(Packets.tcp(Packets.payload(40)), type: type))
        #expect(status == [.done, .endOfPacket, .ignoreChecksum])
        #expect(errors == [])
    }

    @Test func `a tag left in place and a SNAP header are looked behind`() throws {
        let packet = Packets.udp(Packets.payload(40))
        let tagged = Packets.ethernet([0, 5, 0x08, 0x00] + packet, type: 0x8100)
        #expect(try Self.verdict(tagged).0.contains(.tcpChecked))
        let snap = Packets.ethernet([0xaa, 0xaa, 3, 0, 0, 0, 0x08, 0x00] + packet, type: UInt16(packet.count + 8))
        #expect(try Self.verdict(snap).0.contains(.tcpChecked))
    }

    @Test func `each offload is separate and off means ignore`() throws {
        let frame = Packets.ethernet(Packets.tcp(Packets.payload(40)))
        #expect(try Self.verdict(frame, 0).0 == [.done, .endOfPacket, .ignoreChecksum])
        #expect(try Self.verdict(frame, RXCSUM().ipofl.mask).0 == [.done, .endOfPacket, .ipChecked])
        #expect(try Self.verdict(frame, RXCSUM().tuofl.mask).0 == [.done, .endOfPacket, .tcpChecked])
    }

    @Test(arguments: [0, 14, 34, 255] as [UInt32])
    func `the packet checksum starts where PCSS says`(start: UInt32) throws {
        let frame = Packets.ethernet(Packets.udp(Packets.payload(300)))
        let sum = try Self.verdict(frame, start).sum
        #expect(sum.byteSwapped == Packets.sum(Array(frame.dropFirst(Int(start)))))
    }

    @Test(arguments: 14..<60)
    func `a truncated packet is never judged beyond its end`(count: Int) throws {
        let frame = Array(Packets.ethernet(Packets.tcp(Packets.payload(40))).prefix(count))
        let (status, errors, _) = try Self.verdict(frame)
        #expect(!status.contains(.tcpChecked))
        #expect(errors == [])
    }
}
