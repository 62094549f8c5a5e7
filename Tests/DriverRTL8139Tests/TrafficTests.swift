import CDriver
import DriverKit
import RTL8139Registers
import Testing

@Suite struct TrafficTests {
    let nic = FakeRTL8139()

    @Test(arguments: ["ring=8", "ring=16", "ring=32"]) func `frames of all sizes go round the ring many times`(options: String) {
        let bench = Bench(nic, options: options)
        #expect(bench.feed(count: 64) == 64)
        for lap in 0..<40 {
            for size in stride(from: 60, through: 1518, by: 81) {
                #expect(nic.receive(pattern(size, lap)))
                _ = bench.interrupt()
                let got = unsafe bench.frames(bench.received())
                #expect(got == [pattern(size, lap)])
                #expect(bench.feed(count: 1) == 1)
            }
        }
        #expect(nic.write == nic.read && nic.offences.isEmpty)
        #expect(bench.counter(DRYDOCK_RX_PACKETS) == 40 * 19 && bench.counter(DRYDOCK_RX_ERRORS) == 0)
    }

    @Test func `a frame that runs over the ring's end is whole`() {
        let bench = Bench(nic, options: "ring=8")
        #expect(bench.feed(count: 64) == 64)
        var expected: [[UInt8]] = [], got: [[UInt8]] = []
        for i in 0..<30 {
            let frame = pattern(1514, i)
            expected.append(frame)
            #expect(nic.receive(frame))
            _ = bench.interrupt()
            unsafe got += bench.frames(bench.received())
            _ = bench.feed(count: 1)
        }
        #expect(got == expected)
    }

    @Test func `a batch of frames costs one store to CAPR and no more loads than one`() {
        let bench = Bench(nic)
        #expect(bench.feed(count: 64) == 64)
        for i in 0..<10 { #expect(nic.receive(pattern(100, i))) }
        _ = bench.interrupt()
        let before = nic.storesOfCAPR
        #expect(unsafe bench.frames(bench.received()) == (0..<10).map { pattern(100, $0) })
        #expect(nic.storesOfCAPR == before + 1)
    }

    @Test func `frames wait in the ring while there are no buffers`() {
        let bench = Bench(nic, options: "ring=8")
        #expect(bench.feed(count: 2) == 2)
        for i in 0..<5 { #expect(nic.receive(pattern(1000, i))) }
        _ = bench.interrupt()
        #expect(unsafe bench.frames(bench.received()) == [pattern(1000, 0), pattern(1000, 1)])
        #expect(unsafe bench.received().isEmpty)
        #expect(bench.feed(count: 10) == 10)
        #expect(unsafe bench.frames(bench.received()) == [pattern(1000, 2), pattern(1000, 3), pattern(1000, 4)])
    }

    @Test func `an overflow is survived, and every frame is counted once`() {
        let bench = Bench(nic, options: "ring=8")
        var accepted = 0, missed = 0
        for i in 0..<20 { if nic.receive(pattern(1000, i)) { accepted += 1 } else { missed += 1 } }
        #expect(missed > 0)
        #expect(bench.interrupt() & DRYDOCK_EVENT_RECEIVE != 0)
        #expect(nic[.isr] == 0, "the line is down")
        #expect(bench.feed(count: 64) == 64)
        #expect(unsafe bench.frames(bench.received()).count == accepted)
        nic[.isr] |= 0
        #expect(bench.counter(DRYDOCK_RX_MISSED) == UInt64(missed) && bench.counter(DRYDOCK_RX_PACKETS) == UInt64(accepted))
        #expect(nic.receive(pattern(500)))
        #expect(unsafe bench.frames(bench.received()) == [pattern(500)])
    }

    @Test(arguments: [
        (ReceivedFrame.ok | ReceivedFrame.crcError, nil), (0, nil), (ReceivedFrame.ok, 3), (ReceivedFrame.ok, 4000), (ReceivedFrame.ok, 0xFFFF),
        (ReceivedFrame.ok, 1000), (.max, 0xFFFF),
    ] as [(UInt32, Int?)])
    func `a header that makes no sense restarts the receiver, and is counted`(status: UInt32, claim: Int?) {
        let bench = Bench(nic)
        #expect(bench.feed(count: 64) == 64)
        #expect(nic.receive(pattern(64, 1)) && nic.receive(pattern(64, 2), status: status, claim: claim))
        _ = bench.interrupt()
        #expect(unsafe bench.frames(bench.received()) == [pattern(64, 1)])
        #expect(bench.counter(DRYDOCK_RX_ERRORS) == 1 && bench.variable("restarts") == 1)
        #expect(nic.receive(pattern(64, 3)) && nic.write == 72)
        _ = bench.interrupt()
        #expect(unsafe bench.frames(bench.received()) == [pattern(64, 3)])
    }

    @Test func `a frame that is still being written is waited for, but not for ever`() {
        let bench = Bench(nic)
        #expect(bench.feed(count: 64) == 64)
        #expect(nic.receive(pattern(64), claim: 0xFFF0))
        _ = bench.interrupt()
        #expect(unsafe bench.received().isEmpty)
        #expect(bench.variable("restarts") == 0)
        _ = bench.tick()
        #expect(bench.variable("restarts") == 0)
        _ = bench.tick()
        #expect(bench.variable("restarts") == 1)
        #expect(nic.receive(pattern(64)))
        #expect(unsafe bench.frames(bench.received()) == [pattern(64)])
    }

    @Test func `a CBR outside the ring does no harm`() {
        let bench = Bench(nic, options: "ring=8")
        #expect(bench.feed(count: 8) == 8)
        nic.write = 9000
        nic[.isr] = Causes().rok.mask
        _ = bench.interrupt()
        #expect(unsafe bench.received().isEmpty)
        #expect(bench.variable("restarts") == 1)
    }

    @Test(arguments: [14, 59, 60, 61, 1514, 1518]) func `frames of all sizes leave, padded to Ethernet's least`(size: Int) {
        let bench = Bench(nic)
        #expect(unsafe bench.send(bench.frame(pattern(size))) == 1)
        #expect(nic.sent == [pattern(size) + [UInt8](repeating: 0, count: max(0, 60 - size))])
        #expect(bench.variable("copied_frames") == (size < 60 ? 1 : 0))
        #expect(unsafe bench.transmitted().count == 1)
        #expect(bench.counter(DRYDOCK_TX_PACKETS) == 1 && bench.counter(DRYDOCK_TX_OCTETS) == UInt64(size) && nic.offences.isEmpty)
    }

    @Test func `a frame in pieces, or at an odd address, is copied together`() {
        let bench = Bench(nic)
        #expect(unsafe bench.send(bench.frame(pattern(1500), piece: 101)) == 15)
        #expect(unsafe bench.send(bench.frame(pattern(700, 2), shift: 2)) == 1)
        #expect(nic.sent == [pattern(1500), pattern(700, 2)])
        #expect(bench.variable("copied_frames") == 2 && nic.offences.isEmpty)
        let back = unsafe bench.all { unsafe bench.transmitted($0) }
        #expect(unsafe back.count == 16 && Bench.failed(back) == 0)
        #expect(unsafe bench.frames(back).count == 2, "chains stay chains")
    }

    @Test func `four frames fit, then the device has to finish some`() {
        let bench = Bench(nic)
        nic.transmitHangs = true
        let batch = unsafe (0..<6).flatMap { unsafe bench.frame(pattern(100, $0)) }
        #expect(unsafe bench.send(batch) == 4)
        nic.transmitHangs = false
        nic.transmit()
        #expect(unsafe bench.transmitted().count == 4)
        #expect(unsafe bench.send(Array(batch[4...])) == 2)
        #expect(nic.sent == (0..<6).map { pattern(100, $0) })
    }

    @Test func `what the device cannot send comes back as failed, and is counted`() {
        let bench = Bench(nic)
        var bad = unsafe [bench.frame(pattern(13)), bench.frame(pattern(1519)), bench.frame(pattern(1000), piece: 50)]
        unsafe bad.append(bench.frame(pattern(100), flags: UInt16(DRYDOCK_BUFFER_INSERT_CHECKSUM)))
        for unsafe frame in unsafe bad { #expect(unsafe bench.send(frame) == frame.count) }
        #expect(unsafe bench.send(bench.frame(pattern(100))) == 1)
        let back = unsafe bench.all { unsafe bench.transmitted($0) }
        #expect(unsafe Bench.failed(back) == 4 && nic.sent.count == 1)
        #expect(bench.counter(DRYDOCK_TX_ERRORS) == 4 && bench.variable("refused_frames") == 4)
    }

    @Test func `an underrun is sent all the same, and raises the threshold`() {
        let bench = Bench(nic)
        nic.outcome = TSD().tun.mask
        #expect(unsafe bench.send(bench.frame(pattern(100))) == 1)
        #expect(unsafe Bench.failed(bench.transmitted()) == 0)
        #expect(bench.counter(DRYDOCK_TX_UNDERRUNS) == 1 && bench.counter(DRYDOCK_TX_PACKETS) == 1 && bench.variable("transmit_threshold") == 16)
    }

    @Test func `an aborted transmission comes back as failed, and the next one leaves`() {
        let bench = Bench(nic)
        nic.outcome = TSD().tabt.mask
        #expect(unsafe bench.send(bench.frame(pattern(100, 1))) == 1)
        nic.outcome = nil
        #expect(unsafe Bench.failed(bench.transmitted()) == 1)
        #expect(bench.counter(DRYDOCK_TX_EXCESSIVE_COLLISIONS) == 1 && bench.counter(DRYDOCK_TX_ERRORS) == 1 && bench.counter(DRYDOCK_TX_HANGS) == 0)
        nic.sent = []
        #expect(unsafe bench.send(bench.frame(pattern(100, 2))) == 1)
        #expect(nic.sent == [pattern(100, 2)])
    }
}
