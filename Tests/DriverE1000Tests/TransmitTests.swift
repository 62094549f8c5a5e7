import CDriver
import DriverE1000
import DriverKit
import E1000Registers
import Testing

@Suite struct TransmitTests {
    let bench = Bench(options: "transmit=64")
    var failed: UInt16 { UInt16(DRYDOCK_BUFFER_FAILED) }

    @Test func `frames leave whole and in order over many laps`() {
        for lap in 0..<500 {
            let frame = pattern(60 + lap % 1400, lap)
            #expect(unsafe bench.send(bench.frame(frame)) == 1)
            #expect(bench.nic.sent.last == frame)
            #expect(bench.interrupt() & DRYDOCK_EVENT_TRANSMIT != 0)
            let back = unsafe bench.transmitted()
            #expect(unsafe back.count == 1 && back[0].flags == 0)
        }
        #expect(bench.nic.sent.count == 500)
    }

    @Test func `a full ring takes whole frames only and the rest comes back`() {
        bench.nic.transmitHangs = true
        var batch: [drydock_buffer] = unsafe []
        for i in 0..<40 { unsafe batch += bench.frame(pattern(3000, i)) }
        #expect(bench.setMTU(9000) == 0)
        #expect(unsafe bench.send(batch) == 62)
        #expect(unsafe bench.send(bench.frame(pattern(60))) == 1)
        #expect(unsafe bench.send(bench.frame(pattern(60))) == 0)
        bench.nic.transmitHangs = false
        bench.nic.transmit()
        #expect(bench.nic.sent.count == 32)
        #expect(unsafe bench.transmitted(3).count == 2, "a frame is never split")
        #expect(unsafe bench.all { unsafe bench.transmitted($0) }.count == 61)
    }

    @Test func `frames that the device must not see fail and are counted`() {
        var tagged = unsafe bench.frame(pattern(60))
        unsafe tagged[0].flags = UInt16(DRYDOCK_BUFFER_VLAN)
        #expect(bench.setOffloads(0) == 0)
        var outside = unsafe bench.frame(pattern(60), flags: UInt16(DRYDOCK_BUFFER_INSERT_CHECKSUM))
        unsafe (outside[0].checksum_start, outside[0].checksum_offset) = (34, 26)
        let bad = unsafe [bench.frame(pattern(16)), bench.frame(pattern(1519)), [bench.buffer()], tagged, outside]
        #expect(unsafe bench.send(bad.flatMap { unsafe $0 } + bench.frame(pattern(64))) == 6)
        let back = unsafe bench.all { unsafe bench.transmitted($0) }
        #expect(unsafe back.map(\.flags).sorted() == [0, failed, failed, failed, failed, failed])
        #expect(bench.nic.sent == [pattern(64)])
        #expect(bench.counter(DRYDOCK_TX_ERRORS) == 5)
    }

    @Test func `a batch that ends inside a frame is not begun`() {
        var part = unsafe bench.buffer(pattern(100))
        unsafe part.flags = UInt16(DRYDOCK_BUFFER_MORE)
        #expect(unsafe bench.send([part]) == 0)
    }

    @Test func `a checksum context is written once for frames that share it`() {
        func tcp(_ start: UInt16 = 34) -> [drydock_buffer] {
            var b = unsafe bench.frame(pattern(90), flags: UInt16(DRYDOCK_BUFFER_INSERT_CHECKSUM | DRYDOCK_BUFFER_INSERT_IP))
            unsafe (b[0].checksum_ip_start, b[0].checksum_ip_end) = (14, start - 1)
            unsafe (b[0].checksum_start, b[0].checksum_offset) = (start, 16)
            return unsafe b
        }
        #expect(unsafe bench.send(tcp() + tcp() + bench.frame(pattern(60)) + tcp() + tcp(38)) == 5)
        #expect(bench.nic.contexts == [
            ChecksumContext(ipStart: 14, ipOffset: 24, ipEnd: 33, tuStart: 34, tuOffset: 50, tuEnd: 0),
            ChecksumContext(ipStart: 14, ipOffset: 24, ipEnd: 37, tuStart: 38, tuOffset: 54, tuEnd: 0),
        ])
        #expect(bench.nic.options == [3, 3, 0, 3, 3])
        #expect(unsafe bench.all { unsafe bench.transmitted($0) }.count == 5)
    }

    @Test func `tags are inserted by hardware`() {
        var b = unsafe bench.frame(pattern(60), flags: UInt16(DRYDOCK_BUFFER_VLAN))
        unsafe b[0].vlan = 0x6123
        #expect(unsafe bench.send(b) == 1)
        #expect(bench.nic.vlans == [0x6123] && CTRL().vme.isSet(bench.nic[.ctrl]))
        #expect(bench.setOffloads(bench.interface.capabilities & ~DRYDOCK_CAP_VLAN_HW) == 0)
        #expect(!CTRL().vme.isSet(bench.nic[.ctrl]))
        #expect(bench.setOffloads(DRYDOCK_CAP_TSO4) == -95)
    }

    @Test func `stop returns every frame, sent or failed`() {
        for i in 0..<5 { #expect(unsafe bench.send(bench.frame(pattern(60, i))) == 1) }
        bench.nic.transmitHangs = true
        for i in 0..<7 { #expect(unsafe bench.send(bench.frame(pattern(60, i))) == 1) }
        #expect(bench.stop() == 0)
        let back = unsafe bench.all { unsafe bench.transmitted($0) }
        #expect(unsafe back.count == 12 && Set(back.map(\.slot)).count == 12)
        #expect(unsafe back.filter { unsafe $0.flags & failed != 0 }.count == 7)
        #expect(unsafe bench.send(bench.frame(pattern(60))) == 0)
    }
}
