import CLinux
import Testing

@testable import Conformance

/// What the checker does in the kernel's place, held to what it makes itself.
struct HostWireTests {
    private static let here: [UInt8] = [2, 0, 0, 0, 0, 1]

    private func putOff(flags: UInt8, cutting: UInt8 = 0, segment: UInt16 = 0, tcp: Bool) -> clinux_put_off {
        clinux_put_off(flags: flags, cutting: cutting, header_octets: 54, segment_octets: segment, sum_start: 34, sum_offset: tcp ? 16 : 6)
    }

    @Test(arguments: [true, false]) func `a sum that was put off is made`(tcp: Bool) {
        let whole = Datagram.make(to: Frames.peer, from: Self.here, tcp: tcp, payload: 777)
        let frame = Unfinished(octets: Datagram.unsummed(whole, tcp: tcp), putOff: putOff(flags: 1, tcp: tcp))
        #expect(frame.onTheWire == [whole])
    }

    @Test func `a frame with nothing put off is itself`() {
        let frame = Frames.make(to: Frames.peer, from: Self.here, number: 1, octets: 60)
        #expect(Unfinished(octets: frame, putOff: clinux_put_off()).onTheWire == [frame])
    }

    @Test(arguments: [(1461, 1460), (8000, 1448), (14000, 536)]) func `a segment is cut as hardware cuts`(payload: Int, size: Int) {
        let whole = Datagram.make(to: Frames.peer, from: Self.here, tcp: true, payload: payload)
        let frame = Unfinished(octets: Datagram.unsummed(whole, tcp: true), putOff: putOff(flags: 1, cutting: 1, segment: UInt16(size), tcp: true))
        #expect(Datagram.fault(in: frame.onTheWire, of: whole, segment: size) == nil)
    }

    @Test func `a segment whose sums are those that hardware wants is lost or wrong, as behind a kernel`() {
        let whole = Datagram.make(to: Frames.peer, from: Self.here, tcp: true, payload: 3000)
        let asked = putOff(flags: 1, cutting: 1, segment: 1000, tcp: true)
        // No IPv4 sum.
        #expect(Unfinished(octets: Datagram.forSegmentation(whole), putOff: asked).onTheWire == [])
        // A pseudo header without a length.
        var frame = Datagram.forSegmentation(whole)
        (frame[24], frame[25]) = (whole[24], whole[25])
        #expect(Datagram.fault(in: Unfinished(octets: frame, putOff: asked).onTheWire, of: whole, segment: 1000) == "the TCP sum of piece 0 is wrong")
    }

    @Test func `frames that both directions lost are added up`() {
        let table = """
            Inter-|   Receive                                                |  Transmit
             face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
                lo:       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0
               dut:     100      10    1    2    3     4          0         0      200      20    5    6    7     8       9          0
            """
        #expect(HostPlace.lost(by: "dut", in: table) == 24 && HostPlace.lost(by: "lo", in: table) == 0 && HostPlace.lost(by: "ut", in: table) == 0)
    }
}
