import CDriver
import DriverKit
import PCnetRegisters
import Testing

@Suite struct TrafficTests {
    let nic = FakePCnet()

    @Test func `frames of all sizes come in, many times round the ring`() {
        let bench = Bench(nic, options: "receive=16")
        #expect(bench.feed(count: 20) == 15)
        for lap in 0..<10 {
            for size in stride(from: 60, through: 1518, by: 81) {
                #expect(nic.receive(pattern(size, lap)))
                #expect(bench.interrupt() == DRYDOCK_EVENT_RECEIVE)
                #expect(unsafe bench.frames(bench.received()) == [pattern(size, lap)])
                #expect(bench.feed(count: 1) == 1)
            }
        }
        #expect(bench.counter(DRYDOCK_RX_PACKETS) == 190 && bench.counter(DRYDOCK_RX_ERRORS) == 0 && nic.offences.isEmpty)
    }

    @Test(arguments: [1000, 1020, 1021, 1022, 1023, 1024, 1025, 1500]) func `a frame over several buffers comes whole, its FCS cut off`(size: Int) {
        let bench = Bench(nic)
        #expect(unsafe bench.feed((0..<20).map { _ in unsafe bench.buffer(capacity: 512) }) == 20)
        #expect(nic.receive(pattern(size)))
        let got = unsafe bench.received()
        #expect(unsafe bench.frames(got) == [pattern(size)] && got.count == (size + 4 + 511) / 512)
    }

    @Test func `a missed frame is counted once, over the counter's end too`() {
        let bench = Bench(nic, options: "receive=16")
        #expect(bench.feed(count: 15) == 15)
        for i in 0..<18 { #expect(nic.receive(pattern(100, i)) == (i < 15)) }
        #expect(bench.interrupt() & DRYDOCK_EVENT_RECEIVE != 0)
        #expect(bench.counter(DRYDOCK_RX_MISSED) == 3)
        nic.csr[112] = 2
        #expect(bench.counter(DRYDOCK_RX_MISSED) == 3 + 65535)
        #expect(unsafe bench.frames(bench.received()).count == 15)
    }

    @Test func `a device that looks ahead finds no descriptor of its own behind one that was not yet`() {
        let bench = Bench(nic, options: "receive=16")
        var seen: [Int] = []
        nic.onIndexRead = { [unowned nic] in seen.append(nic.owned) }
        #expect(bench.feed(count: 10) == 10 && seen == [1], "the first alone; the device is behind the others")
        #expect(bench.feed(count: 5) == 5 && seen == [1])
        for i in 0..<15 { #expect(nic.receive(pattern(100, i))) }
        #expect(unsafe bench.frames(bench.received()) == (0..<15).map { pattern(100, $0) })
        seen = []
        nic.onIndexRead = { [unowned nic] in
            seen.append(nic.owned)
            nic.receive(pattern(80, seen.count))
        }
        #expect(bench.feed(count: 10) == 10 && seen == [Int](repeating: 1, count: 9), "a device as fast as the driver")
        #expect(unsafe bench.frames(bench.received()) == (1...9).map { pattern(80, $0) } && nic.offences.isEmpty)
    }

    @Test func `after a stop no descriptor is the device's, wherever the ring stood`() {
        let bench = Bench(nic, options: "receive=16")
        #expect(bench.feed(count: 15) == 15 && nic.receive(pattern(100)))
        #expect(unsafe bench.received().count == 1 && bench.feed(count: 1) == 1)
        #expect(unsafe bench.stop() == 0 && bench.all { unsafe bench.received($0) }.count == 15)
        #expect(bench.start() == 0 && nic.owned == 0 && !nic.receive(pattern(100)))
    }

    @Test(arguments: [
        (PCnetDescriptor.error | PCnetDescriptor.checksum, nil, DRYDOCK_RX_CRC_ERRORS), (PCnetDescriptor.error | PCnetDescriptor.framing, nil, DRYDOCK_RX_ALIGNMENT_ERRORS),
        (PCnetDescriptor.error | PCnetDescriptor.overflow, nil, nil), (0, 3, nil), (0, 4, nil), (0, 0xFFF, nil),
    ] as [(UInt32, Int?, drydock_counter?)])
    func `a bad frame goes up as one, and is counted`(bits: UInt32, count: Int?, counter: drydock_counter?) {
        let bench = Bench(nic)
        #expect(bench.feed(count: 20) == 20)
        #expect(nic.receive(pattern(100), errors: bits, count: count))
        let got = unsafe bench.received()
        #expect(unsafe got.count == 1 && got[0].flags == UInt16(DRYDOCK_BUFFER_ERROR) && got[0].length <= 2048)
        #expect(bench.counter(DRYDOCK_RX_ERRORS) == 1 && bench.counter(DRYDOCK_RX_PACKETS) == 0)
        if let counter { #expect(bench.counter(counter) == 1) }
        #expect(nic.receive(pattern(100)))
        #expect(unsafe bench.frames(bench.received()) == [pattern(100)])
    }

    @Test(arguments: [14, 59, 60, 1514, 1518]) func `frames of all sizes leave`(size: Int) {
        let bench = Bench(nic)
        #expect(unsafe bench.send(bench.frame(pattern(size))) == 1)
        #expect(nic.sent == [pattern(size)] && nic.doorbells == 1)
        #expect(bench.interrupt() == DRYDOCK_EVENT_TRANSMIT)
        #expect(unsafe bench.transmitted().count == 1)
        #expect(bench.counter(DRYDOCK_TX_PACKETS) == 1 && bench.counter(DRYDOCK_TX_OCTETS) == UInt64(size) && nic.offences.isEmpty)
    }

    @Test func `a batch rings once, and chains stay chains`() {
        let bench = Bench(nic)
        let batch = unsafe (0..<5).flatMap { i in unsafe bench.frame(pattern(1000, i), piece: 300) } + bench.frame(pattern(64, 9))
        #expect(unsafe bench.send(batch) == 21)
        #expect(nic.sent == (0..<5).map { pattern(1000, $0) } + [pattern(64, 9)] && nic.doorbells == 1)
        let back = unsafe bench.all { unsafe bench.transmitted($0) }
        #expect(unsafe back.map(\.slot) == batch.map(\.slot) && bench.frames(back).count == 6 && Bench.failed(back) == 0)
        #expect(nic.offences.isEmpty)
    }

    @Test func `the ring takes what it has room for, and goes round`() {
        let bench = Bench(nic, options: "transmit=16")
        nic.transmitHangs = true
        let batch = unsafe (0..<20).flatMap { unsafe bench.frame(pattern(100, $0)) }
        #expect(unsafe bench.send(batch) == 15)
        nic.transmitHangs = false
        nic.transmit()
        #expect(unsafe bench.transmitted().count == 15)
        for i in 0..<100 {
            #expect(unsafe bench.send(bench.frame(pattern(200, i), piece: 150)) == 2)
            #expect(unsafe bench.transmitted().count == 2)
        }
        #expect(nic.sent.count == 115 && nic.offences.isEmpty)
    }

    @Test func `what the device cannot send comes back as failed, and is counted`() {
        let bench = Bench(nic)
        var bad = unsafe [bench.frame(pattern(13)), bench.frame(pattern(1519)), bench.frame(pattern(1000), piece: 50)]
        unsafe bad.append(bench.frame(pattern(100), flags: UInt16(DRYDOCK_BUFFER_SEGMENT)))
        for unsafe frame in unsafe bad { #expect(unsafe bench.send(frame) == frame.count) }
        #expect(nic.doorbells == 0)
        let back = unsafe bench.all { unsafe bench.transmitted($0) }
        #expect(unsafe Bench.failed(back) == 4 && nic.sent.isEmpty)
        #expect(bench.counter(DRYDOCK_TX_ERRORS) == 4 && bench.variable("refused_frames") == 4)
    }

    @Test(arguments: [
        (PCnetDescriptor.retries, DRYDOCK_TX_EXCESSIVE_COLLISIONS), (PCnetDescriptor.lateCollision, DRYDOCK_TX_LATE_COLLISIONS),
        (PCnetDescriptor.underflow, DRYDOCK_TX_UNDERRUNS), (PCnetDescriptor.noCarrier, DRYDOCK_TX_NO_CARRIER),
    ])
    func `a transmission that failed is said to have, and why`(status: UInt32, counter: drydock_counter) {
        let bench = Bench(nic)
        nic.outcome = (PCnetDescriptor.error, status)
        #expect(unsafe bench.send(bench.frame(pattern(900), piece: 400)) == 3)
        let back = unsafe bench.transmitted()
        #expect(unsafe back.count == 3 && Bench.failed(back) == 1)
        #expect(bench.counter(counter) == 1 && bench.counter(DRYDOCK_TX_ERRORS) == 1 && bench.counter(DRYDOCK_TX_PACKETS) == 0)
    }

    @Test func `collisions that ended well are counted as such`() {
        let bench = Bench(nic)
        nic.outcome = (PCnetDescriptor.more | PCnetDescriptor.deferred, 0)
        #expect(unsafe bench.send(bench.frame(pattern(100))) == 1 && bench.transmitted().count == 1)
        #expect(bench.counter(DRYDOCK_TX_MULTIPLE_COLLISIONS) == 1 && bench.counter(DRYDOCK_TX_DEFERRED) == 1 && bench.counter(DRYDOCK_TX_PACKETS) == 1)
    }
}
