import CDriver
import DriverKit
import PCnetRegisters
import Testing

@Suite struct ControlTests {
    let nic = FakePCnet()

    @Test func `filters are written while suspended, by the bits that the CRC names`() {
        let bench = Bench(nic)
        #expect(bench.setFilter(mac: [2, 0, 0, 0, 0, 7], multicast: [[0x01, 0x00, 0x5E, 0x00, 0x00, 0x01]]) == 0)
        // The reflected register of the CRC, as IEEE 802.3 §3.2.9 shifts it; its upper six bits are the filter's.
        var register: UInt32 = .max
        for octet in [0x01, 0x00, 0x5E, 0x00, 0x00, 0x01] as [UInt8] {
            register ^= UInt32(octet)
            for _ in 0..<8 { register = register & 1 == 1 ? register >> 1 ^ 0xEDB8_8320 : register >> 1 }
        }
        #expect(nic.filter == 1 << UInt64(register >> 26))
        #expect(nic.csr[12] == 2 && nic.csr[14] == 0x0700 && nic.csr[5] == 0)
        #expect(bench.setFilter(DRYDOCK_FILTER_ALL_MULTICAST) == 0 && nic.filter == .max)
        #expect(bench.setFilter(DRYDOCK_FILTER_PROMISCUOUS) == 0 && nic.csr[15]! & MODE().prom.mask != 0)
        #expect(bench.setFilter(mac: [1, 0, 0, 0, 0, 7]) == -22 && nic.offences.isEmpty)
        nic.neverSuspends = true
        #expect(bench.setFilter() == -110 && nic.host.log.last?.text.contains("CSR5.SPND") == true)
    }

    @Test func `the link is told when it changes, and only then`() {
        let bench = Bench(nic)
        _ = bench.tick()
        #expect(nic.host.linkChanges == 0)
        nic.setLink(false)
        #expect(bench.tick() == DRYDOCK_EVENT_LINK)
        #expect(bench.media().media.flags & DRYDOCK_MEDIA_LINK_UP == 0)
        nic.setLink(true)
        #expect(bench.tick() == DRYDOCK_EVENT_LINK && nic.host.linkChanges == 2 && bench.media().media.megabits == 10)
        #expect(bench.setMedia(megabits: 10, flags: DRYDOCK_MEDIA_FULL_DUPLEX) == 0 && nic.bcr[9] == 1)
        #expect(bench.setMedia(megabits: 0, flags: DRYDOCK_MEDIA_AUTO) == 0 && nic.bcr[9] == 0 && bench.setMedia(megabits: 100, flags: 0) == -22)
    }

    @Test func `a link that comes and goes between two ticks is told each time that it is seen`() {
        let bench = Bench(nic)
        nic.setLink(false)
        #expect(bench.tick() == DRYDOCK_EVENT_LINK && nic.host.linkChanges == 1)
        nic.setLink(true)
        #expect(bench.media().media.flags & DRYDOCK_MEDIA_LINK_UP != 0 && nic.host.linkChanges == 2)
        #expect(bench.media().status == 0 && nic.host.linkChanges == 2, "nothing is new")
        nic.setLink(false)
        #expect(bench.tick() == DRYDOCK_EVENT_LINK && nic.host.linkChanges == 3)
    }

    @Test func `before a start and after a stop get_media still tells the link as it is`() {
        let bench = Bench(nic, start: false)
        #expect(bench.media().media.flags & DRYDOCK_MEDIA_LINK_UP != 0)
        nic.setLink(false)
        #expect(bench.media().media.flags & DRYDOCK_MEDIA_LINK_UP == 0)
    }

    @Test func `an interrupt without a cause of ours is foreign`() {
        let bench = Bench(nic)
        #expect(bench.interrupt() == DRYDOCK_EVENT_FOREIGN && bench.variable("foreign_interrupts") == 1)
        nic.csr[0]! |= CSR0().tint.mask
        #expect(bench.interrupt() == DRYDOCK_EVENT_TRANSMIT && nic.csr[0]! & CSR0().tint.mask == 0 && CSR0().iena.isSet(nic.csr[0]!))
    }

    @Test func `a transmitter that hangs is reset, and its frames come back as failed`() {
        let bench = Bench(nic)
        #expect(bench.feed(count: 50) == 50)
        for i in 0..<7 { #expect(unsafe nic.receive(pattern(70, i)) && bench.received().count == 1) }
        nic.transmitHangs = true
        for i in 0..<3 { #expect(unsafe bench.send(bench.frame(pattern(60, i))) == 1) }
        _ = bench.tick()
        #expect(bench.counter(DRYDOCK_TX_HANGS) == 0, "one look is not enough")
        #expect(bench.tick() & DRYDOCK_EVENT_TRANSMIT != 0)
        let back = unsafe bench.all { unsafe bench.transmitted($0) }
        #expect(unsafe back.count == 3 && Bench.failed(back) == 3)
        #expect(bench.counter(DRYDOCK_TX_HANGS) == 1 && bench.counter(DRYDOCK_TX_ERRORS) == 3)
        nic.transmitHangs = false
        for i in 0..<43 { #expect(unsafe nic.receive(pattern(90, i)) && bench.frames(bench.received()) == [pattern(90, i)]) }
        #expect(!nic.receive(pattern(90)), "the 43 buffers that were left are all there were")
        #expect(unsafe bench.send(bench.frame(pattern(80))) == 1 && bench.transmitted().count == 1)
        #expect(nic.sent == [pattern(80)] && nic.host.timers[0] != nil && nic.offences.isEmpty)
    }

    @Test(arguments: [CSR0().merr.mask, CSR0().tint.mask]) func `a unit that stands still is brought back`(cause: UInt32) {
        let bench = Bench(nic)
        #expect(bench.feed(count: 10) == 10)
        nic.csr[0]! |= cause
        if cause == CSR0().tint.mask { nic.csr[0]! &= ~CSR0().txon.mask }
        _ = bench.interrupt()
        #expect(bench.variable("stops") == 1 && nic.isRunning)
        #expect(nic.receive(pattern(100)))
        #expect(unsafe bench.frames(bench.received()) == [pattern(100)])
    }

    @Test func `stop gives every buffer back, and start goes on`() {
        let bench = Bench(nic)
        for _ in 0..<3 {
            #expect(bench.feed(count: 40) == 40)
            nic.transmitHangs = true
            #expect(unsafe bench.send(bench.frame(pattern(60))) == 1)
            #expect(nic.receive(pattern(100)))
            #expect(bench.stop() == 0 && !nic.isRunning)
            let back = unsafe bench.all { unsafe bench.received($0) }
            #expect(unsafe back.count == 40 && bench.frames([back[0]]) == [pattern(100)])
            #expect(unsafe back[1...].allSatisfy { unsafe $0.flags == UInt16(DRYDOCK_BUFFER_UNUSED) })
            #expect(unsafe bench.all { unsafe bench.transmitted($0) }.count == 1)
            nic.transmitHangs = false
            #expect(bench.start() == 0)
        }
        #expect(bench.counter(DRYDOCK_RX_PACKETS) == 3 && bench.counter(DRYDOCK_TX_ERRORS) == 3 && nic.offences.isEmpty)
    }

    @Test func `a device that has left is declared failed once, and gives its buffers back`() {
        let bench = Bench(nic)
        #expect(bench.feed(count: 20) == 20)
        nic.transmitHangs = true
        #expect(unsafe bench.send(bench.frame(pattern(60))) == 1)
        nic.gone = true
        _ = bench.interrupt()
        _ = bench.tick()
        #expect(nic.host.failures == ["pcnet: the device has left the bus (all ones)"])
        #expect(unsafe bench.all { unsafe bench.received($0) }.count == 20 && bench.all { unsafe bench.transmitted($0) }.count == 1)
        #expect(bench.media().status == -19 && bench.start() == -19 && nic.host.timers.isEmpty)
    }

    @Test func `a frame that waits when the device leaves is lost, and counted once`() {
        let bench = Bench(nic)
        #expect(bench.feed(count: 20) == 20 && nic.receive(pattern(100)))
        nic.gone = true
        _ = bench.tick()
        let back = unsafe bench.all { unsafe bench.received($0) }
        #expect(unsafe back.count == 20 && back.allSatisfy { unsafe $0.flags == UInt16(DRYDOCK_BUFFER_UNUSED) })
        #expect(bench.counter(DRYDOCK_RX_ERRORS) == 1 && bench.counter(DRYDOCK_RX_PACKETS) == 0)
    }

    @Test func `a reset says in the log where the rings stood`() {
        let bench = Bench(nic)
        #expect(bench.method("recover") == 0)
        #expect(nic.host.log.contains { $0.text.hasPrefix("pcnet: asked from the shell: CSR0 ") && $0.text.hasSuffix("; resetting") })
    }

    @Test func `the shell's methods do what they say`() {
        let bench = Bench(nic)
        #expect(bench.method("csr_read", [88]) == 0x1003 && bench.method("csr_read", [7]) == -22 && bench.method("bcr_read", [20]) == 2)
        #expect(bench.method("rings") == 0 && nic.host.log.last?.text.contains("CSR0") == true)
        let resets = nic.resets
        #expect(bench.method("recover") == 0 && nic.resets > resets && nic.isRunning)
        #expect(bench.setMTU(1400) == 0 && bench.setMTU(1501) == -22 && bench.setOffloads(DRYDOCK_CAP_TSO4) == -95)
        bench.quiesce()
        #expect(!nic.isRunning && nic.host.config[4] & 4 == 0)
    }
}
