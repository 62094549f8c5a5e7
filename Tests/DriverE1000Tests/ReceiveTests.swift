import CDriver
import DriverE1000
import DriverKit
import E1000Registers
import Testing

@Suite struct ReceiveTests {
    let bench = Bench(options: "receive=64")

    @Test func `frames arrive whole and in order over many laps`() {
        #expect(bench.feed(count: 63) == 63)
        for lap in 0..<500 {
            let frame = pattern(60 + lap % 1400, lap)
            #expect(bench.nic.receive(frame))
            #expect(bench.interrupt() == DRYDOCK_EVENT_RECEIVE)
            let got = unsafe bench.received()
            #expect(unsafe got.count == 1 && Bench.octets(got) == frame && got[0].flags == 0)
            #expect(bench.feed(count: 1) == 1)
        }
    }

    @Test func `a full ring gives back what it cannot take`() {
        #expect(bench.feed(count: 100) == 63)
        #expect(bench.feed(count: 1) == 0)
        #expect(bench.nic[.rdt] == 63)
    }

    @Test func `a small buffer is not put where the device would write beyond it`() {
        #expect(bench.feed(count: 4) == 4)
        #expect(unsafe bench.feed([bench.buffer(), bench.buffer(capacity: 1920), bench.buffer()]) == 1)
    }

    @Test func `a jumbo frame is a chain that is never split`() {
        #expect(bench.setMTU(9000) == 0)
        #expect(bench.feed(count: 63) == 63)
        let frame = pattern(9014)
        for _ in 0..<4 { #expect(bench.nic.receive(frame)) }
        let got = unsafe bench.received(16)
        #expect(unsafe got.count == 15)
        for chain in 0..<3 {
            let parts = unsafe Array(got[chain * 5..<chain * 5 + 5])
            #expect(unsafe parts.map { unsafe $0.flags & UInt16(DRYDOCK_BUFFER_MORE) != 0 } == [true, true, true, true, false])
            #expect(unsafe Bench.octets(parts) == frame)
        }
        #expect(unsafe bench.received(16).count == 5)
    }

    @Test func `what hardware says of checksums and tags is passed on`() {
        #expect(bench.feed(count: 8) == 8)
        bench.nic.receive(pattern(60), status: 0x60)
        bench.nic.receive(pattern(60), status: 0x60, errors: 0x20)
        bench.nic.receive(pattern(60), status: 0x60, errors: 0x40)
        bench.nic.receive(pattern(60), status: 0x0C, special: 0x2064)
        let flags = unsafe bench.received()
        let ip = UInt16(DRYDOCK_BUFFER_IP_CHECKED), l4 = UInt16(DRYDOCK_BUFFER_L4_CHECKED)
        #expect(unsafe flags.map(\.flags) == [ip | l4, ip, l4, UInt16(DRYDOCK_BUFFER_VLAN)])
        #expect(unsafe flags[3].vlan == 0x2064)
    }

    @Test func `lengths that a device cannot have written are an error, not an overrun`() {
        #expect(bench.feed(count: 8) == 8)
        bench.nic.receive(pattern(60), claim: 2049)
        bench.nic.receive(pattern(60), claim: 0)
        bench.nic.receive(pattern(60), errors: 0x01)
        bench.nic.receive(pattern(60))
        let got = unsafe bench.received()
        let error = UInt16(DRYDOCK_BUFFER_ERROR)
        #expect(unsafe got.map(\.flags) == [error, error, error, 0])
        #expect(unsafe got.allSatisfy { unsafe $0.length <= $0.capacity })
        #expect(bench.counter(DRYDOCK_RX_ERRORS) == 3)
    }

    @Test func `a frame without an end does not block the ring for ever`() {
        #expect(bench.feed(count: 63) == 63)
        // 40 descriptors done, none of them the end of a packet.
        for _ in 0..<40 {
            bench.nic.receive(pattern(64))
            let at = unsafe bench.nic.host.memory(UInt64(bench.nic[.rdbah]) << 32 | UInt64(bench.nic[.rdbal] + (bench.nic[.rdh] - 1) * 16), 16)!
            unsafe at.storeBytes(of: 1, toByteOffset: 12, as: UInt8.self)
        }
        let got = unsafe bench.received(64)
        #expect(unsafe got.count == 32 && got.allSatisfy { unsafe $0.flags & UInt16(DRYDOCK_BUFFER_ERROR) != 0 })
    }

    @Test func `stop returns every buffer, frames first`() {
        #expect(bench.feed(count: 63) == 63)
        bench.nic.receive(pattern(70))
        #expect(bench.stop() == 0)
        #expect(bench.feed(count: 1) == 0)
        let all = unsafe bench.all { unsafe bench.received($0) }
        #expect(unsafe all.count == 63 && Set(all.map(\.slot)).count == 63)
        #expect(unsafe all[0].length == 70 && all.dropFirst().allSatisfy { unsafe $0.flags == UInt16(DRYDOCK_BUFFER_UNUSED) })
        #expect(bench.start() == 0)
        #expect(bench.feed(count: 5) == 5 && bench.nic[.rdt] == 5)
    }

    @Test func `start waits until the buffers of the last run are home`() {
        #expect(bench.feed(count: 3) == 3)
        #expect(bench.stop() == 0)
        #expect(bench.start() == -16)
        #expect(unsafe bench.received().count == 3)
        #expect(bench.start() == 0)
    }
}
